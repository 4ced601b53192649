import { describe, expect, test } from 'vitest';
import { missingCaptures, sharedCapture } from '../../shared-captures.ts';
import { concat, decodePackets, decodePcap, hex, packetOf, recordingDecoder, type Seen } from './decoding.ts';

const ETHERNET = 1;

const ethernet = (type: string) =>
  hex(`
  02 00 00 00 00 02                // destination
  02 00 00 00 00 01                // source
  ${type}
`);

/** 4 bytes of payload, 192.0.2.1:5004 to 198.51.100.2:6000. */
const ipv4Udp = hex(`
  45 00 00 20                      // version 4, 5 words of header; total length 32
  00 00 40 00                      // identification; do not fragment, offset 0
  40 11 00 00                      // time to live 64, UDP, checksum
  c0 00 02 01  c6 33 64 02         // 192.0.2.1, 198.51.100.2
  13 8c 17 70 00 0c 00 00          // 5004 to 6000, 12 bytes, checksum
  80 08 12 34                      // payload
`);

const ipv6Udp = hex(`
  60 00 00 00 00 0c 11 3f          // version 6; payload length 12, UDP, hop limit 63
  20 01 0d b8 00 00 00 00 00 00 00 00 00 00 00 01
  20 01 0d b8 00 00 00 00 00 00 00 00 00 00 00 02
  13 8c 17 70 00 0c 00 00          // 5004 to 6000, 12 bytes, checksum
  80 08 12 34                      // payload
`);

const v4 = { source: '192.0.2.1:5004', destination: '198.51.100.2:6000', transport: 'udp', length: 4 };
const v6 = { source: '[2001:db8::1]:5004', destination: '[2001:db8::2]:6000', transport: 'udp', length: 4 };
const payload = hex('80 08 12 34');

describe('the short way: UDP in IP in the usual link layers', () => {
  test.each([
    ['Ethernet, IPv4', ETHERNET, ethernet('08 00'), ipv4Udp, v4, 'eth/ip/udp'],
    ['Ethernet, IPv6', ETHERNET, ethernet('86 dd'), ipv6Udp, v6, 'eth/ipv6/udp'],
    ['raw, IPv4', 101, hex(''), ipv4Udp, v4, 'raw/ip/udp'],
    ['raw, IPv6', 101, hex(''), ipv6Udp, v6, 'raw/ipv6/udp'],
    ['SLL, IPv4', 113, hex('0004 0001 0006 020000000001 0000 0800'), ipv4Udp, v4, 'sll/ip/udp'],
    ['SLL2, IPv6', 276, hex('86dd 0000 00000003 0001 04 06 020000000001 0000'), ipv6Udp, v6, 'sll2/ipv6/udp'],
  ])('%s', (_name, linkType, link, ip, expected, stack) => {
    const { seen, undecoded, layers } = decodePackets(linkType, concat(link, ip));
    expect(seen).toEqual([expect.objectContaining({ ...expected, payload })]);
    expect(undecoded).toEqual({});
    expect(layers[stack]).toBe(1);
  });

  test('the padding of a short Ethernet frame is no payload', () => {
    const { seen } = decodePackets(ETHERNET, concat(ethernet('08 00'), ipv4Udp, new Uint8Array(14).fill(0xee)));
    expect(seen).toEqual([expect.objectContaining({ length: 4, payload })]);
  });

  test('a packet cut by the snap length keeps the length of its headers', () => {
    const packet = concat(ethernet('08 00'), ipv4Udp);
    for (const [kept, present] of [
      [45, 3],
      [43, 1],
      [42, 0],
    ]) {
      const { decoder, seen } = recordingDecoder();
      decoder.packet(packetOf(packet.slice(0, kept), ETHERNET, { originalLength: packet.length }), 0);
      expect(seen).toEqual([expect.objectContaining({ ...v4, payload: payload.slice(0, present) })]);
    }
    const { decoder, seen } = recordingDecoder();
    decoder.packet(packetOf(packet.slice(0, 41), ETHERNET, { originalLength: packet.length }), 0);
    expect(seen).toEqual([]);
    expect(decoder.undecoded()).toEqual({ snapped: 1 });
  });

  test('UDP length 0 and IP length 0 stand for segmentation offload: the record tells the length', () => {
    const packet = concat(ethernet('08 00'), ipv4Udp);
    packet[14 + 2] = packet[14 + 3] = 0;
    packet[34 + 4] = packet[34 + 5] = 0;
    expect(decodePackets(ETHERNET, packet).seen).toEqual([expect.objectContaining({ ...v4, payload })]);
  });

  test('an empty datagram is one', () => {
    const packet = concat(ethernet('08 00'), ipv4Udp.slice(0, 28));
    packet[14 + 3] = 28;
    packet[34 + 5] = 8;
    expect(decodePackets(ETHERNET, packet).seen).toEqual([expect.objectContaining({ ...v4, length: 0 })]);
  });
});

