import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import {
  type Analysis,
  Analyzer,
  mergeAnalyses,
  type PartialAnalysis,
  partialFault,
} from '../../../analyzers/index.ts';
import { CaptureWalk } from '../../../captures/index.ts';

// A machine may have much else to do.
vi.setConfig({ testTimeout: 120_000 });

const sample = fileURLToPath(new URL('../../../captures/samples/voip.pcap', import.meta.url));

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'rtcscope-merge-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** The records of a classic pcap file. */
function recordsOf(path: string): { header: Buffer; records: Buffer[] } {
  const bytes = readFileSync(path);
  const little = bytes.readUInt32LE(0) === 0xa1b2c3d4 || bytes.readUInt32LE(0) === 0xa1b23c4d;
  const records: Buffer[] = [];
  for (let at = 24; at < bytes.length; ) {
    const length = little ? bytes.readUInt32LE(at + 8) : bytes.readUInt32BE(at + 8);
    records.push(bytes.subarray(at, at + 16 + length));
    at += 16 + length;
  }
  return { header: bytes.subarray(0, 24), records };
}

let files = 0;
function capture(header: Buffer, records: readonly Buffer[]): string {
  const path = join(folder, `part-${String(++files).padStart(3, '0')}.pcap`);
  writeFileSync(path, Buffer.concat([header, ...records]));
  return path;
}

async function analyse(paths: readonly string[]): Promise<PartialAnalysis> {
  const analyzer = new Analyzer();
  const walk = new CaptureWalk(paths, {});
  await walk.run((cursor, _capture, interfaceNumber) => analyzer.record(cursor, interfaceNumber));
  // As it comes back from a file.
  return JSON.parse(JSON.stringify(analyzer.partial(walk.summaries())));
}

/** By what a stream is, whatever its place in the list. */
const byKey = ({ streams }: Analysis) =>
  new Map(streams.map((stream) => [`${stream.source} ${stream.destination} ${stream.ssrc}`, stream]));

/** 0.8 % for the class of a sketch on each side. */
const SKETCH = 0.016;
const near = (a: number | null | undefined, b: number | null | undefined, share: number, floor = 0) =>
  expect(Math.abs((a ?? Number.NaN) - (b ?? Number.NaN)), `${a} and ${b}`).toBeLessThanOrEqual(
    Math.abs(b ?? 0) * share + floor,
  );

/** What must be the same to the last digit, and what may be off by how much. */
function expectSame(merged: Analysis, whole: Analysis): void {
  expect(merged.captures).toEqual(whole.captures);
  const { flows: mergedFlows, ...traffic } = merged.traffic;
  const { flows, ...wholeTraffic } = whole.traffic;
  expect(traffic).toEqual(wholeTraffic);
  expect(mergedFlows).toBeGreaterThanOrEqual(flows);
  const { sources, receptions, ...rtcp } = merged.rtcp;
  const { sources: wholeSources, receptions: wholeReceptions, ...wholeRtcp } = whole.rtcp;
  expect(rtcp).toEqual(wholeRtcp);
  expect(sources.map(({ packets }) => packets).sort()).toEqual(wholeSources.map(({ packets }) => packets).sort());
  expect(receptions.map(({ reports }) => reports).sort()).toEqual(wholeReceptions.map(({ reports }) => reports).sort());
  const streams = byKey(merged);
  expect([...streams.keys()].sort()).toEqual([...byKey(whole).keys()].sort());
  for (const [key, one] of byKey(whole)) {
    const other = streams.get(key)!;
    const exact = ({
      id,
      packets,
      bytes,
      expected,
      lost,
      lostPercent,
      copies,
      restarts,
      payloadTypes,
      startTime,
      endTime,
      codec,
    }: typeof one) => ({
      ...{ id, packets, bytes, expected, lost, lostPercent, copies, restarts, payloadTypes, startTime, endTime, codec },
    });
    expect(exact(other), key).toEqual(exact(one));
    near(other.durationSeconds, one.durationSeconds, 1e-9);
    near(other.packetRate, one.packetRate, 1e-9);
    near(other.bitrateBps.mean, one.bitrateBps.mean, 1e-9);
    near(other.deltaMs?.min, one.deltaMs?.min, 1e-9);
    near(other.deltaMs?.mean, one.deltaMs?.mean, 1e-9);
    near(other.deltaMs?.max, one.deltaMs?.max, 1e-9);
    expect(other.series.packets.reduce((sum, count) => sum + count, 0)).toBe(
      one.series.packets.reduce((sum, count) => sum + count, 0),
    );
  }
}

