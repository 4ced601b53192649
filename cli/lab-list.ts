import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { type RunDescription, readRunDescription } from '../analyzers/index.ts';
import { shownName } from '../captures/index.ts';
import { shippedScenarios } from '../cluster/index.ts';
import { ExitStatus, UsageError } from './exit-status.ts';
import { lastRecorded } from './run-directory.ts';
import { isFolder, readText } from './states-file.ts';

const HINT = 'It has no run.json, as rtcscope lab run writes it.';

/** Prints the scenarios that come along, and the runs of a folder, oldest first. */
export function printRuns(folder: string): ExitStatus {
  if (!isFolder(folder)) throw new UsageError(`${shownName(folder)}: no such folder`, 'Check the path.');
  const runs = readdirSync(folder)
    .map((name) => join(folder, name))
    .filter((path) => existsSync(join(path, 'run.json')))
    .map((path) => ({ path, run: describe(path) }))
    .toSorted((a, b) => (a.run.startMs ?? 0) - (b.run.startMs ?? 0));
  const lines = ['Scenarios:', ...shippedScenarios().map((name) => `  ${name}`), '', `Runs in ${shownName(folder)}:`];
  for (const { path, run } of runs) {
    const count = run.problems.length === 1 ? '1 problem' : `${run.problems.length} problems`;
    lines.push(`  ${shownName(path)}  ${iso(run.startMs)}  ${calledRun(run)}, ${count}`);
  }
  if (runs.length === 0) lines.push('  none');
  process.stdout.write(`${lines.join('\n')}\n`);
  return ExitStatus.done;
}

/** Prints what a run was and what it left. */
export function printRun(path: string): ExitStatus {
  if (!existsSync(join(path, 'run.json'))) throw new UsageError(`${shownName(path)}: no run directory`, HINT);
  const run = describe(path);
  const lines = [`${calledRun(run)}, ${iso(run.startMs)} to ${iso(run.endMs)}`, '', 'Phases:'];
  for (const { name, repetition, fromMs, toMs, autoscaling, completed } of run.phases) {
    const how = [
      ...(autoscaling === null ? [] : [autoscaling ? 'autoscaled' : 'not autoscaled']),
      ...(completed === false ? ['not completed'] : []),
    ];
    lines.push(`  ${[`${shownName(name)} (${repetition}): ${iso(fromMs)} to ${iso(toMs)}`, ...how].join(', ')}`);
  }
  if (run.phases.length === 0) lines.push('  none');
  lines.push('', 'Captures:');
  for (const { file, tool, droppedByCapture, limits } of run.captures) {
    const by = tool === null ? '' : ` by ${shownName(tool)}`;
    const dropped = droppedByCapture === null ? '' : `, ${droppedByCapture} dropped`;
    lines.push(`  ${shownName(file)}${by}${dropped}${limits.length > 0 ? ` (${shownName(limits.join('; '))})` : ''}`);
  }
  if (run.captures.length === 0) lines.push('  none');
  for (const { phase, participantsPerPod, crossed, carried } of run.knee) {
    const where =
      participantsPerPod === null
        ? 'none found'
        : `${participantsPerPod.toFixed(1)} participants per pod (${shownName(crossed ?? 'unknown')})`;
    lines.push('', `Knee of ${shownName(phase)}: ${where}; carried ${carried ?? 'unknown'} participants`);
  }
  lines.push('', run.problems.length === 0 ? 'No problems.' : 'Problems:');
  for (const { timeMs, code, text } of run.problems) {
    lines.push(`  ${timeMs === null ? '' : `${iso(timeMs)} `}${shownName(code)}: ${shownName(text)}`);
  }
  process.stdout.write(`${lines.join('\n')}\n`);
  return ExitStatus.done;
}

const describe = (path: string): RunDescription =>
  readRunDescription(readText(join(path, 'run.json'), HINT), () => lastRecorded(path));

function calledRun({ name, driver, complete }: RunDescription): string {
  const where = driver === null ? '' : ` on ${shownName(driver)}`;
  return `${shownName(name ?? 'without a name')}${where}${complete === false ? ', not complete' : ''}`;
}

const iso = (timeMs: number | null) => (timeMs === null ? 'unknown' : new Date(timeMs).toISOString());
