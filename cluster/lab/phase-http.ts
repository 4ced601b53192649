import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { RESULT_HEADER, withoutHeader } from '../http-load/http-results.ts';
import { jmeterPlan } from '../http-load/jmeter-plan.ts';
import { runAutocannon } from '../http-load/run-autocannon.ts';
import { runJmeter } from '../http-load/run-jmeter.ts';
import type { HttpScenario } from '../scenario/scenario.ts';
import type { RunDirectory } from './run-directory.ts';

/** Below this much of a phase a second attempt is worth nothing. */
const LEAST_SECONDS = 1;

/**
 * Runs the HTTP load of a phase, by JMeter where there is one, and adds its results to `http.jtl`. The plan stays in the run
 * directory.
 *
 * @param jmeter null where it is not installed.
 */
export async function runPhaseHttp(
  directory: RunDirectory,
  http: HttpScenario,
  phase: { readonly name: string; readonly url: string; readonly seconds: number },
  jmeter: string | null,
  signal: AbortSignal,
  problem: (code: string, text: string) => void,
): Promise<void> {
  const endMs = Date.now() + phase.seconds * 1000;
  const results = join(directory.path, 'logs', `http-${phase.name}.jtl`);
  const plan = directory.file(`http-${phase.name}.jmx`);
  rmSync(results, { force: true });
  try {
    writeFileSync(plan, jmeterPlan(http, phase.url, phase.seconds, phase.name));
    let failure: string | null = 'not installed';
    if (jmeter !== null) {
      const log = join(directory.path, 'logs', `jmeter-${phase.name}.log`);
      failure = (await runJmeter(jmeter, { plan, results, log }, phase.seconds, signal)).failure;
      if (failure !== null) problem('jmeter-failed', `JMeter did not run the plan of ${phase.name}: ${failure}`);
    }
    const left = (endMs - Date.now()) / 1000;
    if (failure !== null && left >= LEAST_SECONDS && !signal.aborted) {
      if (jmeter === null) problem('no-jmeter', `HTTP load of ${phase.name} by autocannon: JMeter is not installed`);
      await runAutocannon(http, phase.url, left, results, signal);
    }
    if (!existsSync(results)) return;
    const rows = withoutHeader(readFileSync(results, 'utf8'));
    const first = !existsSync(directory.file('http.jtl'));
    // A line that the generator did not finish is no result.
    const whole = rows.slice(0, rows.lastIndexOf('\n') + 1);
    if (whole !== '') directory.append('http.jtl', ...(first ? [`${RESULT_HEADER}\n`] : []), whole);
    rmSync(results, { force: true });
  } catch (error) {
    directory.fault(error);
  }
}
