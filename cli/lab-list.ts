import { existsSync } from 'node:fs';
import { listRuns, readDescription, shippedScenarios } from '../cluster/index.ts';
import { ExitStatus, UsageError } from './exit-status.ts';

/** Prints the scenarios that come along, and the runs of a folder. */
export function printRuns(folder: string): ExitStatus {
  if (!existsSync(folder)) throw new UsageError(`${folder}: no such folder`, 'Check the path.');
  const lines = ['Scenarios:', ...shippedScenarios().map((name) => `  ${name}`), '', `Runs in ${folder}:`];
  const runs = listRuns(folder);
  for (const { path, description } of runs) {
    const { startTime, name, driver, complete, problems } = description;
    lines.push(
      `  ${path}  ${startTime}  ${name} on ${driver}${complete ? '' : ', not complete'}, ${problems.length} problems`,
    );
  }
  if (runs.length === 0) lines.push('  none');
  process.stdout.write(`${lines.join('\n')}\n`);
  return ExitStatus.done;
}

/** Prints what a run was and what it left. */
export function printRun(path: string): ExitStatus {
  const run = readDescription(path);
  if (run === null)
    throw new UsageError(`${path}: no run directory`, 'It has no run.json that rtcscope lab run wrote.');
  const lines = [
    `${run.name} on ${run.driver}, ${run.startTime} to ${run.endTime ?? '?'}${run.complete ? '' : ' (not complete)'}`,
  ];
  lines.push('', 'Phases:');
  for (const { name, repetition, start, end, autoscaling, completed } of run.phases) {
    const how = `${autoscaling ? 'autoscaled' : 'not autoscaled'}${completed ? '' : ', not completed'}`;
    lines.push(`  ${name} (${repetition}): ${start} to ${end ?? '?'}, ${how}`);
  }
  lines.push('', 'Captures:');
  for (const { file, tool, droppedByCapture, limits } of run.captures) {
    const dropped = droppedByCapture === null ? '' : `, ${droppedByCapture} dropped`;
    lines.push(`  ${file} by ${tool}${dropped}${limits.length > 0 ? ` (${limits.join('; ')})` : ''}`);
  }
  for (const knee of run.knee ?? []) {
    const where =
      knee.participantsPerPod === null
        ? 'none found'
        : `${knee.participantsPerPod.toFixed(1)} participants per pod (${knee.crossed})`;
    lines.push('', `Knee of ${knee.phase}: ${where}; carried ${knee.carried} participants`);
  }
  lines.push('', run.problems.length === 0 ? 'No problems.' : 'Problems:');
  for (const { time, code, text } of run.problems) lines.push(`  ${time} ${code}: ${text}`);
  process.stdout.write(`${lines.join('\n')}\n`);
  return ExitStatus.done;
}
