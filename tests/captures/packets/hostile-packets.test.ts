import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Datagram, FlowTable, RecordStep } from '../../../captures/index.ts';
import { FragmentTable } from '../../../captures/packets/fragment-table.ts';
import { LayerCounts } from '../../../captures/packets/layer-counts.ts';
import { LayerWalk } from '../../../captures/packets/layer-walk.ts';
import { LongWay } from '../../../captures/packets/long-way.ts';
import { TcpTable } from '../../../captures/packets/tcp/tcp-table.ts';
import { UndecodedCounts } from '../../../captures/packets/undecoded.ts';
import { missingCaptures, sharedCapture } from '../../shared-captures.ts';
import { captureCursor, concat, hex, packetOf, recordingDecoder, recordingSink } from './decoding.ts';

const LINK_TYPES = [
  0, 1, 9, 12, 14, 50, 51, 101, 104, 105, 108, 113, 127, 149, 166, 192, 204, 228, 229, 239, 242, 258, 276,
];

/** Headers to stack in any order, so that chance gets far down. */
const HEADERS = [
  '020000000002 020000000001 0800',
  '020000000002 020000000001 86dd',
  '020000000002 020000000001 8100 0005 0800',
  '0000 0001 0006 0200000000010000 0800',
  '0800 0000 00000003 0001 04 06 0200000000010000',
  '0801 0000 020000000002 020000000001 020000000003 1000 aaaa03 000000 0800',
  '00 00 1100 03000000 0000000000000000 10',
  '8847 000111 40',
  '11 00 0007 0022 0021',
  '45 00 0064 0000 4000 40 11 0000 c0000201 c0000202',
  '45 00 0064 0000 4000 40 06 0000 c0000201 c0000202',
  '45 00 0064 0000 4000 40 2f 0000 c0000201 c0000202',
  '45 00 0064 0007 2000 40 11 0000 c0000201 c0000202',
  '45 00 0064 0007 0004 40 11 0000 c0000201 c0000202',
  '60 00 0000 0064 11 40 20010db8000000000000000000000001 20010db8000000000000000000000002',
  '60 00 0000 0064 2c 40 20010db8000000000000000000000001 20010db8000000000000000000000002 11 00 0001 00000007',
  '2000 6558 00000007',
  '1000 22eb 00000001 2005 0001 00000000 0000 0001 0000000000000000',
  'c000 12b5 0064 0000 08000000 00000700',
  'c000 17c1 0064 0000 02 00 6558 00000700 0001 01 01 00000000',
  '0868 0868 0064 0000 34 ff 0028 00000001 0000 00 85 01 1001 00',
  'c000 0dd8 0064 0000 0001 00 00 0000000000000000 00 0000 efc8 3f57ffcc',
  '1388 0d96 00000001 00000000 50 10 ffff 0000 0000',
  '0001 0004 2112a442 000102030405060708090a0b',
].map(hex);

const anyPacket = fc
  .array(fc.oneof({ weight: 3, arbitrary: fc.constantFrom(...HEADERS) }, fc.uint8Array({ maxLength: 40 })), {
    maxLength: 8,
  })
  .map((parts) => concat(...parts));

/** What decoding `packets` comes to, where each stands between bytes that are not its own. */
function decodeBetween(linkType: number, packets: readonly Uint8Array[], around: number) {
  const { decoder, seen } = recordingDecoder();
  for (const packet of packets) {
    const bytes = new Uint8Array(packet.length + 200).fill(around);
    bytes.set(packet, 100);
    const cursor = {
      ...packetOf(bytes, linkType),
      offset: 100,
      capturedLength: packet.length,
      originalLength: packet.length,
    };
    decoder.packet(cursor, 0);
  }
  return { seen, undecoded: decoder.undecoded(), layers: decoder.layers() };
}

/** Decoding layer by layer alone. */
function recordingLongWay() {
  const flows = new FlowTable();
  const { seen, datagram } = recordingSink(flows);
  const counts = new LayerCounts();
  const undecoded = new UndecodedCounts();
  return { seen, counts, undecoded, longWay: new LongWay(flows, new Datagram(), { datagram }, counts, undecoded) };
}

