import { describe, expect, test } from 'vitest';
import { missingCaptures, sharedCapture } from '../../shared-captures.ts';
import { concat, decodePcap, hex, packetOf, recordingDecoder } from './decoding.ts';

const RAW = 101;
const datagram = concat(
  hex('13 8c 17 70 00 28 00 00'),
  Uint8Array.from({ length: 32 }, (_, index) => 0x80 + index),
);
const payload = datagram.subarray(8);

interface Part {
  readonly from: number;
  readonly to: number;
  readonly identification?: number;
  readonly more?: boolean;
  readonly hops?: number;
  readonly data?: Uint8Array;
}

function ipv4({
  from,
  to,
  identification = 7,
  more = to < datagram.length,
  hops = 64,
  data = datagram,
}: Part): Uint8Array {
  const packet = concat(hex('45 00 0000 0000 0000 40 11 0000 c0000201 c0000202'), data.subarray(from, to));
  const view = new DataView(packet.buffer);
  view.setUint16(2, packet.length);
  view.setUint16(4, identification);
  view.setUint16(6, from / 8 + (more ? 0x2000 : 0));
  packet[8] = hops;
  return packet;
}

function ipv6({ from, to, identification = 7, more = to < datagram.length }: Part): Uint8Array {
  const packet = concat(
    hex('60000000 0000 2c 40 20010db8000000000000000000000001 20010db8000000000000000000000002'),
    hex('11 00 0000 00000000'),
    datagram.subarray(from, to),
  );
  const view = new DataView(packet.buffer);
  view.setUint16(4, packet.length - 40);
  view.setUint16(42, from | (more ? 1 : 0));
  view.setUint32(44, identification);
  return packet;
}

function decode(packets: readonly Uint8Array[], secondsApart = 0) {
  const { decoder, seen } = recordingDecoder();
  for (const [index, bytes] of packets.entries()) {
    decoder.packet(packetOf(bytes, RAW, { seconds: index * secondsApart, nanoseconds: index }), 0);
  }
  return { decoder, seen, payloads: seen.map((one) => one.payload), undecoded: decoder.undecoded() };
}

describe.each([
  ['IPv4', ipv4],
  ['IPv6', ipv6],
])('fragments of %s', (_version, part) => {
  const [a, b, c] = [part({ from: 0, to: 16 }), part({ from: 16, to: 24 }), part({ from: 24, to: 40 })];

  test.each([
    ['in order', [a, b, c]],
    ['backwards', [c, b, a]],
    ['mixed', [b, c, a]],
    ['with exact duplicates', [a, a, c, c, b]],
  ])('%s', (_name, packets) => {
    const { seen, undecoded } = decode(packets);
    expect(seen).toEqual([expect.objectContaining({ payload, length: 32, arrivalNs: packets.length - 1 })]);
    expect(seen[0].source).toMatch(/:5004$/);
    expect(undecoded).toEqual({});
  });

  test('of two datagrams, interleaved', () => {
    const other = [part({ from: 0, to: 24, identification: 8 }), part({ from: 24, to: 40, identification: 8 })];
    expect(decode([a, other[0], c, other[1], b]).payloads).toEqual([payload, payload]);
  });

  test('that never come', () => {
    expect(decode([a, c])).toMatchObject({ seen: [], undecoded: { 'fragment-incomplete': 2 } });
    expect(decode([b, c])).toMatchObject({ seen: [], undecoded: { 'fragment-incomplete': 2 } });
    expect(decode([a, b])).toMatchObject({ seen: [], undecoded: { 'fragment-incomplete': 2 } });
  });

  test('that come too late', () => {
    expect(decode([a, b, c], 10).payloads).toEqual([payload]);
    expect(decode([a, b, c], 16)).toMatchObject({ seen: [], undecoded: { 'fragment-incomplete': 3 } });
  });

  test('that overlap make the datagram void', () => {
    expect(decode([a, part({ from: 8, to: 24 }), b, c])).toMatchObject({ seen: [], undecoded: { 'fragment-bad': 4 } });
  });

  test('with two ends, or something behind the end, or an odd length in the middle', () => {
    expect(decode([part({ from: 16, to: 24, more: false }), c, a])).toMatchObject({ undecoded: { 'fragment-bad': 3 } });
    expect(decode([c, part({ from: 16, to: 24, more: false }), a])).toMatchObject({ undecoded: { 'fragment-bad': 3 } });
    expect(decode([a, part({ from: 16, to: 23 }), c])).toMatchObject({ undecoded: { 'fragment-bad': 3 } });
  });

  test('at most 256 datagrams wait', () => {
    const starts = Array.from({ length: 300 }, (_, identification) => part({ from: 0, to: 16, identification }));
    const { payloads, undecoded } = decode([
      ...starts,
      part({ from: 16, to: 40, identification: 10 }),
      part({ from: 16, to: 40, identification: 299 }),
    ]);
    expect(payloads).toEqual([payload]);
    expect(undecoded).toEqual({ 'fragment-incomplete': 300 });
  });

  test('cut by the snap length: the payload as far as it goes', () => {
    const { decoder, seen } = recordingDecoder();
    decoder.packet(packetOf(a, RAW), 0);
    decoder.packet(packetOf(b.slice(0, -3), RAW, { originalLength: b.length }), 0);
    decoder.packet(packetOf(c, RAW), 0);
    expect(seen).toEqual([expect.objectContaining({ payload: payload.slice(0, 13), length: 32 })]);
  });
});

