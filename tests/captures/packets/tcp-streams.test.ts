import { describe, expect, test } from 'vitest';
import { missingCaptures, sharedCapture } from '../../shared-captures.ts';
import { concat, decodePcap, hex, packetOf, recordingDecoder } from './decoding.ts';

const RAW = 101;
const SYN = 0x02;
const ACK = 0x10;
const FIN = 0x01;

interface Segment {
  readonly sequence: number;
  readonly flags?: number;
  readonly acknowledgment?: number;
  readonly back?: boolean;
}

/** 192.0.2.1:5000 to 192.0.2.2:3478, or back. */
function segment(
  { sequence, flags = ACK, acknowledgment = 0, back = false }: Segment,
  data: Uint8Array = new Uint8Array(0),
) {
  const packet = concat(
    hex(`
      45 00 00 00  00 00 40 00  40 06 00 00     // IPv4, TCP; total length below
      c0 00 02 ${back ? '02' : '01'}  c0 00 02 ${back ? '01' : '02'}
      ${back ? '0d 96 13 88' : '13 88 0d 96'}   // ports
      00 00 00 00  00 00 00 00                  // sequence and acknowledgment number below
      50 00 ff ff  00 00 00 00                  // 5 words of header
    `),
    data,
  );
  const view = new DataView(packet.buffer);
  view.setUint16(2, packet.length);
  view.setUint32(24, sequence >>> 0);
  view.setUint32(28, acknowledgment >>> 0);
  packet[33] = flags;
  return packet;
}

/** RTP of one source, `size` bytes in all. */
function rtp(sequence: number, size = 20): Uint8Array {
  const packet = new Uint8Array(size).fill(0xd5);
  packet.set(hex('80 08 0000 00000000 01020304'));
  packet[2] = sequence >>> 8;
  packet[3] = sequence;
  return packet;
}

const framed = (payload: Uint8Array) => concat(Uint8Array.of(payload.length >>> 8, payload.length), payload);
const stun = hex('0001 0004 2112a442 000102030405060708090a0b 8022 0000'); // binding request with an empty SOFTWARE
const channelData = (payload: Uint8Array) =>
  concat(hex('4001'), framed(payload), new Uint8Array((4 - (payload.length % 4)) % 4));
const text = (value: string) => new TextEncoder().encode(value);

/** Gives the segments to a decoder a millisecond apart. */
function decode(...segments: Uint8Array[]) {
  const { decoder, seen } = recordingDecoder();
  for (const [index, bytes] of segments.entries()) {
    decoder.packet(packetOf(bytes, RAW, { seconds: 1, nanoseconds: index * 1e6 }), 0);
  }
  return {
    decoder,
    seen,
    payloads: seen.map(({ payload }) => payload),
    times: seen.map(({ arrivalNs }) => arrivalNs / 1e6),
    undecoded: decoder.undecoded(),
  };
}

/** A stream from its SYN on, cut into segments after the bytes given. */
function stream(bytes: Uint8Array, cuts: number[], start = 1000): Uint8Array[] {
  const ends = [...cuts, bytes.length];
  let at = 0;
  return [
    segment({ sequence: start - 1, flags: SYN }),
    ...ends.map((end) => {
      const from = at;
      at = end;
      return segment({ sequence: (start + from) >>> 0 }, bytes.subarray(from, end));
    }),
  ];
}

const packets = [rtp(1), rtp(2), rtp(3), rtp(4)];
const call = concat(...packets.map(framed)); // 4 frames of 22 bytes