describe('whatever the bytes', () => {
  test.each(LINK_TYPES)('link type %i: nothing is thrown, nothing beyond the packet is read', (linkType) => {
    fc.assert(
      fc.property(fc.array(anyPacket, { maxLength: 4 }), (packets) => {
        // What stands around a packet makes no difference: 0x08 and 0x45 would be taken for headers.
        const among = decodeBetween(linkType, packets, 0x45);
        expect(decodeBetween(linkType, packets, 0x08)).toEqual(among);
      }),
      { numRuns: 300 },
    );
  });

  const usualPacket = fc
    .record({
      link: fc.constantFrom(
        [1, '020000000002 020000000001'],
        [1, '020000000002 020000000001 8100 0005'],
        [113, '0004 0001 0006 0200000000010000'],
        [101, ''],
        [229, ''],
      ) as fc.Arbitrary<[number, string]>,
      version: fc.constantFrom(4, 6),
      payload: fc.uint8Array({ maxLength: 30 }),
      damage: fc.array(fc.tuple(fc.nat({ max: 80 }), fc.nat({ max: 255 })), { maxLength: 3 }),
      cut: fc.nat({ max: 160 }),
    })
    .map(({ link: [linkType, link], version, payload, damage, cut }) => {
      const addresses = version === 4 ? 'c0000201c0000202' : '20010db8000000000000000000000001'.repeat(2);
      const length = (payload.length + (version === 4 ? 28 : 8)).toString(16).padStart(4, '0');
      const udpLength = (payload.length + 8).toString(16).padStart(4, '0');
      const type = linkType === 101 || linkType === 229 ? '' : version === 4 ? '0800' : '86dd';
      const ip = version === 4 ? `4500 ${length} 0000 4000 40 11 0000` : `60000000 ${length} 11 40`;
      const packet = concat(hex(`${link} ${type} ${ip} ${addresses} 138c 1770 ${udpLength} 0000`), payload);
      for (const [at, value] of damage) if (at < packet.length) packet[at] = value;
      return { linkType, packet: cut < packet.length ? packet.slice(0, cut) : packet };
    });

  test('the short way comes to what the layers one by one come to', () => {
    fc.assert(
      fc.property(usualPacket, ({ linkType, packet }) => {
        const { decoder, seen } = recordingDecoder();
        const cursor = packetOf(packet, linkType, { originalLength: packet.length + 10, direction: 1 });
        decoder.packet(cursor, 3);
        const long = recordingLongWay();
        long.longWay.packet(cursor, 3);
        long.longWay.countWaiting(long.undecoded);
        expect(seen).toEqual(long.seen);
        expect(decoder.layers()).toEqual(long.counts.toRecord());
        expect(decoder.undecoded()).toEqual(long.undecoded.toRecord());
      }),
      { numRuns: 3000 },
    );
  });

  test('a TCP stream gives its frames however it is cut, repeated and shuffled within a window', () => {
    const frames = Array.from({ length: 30 }, (_, sequence) => {
      const rtp = new Uint8Array(12 + ((sequence * 7) % 50)).fill(0xd5);
      rtp.set([0x80, 8, 0, sequence, 0, 0, 0, 0, 1, 2, 3, 4]);
      return rtp;
    });
    const bytes = concat(...frames.map((frame) => concat(Uint8Array.of(0, frame.length), frame)));
    const header = hex(
      '45 00 0000 0000 4000 40 06 0000 c0000201 c0000202 1388 0d96 00000000 00000000 50 10 ffff 0000 0000',
    );
    const segmentOf = (from: number, to: number, flags = 0x10) => {
      const packet = concat(header, bytes.subarray(from, to));
      const view = new DataView(packet.buffer);
      view.setUint16(2, packet.length);
      view.setUint32(24, 0xfffffff0 + from + (flags === 2 ? -1 : 0));
      packet[33] = flags;
      return packet;
    };
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.integer({ min: 1, max: bytes.length - 1 }), { maxLength: 40 }),
        fc.array(fc.integer({ min: 0, max: 5 }), { minLength: 45, maxLength: 45 }),
        fc.array(fc.nat(), { maxLength: 10 }),
        (cuts, delays, repeats) => {
          const edges = [0, ...cuts.sort((a, b) => a - b), bytes.length];
          const segments = edges.slice(1).map((to, index) => ({ from: edges[index], to, due: index + delays[index] }));
          for (const repeat of repeats) segments.push({ ...segments[repeat % segments.length] });
          const { decoder, seen } = recordingDecoder();
          decoder.packet(packetOf(segmentOf(0, 0, 2), 101), 0);
          for (const { from, to } of segments.sort((a, b) => a.due - b.due)) {
            decoder.packet(packetOf(segmentOf(from, to), 101), 0);
          }
          expect(seen.map(({ payload }) => payload)).toEqual(frames);
        },
      ),
      { numRuns: 200 },
    );
  });
});