describe('analyses put together', () => {
  const { header, records } = recordsOf(sample);
  const split = (parts: number, all = records) =>
    Array.from({ length: parts }, (_, place) =>
      all.slice(Math.floor((place * all.length) / parts), Math.floor(((place + 1) * all.length) / parts)),
    );

  it.each([1, 2, 3, 7])('of %i captures in a row are what one analysis of all gives', async (parts) => {
    const paths = split(parts).map((part) => capture(header, part));
    const whole = (await analyse(paths)).analysis;
    const partials = await Promise.all(paths.map((path) => analyse([path])));
    const merged = mergeAnalyses([...partials].reverse());
    expectSame(merged, whole);
    for (const [key, one] of byKey(whole)) {
      const other = byKey(merged).get(key)!;
      if (one.jitterMs === null) continue;
      // J begins anew with each part, and has settled after 16 packets or so.
      near(other.jitterMs?.mean, one.jitterMs.mean, 0.05 * parts, 0.01);
      near(other.jitterMs?.p95, one.jitterMs.p95, SKETCH + 0.05 * parts, 0.01);
    }
  });

  it('of one part alone differ from it by the classes of the sketches only', async () => {
    const partial = await analyse([sample]);
    const merged = mergeAnalyses([partial]);
    expect(merged.streams).toEqual(partial.analysis.streams);
    expect(merged.sessions).toEqual(partial.analysis.sessions);
  });

  it('of captures that share no stream are exact in every figure', async () => {
    const addresses = byKey((await analyse([sample])).analysis);
    expect(addresses.size).toBeGreaterThan(1);
    // Every other record moved to other addresses, by IPv4 source and destination: two captures of different calls.
    const moved = records.map((record) => {
      const copy = Buffer.from(record);
      const ip = 16 + 14;
      if (copy.readUInt16BE(16 + 12) === 0x0800) for (const at of [ip + 12, ip + 16]) copy[at] = 99;
      return copy;
    });
    const paths = [capture(header, records), capture(header, moved)];
    const whole = (await analyse(paths)).analysis;
    const merged = mergeAnalyses(await Promise.all(paths.map((path) => analyse([path]))));
    expect(merged.streams.length).toBe(2 * addresses.size);
    for (const [key, one] of byKey(whole)) {
      const { id: _id, session: _session, suspectedCaptureLoss: _loss, ...rest } = byKey(merged).get(key)!;
      expect(one).toMatchObject(rest);
    }
    expect(merged.traffic).toEqual(whole.traffic);
  });

  it.each([
    [
      'lost at the seam',
      (all: Buffer[]) => all.filter((_, place) => place < all.length / 2 - 3 || place > all.length / 2 + 2),
    ],
    ['reordered over the seam', (all: Buffer[]) => swapped(all, Math.floor(all.length / 2))],
    ['lost within', (all: Buffer[]) => all.filter((_, place) => place % 17 !== 3)],
  ])('count the same where packets were %s', async (_name, change) => {
    const all = change([...records]);
    const paths = split(2, all).map((part) => capture(header, part));
    const whole = (await analyse(paths)).analysis;
    expectSame(mergeAnalyses(await Promise.all(paths.map((path) => analyse([path])))), whole);
  });

  it('count a stream once that two captures have at the same time, of however many packets', async () => {
    // As at the nodes of both ends: a millisecond later, from another beginning on, and with a packet less.
    const many = lengthened(records, 6);
    const later = many.slice(3).filter((_, place) => place % 500 !== 499);
    const paths = [capture(header, many), capture(header, delayed(later, 1000))];
    const [first, second] = await Promise.all(paths.map((path) => analyse([path])));
    const merged = mergeAnalyses([second, first]);
    const once = byKey(first.analysis);
    expect(Math.max(...[...once.values()].map(({ packets }) => packets))).toBeGreaterThan(3000);
    for (const [key, one] of byKey(merged)) {
      const { id: _id, session: _session, copies, ...figures } = one;
      expect(once.get(key)).toMatchObject(figures);
      expect(copies).toBe(byKey(second.analysis).get(key)!.packets);
    }
    const whole = byKey((await analyse(paths)).analysis);
    for (const [key, one] of byKey(merged)) {
      const { packets, lost, duplicates, copies } = whole.get(key)!;
      expect([one.packets, one.lost, one.duplicates]).toEqual([packets, lost, duplicates]);
      // Whether a single packet came twice by the network or the capture is told by its neighbours.
      near(one.copies, copies, 0.01);
    }
  });

  it('tell of times in user space', async () => {
    const partial = await analyse([sample]);
    const [own] = partial.analysis.captures;
    const analysis = { ...partial.analysis, captures: [{ ...own, timesInUserSpace: true }] };
    expect(mergeAnalyses([{ ...partial, analysis }]).findings.map(({ code }) => code)).toContain('user-space-times');
    expect(mergeAnalyses([partial]).findings.map(({ code }) => code)).not.toContain('user-space-times');
  });

  it('refuse what is no part', async () => {
    expect(partialFault(null)).toBe('holds no object');
    expect(partialFault({ schema: 'rtcscope.analysis/1' })).toMatch(/no part of an analysis/);
    const partial = await analyse([sample]);
    expect(partialFault(partial)).toBeNull();
    expect(partialFault({ ...partial, streams: {} })).toMatch(/lacks what belongs to stream s\d/);
  });
});

