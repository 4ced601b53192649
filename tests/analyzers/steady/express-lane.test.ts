import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { Analyzer } from '../../../analyzers/index.ts';
import { Traffic, type TrafficPlan } from '../../../bench/traffic.ts';
import { CaptureInputError, CaptureWalk, type ExpressLane } from '../../../captures/index.ts';
import { renderJson } from '../../../reports/index.ts';
import { temporaryFolder } from '../../captures/temporary-folder.ts';
import { missingCaptures, sharedCapture } from '../../shared-captures.ts';

const folder = temporaryFolder();
const samples = fileURLToPath(new URL('../../../captures/samples/', import.meta.url));

interface Outcome {
  readonly json: string;
  /** Packets that the lane took. */
  readonly express: number;
}

async function analyse(path: string, express: boolean, windowSeconds = 1): Promise<Outcome> {
  const analyzer = new Analyzer({ windowSeconds, express });
  let packets = 0;
  const lane = analyzer.express;
  const counting: ExpressLane | null = lane && {
    room: lane.room,
    take: (cursor, interfaceNumber) => {
      const taken = lane.take(cursor, interfaceNumber);
      packets += taken?.packets ?? 0;
      return taken;
    },
    handedOn: (cursor) => lane.handedOn(cursor),
  };
  const walk = new CaptureWalk([path], { express: counting });
  try {
    await walk.run((cursor, _capture, interfaceNumber) => analyzer.record(cursor, interfaceNumber));
  } catch (error) {
    if (!(error instanceof CaptureInputError)) throw error;
    return { json: error.message, express: packets };
  }
  return { json: renderJson(analyzer.report(walk.summaries())), express: packets };
}

/** @returns packets that the lane took, once both ways agree to the last digit. */
async function agreed(path: string, windowSeconds = 1): Promise<number> {
  const express = await analyse(path, true, windowSeconds);
  const plain = await analyse(path, false, windowSeconds);
  expect(plain.express).toBe(0);
  expect(express.json === plain.json, `${path}: the express lane gives other figures`).toBe(true);
  return express.express;
}

function made(plan: TrafficPlan): string {
  // Each chunk is valid until the next is asked for.
  const chunks: Buffer[] = [];
  for (const chunk of new Traffic(plan).chunks()) chunks.push(Buffer.from(chunk));
  return folder.write(`traffic-${plan.seed}.pcap`, Buffer.concat(chunks));
}

/** Payloads that show a codec: VP8 and VP9 in several dresses, and two that only look like it. */
const SHOWING = [
  [0x10, 0x00, 0x00, 0x00, 0x9d, 0x01, 0x2a],
  [0x90, 0xf0, 0x81, 0x02, 0x03, 0x04, 0x00, 0x00, 0x00, 0x9d, 0x01, 0x2a],
  [0x7f, 0x10, 0x00, 0x00, 0x00, 0x9d, 0x01, 0x2a],
  [0x60, 0x90, 0xf0, 0x81, 0x02, 0x03, 0x04, 0x00, 0x00, 0x00, 0x9d, 0x01, 0x2a],
  [0x08, 0x80, 0x49, 0x83, 0x42],
  [0xa8, 0x81, 0x02, 0x00, 0x00, 0x80, 0x49, 0x83, 0x42],
  [0x0a, 0x18, 0x01, 0x02, 0x03, 0x04, 0x01, 0x00, 0x80, 0x49, 0x83, 0x42],
  [0x10, 0x01, 0x00, 0x00, 0x9d, 0x01, 0x2a],
  [0x0a, 0x18, 0x01, 0x02, 0x03, 0x04, 0x01, 0x00, 0x84, 0x49, 0x83, 0x42],
];

/** Puts these into payloads of a made-up capture: of each stream the 300th and some that follow; of the last three the 2100th. */
function showCodecs(path: string): void {
  const bytes = readFileSync(path);
  const seen = new Map<number, { index: number; packets: number }>();
  for (let at = 24; at < bytes.length; at += 16 + bytes.readUInt32LE(at + 8)) {
    const rtp = at + 16 + 42;
    const ssrc = bytes.readUInt32BE(rtp + 8);
    const stream = seen.get(ssrc) ?? { index: seen.size, packets: 0 };
    seen.set(ssrc, stream);
    stream.packets++;
    const late = stream.index >= SHOWING.length;
    const shows = late ? stream.packets === 2100 : stream.packets >= 300 && stream.packets % 50 === 0;
    if (shows) bytes.set(SHOWING[stream.index % SHOWING.length], rtp + 12);
  }
  writeFileSync(path, bytes);
}

