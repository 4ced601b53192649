import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { endWithUs } from '../../captures/index.ts';

/** Saves exactly the columns of `RESULT_COLUMNS`, by any version. */
const SAVE: Readonly<Record<string, string>> = {
  output_format: 'csv',
  print_field_names: 'true',
  timestamp_format: 'ms',
  time: 'true',
  label: 'true',
  response_code: 'true',
  response_message: 'true',
  thread_name: 'true',
  successful: 'true',
  bytes: 'true',
  latency: 'true',
  sent_bytes: 'false',
  connect_time: 'false',
  idle_time: 'false',
  data_type: 'false',
  encoding: 'false',
  url: 'false',
  filename: 'false',
  hostname: 'false',
  thread_counts: 'false',
  sample_count: 'false',
  assertion_results_failure_message: 'false',
  assertions: 'none',
  // Whole lines are there also where it is ended.
  autoflush: 'true',
};

/** How long after the plan's end JMeter may still take, and be started. */
const EXTRA_MS = 60_000;
/** How long it may take to end once it is told to. */
const END_MS = 5000;

export interface JmeterOutcome {
  /** Null where it ended well; else its last words. */
  readonly failure: string | null;
  /** As it names itself; null where it did not come so far. */
  readonly version: string | null;
}

/** Runs a plan headless; ends it early when the signal aborts. */
export async function runJmeter(
  jmeter: string,
  files: { readonly plan: string; readonly results: string; readonly log: string },
  seconds: number,
  signal: AbortSignal,
): Promise<JmeterOutcome> {
  const properties = Object.entries(SAVE).map(([name, value]) => `-Jjmeter.save.saveservice.${name}=${value}`);
  const args = ['-n', '-t', files.plan, '-l', files.results, '-j', files.log, ...properties];
  const child = spawn(jmeter, args, { stdio: ['ignore', 'pipe', 'pipe'], detached: true });
  endWithUs(child);
  let output = '';
  const keep = (bytes: Buffer) => {
    output = (output + bytes.toString('utf8')).slice(-4096);
  };
  child.stdout.on('data', keep);
  child.stderr.on('data', keep);
  // The program is a shell script that starts Java, so the whole group is ended.
  const kill = (name: NodeJS.Signals) => {
    try {
      if (child.pid !== undefined) process.kill(-child.pid, name);
    } catch {
      // It has ended.
    }
  };
  let killing: NodeJS.Timeout | undefined;
  const end = () => {
    kill('SIGTERM');
    killing = setTimeout(() => kill('SIGKILL'), END_MS);
  };
  signal.addEventListener('abort', end, { once: true });
  const timer = setTimeout(end, seconds * 1000 + EXTRA_MS);
  const status = await new Promise<number | null>((resolve) => {
    child.once('error', () => resolve(null));
    child.once('close', (code) => resolve(code));
  });
  clearTimeout(timer);
  clearTimeout(killing);
  signal.removeEventListener('abort', end);
  const version = versionIn(files.log);
  // Some faults, such as a plan that it cannot read, it tells in words alone.
  if ((status === 0 && !/^Error in NonGUIDriver|Problem loading|^Could not open/m.test(output)) || signal.aborted) {
    return { failure: null, version };
  }
  const lines = output.trim().split('\n');
  const words = (
    lines.find((line) => /^Error in NonGUIDriver|^Could not open/.test(line)) ??
    lines.at(-1) ??
    ''
  ).trim();
  return { failure: words === '' ? `exit status ${status}` : words.slice(0, 200), version };
}

/** Among the first lines of a log: `INFO - jmeter.JMeter: Version 2.13.19691222` (a date), `INFO o.a.j.JMeter: Version 5.6.3`. */
function versionIn(log: string): string | null {
  if (!existsSync(log)) return null;
  return /JMeter: Version (\d+\.\d+(?:\.\d{1,3}(?!\d))?)/.exec(readFileSync(log, 'utf8').slice(0, 65_536))?.[1] ?? null;
}