describe('RFC 4571', () => {
  test('several frames in a segment', () => {
    const { seen, payloads, undecoded } = decode(...stream(call, []));
    expect(payloads).toEqual(packets);
    expect(seen[0]).toMatchObject({
      source: '192.0.2.1:5000',
      destination: '192.0.2.2:3478',
      transport: 'tcp',
      length: 20,
    });
    expect(undecoded).toEqual({ 'tcp-empty': 1 });
  });

  test('cut anywhere, and byte by byte', () => {
    for (let cut = 1; cut < call.length; cut++) expect(decode(...stream(call, [cut])).payloads).toEqual(packets);
    const everywhere = Array.from({ length: call.length - 1 }, (_, index) => index + 1);
    expect(decode(...stream(call, everywhere)).payloads).toEqual(packets);
  });

  test('a frame has the time of the segment that completed it, also those from before the framing was known', () => {
    expect(decode(...stream(call, [22, 44, 66])).times).toEqual([1, 2, 3, 4]);
    expect(decode(...stream(call, [23, 43, 45])).times).toEqual([1, 3, 4, 4]);
  });

  test('across the wrap of the sequence number', () => {
    expect(decode(...stream(call, [10, 30, 60], 0xffffffe0)).payloads).toEqual(packets);
  });

  test('reordered, repeated and overlapping segments: the first bytes win', () => {
    const [syn, a, b, c, d] = stream(call, [22, 44, 66]);
    expect(decode(syn, a, c, b, d).payloads).toEqual(packets);
    expect(decode(syn, b, a, c, d).payloads).toEqual(packets);
    const repeated = decode(syn, a, b, b, c, a, d);
    expect(repeated.payloads).toEqual(packets);
    expect(repeated.undecoded).toEqual({ 'tcp-empty': 1, 'tcp-repeated': 2 });
    const overlapping = segment({ sequence: 1011 }, call.subarray(11, 60));
    expect(decode(syn, a, overlapping, c, d).payloads).toEqual(packets);
  });

  test('joined in the middle of the stream, at a frame', () => {
    expect(decode(...stream(call, []).slice(1)).payloads).toEqual(packets);
  });

  test('joined in the middle of a frame: from the next segment that begins one', () => {
    const [, , ...segments] = stream(concat(call, call), [10, 44]);
    expect(decode(...segments).payloads).toEqual([rtp(3), rtp(4), ...packets]);
  });

  test('RTP alone needs two packets in sequence: what only looks like one is none', () => {
    const other = framed(concat(hex('80 08 9999 00000000 99999999'), new Uint8Array(8)));
    const { seen, undecoded } = decode(...stream(concat(framed(rtp(1)), other), []));
    expect(seen).toEqual([]);
    expect(undecoded).toEqual({ 'tcp-empty': 1, 'tcp-other': 1 });
  });

  test('STUN inside is proof enough (ICE over TCP)', () => {
    expect(decode(...stream(framed(stun), [])).payloads).toEqual([stun]);
  });

  test('behind a missing segment, once the far end has acknowledged what came after it', () => {
    const long = concat(...Array.from({ length: 10 }, (_, index) => framed(rtp(index + 1))));
    const segments = stream(long, [22, 44, 66, 88, 110, 132, 154, 176, 198]);
    segments.splice(3, 1); // the third packet
    const acknowledged = [...segments, segment({ sequence: 1, acknowledgment: 1220, back: true })];
    const { payloads, undecoded } = decode(...acknowledged);
    expect(payloads).toEqual([1, 2, 4, 5, 6, 7, 8, 9, 10].map((sequence) => rtp(sequence)));
    expect(undecoded).toEqual({ 'tcp-empty': 2 });
    expect(decode(...segments).payloads).toEqual([rtp(1), rtp(2)]);
  });

  test('a segment cut by the snap length gives the frame as far as it goes', () => {
    const { decoder, seen } = recordingDecoder();
    const [syn, ...segments] = stream(concat(framed(stun), call), [26, 48, 70, 92]);
    decoder.packet(packetOf(syn, RAW), 0);
    decoder.packet(packetOf(segments[0], RAW), 0);
    for (const bytes of segments.slice(1)) {
      decoder.packet(packetOf(bytes.slice(0, 56), RAW, { originalLength: bytes.length }), 0);
    }
    expect(seen.slice(1).map(({ length, payload }) => [length, payload])).toEqual(
      packets.map((packet) => [20, packet.slice(0, 14)]),
    );
  });
});

describe('STUN and TURN', () => {
  const turn = concat(stun, channelData(rtp(1, 21)), channelData(rtp(2, 22)), stun, channelData(rtp(3, 23)));
  const expected = [
    stun,
    channelData(rtp(1, 21)).slice(0, 25),
    channelData(rtp(2, 22)).slice(0, 26),
    stun,
    channelData(rtp(3, 23)).slice(0, 27),
  ];

  test('messages and padded channel data, however cut', () => {
    expect(decode(...stream(turn, [])).payloads).toEqual(expected);
    for (let cut = 1; cut < turn.length; cut++) expect(decode(...stream(turn, [cut])).payloads).toEqual(expected);
  });

  test('channel data joined in the middle', () => {
    const data = concat(channelData(rtp(1)), channelData(rtp(2)), channelData(rtp(3)));
    expect(decode(segment({ sequence: 7 }, data)).payloads).toHaveLength(3);
  });
});

