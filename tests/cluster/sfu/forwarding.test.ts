import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { IncomingStream } from '../../../cluster/sfu/forwarding/incoming-stream.ts';
import { OutgoingStream } from '../../../cluster/sfu/forwarding/outgoing-stream.ts';
import { PacketHistory } from '../../../cluster/sfu/forwarding/packet-history.ts';
import { Arrival, Reception } from '../../../cluster/sfu/forwarding/reception.ts';
import { RtpPacket } from '../../../cluster/sfu/forwarding/rtp-packet.ts';
import { PublishedTrack } from '../../../cluster/sfu/room/published-track.ts';
import { chooseEncoding } from '../../../cluster/sfu/room/subscription.ts';
import type { Codec } from '../../../cluster/sfu/sdp/codec.ts';
import { noExtensions } from '../../../cluster/sfu/sdp/header-extensions.ts';

const vp8 = (payloadType: number, rtxPayloadType: number | null): Codec => ({
  name: 'vp8',
  encodingName: 'VP8',
  payloadType,
  clockRate: 90_000,
  channels: 1,
  parameters: '',
  key: 'vp8',
  rtxPayloadType,
  feedback: ['nack'],
});

/** VP8 with a 15-bit picture id and TL0PICIDX (RFC 7741 section 4.2). */
function videoPacket(sequence: number, timestamp: number, picture: number, zeroLayer: number, isKey: boolean): Buffer {
  const bytes = Buffer.alloc(12 + 20);
  bytes.set([0x80, 0x80 | 96]);
  bytes.writeUInt16BE(sequence & 0xffff, 2);
  bytes.writeUInt32BE(timestamp >>> 0, 4);
  bytes.writeUInt32BE(1234, 8);
  bytes.set([0x90, 0xc0, 0x80 | (picture >> 8), picture & 0xff, zeroLayer, 0, isKey ? 0 : 1], 12);
  return bytes;
}

const ids = { ...noExtensions(), mid: 4, transportSequence: 5 };
function setUp(firstSequence: number) {
  const source = new IncomingStream(1234, null, null, [vp8(96, 97)]);
  const other = new IncomingStream(99, null, null, [vp8(96, 97)]);
  let transport = 0;
  const goodbyes: number[] = [];
  const carrier = {
    peer: { sendRtp() {}, fanOutRtp() {} },
    nextTransportSequence: () => transport++,
    sayGoodbye: ({ ssrc }: OutgoingStream) => goodbyes.push(ssrc),
  };
  const out = new OutgoingStream(carrier, 'video', 'v1', 777, 778, [vp8(100, 101)], ids, firstSequence);
  out.target = source;
  const buffer = Buffer.alloc(2048);
  const packet = new RtpPacket();
  const sent = new RtpPacket();
  /** What the subscriber gets of it, or null. */
  const write = (bytes: Buffer, from = source, isKey = false, nowMs = 0) => {
    packet.read(bytes, bytes.length, noExtensions());
    packet.startsKeyFrame = isKey;
    from.history.store(bytes, bytes.length, packet.sequenceNumber, nowMs);
    const length = out.write(packet, from, buffer, nowMs);
    if (length === 0) return null;
    expect(sent.read(buffer, length, ids)).toBe(true);
    const at = sent.payloadAt;
    return {
      sequence: sent.sequenceNumber,
      timestamp: sent.timestamp,
      ssrc: sent.ssrc,
      payloadType: sent.payloadType,
      mid: buffer.toString('latin1', sent.midAt, sent.midAt + sent.midLength),
      transport: sent.transportSequence,
      picture: ((buffer[at + 2] & 0x7f) << 8) | buffer[at + 3],
      zeroLayer: buffer[at + 4],
    };
  };
  return { source, other, out, write, buffer, sent, goodbyes };
}

