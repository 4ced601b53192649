import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { UpReport } from '../../../cluster/index.ts';
import type { Program } from '../../cli/program.ts';

export interface Conference extends UpReport {
  close(): Promise<void>;
}

/** `rtcscope up` as a process of its own, on ports that are free: in open mode, or with tokens of this secret. */
export async function startUp(program: Program, tokenSecret: string | null = null): Promise<Conference> {
  const open = tokenSecret === null ? ['--open'] : [];
  const env = { ...process.env, ...(tokenSecret === null ? {} : { RTCSCOPE_TOKEN_SECRET: tokenSecret }) };
  const child = program.start(['up', '--sfus', '1', '--port', '0', ...open], { env });
  child.stderr!.resume();
  const lines = createInterface({ input: child.stdout! });
  const [line] = (await Promise.race([
    once(lines, 'line'),
    once(child, 'exit').then(([status]) => {
      throw new Error(`rtcscope up ended with ${status}`);
    }),
  ])) as [string];
  return {
    ...(JSON.parse(line) as UpReport),
    close: async () => {
      if (child.exitCode !== null) return;
      child.kill('SIGINT');
      await once(child, 'exit');
    },
  };
}