describe('text', () => {
  const invite = text('INVITE sip:bob@example.com SIP/2.0\r\nVia: SIP/2.0/TCP a\r\nContent-Length: 4\r\n\r\nv=0\n');
  const ok = text('SIP/2.0 200 OK\r\nl : 0\r\n\r\n');

  test('SIP by Content-Length or its short form, keep-alives between', () => {
    const all = concat(invite, text('\r\n\r\n'), ok, invite);
    expect(decode(...stream(all, [])).payloads).toEqual([invite, ok, invite]);
    for (let cut = 1; cut < all.length; cut++) {
      expect(decode(...stream(all, [cut])).payloads).toEqual([invite, ok, invite]);
    }
  });

  test('RTSP with interleaved data', () => {
    const play = text('RTSP/1.0 200 OK\r\nCSeq: 4\r\n\r\n');
    const interleaved = packets.map((packet) => concat(hex('24 00'), framed(packet)));
    expect(decode(...stream(concat(play, ...interleaved, play), [30, 55])).payloads).toEqual([play, ...packets, play]);
  });

  test('a header without an end is given up', () => {
    const endless = text(`INVITE sip:bob@example.com SIP/2.0\r\n${'X: y\r\n'.repeat(12_000)}`);
    const cuts = Array.from({ length: Math.floor(endless.length / 1400) }, (_, index) => (index + 1) * 1400);
    expect(decode(...stream(endless, cuts)).payloads).toEqual([]);
  });
});

describe('none of ours', () => {
  test('TLS is told, anything else given up with its first segment', () => {
    const data = (bytes: Uint8Array) => decode(...stream(concat(bytes, new Uint8Array(3000)), [1000, 2000])).undecoded;
    expect(data(hex('16 0301 0200 01'))).toEqual({ 'tcp-empty': 1, tls: 3 });
    expect(data(text('GET / HTTP/1.1\r\n'))).toEqual({ 'tcp-empty': 1, 'tcp-other': 3 });
  });

  test('a stream joined in the middle is given up after some tries, each segment counted', () => {
    const noise = Array.from({ length: 40 }, (_, index) =>
      segment({ sequence: index * 100 }, new Uint8Array(100).fill(0xff)),
    );
    expect(decode(...noise)).toMatchObject({ seen: [], undecoded: { 'tcp-other': 40 } });
  });

  test('another connection on the same ports is looked at anew', () => {
    const http = stream(text('GET / HTTP/1.1\r\n'), []);
    expect(decode(...http, ...stream(call, [], 77_000)).payloads).toEqual(packets);
  });

  test('a closed connection is forgotten', () => {
    const { decoder } = decode(...stream(call, []), segment({ sequence: 1088, flags: FIN | ACK }));
    expect(decoder.undecoded()).toEqual({ 'tcp-empty': 2 });
  });
});

describe.skipIf(missingCaptures !== '')(`captures of TCP${missingCaptures}`, () => {
  const of = (path: string) => decodePcap(sharedCapture(path) as string);

  test.each(['rfc4571-tcp', 'rfc4571-tcp-split'])('%s: the whole call at its times', (name) => {
    const plain = of('derived__g711a/eth-le-us.pcap').seen;
    const { seen } = of(`derived__g711a/${name}.pcap`);
    expect(seen.map(({ payload }) => payload)).toEqual(plain.map(({ payload }) => payload));
    const gaps = (of: { arrivalNs: number }[]) =>
      of.slice(1).map(({ arrivalNs }, index) => arrivalNs - of[index].arrivalNs);
    expect(gaps(seen)).toEqual(gaps(plain));
  });

  test('several STUN messages a segment', () => {
    const { seen } = of('ntop__nDPI/tests/cfgs/default/pcap/stun_tcp_multiple_msgs_same_pkt.pcap');
    expect(seen.map(({ length }) => length)).toEqual(new Array(6).fill(28));
  });

  test('a SIP message of several segments', () => {
    const { seen } = of('OISF__suricata-verify/tests/sip-body-large/sip-body-large.pcap');
    expect(seen).toHaveLength(2);
    const [header, body] = new TextDecoder().decode(seen[0].payload).split('\r\n\r\n');
    expect(Number(/Content-Length: *(\d+)/i.exec(header)?.[1])).toBe(body.length);
  });
});
