import type { RunProblem } from '../drivers/cluster-driver.ts';
import type { LoadScenario, PhaseScenario, Scenario } from '../scenario/scenario.ts';
import type { KneeSecond } from './find-knee.ts';
import type { LabOptions } from './lab-options.ts';
import { LiveQuality } from './live-quality.ts';
import { pause } from './pause.ts';
import { runPhaseHttp } from './phase-http.ts';
import { loadArguments, PhaseLoad, startLoad } from './phase-load.ts';
import type { PhaseEntry, RunDescription, RunDirectory } from './run-directory.ts';
import { StallWatch } from './stall-watch.ts';

const SAMPLE_EVERY_MS = 1000;
const SPARE_SECONDS = 5;
/** Keys belong before the packets that they open: those of a client's first moment may stand after them. */
const KEYS_EVERY_MS = 100;

export interface PhaseContext extends LabOptions {
  readonly directory: RunDirectory;
  readonly description: RunDescription;
  readonly problem: (problem: RunProblem) => void;
  /** What each second was like; added to. */
  readonly seconds: KneeSecond[];
}

/** Runs one phase to its end, or until the signal aborts, and tells what became of it. */
export async function runPhase(
  scenario: Scenario,
  phase: PhaseScenario,
  repetition: number,
  number: number,
  context: PhaseContext,
): Promise<PhaseEntry> {
  const { driver, directory, description, signal } = context;
  const tell = (code: string, text: string) => context.problem({ time: new Date().toISOString(), code, text });
  await driver.setAutoscaler(phase.autoscaling);
  const label = `${phase.name}-${repetition}`;
  const files = {
    record: directory.file(`logs/load-${label}.jsonl`),
    log: directory.file(`logs/load-${label}.log`),
    sdp: directory.file(`sdp/${label}-`),
    keyLog: directory.file(`logs/keys-${label}`),
  };
  const start = (load: LoadScenario) => {
    // One that starts elsewhere is seen to run a moment after it began: it is ended at the end of the phase.
    const seconds = phase.seconds + (driver.startLoad === undefined ? 0 : SPARE_SECONDS);
    const args = loadArguments(load, seconds, scenario.seed + number);
    return startLoad(driver, context.program, { name: label, args, seconds, files }, signal);
  };
  // Where it takes a while to start, the phase begins with its participants.
  const started = phase.load === null ? null : await start(phase.load);
  driver.remark?.(`phase ${phase.name} (${repetition}) begins`);
  const startMs = Date.now();
  const endMs = startMs + phase.seconds * 1000;
  const entry: PhaseEntry = {
    name: phase.name,
    repetition,
    start: new Date(startMs).toISOString(),
    end: null,
    autoscaling: phase.autoscaling,
    completed: false,
    http: null,
  };
  description.phases.push(entry);
  directory.describe(description);

  const quality = new LiveQuality();
  const load =
    started === null
      ? null
      : new PhaseLoad(
          started,
          files,
          (line, parsed) => {
            directory.append('load.jsonl', `${line}\n`);
            if (parsed !== null) quality.add(parsed);
          },
          (keys) => driver.addKeys?.(keys),
        );
  const http =
    phase.http === null
      ? Promise.resolve(null)
      : runPhaseHttp(
          directory,
          phase.http,
          {
            ...{ name: label, url: driver.gatewayUrl, seconds: phase.seconds },
            tokenSecret: driver.loadEnvironment?.['RTCSCOPE_TOKEN_SECRET'] ?? null,
          },
          context.jmeter,
          signal,
          tell,
        );

  let loadEnded = false;
  let loadDied = false;
  void load?.process.ended.then(({ status, signal: by }) => {
    loadEnded = true;
    // It may be a moment ahead of our clock.
    if (Date.now() < endMs - 2000 && !signal.aborted) {
      loadDied = true;
      tell(
        'load-died',
        `the load of ${phase.name} ended early (${by ?? `status ${status}`}); see logs/load-${label}.log`,
      );
    }
  });
  const laterSeconds = secondsAfter(scenario, number);
  const keysTimer = setInterval(() => load?.followKeys(), KEYS_EVERY_MS);
  const stalls = new StallWatch();
  for (let next = startMs; !signal.aborted && Date.now() < endMs; ) {
    const nowMs = Date.now();
    // What was missed is not made up for: samples at once would be of no time at all.
    next = Math.max(next + SAMPLE_EVERY_MS, nowMs);
    const waitMs = Math.min(next, endMs) - nowMs;
    await pause(waitMs, signal);
    stalls.fired(nowMs, waitMs, Date.now());
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
  driver.remark?.(`phase ${phase.name} (${repetition}) ends`);
  const stalled = stalls.told(phase.name, Date.now() - startMs);
  if (stalled !== null) context.problem({ ...stalled, code: 'machine-stalled' });
  directory.append('metrics.jsonl', ...((await driver.samplePhase?.(startMs, Date.now())) ?? []));
  entry.completed = !signal.aborted && !loadDied && driver.running;
  await driver.setAutoscaler(false);
  await load?.stop();
  clearInterval(keysTimer);
  entry.http = await http;
  return entry;
}

function secondsAfter(scenario: Scenario, number: number): number {
  const all = new Array(scenario.repetitions).fill(scenario.phases).flat() as PhaseScenario[];
  return all.slice(number + 1).reduce((sum, { seconds }) => sum + seconds + scenario.pauseSeconds, 0);
}
