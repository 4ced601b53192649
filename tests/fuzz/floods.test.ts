import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { seededRandom } from '../samples/random.ts';
import type { FuzzAnswer } from './analyse-in-child.ts';
import { collidingFlow, collidingSsrc, type FloodPacket, rtpHeader, writeFlood } from './floods.ts';
import { FuzzProcess } from './fuzz-process.ts';

/** Memory may differ by when garbage is collected, not by how much came. */
const SAME = 1.35;
const FEW = 320_000;
const MANY = 1_280_000;
/** The attack on the tables takes longer than the process is given, unless their hashes are seeded. */
const COLLISIONS = 500_000;

const fuzz = new FuzzProcess();
beforeAll(() => fuzz.build());
afterAll(() => fuzz.close());

type Fill = (packet: FloodPacket, number: number) => void;

/** Every packet a source of its own. */
function lonelySources(): Fill {
  const random = seededRandom(1);
  return ({ payload }, number) => rtpHeader(payload, random() * 2 ** 32, random() * 65536, number);
}

/** Every two packets a source that proves itself. */
function shortStreams(): Fill {
  return ({ payload }, number) => rtpHeader(payload, Math.imul(number >>> 1, 2_654_435_761), number & 1, 160 * number);
}

/** Flows of one packet each, more than are kept, and a stream whose packets stand between them. */
const mediaAmongFlows: Fill = (packet, number) => {
  const isMedia = number % 8 === 0;
  packet.source = isMedia ? 0xc0000201 : 0x0a000000 + number;
  if (isMedia) rtpHeader(packet.payload, 0xcafe, number / 8, 20 * number);
  else packet.payload[0] = 0xff;
};

/** A process of its own for each: what it peaked at is then the flood's. */
async function analyse(packets: number, fill: Fill): Promise<FuzzAnswer> {
  const path = join(fuzz.folder, 'flood.pcap');
  writeFlood(path, packets, fill);
  fuzz.end();
  const answer = await fuzz.analyse({
    paths: [path],
    windowSeconds: 1,
    filter: null,
    reports: 'terminal',
    hashSeed: 0x5eed1234,
  });
  rmSync(path);
  return answer;
}

describe('floods', () => {
  it('of sources that never prove themselves take the same memory however long', async () => {
    const few = await analyse(FEW, lonelySources());
    const many = await analyse(MANY, lonelySources());
    expect([few.faults, many.faults]).toEqual([[], []]);
    expect([many.streams, many.rejectedSources]).toEqual([0, expect.closeTo(MANY, -3)]);
    expect(many.peakMiB).toBeLessThan(few.peakMiB * SAME);
  }, 180_000);

  it('of streams of two packets take the same memory however many', async () => {
    const few = await analyse(FEW, shortStreams());
    const many = await analyse(MANY, shortStreams());
    expect([few.faults, many.faults]).toEqual([[], []]);
    expect(many.streams).toBe(few.streams);
    expect(many.peakMiB).toBeLessThan(few.peakMiB * SAME);
  }, 180_000);

  it('of flows take the same memory however many, and cost a stream among them nothing', async () => {
    const few = await analyse(FEW, mediaAmongFlows);
    const many = await analyse(MANY, mediaAmongFlows);
    expect([few, many]).toMatchObject(
      [FEW, MANY].map((packets) => ({ faults: [], streams: 1, lost: 0, flows: (packets / 8) * 7 + 1 })),
    );
    expect(many.peakMiB).toBeLessThan(few.peakMiB * SAME);
  }, 180_000);

  it('of 100,000 flows, one stream among them', async () => {
    const answer = await analyse(200_000, (packet, number) => {
      const isMedia = number % 2 === 0;
      packet.source = isMedia ? 0xc0000201 : 0x0a000000 + (number >>> 1);
      if (isMedia) rtpHeader(packet.payload, 0xcafe, number >>> 1, 80 * number);
      else packet.payload[0] = 0xff;
    });
    expect(answer).toMatchObject({ faults: [], streams: 1, flows: 100_001 });
    expect(answer.peakMiB).toBeLessThan(400);
  }, 90_000);

  it('of SSRCs made to share one slot of the table', async () => {
    const answer = await analyse(COLLISIONS, ({ payload }, number) =>
      rtpHeader(payload, collidingSsrc(number % 65_000), number * 5, number),
    );
    expect(answer.faults).toEqual([]);
  }, 90_000);

  it('of addresses made to share one slot of the table', async () => {
    const answer = await analyse(COLLISIONS, (packet, number) => {
      const { destination, ports } = collidingFlow(number);
      packet.destination = destination;
      packet.sourcePort = ports >>> 16;
      packet.destinationPort = ports & 0xffff;
      packet.payload[0] = 0xff;
    });
    expect(answer).toMatchObject({ faults: [], flows: COLLISIONS });
  }, 90_000);
});
