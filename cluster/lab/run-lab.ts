import { cpus, hostname, release, totalmem, type } from 'node:os';
import type { ClusterDriver, RunProblem, ScalingEvent } from '../drivers/cluster-driver.ts';
import type { ProgramCommand } from '../drivers/local/role-process.ts';
import type { PhaseScenario, Scenario } from '../scenario/scenario.ts';
import { findKnee, type Knee, type KneeSecond } from './find-knee.ts';
import { LiveQuality, type Quality } from './live-quality.ts';
import { runPhaseHttp } from './phase-http.ts';
import { PhaseLoad } from './phase-load.ts';
import { type PhaseEntry, type RunDescription, RunDirectory } from './run-directory.ts';

export interface LabProgress extends Quality {
  readonly phase: string;
  readonly repetition: number;
  /** Of the phase. */
  readonly leftSeconds: number;
  /** Of all phases. */
  readonly totalLeftSeconds: number;
  readonly desired: number;
  readonly ready: number;
  readonly participants: number;
}

export interface LabOptions {
  readonly folder: string;
  readonly driver: ClusterDriver;
  /** Starts `rtcscope load`. */
  readonly program: ProgramCommand;
  readonly version: string;
  /** Null where JMeter is not installed. */
  readonly jmeter: string | null;
  readonly signal: AbortSignal;
  readonly onProgress: (progress: LabProgress) => void;
  readonly onProblem: (problem: RunProblem) => void;
}

export interface LabOutcome {
  readonly description: RunDescription;
  /** Every phase ran to its end. */
  readonly complete: boolean;
}

const READY_WITHIN_MS = 120_000;
const SAMPLE_EVERY_MS = 1000;

/**
 * Runs a scenario and writes the run directory. It ends early when the signal aborts; whatever goes wrong, what it
 * started is ended and what was recorded is kept.
 */
export async function runLab(scenario: Scenario, options: LabOptions): Promise<LabOutcome> {
  const { driver, signal } = options;
  const problem = (found: RunProblem) => {
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

interface PhaseContext extends LabOptions {
  readonly directory: RunDirectory;
  readonly description: RunDescription;
  readonly problem: (problem: RunProblem) => void;
  readonly seconds: KneeSecond[];
}

async function runPhase(
  scenario: Scenario,
  phase: PhaseScenario,
  repetition: number,
  number: number,
  context: PhaseContext,
): Promise<PhaseEntry> {
  const { driver, directory, description, signal } = context;
  const tell = (code: string, text: string) => context.problem({ time: new Date().toISOString(), code, text });
  await driver.setAutoscaler(phase.autoscaling);
  const startMs = Date.now();
  const endMs = startMs + phase.seconds * 1000;
  const start = new Date(startMs).toISOString();
  const entry: PhaseEntry = {
    name: phase.name,
    repetition,
    start,
    end: null,
    autoscaling: phase.autoscaling,
    completed: false,
  };
  description.phases.push(entry);
  directory.describe(description);

  const label = `${phase.name}-${repetition}`;
  const quality = new LiveQuality();
  const load =
    phase.load === null
      ? null
      : new PhaseLoad(
          context.program,
          driver.gatewayUrl,
          phase.load,
          {
            seconds: phase.seconds,
            seed: scenario.seed + number,
            record: directory.file(`logs/load-${label}.jsonl`),
            logFile: directory.file(`logs/load-${label}.log`),
          },
          (line, parsed) => {
            directory.append('load.jsonl', `${line}\n`);
            if (parsed !== null) quality.add(parsed);
          },
        );
  const http =
    phase.http === null
      ? Promise.resolve()
      : runPhaseHttp(
          directory,
          phase.http,
          { name: label, url: driver.gatewayUrl, seconds: phase.seconds },
          context.jmeter,
          signal,
          tell,
        );

  let loadEnded = false;
  void load?.process.ended.then(({ status, signal: by }) => {
    loadEnded = true;
    // It may be a moment ahead of our clock.
    if (Date.now() < endMs - 2000 && !signal.aborted) {
      tell(
        'load-died',
        `the load of ${phase.name} ended early (${by ?? `status ${status}`}); see logs/load-${label}.log`,
      );
    }
  });
  const laterSeconds = secondsAfter(scenario, number);
  for (let next = startMs; !signal.aborted && Date.now() < endMs; ) {
    next += SAMPLE_EVERY_MS;
    await pause(Math.min(next, endMs) - Date.now(), signal);
    directory.append('metrics.jsonl', ...(await driver.sample()));
    load?.follow();
    const now = quality.take();
    const { desired, ready } = driver.replicas();
    const participants = loadEnded ? 0 : quality.participants;
    context.seconds.push({ timeMs: Date.now(), participants, readyPods: ready, ...now });
    const leftSeconds = Math.max(0, (endMs - Date.now()) / 1000);
    context.onProgress({
      ...{ phase: phase.name, repetition, leftSeconds, totalLeftSeconds: leftSeconds + laterSeconds },
      ...{ desired, ready, participants, ...now },
    });
  }
  entry.end = new Date().toISOString();
  entry.completed = !signal.aborted && (load === null || loadEnded === false || Date.now() >= endMs);
  await driver.setAutoscaler(false);
  await load?.stop();
  await http;
  return entry;
}

function secondsAfter(scenario: Scenario, number: number): number {
  const all = new Array(scenario.repetitions).fill(scenario.phases).flat() as PhaseScenario[];
  return all.slice(number + 1).reduce((sum, { seconds }) => sum + seconds + scenario.pauseSeconds, 0);
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
    versions: { rtcscope: options.version, node: process.versions.node, jmeter: options.jmeter },
    nodes: options.driver.nodes,
    phases: [],
    captures: [],
    knee: [],
    problems: [],
  };
}

/** Resolves after so long, or at once when the signal aborts. */
function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted || milliseconds <= 0) return resolve();
    const done = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, milliseconds);
    signal.addEventListener('abort', done, { once: true });
  });
}
