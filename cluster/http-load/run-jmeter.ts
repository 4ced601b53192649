import { spawn } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

/** Where JMeter is; null where it is not installed. `RTCSCOPE_JMETER` names another one, or `off`. */
export function findJmeter(environment = process.env): string | null {
  const named = environment['RTCSCOPE_JMETER'];
  if (named === 'off') return null;
  if (named !== undefined && named !== '') return named;
  for (const folder of (environment['PATH'] ?? '').split(delimiter)) {
    const path = join(folder, 'jmeter');
    try {
      accessSync(path, constants.X_OK);
      return path;
    } catch {
      // Not in this folder.
    }
  }
  return null;
}

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
};

/** How long after the plan's end JMeter may still take, and be started. */
const EXTRA_MS = 60_000;

export interface JmeterOutcome {
  /** Null where it ended well; else its last words. */
  readonly failure: string | null;
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
  let output = '';
  const keep = (bytes: Buffer) => {
    output = (output + bytes.toString('utf8')).slice(-4096);
  };
  child.stdout.on('data', keep);
  child.stderr.on('data', keep);
  // The program is a shell script that starts Java, so the whole group is ended.
  const end = () => {
    try {
      if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
    } catch {
      // It has ended.
    }
  };
  signal.addEventListener('abort', end, { once: true });
  const timer = setTimeout(end, seconds * 1000 + EXTRA_MS);
  const status = await new Promise<number | null>((resolve) => {
    child.once('error', () => resolve(null));
    child.once('close', (code) => resolve(code));
  });
  clearTimeout(timer);
  signal.removeEventListener('abort', end);
  if (status === 0 && !/^Error in NonGUIDriver|Problem loading/m.test(output)) return { failure: null };
  if (signal.aborted) return { failure: null };
  const words = output.trim().split('\n').at(-1) ?? '';
  return { failure: words === '' ? `exit status ${status}` : words.slice(0, 200) };
}
