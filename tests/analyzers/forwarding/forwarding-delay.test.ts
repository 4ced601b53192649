import { describe, expect, it } from 'vitest';
import { Analyzer, buildStates, type StateAnalysis } from '../../../analyzers/index.ts';
import { RecordStep } from '../../../captures/index.ts';
import { SeededRandom } from '../../../cluster/load/plan/random.ts';
import { captureCursor } from '../../captures/packets/decoding.ts';
import { captureOf, type Endpoint, type SeenPacket } from './forwarder-capture.ts';

const SERVER: Endpoint = ['10.0.0.1', 5000];
const ADA: Endpoint = ['10.0.1.1', 40_000];
const BEN: Endpoint = ['10.0.1.2', 40_000];
const CYD: Endpoint = ['10.0.1.3', 40_000];

interface Rewriting {
  readonly ssrc: number;
  readonly sequence: number;
  readonly timestamp: number;
  readonly lengthened?: number;
  readonly from?: Endpoint;
}

/** A video-like stream: frames of one to four packets of many lengths, each 33 ms; its end lies across both wraps. */
function published(from: Endpoint, ssrc: number, frames = 200, seed = 1): SeenPacket[] {
  const random = new SeededRandom(seed);
  const packets: SeenPacket[] = [];
  let sequence = 65_300;
  for (let frame = 0; frame < frames; frame++) {
    const count = 1 + Math.floor(random.next() * 4);
    for (let part = 0; part < count; part++) {
      packets.push({
        atMs: frame * 33 + part * 0.2 + seed / 7,
        ...{ from, to: SERVER, ssrc, sequence: sequence++ & 0xffff },
        timestamp: 4_294_000_000 + frame * 2970 + seed * 77,
        marker: part === count - 1,
        payloadBytes: 200 + Math.floor(random.next() * 900),
      });
    }
  }
  return packets;
}

/** Each packet anew on its way to a subscriber. @param heldMs by the packet's place. */
function forwarded(packets: readonly SeenPacket[], to: Endpoint, by: Rewriting, heldMs: (place: number) => number) {
  return packets.map((packet, place) => ({
    ...packet,
    atMs: packet.atMs + heldMs(place),
    from: by.from ?? SERVER,
    to,
    ssrc: by.ssrc,
    sequence: packet.sequence + by.sequence,
    timestamp: packet.timestamp + by.timestamp,
    payloadBytes: packet.payloadBytes + (by.lengthened ?? 0),
  }));
}

const frameOf = ({ timestamp }: SeenPacket) => Math.round((timestamp - 4_294_000_000) / 2970);

function statesOf(packets: readonly SeenPacket[], cutAtMs: number | null = null): readonly StateAnalysis[] {
  const startMs = 1_700_000_000_000;
  const bound = (ms: number) => startMs + ms;
  const phases =
    cutAtMs === null
      ? [{ name: 'all', repetition: 1, fromMs: bound(-1000), toMs: bound(1e7) }]
      : [
          { name: 'before', repetition: 1, fromMs: bound(-1000), toMs: bound(cutAtMs) },
          { name: 'after', repetition: 1, fromMs: bound(cutAtMs), toMs: bound(1e7) },
        ];
  const analyzer = new Analyzer({ states: { stretches: buildStates(null, { phases }) } });
  const cursor = captureCursor(captureOf(packets));
  while (cursor.advance() === RecordStep.record) analyzer.record(cursor, cursor.interfaceIndex);
  const captures = [
    {
      ...{ path: 'x', format: 'pcapng', linkTypes: [], packets: packets.length, bytes: 0, truncated: false },
      ...{ start: { seconds: 1_700_000_000, nanoseconds: 0 }, end: { seconds: 1_700_000_100, nanoseconds: 0 } },
      ...{ droppedPackets: null, interfaces: [], sections: [], problems: [], timeDigits: 9 },
    },
  ];
  return analyzer.report(captures as never).states ?? [];
}

