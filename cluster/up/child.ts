import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';

/** A role of the program as a child process. Its standard input stays open for as long as we live: its end is our end. */
export interface Child {
  readonly name: string;
  readonly process: ChildProcess;
  readonly pid: number;
  /** Asks it to end, waits, and kills it where it does not. */
  stop(): Promise<void>;
}

const GRACE_MS = 3000;

/** @param onLine told each line of its standard output; its standard error goes to ours. */
export function startChild(
  name: string,
  command: readonly string[],
  environment: NodeJS.ProcessEnv,
  onLine: (line: string) => void,
): Child {
  const child = spawn(process.execPath, [...process.execArgv, ...command], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { ...process.env, ...environment, RTCSCOPE_ENDS_WITH_STDIN: '1' },
  });
  child.stdin.on('error', () => {});
  let pending = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    const lines = (pending + text).split('\n');
    pending = lines.pop() ?? '';
    for (const line of lines) onLine(line);
  });
  return {
    name,
    process: child,
    pid: child.pid ?? 0,
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
      const ended = once(child, 'exit');
      child.kill('SIGTERM');
      const timer = setTimeout(() => child.kill('SIGKILL'), GRACE_MS);
      await ended;
      clearTimeout(timer);
    },
  };
}
