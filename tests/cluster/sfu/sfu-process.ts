// biome-ignore-all lint/suspicious/noExplicitAny: answers are judged by the tests
import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

export const SECRET = 'a secret of the tests alone';

export interface SfuProcess {
  readonly child: ChildProcess;
  readonly id: string;
  readonly control: string;
  readonly health: string;
  readonly media: { readonly address: string; readonly udpPort: number; readonly tcpPort: number };
  readonly pid: number;
  readonly log: string[];
  request(method: string, path: string, body?: unknown, secret?: string): Promise<{ status: number; body: any }>;
  events(): AsyncGenerator<any>;
  stop(): Promise<number | null>;
}

/** Starts the SFU as a process of its own. @param program path of the built `main.js`. */
export async function startSfu(program: string, args: readonly string[] = []): Promise<SfuProcess> {
  const child = spawn(
    process.execPath,
    [program, 'sfu', ...(args.includes('--grace') ? [] : ['--grace', '0']), ...args],
    {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, RTCSCOPE_CONTROL_SECRET: SECRET },
    },
  );
  const log: string[] = [];
  createInterface({ input: child.stderr! }).on('line', (line) => log.push(line));
  const lines = createInterface({ input: child.stdout! });
  const first = await Promise.race([once(lines, 'line'), once(child, 'exit').then(() => null)]);
  if (first === null) throw new Error(`the SFU ended: ${log.join('\n')}`);
  const announcement = JSON.parse(first[0]);
  return {
    ...announcement,
    child,
    log,
    async request(method, path, body, secret = SECRET) {
      const response = await fetch(announcement.control + path, {
        method,
        headers: { authorization: `Bearer ${secret}`, 'content-type': 'application/json' },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      return { status: response.status, body: await response.json() };
    },
    async *events() {
      const response = await fetch(`${announcement.control}/v1/events`, {
        headers: { authorization: `Bearer ${SECRET}` },
      });
      let rest = '';
      for await (const part of response.body!.pipeThrough(new TextDecoderStream())) {
        const whole = (rest + part).split('\n');
        rest = whole.pop() ?? '';
        for (const line of whole) yield JSON.parse(line);
      }
    },
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return child.exitCode;
      child.kill('SIGTERM');
      const [status] = await once(child, 'exit');
      return status;
    },
  };
}
