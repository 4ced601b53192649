import { closeSync, openSync, writeSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { Traffic, type TrafficPlan } from './traffic.ts';

/** Writes all bytes; a pipe that is full for the moment is tried again. */
function writeAll(descriptor: number, bytes: Uint8Array): void {
  const pause = new Int32Array(new SharedArrayBuffer(4));
  for (let at = 0; at < bytes.length; ) {
    try {
      at += writeSync(descriptor, bytes, at);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error;
      Atomics.wait(pause, 0, 0, 1);
    }
  }
}

/** Streams a made-up capture into a file, or to standard output where `path` is `-`. */
export function generateCapture(path: string, plan: TrafficPlan): Traffic {
  const traffic = new Traffic(plan);
  const descriptor = path === '-' ? 1 : openSync(path, 'w');
  try {
    for (const chunk of traffic.chunks()) writeAll(descriptor, chunk);
  } finally {
    if (path !== '-') closeSync(descriptor);
  }
  return traffic;
}

/**
 * `npm run -s bench -- generate [--packets N] [--streams N] [--other-flows N] [--payload BYTES] [--seed N] [--truth] FILE|-`
 *
 * With `--truth` the streams' true figures go to standard error as JSON.
 */
export function main(args: readonly string[]): void {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      packets: { type: 'string', default: '1000000' },
      streams: { type: 'string', default: '50' },
      'other-flows': { type: 'string', default: '0' },
      payload: { type: 'string', default: '200' },
      seed: { type: 'string', default: '1' },
      truth: { type: 'boolean', default: false },
    },
  });
  if (positionals.length !== 1) throw new Error('generate: name one file, or - for standard output');
  const traffic = generateCapture(positionals[0], {
    packets: Number(values.packets),
    streams: Number(values.streams),
    otherFlows: Number(values['other-flows']),
    payloadBytes: Number(values.payload),
    seed: Number(values.seed),
  });
  if (values.truth) process.stderr.write(`${JSON.stringify(traffic.truth)}\n`);
}