describe('outgoing stream', () => {
  it('waits for a key frame, then writes with the numbers of the subscriber', () => {
    const { write } = setUp(100);
    expect(write(videoPacket(7, 5000, 1, 1, false))).toBeNull();
    expect(write(videoPacket(8, 8000, 2, 2, true), undefined, true)).toEqual({
      sequence: 101,
      timestamp: 8000,
      ssrc: 777,
      payloadType: 100,
      mid: 'v1',
      transport: 0,
      picture: 2,
      zeroLayer: 2,
    });
    expect(write(videoPacket(9, 11_000, 3, 3, false))).toMatchObject({ sequence: 102, transport: 1 });
  });

  it('goes on across the wrap of numbers and timestamps, late packets in their place', () => {
    const { write } = setUp(0x7ffe);
    write(videoPacket(65_533, 0xffffff00, 1, 1, true), undefined, true);
    expect(write(videoPacket(65_535, 0xffffff00, 1, 1, false))).toMatchObject({ sequence: 0x8001 });
    expect(write(videoPacket(0, 0x100, 2, 2, false))).toMatchObject({ sequence: 0x8002, timestamp: 0x100 });
    expect(write(videoPacket(65_534, 0xffffff00, 1, 1, false))).toMatchObject({ sequence: 0x8000 });
  });

  it('changes its source on a key frame, without a gap in anything a decoder counts', () => {
    const { write, out, other } = setUp(10);
    write(videoPacket(500, 90_000, 100, 255, true), undefined, true, 1000);
    write(videoPacket(501, 93_000, 101, 0, false), undefined, false, 1033);
    out.target = other;
    expect(write(videoPacket(60_000, 7, 9000, 40, false), other, false, 1050)).toBeNull();
    expect(write(videoPacket(502, 96_000, 102, 1, false), undefined, false, 1066)).toMatchObject({ sequence: 13 });
    expect(write(videoPacket(60_001, 3007, 9001, 41, true), other, true, 1100)).toMatchObject({
      sequence: 14,
      // 34 ms at 90 kHz after the last.
      timestamp: 96_000 + 3060,
      picture: 103,
      zeroLayer: 2,
    });
    // The old one is over, and so is what came late from before the change.
    expect(write(videoPacket(503, 99_000, 103, 2, false))).toBeNull();
    expect(write(videoPacket(60_000, 7, 9000, 40, false), other)).toBeNull();
  });

  it('says goodbye once for each source that ends, and nothing before there was one', () => {
    const { write, out, other, goodbyes } = setUp(10);
    out.end();
    expect(goodbyes).toEqual([]);
    out.target = other;
    write(videoPacket(500, 90_000, 1, 1, true), other, true);
    out.end();
    out.end();
    expect(goodbyes).toEqual([777]);
    expect(write(videoPacket(501, 93_000, 2, 2, true), other, true)).toBeNull();
    out.target = other;
    expect(write(videoPacket(502, 96_000, 3, 3, true), other, true)).toMatchObject({ sequence: 12 });
    out.end();
    expect(goodbyes).toEqual([777, 777]);
  });

  it('leaves no gap where packets were left out', () => {
    const { write, out } = setUp(10);
    write(videoPacket(500, 90_000, 1, 1, true), undefined, true);
    out.interrupt();
    expect(write(videoPacket(540, 120_000, 9, 9, false))).toBeNull();
    expect(write(videoPacket(541, 123_000, 10, 10, true), undefined, true)).toMatchObject({
      sequence: 12,
      timestamp: 123_000,
    });
  });

  it('sends again by RTX what was asked for, also from before a change of source', () => {
    const { write, out, other, buffer, sent } = setUp(10);
    write(videoPacket(500, 90_000, 1, 1, true), undefined, true);
    out.target = other;
    write(videoPacket(9, 3000, 5, 5, true), other, true);
    const again = (sequence: number) => {
      const length = out.writeAgain(sequence, new RtpPacket(), buffer, 100, noExtensions());
      if (length === 0) return null;
      sent.read(buffer, length, ids);
      const { ssrc, payloadType, payloadAt } = sent;
      return { ssrc, payloadType, original: buffer.readUInt16BE(payloadAt), picture: buffer[payloadAt + 2 + 3] };
    };
    expect(again(11)).toEqual({ ssrc: 778, payloadType: 101, original: 11, picture: 1 });
    expect(again(12)).toEqual({ ssrc: 778, payloadType: 101, original: 12, picture: 2 });
    // Within a round trip once, and never what was not sent.
    expect(again(12)).toBeNull();
    expect(again(900)).toBeNull();
  });
});