describe('memory', () => {
  test('of TCP reassembly is bounded, whatever is held open', () => {
    const flows = new FlowTable();
    const undecoded = new UndecodedCounts();
    const limits = { streams: 50, bytes: 200_000 };
    const table = new TcpTable(flows, undecoded, { tcpFrame: () => {} }, limits);
    const promise = concat(hex('2000 8008 0001 00000000 01020304'), new Uint8Array(1400));
    for (let connection = 0; connection < 300; connection++) {
      const flow = flows.internIpv4(connection, 1, 0x13880d96, 1);
      for (let segment = 0; segment < 20; segment++) {
        // A frame that never ends, and behind a gap that never closes.
        table.segment(flow, segment * 3000, 0, 0x10, promise, 0, promise.length, promise.length, 0, 0);
        expect(table.heldBytes).toBeLessThanOrEqual(limits.bytes);
      }
    }
    expect(table.heldBytes).toBeGreaterThan(0);
  });

  test('of fragments is bounded', () => {
    const undecoded = new UndecodedCounts();
    const table = new FragmentTable(undecoded, { datagrams: 4, fragmentsPerDatagram: 8, seconds: 30 });
    const walk = new LayerWalk(new LayerCounts());
    walk.start(new Uint8Array(64), 20, 28, 28, 0);
    walk.ipVersion = 4;
    for (let index = 0; index < 100; index++) {
      walk.enterFragment(0, 1, index * 16, true, 17);
      expect(table.add(walk, 0)).toBeNull();
    }
    const waiting = new UndecodedCounts();
    table.countWaiting(waiting);
    expect(waiting.toRecord()).toEqual({ 'fragment-bad': 100 });
    for (let identification = 2; identification < 10; identification++) {
      walk.enterFragment(0, identification, 0, true, 17);
      table.add(walk, 0);
    }
    expect(undecoded.toRecord()).toEqual({ 'fragment-bad': 100, 'fragment-incomplete': 4 });
  });

  test('of the protocol hierarchy is bounded', () => {
    const counts = new LayerCounts();
    let nodes = new Set([LayerCounts.root as number]);
    const all = new Set(nodes);
    for (let depth = 0; depth < 6; depth++) {
      const next = new Set<number>();
      for (const node of nodes) for (let layer = 1; layer < 40; layer++) next.add(counts.child(node, layer as 1));
      nodes = new Set([...next].slice(0, 500));
      for (const node of next) all.add(node);
    }
    expect(all.size).toBeLessThanOrEqual(4096);
  });
});

describe.skipIf(missingCaptures !== '')(`damaged packets of real captures${missingCaptures}`, () => {
  test.each([
    'derived__g711a/6in4.pcap',
    'derived__g711a/geneve-opts-ip.pcap',
    'derived__g711a/ieee80211-qos.pcap',
    'derived__g711a/ipv6-ext-hdrs.pcap',
    'derived__g711a/mpls2.pcap',
    'derived__g711a/radiotap.pcap',
    'derived__g711a/rfc4571-tcp-split.pcap',
    'derived__g711a/vlan-pppoe-ipv6.pcap',
    'derived__g711a/vxlan.pcap',
    'irontec__sngrep/tests/ipv6frag.pcap',
    'ntop__nDPI/tests/cfgs/default/pcap/rtsp.pcap',
    'zeek__zeek/testing/btest/Traces/erspan.pcap',
    'zeek__zeek/testing/btest/Traces/tunnels/Teredo.pcap',
  ])('%s', (path) => {
    const packets: Uint8Array[] = [];
    const cursor = captureCursor(new Uint8Array(readFileSync(sharedCapture(path) as string)));
    while (packets.length < 40 && cursor.advance() === RecordStep.record) {
      packets.push(new Uint8Array(cursor.bytes.subarray(cursor.offset, cursor.offset + cursor.capturedLength)));
    }
    const { linkType } = cursor;
    const damage = fc.record({
      at: fc.nat({ max: 120 }),
      value: fc.nat({ max: 255 }),
      packet: fc.nat(),
      cut: fc.nat({ max: 160 }),
    });
    fc.assert(
      fc.property(fc.array(damage, { minLength: 1, maxLength: 12 }), (damages) => {
        const damaged = packets.map((packet) => packet.slice());
        for (const { at, value, packet, cut } of damages) {
          const index = packet % damaged.length;
          damaged[index][at] = value;
          if (cut < 40) damaged[index] = damaged[index].slice(0, cut);
        }
        expect(decodeBetween(linkType, damaged, 0x45)).toEqual(decodeBetween(linkType, damaged, 0x08));
      }),
      { numRuns: 40 },
    );
  });
});
