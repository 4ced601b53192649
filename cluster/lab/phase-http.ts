import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { issueToken } from '../gateway/tokens.ts';
import { RESULT_HEADER, withoutHeader } from '../http-load/http-results.ts';
import { jmeterPlan } from '../http-load/jmeter-plan.ts';
import { autocannonVersion, runAutocannon } from '../http-load/run-autocannon.ts';
import { runJmeter } from '../http-load/run-jmeter.ts';
import type { HttpScenario } from '../scenario/scenario.ts';
import type { HttpLoadEntry, RunDirectory } from './run-directory.ts';

/** Below this much of a phase a second attempt is worth nothing. */
const LEAST_SECONDS = 1;
/** Until JMeter runs, and for clocks that differ. */
const TOKEN_MARGIN_SECONDS = 60;

/**
 * Runs the HTTP load of a phase, by JMeter where there is one, and adds its results to `http.jtl`. The plan stays in the run
 * directory.
 *
 * @param jmeter null where it is not installed, or not wanted.
 * @returns what made the load; null where nothing did.
 */
export async function runPhaseHttp(
  directory: RunDirectory,
  http: HttpScenario,
  phase: {
    readonly name: string;
    readonly url: string;
    readonly seconds: number;
    /** By what the gateway lets participants in; null where it lets everybody in. */
    readonly tokenSecret: string | null;
  },
  jmeter: string | null,
  signal: AbortSignal,
  problem: (code: string, text: string) => void,
): Promise<HttpLoadEntry | null> {
  const endMs = Date.now() + phase.seconds * 1000;
  const results = join(directory.path, 'logs', `http-${phase.name}.jtl`);
  const planName = `http-${phase.name}.jmx`;
  const plan = directory.file(planName);
  rmSync(results, { force: true });
  let made: HttpLoadEntry | null = null;
  try {
    const token = await whipToken(http, phase.tokenSecret, phase.seconds);
    writeFileSync(plan, jmeterPlan(http, phase.url, phase.seconds, phase.name, token));
    let why: string | null = 'JMeter is not installed, or not wanted';
    if (jmeter !== null) {
      const log = join(directory.path, 'logs', `jmeter-${phase.name}.log`);
      const { failure, version } = await runJmeter(jmeter, { plan, results, log }, phase.seconds, signal);
      why = failure === null ? null : `${jmeter} did not run the plan (${failure})${HINTS.get(hintIn(failure)) ?? ''}`;
      if (failure === null) made = { generator: 'jmeter', version, plan: planName };
      // In the middle of its work there is a gap; before it, autocannon does all.
      else if (hasRows(results)) problem('jmeter-failed', `JMeter ended early in ${phase.name}: ${failure}`);
    }
    const left = (endMs - Date.now()) / 1000;
    if (why !== null && left >= LEAST_SECONDS && !signal.aborted) {
      const without = http.whipRoom === null ? '' : ', without its WHIP sessions';
      problem('no-jmeter', `HTTP load by autocannon${without}: ${why}`);
      made = { generator: 'autocannon', version: autocannonVersion(), plan: planName };
      // JMeter may have been ended in the middle of a line.
      if (existsSync(results)) writeFileSync(results, wholeLines(readFileSync(results, 'utf8')));
      await runAutocannon(http, phase.url, left, results, signal);
    }
    if (!existsSync(results)) return made;
    const rows = withoutHeader(wholeLines(readFileSync(results, 'utf8')));
    const first = !existsSync(directory.file('http.jtl'));
    if (rows !== '') directory.append('http.jtl', ...(first ? [`${RESULT_HEADER}\n`] : []), rows);
    rmSync(results, { force: true });
  } catch (error) {
    directory.fault(error);
  }
  return made;
}

/** Good for the phase alone: the plan, which it stands in, stays in the run directory. */
async function whipToken({ whipRoom }: HttpScenario, secret: string | null, seconds: number): Promise<string | null> {
  if (whipRoom === null || secret === null) return null;
  const grant = { room: whipRoom, identity: null, name: 'WHIP', publish: true, subscribe: false };
  return issueToken(grant, secret, Math.ceil(seconds) + TOKEN_MARGIN_SECONDS);
}

/** What to do about a failure that is known. */
const HINTS: ReadonlyMap<string, string> = new Map([
  [
    'ForbiddenClassException',
    '; as packaged by Debian it loads no plan beside the XStream of today: give another one by --jmeter',
  ],
]);
const hintIn = (failure: string): string => /ForbiddenClassException/.exec(failure)?.[0] ?? '';

const hasRows = (results: string): boolean => existsSync(results) && readFileSync(results, 'utf8').includes('\n');

/** A line that the generator did not finish is no result. */
const wholeLines = (text: string): string => text.slice(0, text.lastIndexOf('\n') + 1);