describe('encodings of one picture', () => {
  const track = () => {
    const section = { mid: '0', kind: 'video' as const, codecs: [vp8(96, null)], ids };
    const made = new PublishedTrack(
      { id: 'ada', askKeyFrame: () => {} },
      section,
      ['f', 'h', 'q'],
      [],
      'camera',
      false,
    );
    for (const rid of ['f', 'h', 'q'])
      made.add(new IncomingStream(made.encodings.length + 1, null, rid, section.codecs));
    return made;
  };
  const rids = ({ encodings }: PublishedTrack) => encodings.map(({ rid }) => rid).join('');

  it('stand by height once all are known, by bitrate before, and as they are named at first', () => {
    const named = track();
    named.order();
    expect(rids(named)).toBe('fhq');
    for (const encoding of named.encodings) encoding.bitrateBps = { f: 900_000, h: 300_000, q: 90_000 }[encoding.rid!]!;
    named.order();
    expect(rids(named)).toBe('qhf');
    // A picture that stands still takes little: height says more.
    for (const encoding of named.encodings) encoding.height = { f: 540, h: 270, q: 135 }[encoding.rid!]!;
    named.encodings[2].bitrateBps = 10_000;
    named.order();
    expect(rids(named)).toBe('qhf');
  });

  it('are chosen as the best within a rate and a height, of those that come', () => {
    const made = track();
    for (const encoding of made.encodings) {
      encoding.bitrateBps = { f: 900_000, h: 300_000, q: 90_000 }[encoding.rid!]!;
      encoding.height = { f: 540, h: 270, q: 135 }[encoding.rid!]!;
      encoding.lastPacketMs = 1000;
    }
    made.order();
    const chosen = (maxHeight: number | null, bps: number, nowMs = 1000) =>
      chooseEncoding(made, maxHeight, bps, nowMs)?.rid;
    expect(chosen(null, 1_000_000)).toBe('f');
    expect(chosen(null, 899_999)).toBe('h');
    expect(chosen(300, 1_000_000)).toBe('h');
    expect(chosen(null, 0)).toBe('q');
    made.encodings[0].lastPacketMs = 4000;
    made.encodings[1].lastPacketMs = 4000;
    expect(chosen(null, 1_000_000, 4000)).toBe('h');
  });
});

describe('history', () => {
  it('gives back what was stored, until it is overwritten', () => {
    const history = new PacketHistory();
    for (let sequence = 65_000; sequence < 65_000 + 2000; sequence++) {
      history.store(Buffer.alloc(1000, sequence & 0xff), 1000, sequence & 0xffff, sequence);
    }
    expect(history.find((65_000 + 1999) & 0xffff)).toBe(true);
    expect(history.bytes[history.foundAt]).toBe((65_000 + 1999) & 0xff);
    expect(history.find(65_000)).toBe(false);
    expect(history.find(50_000)).toBe(false);
  });

  it('never gives back bytes of another packet', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.integer({ min: 1, max: 1500 }), fc.integer({ min: 0, max: 300 })), { maxLength: 300 }),
        (steps) => {
          const history = new PacketHistory();
          let sequence = 65_400;
          let nowMs = 0;
          for (const [length, pauseMs] of steps) {
            sequence++;
            nowMs += pauseMs;
            history.store(Buffer.alloc(length, sequence & 0xff), length, sequence & 0xffff, nowMs);
          }
          for (let asked = sequence; asked > sequence - 300; asked--) {
            if (!history.find(asked & 0xffff)) continue;
            const found = history.bytes.subarray(history.foundAt, history.foundAt + history.foundLength);
            expect(found.every((byte) => byte === (asked & 0xff))).toBe(true);
          }
        },
      ),
      { numRuns: 50 },
    );
  });
});

describe('reception', () => {
  it('counts loss across the wrap, late packets as none, and asks for what is missing', () => {
    const reception = new Reception(90_000);
    const take = (sequence: number) => reception.receive(sequence, 0, 100, 0, false);
    expect([65_533, 65_534, 1, 65_535].map(take)).toEqual([Arrival.new, Arrival.new, Arrival.new, Arrival.late]);
    expect(take(1)).toBe(Arrival.duplicate);
    expect(take(65_535)).toBe(Arrival.duplicate);
    expect(reception.lost).toBe(1);
    expect(reception.highest - 65_536).toBe(65_537);
    expect(reception.takeMissing(1, 50)).toEqual([0]);
    expect(reception.takeMissing(20, 50)).toEqual([]);
    expect(reception.takeMissing(60, 50)).toEqual([0]);
    // One of five.
    expect(reception.takeFractionLost()).toBe(51);
    expect(reception.takeFractionLost()).toBe(0);
  });

  it('gives up what never comes', () => {
    const reception = new Reception(90_000);
    for (const sequence of [10, 12]) reception.receive(sequence, 0, 100, 0, false);
    let asked = 0;
    for (let nowMs = 0; nowMs < 10_000; nowMs += 100) asked += reception.takeMissing(nowMs, 80).length;
    expect(asked).toBe(8);
    expect(reception.missingCount).toBe(0);
  });
});

describe('RTP packet', () => {
  it('is never read past its end', () => {
    const packet = new RtpPacket();
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), (bytes) => {
        if (bytes.length > 0) bytes[0] = 0x80 | (bytes[0] & 0x3f);
        if (!packet.read(bytes, bytes.length, { ...ids, rid: 6, audioLevel: 7 })) return;
        expect(packet.payloadAt).toBeLessThanOrEqual(packet.payloadEnd);
        expect(packet.payloadEnd).toBeLessThanOrEqual(bytes.length);
        expect(packet.midAt + packet.midLength).toBeLessThanOrEqual(bytes.length);
      }),
    );
  });
});