describe('times', () => {
  test('count from the second of the first packet that has one', () => {
    const packet = concat(ethernet('08 00'), ipv4Udp);
    const { decoder, seen } = recordingDecoder();
    decoder.packet(packetOf(packet, ETHERNET, { hasTime: false }), 0);
    decoder.packet(packetOf(packet, ETHERNET, { seconds: 1_700_000_000, nanoseconds: 999_999_999 }), 0);
    decoder.packet(packetOf(packet, ETHERNET, { seconds: 1_700_000_001, nanoseconds: 1 }), 0);
    decoder.packet(packetOf(packet, ETHERNET, { seconds: 1_699_999_999, nanoseconds: 1 }), 0);
    expect(seen.map((datagram) => datagram.arrivalNs)).toEqual([0, 999_999_999, 1_000_000_001, -999_999_999]);
    expect(decoder.originSeconds).toBe(1_700_000_000);
  });
});

describe('observation points', () => {
  const packet = concat(ethernet('08 00'), ipv4Udp);
  const pointOf = (bytes: Uint8Array, linkType: number, interfaceIndex = 0, direction: 0 | 1 | 2 = 0): number => {
    const { decoder, seen } = recordingDecoder();
    decoder.packet(packetOf(bytes, linkType, { direction }), interfaceIndex);
    return seen[0].observationPoint;
  };
  const sll2 = (more: { interfaceIndex?: string; packetType?: string }) =>
    concat(
      hex(`0800 0000 ${more.interfaceIndex ?? '00000003'} 0001 ${more.packetType ?? '04'} 06 020000000001 0000`),
      ipv4Udp,
    );

  test('differ by interface, direction, encapsulation, hops', () => {
    const nearer = packet.slice();
    nearer[14 + 8] = 63;
    const points = [
      pointOf(packet, ETHERNET),
      pointOf(packet, ETHERNET, 1),
      pointOf(packet, ETHERNET, 0, 1),
      pointOf(packet, ETHERNET, 0, 2),
      pointOf(nearer, ETHERNET),
      pointOf(ipv4Udp, 101),
      pointOf(concat(ethernet('81 00'), hex('0005 0800'), ipv4Udp), ETHERNET),
      pointOf(sll2({}), 276),
      pointOf(sll2({ interfaceIndex: '00000004' }), 276),
      pointOf(sll2({ packetType: '00' }), 276),
    ];
    expect(new Set(points).size).toBe(points.length);
  });

  test('are the same for what the short and the long way decode', () => {
    // A payload that begins like VXLAN is looked at more closely.
    for (const [linkType, link] of [
      [ETHERNET, ethernet('08 00')],
      [101, hex('')],
      [113, hex('0004 0001 0006 020000000001 0000 0800')],
      [276, hex('0800 0000 00000003 0001 04 06 020000000001 0000')],
    ] as const) {
      const short = concat(link, ipv4Udp);
      const long = short.slice();
      long[long.length - 4] = 0x08;
      expect(pointOf(long, linkType)).toBe(pointOf(short, linkType));
    }
  });

  test('do not differ by VLAN id', () => {
    const tagged = (tag: string) => concat(ethernet('81 00'), hex(`${tag} 0800`), ipv4Udp);
    expect(pointOf(tagged('0005'), ETHERNET)).toBe(pointOf(tagged('0006'), ETHERNET));
  });
});