test('one datagram seen at two places of a host is two', () => {
  const parts = [64, 63].map((hops) => [ipv4({ from: 0, to: 16, hops }), ipv4({ from: 16, to: 40, hops })]);
  const { seen } = decode([parts[0][0], parts[1][0], parts[0][1], parts[1][1]]);
  expect(seen.map((one) => one.payload)).toEqual([payload, payload]);
  expect(seen[0].observationPoint).not.toBe(seen[1].observationPoint);
});

test('nothing beyond 64 KiB', () => {
  const last = ipv4({ from: 0, to: 40, more: false });
  new DataView(last.buffer).setUint16(6, 0x1fff);
  expect(decode([last])).toMatchObject({ seen: [], undecoded: { 'fragment-bad': 1 } });
});

test('fragments in a tunnel', () => {
  const inner = [ipv4({ from: 0, to: 16 }), ipv4({ from: 16, to: 40 })];
  const outer = inner.map((packet) => {
    const whole = concat(hex('45 00 0000 0000 4000 40 04 0000 0a000001 0a000002'), packet);
    whole[3] = whole.length;
    return whole;
  });
  expect(decode(outer).payloads).toEqual([payload]);
});

describe.skipIf(missingCaptures !== '')(`captures with fragments${missingCaptures}`, () => {
  // Datagrams as tshark 4.6 counts them with reassembly.
  test.each([
    ['irontec__sngrep/tests/ipv6frag.pcap', 32, {}],
    ['zeek__zeek/testing/btest/Traces/ipv6-fragmented-dns.pcap', 5, { 'fragment-incomplete': 1 }], // its fourth packet is the end of a datagram alone
    ['seladb__PcapPlusPlus/Tests/Pcap++Test/PcapExamples/ip6_fragments.pcap', 4, {}],
    ['seladb__PcapPlusPlus/Tests/Pcap++Test/PcapExamples/frag_with_padding.pcap', 1, {}],
  ])('%s', (path, datagrams, incomplete) => {
    const { seen, undecoded } = decodePcap(sharedCapture(path) as string);
    expect(seen).toHaveLength(datagrams);
    expect(seen.every((one) => one.payload.length === one.length)).toBe(true);
    expect(undecoded).toEqual(incomplete);
  });
});
