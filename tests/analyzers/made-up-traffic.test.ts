import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Analyzer } from '../../analyzers/index.ts';
import { generateCapture } from '../../bench/generate.ts';
import type { TrafficPlan } from '../../bench/traffic.ts';
import { CaptureWalk } from '../../captures/index.ts';

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'traffic-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

async function analyzed(plan: TrafficPlan) {
  const file = join(folder, 'traffic.pcap');
  const { truth } = generateCapture(file, plan);
  const analyzer = new Analyzer();
  const walk = new CaptureWalk([file]);
  await walk.run((cursor, _capture, interfaceNumber) => analyzer.record(cursor, interfaceNumber));
  const { streams, traffic } = analyzer.report(walk.summaries());
  const bySsrc = (a: { readonly ssrc: number }, b: { readonly ssrc: number }) => a.ssrc - b.ssrc;
  const found = streams.map(({ ssrc, packets, lost, late }) => ({ ssrc, packets, lost, late }));
  return { found: found.sort(bySsrc), truth: [...truth].sort(bySsrc), traffic };
}

describe('analysis of made-up traffic', () => {
  it.each([200, 1100])('finds each stream as it was made (%i bytes of payload)', async (payloadBytes) => {
    const { found, truth } = await analyzed({ packets: 60_000, streams: 50, otherFlows: 0, payloadBytes, seed: 3 });
    expect(found).toEqual(truth);
  });

  // All begin within 25 ms: none has proved itself before the last one comes.
  it('loses nothing of 10,000 streams that begin at once, among other flows', async () => {
    const plan = { packets: 250_000, streams: 10_000, otherFlows: 10_000, payloadBytes: 40, seed: 4 };
    const { found, truth, traffic } = await analyzed(plan);
    expect(found).toEqual(truth);
    expect(traffic).toMatchObject({ flows: 20_000, rejectedSources: 0, protocols: { rtp: 200_000, other: 50_000 } });
  });
});