/** Records with later times. */
function delayed(records: readonly Buffer[], microseconds: number): Buffer[] {
  return records.map((record) => {
    const copy = Buffer.from(record);
    const time = copy.readUInt32LE(4) + microseconds;
    copy.writeUInt32LE(copy.readUInt32LE(0) + Math.floor(time / 1e6), 0);
    copy.writeUInt32LE(time % 1e6, 4);
    return copy;
  });
}

/** The RTP of a capture so many times over, with numbers and times that go on. */
function lengthened(records: readonly Buffer[], times: number): Buffer[] {
  const rtp = 16 + 14 + 20 + 8;
  const media = records.filter(
    (record) => record.length > rtp + 12 && record[rtp] >> 6 === 2 && (record[rtp + 1] & 0x7f) < 64,
  );
  const ssrcOf = (record: Buffer) => record.readUInt32BE(rtp + 8);
  const counts = new Map<number, number>();
  for (const record of media) counts.set(ssrcOf(record), (counts.get(ssrcOf(record)) ?? 0) + 1);
  return Array.from({ length: times }, (_, round) =>
    delayed(media, round * 25e6).map((record) => {
      record.writeUInt16BE(
        (record.readUInt16BE(rtp + 2) + round * (counts.get(ssrcOf(record)) ?? 0)) & 0xffff,
        rtp + 2,
      );
      record.writeUInt32BE((record.readUInt32BE(rtp + 4) + round * 25 * 8000) >>> 0, rtp + 4);
      return record;
    }),
  ).flat();
}

/** Two packets of one stream exchanged with their times kept: the later number comes first, on either side of the seam. */
function swapped(records: Buffer[], seam: number): Buffer[] {
  const ssrcOf = (record: Buffer) => record.toString('latin1', 16 + 14 + 20 + 8 + 8, 16 + 14 + 20 + 8 + 12);
  const before = seam - 1;
  const after = records.findIndex(
    (record, place) =>
      place >= seam && record.length === records[before].length && ssrcOf(record) === ssrcOf(records[before]),
  );
  const times = [records[before].subarray(0, 16), records[after].subarray(0, 16)];
  const bodies = [records[before].subarray(16), records[after].subarray(16)];
  const next = [...records];
  next[before] = Buffer.concat([times[0], bodies[1]]);
  next[after] = Buffer.concat([times[1], bodies[0]]);
  return next;
}