/** Moves, repeats and leaves out packets, some thousands at once, more than one in a hundred: times stay where they were. */
function upset(path: string, seed: number): void {
  const bytes = readFileSync(path);
  const packets: Buffer[] = [];
  const times: Buffer[] = [];
  for (let at = 24; at < bytes.length; ) {
    const next = at + 16 + bytes.readUInt32LE(at + 8);
    times.push(Buffer.from(bytes.subarray(at, at + 8)));
    packets.push(bytes.subarray(at + 8, next));
    at = next;
  }
  let state = seed;
  const below = (limit: number) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * limit);
  };
  for (let change = 0; change < packets.length / 60; change++) {
    const at = below(packets.length);
    const kind = below(8);
    if (kind < 3) packets.splice(at + below(300), 0, ...packets.splice(at, 1));
    else if (kind === 3) packets.splice(at + below(50), 0, packets[at]);
    else if (kind < 7) packets.splice(at, 1 + below(kind === 6 ? 60 : 3));
    else if (below(40) === 0) packets.splice(at, below(9000));
    else packets.splice(at + below(9000), 0, ...packets.splice(at, below(20)));
  }
  const records = packets.flatMap((packet, index) => [times[Math.min(index, times.length - 1)], packet]);
  writeFileSync(path, Buffer.concat([bytes.subarray(0, 24), ...records]));
}

function capturesBelow(path: string): string[] {
  return readdirSync(path, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && /\.(p?cap|pcapng)(\.(gz|zst|lz4))?$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}

describe('the express lane gives the figures of the way that all packets could go', () => {
  it.each([
    ['audio', { payloadBytes: 160, streams: 20, otherFlows: 0, seed: 1 }],
    ['audio beside many other flows', { payloadBytes: 200, streams: 300, otherFlows: 400, seed: 2 }],
    ['video', { payloadBytes: 1100, streams: 10, otherFlows: 0, seed: 3 }],
  ])('made-up %s with loss and reordering', async (_, plan) => {
    const path = made({ packets: 60_000, ...plan });
    const share = plan.otherFlows > 0 ? 0.6 : 0.9;
    expect(await agreed(path)).toBeGreaterThan(60_000 * share);
    for (const windowSeconds of [0.002, 0.05, 0.3, 7]) await agreed(path, windowSeconds);
  });

  it('video that shows its codec at some time, too late, or nearly', async () => {
    const path = made({ packets: 60_000, payloadBytes: 1100, streams: 12, otherFlows: 0, seed: 4 });
    showCodecs(path);
    await agreed(path);
    const { json } = await analyse(path, true);
    const codecs = JSON.parse(json).streams.map(({ codec }: { codec: string | null }) => codec);
    expect(codecs.filter((codec: string | null) => codec === 'VP8')).toHaveLength(4);
    expect(codecs.filter((codec: string | null) => codec === 'VP9')).toHaveLength(3);
  });

  it.each([5, 6, 7, 8])('packets moved, repeated and left out, seed %i', async (seed) => {
    const payloadBytes = seed % 2 === 0 ? 1100 : 160;
    const path = made({ packets: 40_000, payloadBytes, streams: 3, otherFlows: 0, seed });
    upset(path, seed);
    expect(await agreed(path)).toBeGreaterThan(10_000);
    await agreed(path, 0.01);
  });

  it('samples', async () => {
    for (const path of capturesBelow(samples)) await agreed(path);
    expect(await agreed(join(samples, 'voip.pcap'))).toBeGreaterThan(100);
  });

  it(`public captures${missingCaptures}`, { timeout: 300_000, skip: missingCaptures !== '' }, async () => {
    const root = sharedCapture('.') as string;
    let taken = 0;
    for (const path of capturesBelow(root)) {
      taken += await agreed(path);
      if (relative(root, path).startsWith('derived__g711a')) await agreed(path, 0.25);
    }
    expect(taken).toBeGreaterThan(10_000);
  });
});
