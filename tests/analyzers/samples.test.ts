import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { Analyzer } from '../../analyzers/index.ts';
import { CaptureWalk } from '../../captures/index.ts';
import { voipCall } from '../samples/voip.ts';

const sample = (name: string) => fileURLToPath(new URL(`../../captures/samples/${name}`, import.meta.url));

async function analysisOf(name: string) {
  const analyzer = new Analyzer();
  const walk = new CaptureWalk([sample(name)]);
  await walk.run((cursor, _capture, interfaceNumber) => analyzer.record(cursor, interfaceNumber));
  return analyzer.report(walk.summaries());
}

describe('the sample captures', () => {
  it('voip.pcap comes to what its maker knows', async () => {
    const { streams, sip, rtcp } = await analysisOf('voip.pcap');
    const { truth } = voipCall();
    expect(streams).toHaveLength(truth.streams.length);
    for (const { lostSequenceNumbers: _, jitterMs, ...known } of truth.streams) {
      const stream = streams.find(({ ssrc }) => ssrc === known.ssrc)!;
      expect(stream).toMatchObject(known);
      expect(stream).toMatchObject({ codec: 'PCMA', clockRate: 8000, clockRateSource: 'sdp', kind: 'audio' });
      if (jitterMs === null) continue;
      expect(stream.jitterMs!.mean).toBeCloseTo(jitterMs.mean, 2);
      expect(stream.jitterMs!.max).toBeCloseTo(jitterMs.max, 2);
    }
    expect(sip.messages).toBe(truth.sipMessages);
    expect(sip.calls).toMatchObject([{ finalStatus: 200, callId: 'sample-call@192.0.2.10' }]);
    expect(rtcp).toMatchObject({ compounds: truth.rtcpCompounds, malformed: 0, encrypted: 0 });
    expect(streams.find(({ lost }) => lost === 0)!.reported!.lost).toBe(truth.reportedLostByCallee);
  });

  it('call.pcapng lost what the relay dropped, as the browser counted', async () => {
    const { streams } = await analysisOf('call.pcapng');
    const truth = JSON.parse(readFileSync(sample('call.truth.json'), 'utf8'));
    const counted = [...truth.callee.inbound, ...truth.callee.outbound];
    for (const { ssrc, kind, packetsLost = 0 } of counted) {
      expect(streams.find((stream) => stream.ssrc === ssrc)).toMatchObject({
        ...{ kind, lost: packetsLost, clockRate: kind === 'audio' ? 48_000 : 90_000, clockRateSource: 'inferred' },
      });
    }
    expect(streams).toHaveLength(counted.length + 2); // RTX of both videos.
    const repaired = truth.callee.inbound.find(({ rtxSsrc }: { rtxSsrc?: number }) => rtxSsrc !== undefined);
    expect(streams.find(({ ssrc }) => ssrc === repaired.rtxSsrc)).toMatchObject({
      kind: 'rtx',
      repairsSsrc: repaired.ssrc,
    });
  });
});