describe.skipIf(missingCaptures !== '')(`a call in many wrappings${missingCaptures}`, () => {
  // Text, for its comparison is faster than that of as many arrays.
  const asText = ({ length, payload }: Seen) => `${length} ${Buffer.from(payload).toString('base64')}`;
  const plain = () => decodePcap(sharedCapture('derived__g711a/eth-le-us.pcap') as string).seen;

  test.each([
    'eth-be-ns',
    'eth-be-us',
    'eth-trailer-fcs',
    'geneve',
    'geneve-opts-ip',
    'gre-ip',
    'ieee80211-qos',
    'ipip',
    'ipv4-options',
    'ipv6',
    'ipv6-ext-hdrs',
    'loop108',
    'mpls2',
    'null-be',
    'null-le',
    'pppoe',
    'qinq-88a8',
    'radiotap',
    'raw101',
    'raw12',
    'raw228-ipv4',
    '6in4',
    'sll',
    'sll2-vlan',
    'sll2',
    'vlan',
    'vlan-pppoe-ipv6',
    'vxlan',
    'vxlan-linux8472',
  ])('%s', (name) => {
    const { seen, undecoded } = decodePcap(sharedCapture(`derived__g711a/${name}.pcap`) as string);
    expect(undecoded).toEqual({});
    expect(seen.map(asText)).toEqual(plain().map(asText));
  });

  test.each([
    ['eth-snaplen48', 236, 6],
    ['eth-snaplen60', 236, 18],
    ['eth-cut-mid-record', null, null],
    ['eth-cut-mid-record-header', null, null],
  ])('%s: as far as it goes', (name, datagrams, present) => {
    const { seen } = decodePcap(sharedCapture(`derived__g711a/${name}.pcap`) as string);
    if (datagrams !== null) expect(seen).toHaveLength(datagrams);
    expect(seen.length).toBeGreaterThan(100);
    const cut = (one: Seen) => ({ ...one, payload: one.payload.subarray(0, present ?? one.length) });
    expect(seen.map(asText)).toEqual(plain().slice(0, seen.length).map(cut).map(asText));
  });

  test.each(['ng-two-ifs-mixed-lt', 'ng-two-sections-le-be', 'ng-spb'])('%s', (name) => {
    const { seen, undecoded } = decodePcap(sharedCapture(`derived__g711a/${name}.pcapng`) as string);
    expect(undecoded).toEqual({});
    expect(seen.map(asText)).toEqual(plain().map(asText));
  });
});

describe.skipIf(missingCaptures !== '')(
  `datagrams of public captures, by their innermost layers${missingCaptures}`,
  () => {
    // UDP packets as tshark 4.6 counts them inside of all tunnels.
    test.each([
      ['ntop__nDPI/tests/cfgs/default/pcap/discord_mid_flow.pcap', 'eth/vlan/vlan/pppoes/ppp/ip/udp', 40],
      ['ntop__nDPI/tests/cfgs/default/pcap/dtls.pcap', 'eth/vlan/vlan/ip/udp/gtp/ip/udp', 4],
      ['ntop__nDPI/tests/cfgs/default/pcap/gre.pcapng', 'eth/vlan/ip/gre/ppp/ip/udp', 1],
      ['ntop__nDPI/tests/cfgs/default/pcap/dlt_ppp.pcap', 'ppp/ip/udp', 1],
      ['ntop__nDPI/tests/cfgs/default/pcap/vxlan.pcap', 'eth/vlan/ip/udp/vxlan/eth/ip/udp', 8],
      ['ntop__nDPI/tests/cfgs/default/pcap/6in4tunnel.pcap', 'eth/ip/ipv6/udp', 4],
      ['zeek__zeek/testing/btest/Traces/wlanmon.pcap', 'wlan/llc/ip/udp', 2],
      [
        'zeek__zeek/testing/btest/Traces/tunnels/vxlan-triple-v2.pcap',
        'eth/ip/udp/vxlan/eth/ip/udp/vxlan/eth/ip/udp/vxlan/eth/ip/udp',
        1,
      ],
      ['zeek__zeek/testing/btest/Traces/erspan.pcap', 'eth/ip/gre/eth/ip/udp', 42],
      ['the-tcpdump-group__tcpdump/tests/LINKTYPE_PKTAP.pcap', 'pktap/eth/ip/udp', 1],
      ['the-tcpdump-group__tcpdump/tests/nflog.pcap', 'nflog/ip/udp', 4],
      ['OISF__suricata-verify/tests/vxlan-decoder-03/vxlan.pcap', 'eth/ip/udp/vxlan/eth/ip/udp', 18],
    ])('%s', (path, stack, datagrams) => {
      expect(decodePcap(sharedCapture(path) as string).layers[stack]).toBe(datagrams);
    });

    test('what only looks like GTP stays UDP', () => {
      const { layers, seen } = decodePcap(
        sharedCapture('ntop__nDPI/tests/cfgs/default/pcap/gtp_false_positive.pcapng') as string,
      );
      expect(Object.keys(layers).filter((stack) => stack.includes('gtp'))).toEqual([]);
      expect(seen.length).toBeGreaterThan(0);
    });
  },
);
