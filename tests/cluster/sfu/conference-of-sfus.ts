import { once } from 'node:events';
import { openGateway } from '../../../cluster/gateway/gateway.ts';
import { staticDirectory } from '../../../cluster/gateway/sfu-directory.ts';
import type { LoadResult } from '../../../cluster/index.ts';
import type { Program } from '../../cli/program.ts';
import { until } from '../gateway/open-test-gateway.ts';
import { SECRET, type SfuProcess } from './sfu-process.ts';

/** What a test opened, in order; it closes them from the last to the first. */
export type Closing = (() => Promise<unknown>)[];

/** A gateway of this process before SFUs of whatever process. */
export async function gatewayOf(controls: readonly string[], closing: Closing): Promise<string> {
  const gateway = await openGateway({
    host: '127.0.0.1',
    port: 0,
    page: { html: '', script: '', style: '' },
    admission: { tokenSecret: null, open: true },
    directory: staticDirectory(controls),
    controlSecret: SECRET,
    limits: { rooms: 100, participantsInRoom: 50 },
    joinsPerSecond: 1000,
    behindProxy: false,
    log: () => {},
  });
  closing.push(() => gateway.close());
  await until(() => [...gateway.conference.links.values()].every(({ status }) => status !== null));
  return gateway.url;
}

export interface LoadOfTest {
  readonly participants: number;
  readonly rooms?: number;
  readonly seconds: number;
  readonly roomPrefix?: string;
  /** Ends it before. */
  readonly signal?: AbortSignal;
}

/** Starts a load; what it counted comes at its end, or at the end that `signal` brings. */
export function startLoad(
  program: Program,
  url: string,
  { participants, rooms = 1, seconds, roomPrefix = 'load', signal }: LoadOfTest,
  closing: Closing,
): Promise<LoadResult> {
  const load = program.start([
    ...['load', '--url', url, '--participants', String(participants), '--rooms', String(rooms), '--seed', '5'],
    ...['--seconds', String(seconds), '--room-prefix', roomPrefix, '--video-kbps', '120', '--json', '-'],
  ]);
  closing.push(async () => load.exitCode ?? load.kill('SIGKILL'));
  signal?.addEventListener('abort', () => load.kill('SIGINT'));
  let output = '';
  load.stdout!.on('data', (text) => (output += text));
  load.stderr!.resume();
  return once(load, 'close').then(([status]) => {
    if (status !== 0) throw new Error(`the load ended with ${status}: ${output.slice(0, 500)}`);
    return JSON.parse(output);
  });
}

/** A figure of `/metrics`. */
export const metric = async ({ health }: SfuProcess, name: string): Promise<number> => {
  const text = await (await fetch(`${health}/metrics`)).text();
  return Number(new RegExp(`^rtcscope_sfu_${name} (\\d+)`, 'm').exec(text)?.[1]);
};
