import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { CaptureWalk } from '../../../captures/index.ts';
import { Tap, type TapLimits } from '../../../cluster/sfu/tap/tap.ts';

const PATH = {
  ...{ protocol: 'udp', address: '127.0.0.9', port: 4000, localAddress: '127.0.0.1', localPort: 5000 },
} as never;
const HEADERS = 28;
const PACKETS = 500;

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rtcscope-tap-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function tapped(limits: TapLimits) {
  const file = join(folder, `${JSON.stringify(limits).length}-${limits.snapLength}-${limits.bytes}.pcapng`);
  const tap = await Tap.open(file, 'sfu', limits);
  for (let number = 0; number < PACKETS; number++) {
    tap.received(Buffer.alloc(1000, number), PATH, 10 + number);
  }
  await tap.close();
  const seen: [captured: number, original: number][] = [];
  const walk = new CaptureWalk([file]);
  await walk.run((cursor) => seen.push([cursor.capturedLength, cursor.originalLength]));
  return { tap, seen, bytes: readFileSync(file).length };
}

it('keeps the beginning of each packet, and how long it was', async () => {
  const { seen, tap } = await tapped({ snapLength: 96, bytes: null });
  expect(seen).toHaveLength(PACKETS);
  expect(new Set(seen.map(String))).toEqual(new Set([`96,${1000 + HEADERS}`]));
  expect([tap.written, tap.dropped]).toEqual([PACKETS, 0]);
});

it('writes no more packets at its size, and counts those as dropped', async () => {
  const { seen, tap, bytes } = await tapped({ snapLength: null, bytes: 100_000 });
  expect(seen.length).toBeGreaterThan(80);
  expect(seen.length).toBeLessThan(100);
  expect([tap.written, tap.dropped]).toEqual([seen.length, PACKETS - seen.length]);
  expect(bytes).toBeLessThan(105_000);
});
