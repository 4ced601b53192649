import { cpus, hostname, release, totalmem, type } from 'node:os';
import type { RunProblem, ScalingEvent } from '../drivers/cluster-driver.ts';
import type { Scenario } from '../scenario/scenario.ts';
import { findKnee, type Knee, type KneeSecond } from './find-knee.ts';
import type { LabOptions } from './lab-options.ts';
import { pause } from './pause.ts';
import { type RunDescription, RunDirectory } from './run-directory.ts';
import { runPhase } from './run-phase.ts';

export interface LabOutcome {
  readonly description: RunDescription;
  /** Every phase ran to its end. */
  readonly complete: boolean;
}

const READY_WITHIN_MS = 120_000;

/**
 * Runs a scenario and writes the run directory. It ends early when the signal aborts; whatever goes wrong, what it
 * started is ended and what was recorded is kept.
 */
export async function runLab(scenario: Scenario, options: LabOptions): Promise<LabOutcome> {
  const { driver, signal } = options;
  const problem = (found: RunProblem) => {
    if (found.code === 'no-jmeter' && description.problems.some(({ code }) => code === found.code)) return;
    description.problems.push(found);
    options.onProblem(found);
  };
  const directory = new RunDirectory(options.folder, problem);
  const description = describe(scenario, options);
  directory.describe(description);
  const seconds: KneeSecond[] = [];
  try {
    const listener = { scaling: (event: ScalingEvent) => directory.append('scaling.jsonl', event), problem };
    await driver.apply(scenario, scenario.phases[0].replicas, options.folder, listener);
    description.nodes = driver.nodes;
    Object.assign(description.versions, driver.versions);
    await driver.waitReady(READY_WITHIN_MS, signal);
    await driver.startCaptures();
    const knees: Knee[] = [];
    let done = 0;
    for (let repetition = 1; repetition <= scenario.repetitions; repetition++) {
      for (const phase of scenario.phases) {
        if (done > 0) {
          await pause(scenario.pauseSeconds * 1000, signal);
          await driver.setReplicas(phase.replicas);
          await driver.waitReady(READY_WITHIN_MS, signal);
        }
        seconds.length = 0;
        const entry = await runPhase(scenario, phase, repetition, done++, {
          ...options,
          directory,
          problem,
          description,
          seconds,
        });
        if (entry.http !== null) description.versions[entry.http.generator] = entry.http.version;
        if (scenario.knee !== null && phase.load !== null) knees.push(findKnee(entry, seconds, scenario.knee));
        description.knee = knees;
        directory.describe(description);
        if (signal.aborted) break;
      }
      if (signal.aborted) break;
    }
  } catch (error) {
    if (!signal.aborted) {
      const text = error instanceof Error ? error.message : String(error);
      problem({ time: new Date().toISOString(), code: 'run-failed', text });
    }
  }
  const asked = scenario.phases.length * scenario.repetitions;
  const ran = description.phases.filter(({ completed }) => completed).length;
  description.complete = ran === asked;
  if (signal.aborted) {
    problem({
      time: new Date().toISOString(),
      code: 'interrupted',
      text: `ended early: ${ran} of ${asked} phases ran`,
    });
  }
  description.captures = await driver.stopCaptures();
  await driver.teardown();
  description.endTime = new Date().toISOString();
  directory.describe(description, true);
  directory.close();
  return { description, complete: description.complete };
}

function describe(scenario: Scenario, options: LabOptions): RunDescription {
  return {
    schema: 'rtcscope.run/1',
    name: scenario.name,
    driver: options.driver.name,
    startTime: new Date().toISOString(),
    endTime: null,
    complete: false,
    scenario,
    host: { name: hostname(), os: `${type()} ${release()}`, cpus: cpus().length, memoryBytes: totalmem() },
    versions: { rtcscope: options.version, node: process.versions.node },
    nodes: options.driver.nodes,
    phases: [],
    captures: [],
    knee: [],
    problems: [],
  };
}