describe('the delay of a forwarder', () => {
  const source = published(ADA, 1);

  it('is that of each packet, to each subscriber, where timestamps stay', () => {
    const toBen = forwarded(source, BEN, { ssrc: 11, sequence: 3000, timestamp: 0 }, () => 2);
    const toCyd = forwarded(source, CYD, { ssrc: 12, sequence: 90, timestamp: 0, lengthened: 6 }, (at) =>
      frameOf(source[at]) % 2 === 0 ? 4 : 5,
    );
    const [state] = statesOf([...source, ...toBen, ...toCyd]);
    // Of each stream the first packet is not known to be RTP yet.
    expect(state.forwarding).toMatchObject({ streams: 2, packets: 2 * (source.length - 1), followedPercent: 100 });
    expect(state.forwarding).toMatchObject({ byPatternPercent: 0, maxMs: 5 });
    const of = (ssrc: number) =>
      state.perStream.find(({ stream }) => stream === `s${[1, 11, 12].indexOf(ssrc) + 1}`)?.forwardingDelayMs;
    expect(of(1)).toBeNull();
    expect(of(11)).toBeCloseTo(2, 6);
    expect(of(12)).toBeCloseTo(4.5, 1);
    expect(state.forwardingDelayMs).toBeCloseTo(3.25, 1);
    // Classes of a 64th of an octave.
    expect(Math.abs((state.forwarding?.p50Ms as number) - 2)).toBeLessThan(0.02);
    expect(Math.abs((state.forwarding?.p95Ms as number) - 5)).toBeLessThan(0.05);
  });

  it('is told by state, and sums up', () => {
    const cutMs = 3000;
    const slower = forwarded(source, BEN, { ssrc: 11, sequence: 1, timestamp: 0 }, (at) =>
      source[at].atMs < cutMs - 20 ? 1 : 12,
    );
    const [before, after] = statesOf([...source, ...slower], cutMs);
    expect(before.forwardingDelayMs).toBeCloseTo(1, 0);
    expect(after.forwardingDelayMs).toBeCloseTo(12, 6);
    expect((before.forwarding?.packets ?? 0) + (after.forwarding?.packets ?? 0)).toBe(source.length - 1);
  });

  it.each([
    ['by the same port', SERVER],
    ['by a port for each participant', ['10.0.0.1', 6001] as Endpoint],
  ])('is found by the pattern of the packets where timestamps are rewritten, %s', (_, from) => {
    const other = published(CYD, 2, 200, 2);
    const copy = forwarded(source, BEN, { ssrc: 11, sequence: 70, timestamp: 123_456_789, from }, () => 3);
    const [state] = statesOf([...source, ...other, ...copy]);
    expect(state.forwarding).toMatchObject({ streams: 1, byPatternPercent: 100, maxMs: 3 });
    expect(state.forwarding?.packets).toBeGreaterThan(source.length - 300);
    expect(state.forwardingDelayMs).toBeCloseTo(3, 6);
  });

  it('is not guessed where packets are all alike', () => {
    const alike = published(ADA, 1).map((packet) => ({ ...packet, payloadBytes: 160, marker: true }));
    const steady = alike.map((packet, place) => ({ ...packet, atMs: place * 20, timestamp: place * 160 }));
    const copy = forwarded(steady, BEN, { ssrc: 11, sequence: 70, timestamp: 99_999 }, () => 3);
    const [state] = statesOf([...steady, ...copy]);
    expect(state).toMatchObject({ forwarding: null, forwardingDelayMs: null });
    expect(state.unknown['forwardingDelayMs']).toMatch(/both sides/);
  });

  it('goes on over loss on either side, and over a change to another source', () => {
    const other = published(CYD, 2, 200, 2);
    const half = source.filter(({ atMs }) => atMs < 3000);
    const rest = other.filter(({ atMs }) => atMs >= 3000);
    const first = forwarded(half, BEN, { ssrc: 11, sequence: 70, timestamp: 0 }, () => 3);
    const last = first[first.length - 1].sequence;
    const second = forwarded(
      rest,
      BEN,
      { ssrc: 11, sequence: last + 1 - rest[0].sequence, timestamp: -rest[0].timestamp + 7e6 },
      () => 7,
    );
    const kept = (packet: SeenPacket, place: number) => place % 17 !== 5 || packet.ssrc === 11;
    const [state] = statesOf([
      ...[...source, ...other].filter(kept),
      ...[...first, ...second].filter((_, at) => at % 23 !== 7),
    ]);
    const { forwarding } = state;
    expect(forwarding).toMatchObject({ streams: 1, maxMs: 7 });
    expect(forwarding?.byPatternPercent).toBeGreaterThan(20);
    expect(forwarding?.followedPercent).toBeGreaterThan(85);
  });

  it('is none of what clients send to each other by the same address, nor of retransmissions', () => {
    // What Ada says again later, with numbers and SSRC of its own (RFC 4588): its timestamps are those of the stream.
    const copy = forwarded(source, BEN, { ssrc: 11, sequence: 70, timestamp: 0 }, () => 3);
    let number = 500;
    const again = copy
      .filter((_, place) => place % 9 === 3)
      .map((packet) => ({ ...packet, ssrc: 13, payloadType: 97, sequence: number++, atMs: packet.atMs + 80 }));
    const [state] = statesOf([...source, ...copy, ...again]);
    expect(state.forwarding).toMatchObject({ streams: 1, maxMs: 3, packets: source.length - 1 });
  });

  it('says nothing of a capture with one side', () => {
    expect(statesOf(source)[0].forwarding).toBeNull();
    expect(statesOf(forwarded(source, BEN, { ssrc: 11, sequence: 1, timestamp: 0 }, () => 1))[0].forwarding).toBeNull();
  });
});
