import { describe, expect, it } from 'vitest';
import { Reception } from '../../../analyzers/rtcp/reception.ts';
import { ObservedStreams } from '../../../analyzers/rtp/observed-streams.ts';
import { missingCaptures, sharedCapture } from '../../shared-captures.ts';
import { analysisOf, bySsrc } from '../analysis-of.ts';
import { RtpFeed, type SentPacket, SSRC } from '../rtp/rtp-feed.ts';

const packet = (sequence: number): SentPacket => ({ sequence, timestamp: sequence * 160, atNs: sequence * 20e6 });

function seen(...sequences: number[]) {
  const feed = new RtpFeed();
  for (const sequence of sequences) feed.send(packet(sequence));
  const observed = new ObservedStreams(feed.streams, feed.flows);
  return { feed, upTo: (number: number) => observed.lostUpTo(0, SSRC, number & 0xffff), observed };
}

describe('what the capture missed up to a number', () => {
  it('is what is missing by now, below it alone', () => {
    const { upTo } = seen(10, 11, 14, 15, 20);
    expect([11, 12, 13, 14, 18, 20].map(upTo)).toEqual([0, 1, 2, 2, 5, 6]);
  });

  it('counts across the wrap of 16 bits', () => {
    const { upTo } = seen(65_530, 65_531, 65_534, 65_535, 65_536, 65_539);
    expect([65_533, 65_535, 65_537, 65_539].map(upTo)).toEqual([2, 2, 3, 4]);
  });

  it('leaves a late packet out once it came', () => {
    const { feed, upTo } = seen(1, 2, 5, 6);
    expect(upTo(6)).toBe(2);
    feed.send({ ...packet(4), atNs: 130e6 });
    expect([upTo(3), upTo(6)]).toEqual([1, 1]);
  });

  it('is not known of what did not pass yet, was before the stream, or is of another stream', () => {
    const { upTo, observed } = seen(100, 101, 102);
    expect([103, 50].map(upTo)).toEqual([Number.NaN, Number.NaN]);
    expect(observed.lostUpTo(0, SSRC + 1, 101)).toBeNaN();
  });
});

describe('reports and capture over the same numbers', () => {
  const block = (highestSequence: number, cumulativeLost: number) => ({
    ssrc: 1,
    fractionLost: 0,
    cumulativeLost,
    highestSequence,
    jitter: 0,
    lastSenderReport: 0,
    delaySinceLastSenderReport: 0,
  });
  const time = { seconds: 0, nanoseconds: 0 };

  it('are compared from the first to the last report that could be', () => {
    const reception = new Reception(0, 2, 1);
    // What was lost before the first of them is none of this stretch.
    reception.report(block(0x1_0100, 40), time);
    reception.report(block(0x1_0200, 45), time, 3);
    expect(reception.comparison()).toBeNull();
    reception.report(block(0x1_0400, 65), time, 13);
    reception.report(block(0x1_0500, 70), time);
    const expected = 0x200;
    expect(reception.comparison()).toEqual({
      ...{ observedLost: 10, observedExpected: expected, reportedLost: 20, reportedExpected: expected },
    });
  });

  it('begin anew with the numbering', () => {
    const reception = new Reception(0, 2, 1);
    reception.report(block(60_000, 5), time, 5);
    reception.report(block(100, 0), time, 5);
    reception.report(block(1100, 7), time, 5);
    expect(reception.comparison()).toMatchObject({ observedLost: 0, reportedLost: 7, reportedExpected: 1000 });
  });

  it.skipIf(missingCaptures !== '')(`tell the side at both ends of a call${missingCaptures}`, async () => {
    // Taken within the endpoints: what one sent, whole, and what the other received behind a relay that drops.
    const path = 'generated__chrome156/chrome156-loss-vp8.decrypted.pcapng';
    const analysis = await analysisOf(sharedCapture(path) as string);
    // The few packets of the retransmissions say too little.
    const media = analysis.streams.filter(({ kind }) => kind === 'audio' || kind === 'video');
    const reported = media.filter(({ reported }) => reported !== null);
    expect(reported.length).toBeGreaterThanOrEqual(4);
    for (const { ssrc } of reported) {
      const [sent, received] = bySsrc(analysis, ssrc).sort((a, b) => a.lost - b.lost);
      expect([sent.lost, sent.lossSide, received.lossSide]).toEqual([0, 'after', 'before']);
      expect(received.lost).toBeGreaterThan(0);
    }
  });
});
