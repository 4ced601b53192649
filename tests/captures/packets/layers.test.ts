import { describe, expect, test } from 'vitest';
import { concat, decodePackets, hex, packetOf, recordingDecoder } from './decoding.ts';

/** 192.0.2.1:5004 to 198.51.100.2:6000, payload 80 08 12 34. */
const ipv4 = hex(`
  45 00 00 20 00 00 40 00 40 11 00 00 c0 00 02 01 c6 33 64 02
  13 8c 17 70 00 0c 00 00 80 08 12 34
`);
const ipv6 = hex(`
  60 00 00 00 00 0c 11 3f 20010db8000000000000000000000001 20010db8000000000000000000000002
  13 8c 17 70 00 0c 00 00 80 08 12 34
`);
const macs = hex('020000000002 020000000001');
const payload = hex('80 08 12 34');
const ethernet = (type: string, ...content: Uint8Array[]) => concat(macs, hex(type), ...content);

/** An IPv4 packet of another protocol around `content`. */
function ipv4Of(protocol: number, ...content: Uint8Array[]): Uint8Array {
  const packet = concat(hex('45 00 0000 0000 4000 40 00 0000 0a000001 0a000002'), ...content);
  packet[2] = packet.length >>> 8;
  packet[3] = packet.length;
  packet[9] = protocol;
  return packet;
}

function udpOf(ports: string, ...content: Uint8Array[]): Uint8Array {
  const datagram = concat(hex(`${ports} 0000 0000`), ...content);
  datagram[4] = datagram.length >>> 8;
  datagram[5] = datagram.length;
  return ipv4Of(17, datagram);
}

/** IPv6 with extension headers (`next` the first one's kind) before the UDP of {@link ipv6}. */
function ipv6With(next: number, extensions: string): Uint8Array {
  const packet = concat(ipv6.subarray(0, 40), hex(extensions), ipv6.subarray(40));
  packet[5] = packet.length - 40;
  packet[6] = next;
  return packet;
}

const RAW = 101;
const ETHERNET = 1;

function outcomeOf(linkType: number, packet: Uint8Array) {
  const { decoder, seen } = recordingDecoder();
  const cursor = packetOf(new Uint8Array(packet.buffer), linkType, { originalLength: 2000 });
  decoder.packet({ ...cursor, offset: packet.byteOffset, capturedLength: packet.length }, 0);
  return { seen, undecoded: decoder.undecoded(), layers: decoder.layers() };
}

describe('one datagram through', () => {
  test.each<[name: string, linkType: number, packet: Uint8Array, stack: string]>([
    ['802.1Q', ETHERNET, ethernet('8100', hex('0005 0800'), ipv4), 'eth/vlan/ip/udp'],
    ['802.1ad, twice tagged', ETHERNET, ethernet('88a8', hex('0005 8100 0006 86dd'), ipv6), 'eth/vlan/vlan/ipv6/udp'],
    ['QinQ before 802.1ad', ETHERNET, ethernet('9100', hex('0005 8100 0006 0800'), ipv4), 'eth/vlan/vlan/ip/udp'],
    ['802.3 with LLC and SNAP', ETHERNET, ethernet('0028', hex('aaaa03 000000 0800'), ipv4), 'eth/llc/ip/udp'],
    ['MPLS, two labels', ETHERNET, ethernet('8847', hex('000100 40 000111 40'), ipv4), 'eth/mpls/ip/udp'],
    ['MPLS, IPv6', ETHERNET, ethernet('8848', hex('000111 40'), ipv6), 'eth/mpls/ipv6/udp'],
    [
      'Ethernet over MPLS with control word',
      ETHERNET,
      ethernet('8847', hex('000111 40 00000000'), ethernet('0800', ipv4)),
      'eth/mpls/eth/ip/udp',
    ],
    [
      'Ethernet over MPLS without control word',
      ETHERNET,
      ethernet('8847', hex('000111 40'), ethernet('0800', ipv4)),
      'eth/mpls/eth/ip/udp',
    ],
    ['PPPoE', ETHERNET, ethernet('8864', hex('11 00 0007 0022 0021'), ipv4), 'eth/pppoes/ppp/ip/udp'],
    ['PPP', 9, concat(hex('0057'), ipv6), 'ppp/ipv6/udp'],
    ['PPP with address and control', 9, concat(hex('ff03 0021'), ipv4), 'ppp/ip/udp'],
    ['PPP with a compressed protocol field', 9, concat(hex('21'), ipv4), 'ppp/ip/udp'],
    ['PPP with direction', 204, concat(hex('01 ff03 0021'), ipv4), 'ppp/ip/udp'],
    ['PPP of pppd', 166, concat(hex('00 03 0021'), ipv4), 'ppp/ip/udp'],
    ['Cisco HDLC', 104, concat(hex('0f00 0800'), ipv4), 'chdlc/ip/udp'],
    ['Cisco HDLC in a PPP capture', 50, concat(hex('8f00 86dd'), ipv6), 'chdlc/ipv6/udp'],
    ['NULL, little endian', 0, concat(hex('02000000'), ipv4), 'null/ip/udp'],
    ['NULL, big endian', 0, concat(hex('00000002'), ipv4), 'null/ip/udp'],
    ['NULL, IPv6 of Linux', 0, concat(hex('0a000000'), ipv6), 'null/ipv6/udp'],
    ['NULL, IPv6 of OpenBSD', 0, concat(hex('18000000'), ipv6), 'null/ipv6/udp'],
    ['NULL, IPv6 of FreeBSD', 0, concat(hex('1c000000'), ipv6), 'null/ipv6/udp'],
    ['NULL, IPv6 of Darwin', 0, concat(hex('0000001e'), ipv6), 'null/ipv6/udp'],
    ['NULL, IPv6 of Windows', 0, concat(hex('17000000'), ipv6), 'null/ipv6/udp'],
    ['LOOP', 108, concat(hex('00000018'), ipv6), 'loop/ipv6/udp'],
    ['RAW as DLT 12', 12, ipv4, 'raw/ip/udp'],
    ['RAW of OpenBSD', 14, ipv6, 'raw/ipv6/udp'],
    ['IPV4', 228, ipv4, 'raw/ip/udp'],
    ['IPV6', 229, ipv6, 'raw/ipv6/udp'],
    [
      'SLL with a VLAN tag',
      113,
      concat(hex('0000 0001 0006 0200000000010000 8100 0005 0800'), ipv4),
      'sll/vlan/ip/udp',
    ],
    [
      '802.11 data',
      105,
      concat(hex('0801 0000'), macs, hex('020000000003 1000 aaaa03 000000 0800'), ipv4),
      'wlan/llc/ip/udp',
    ],
    [
      '802.11 QoS data of four addresses',
      105,
      concat(hex('8803 0000'), macs, hex('020000000003 1000 020000000004 0000 aaaa03 000000 0800'), ipv4),
      'wlan/llc/ip/udp',
    ],
    [
      'radiotap with time, flags and frame check sequence',
      127,
      concat(
        hex('00 00 1100 03000000 0000000000000000 10'), // time at 8, flags 0x10 at 16
        hex('0801 0000'),
        macs,
        hex('020000000003 1000 aaaa03 000000 0800'),
        ipv4,
        hex('deadbeef'),
      ),
      'radiotap/wlan/llc/ip/udp',
    ],
    ['PPI', 192, concat(hex('00 00 0800 01000000'), ethernet('0800', ipv4)), 'ppi/eth/ip/udp'],
    ['PKTAP', 258, concat(hex('10000000 01000000 01000000 65743000'), ethernet('0800', ipv4)), 'pktap/eth/ip/udp'],
    ['NFLOG', 239, concat(hex('02 00 0000 0800 0100 0800 0100 2400 0900'), ipv4), 'nflog/ip/udp'],
    ['NFLOG of a big-endian host', 239, concat(hex('0a 00 0000 0038 0009'), ipv6), 'nflog/ipv6/udp'],
    ['IP over InfiniBand', 242, concat(new Uint8Array(40), hex('0800 0000'), ipv4), 'ipoib/ip/udp'],
    ['VN-Tag', ETHERNET, ethernet('8926', hex('00010002 0800'), ipv4), 'eth/vntag/ip/udp'],
    ['Cisco metadata', ETHERNET, ethernet('8909', hex('01 01 0001 0007 0800'), ipv4), 'eth/cmd/ip/udp'],
    ['NSH', ETHERNET, ethernet('894f', hex('0fc2 01 01 00000100'), ipv4), 'eth/nsh/ip/udp'],

    [
      'IPv4 options',
      RAW,
      concat(hex('46'), ipv4.subarray(1, 3), hex('24'), ipv4.subarray(4, 20), hex('94040000'), ipv4.subarray(20)),
      'raw/ip/udp',
    ],
    ['IPv6 hop-by-hop options', RAW, ipv6With(0, '11 00 0502 0000 0100'), 'raw/ipv6/udp'],
    [
      'IPv6 routing, destination options, atomic fragment',
      RAW,
      ipv6With(43, '3c 00 00 00 00000000  2c 00 0104 00000000  11 00 0000 00000001'),
      'raw/ipv6/udp',
    ],
    ['IPv6 with AH', RAW, ipv6With(51, '11 04 0000 00000001 00000001 000000000000000000000000'), 'raw/ipv6/ah/udp'],
    ['AH', RAW, ipv4Of(51, hex('04 04 0000 00000001 00000001 000000000000000000000000'), ipv4), 'raw/ip/ah/ip/udp'],
    ['IP in IP', RAW, ipv4Of(4, ipv4), 'raw/ip/ip/udp'],
    ['6in4', RAW, ipv4Of(41, ipv6), 'raw/ip/ipv6/udp'],
    ['GRE', RAW, ipv4Of(47, hex('0000 0800'), ipv4), 'raw/ip/gre/ip/udp'],
    [
      'GRE with checksum, key and sequence number, carrying Ethernet',
      RAW,
      ipv4Of(47, hex('b000 6558 00000000 00000007 00000001'), ethernet('0800', ipv4)),
      'raw/ip/gre/eth/ip/udp',
    ],
    ['GRE of PPTP', RAW, ipv4Of(47, hex('3081 880b 0022 0007 00000001 00000001 0021'), ipv4), 'raw/ip/gre/ppp/ip/udp'],
    [
      'GRE with routing',
      RAW,
      ipv4Of(47, hex('4000 0800 00000000 0800 00 04 0a000001 0000 0000'), ipv4),
      'raw/ip/gre/ip/udp',
    ],
    ['ERSPAN I', RAW, ipv4Of(47, hex('0000 88be'), ethernet('0800', ipv4)), 'raw/ip/gre/eth/ip/udp'],
    [
      'ERSPAN II',
      RAW,
      ipv4Of(47, hex('1000 88be 00000001 1005 0001 00000000'), ethernet('0800', ipv4)),
      'raw/ip/gre/erspan/eth/ip/udp',
    ],
    [
      'ERSPAN III with a subheader',
      RAW,
      ipv4Of(47, hex('1000 22eb 00000001 2005 0001 00000000 0000 0001 0000000000000000'), ethernet('0800', ipv4)),
      'raw/ip/gre/erspan/eth/ip/udp',
    ],
    ['VXLAN', RAW, udpOf('c000 12b5', hex('08000000 00000700'), ethernet('0800', ipv4)), 'raw/ip/udp/vxlan/eth/ip/udp'],
    [
      'VXLAN with a group policy',
      RAW,
      udpOf('c000 12b5', hex('88000007 00000700'), ethernet('0800', ipv4)),
      'raw/ip/udp/vxlan/eth/ip/udp',
    ],
    [
      'VXLAN on a port of its own',
      RAW,
      udpOf('c000 3039', hex('08000000 00000700'), ethernet('8100', hex('0005 86dd'), ipv6)),
      'raw/ip/udp/vxlan/eth/vlan/ipv6/udp',
    ],
    ['VXLAN-GPE', RAW, udpOf('c000 12b6', hex('0c000002 00000700'), ipv6), 'raw/ip/udp/vxlan-gpe/ipv6/udp'],
    [
      'GENEVE with options',
      RAW,
      udpOf('c000 17c1', hex('02 00 6558 00000700 0001 01 01 00000000'), ethernet('0800', ipv4)),
      'raw/ip/udp/geneve/eth/ip/udp',
    ],
    ['GTP-U', RAW, udpOf('0868 0868', hex('30 ff 0020 00000001'), ipv4), 'raw/ip/udp/gtp/ip/udp'],
    [
      'GTP-U with an extension header',
      RAW,
      udpOf('0868 0868', hex('34 ff 0028 00000001 0000 00 85 01 1001 00'), ipv4),
      'raw/ip/udp/gtp/ip/udp',
    ],
    ['Teredo', RAW, udpOf('c000 0dd8', ipv6), 'raw/ip/udp/teredo/ipv6/udp'],
    [
      'Teredo with authentication and origin',
      RAW,
      udpOf('0dd8 c000', hex('0001 00 00 0000000000000000 00 0000 efc8 3f57ffcc'), ipv6),
      'raw/ip/udp/teredo/ipv6/udp',
    ],
    ['MPLS over UDP', RAW, udpOf('c000 19eb', hex('000111 40'), ipv4), 'raw/ip/udp/mpls/ip/udp'],
    [
      'TZSP',
      RAW,
      udpOf('c000 9090', hex('01 00 0001 00 0a 01 2f 01'), ethernet('0800', ipv4)),
      'raw/ip/udp/tzsp/eth/ip/udp',
    ],
    [
      'UDP-Lite, of which the checksum covers the header only',
      RAW,
      ipv4Of(136, hex('138c 1770 0008 0000'), payload),
      'raw/ip/udplite',
    ],
  ])('%s', (_name, linkType, packet, stack) => {
    const { seen, undecoded, layers } = decodePackets(linkType, packet);
    expect(undecoded).toEqual({});
    expect(seen.map((datagram) => [datagram.payload, datagram.length])).toEqual([[payload, 4]]);
    expect(seen[0].source).toMatch(/:5004$/);
    expect(seen[0].destination).toMatch(/:6000$/);
    expect(layers[stack]).toBe(1);

    // Whatever its snap length: a datagram of the same length or a reason why not, and what stands behind is not read.
    for (let cut = 0; cut < packet.length; cut++) {
      const short = outcomeOf(linkType, packet.subarray(0, cut));
      expect(short.seen.length + Object.values(short.undecoded).reduce((sum, count) => sum + count, 0)).toBe(1);
      expect(short).toEqual(outcomeOf(linkType, packet.slice(0, cut)));
    }
  });

  test('two packets in one 802.11 frame', () => {
    const subframe = concat(macs, hex('0028 aaaa03 000000 0800'), ipv4); // 14 + 40 bytes, 2 of padding follow
    const frame = concat(hex('8802 0000'), macs, hex('020000000003 1000 8000'), subframe, hex('0000'), subframe);
    const { seen, layers } = decodePackets(105, frame);
    expect(seen.map((datagram) => datagram.payload)).toEqual([payload, payload]);
    expect(layers['wlan/llc/ip/udp']).toBe(2);
  });

  test('tunnels in tunnels, to a depth that no network has', () => {
    let packet = ipv4;
    for (let depth = 0; depth < 10; depth++) packet = ipv4Of(4, packet);
    expect(decodePackets(RAW, packet).seen).toHaveLength(1);
    for (let depth = 0; depth < 40; depth++) packet = ipv4Of(4, packet);
    expect(decodePackets(RAW, packet)).toMatchObject({ seen: [], undecoded: { 'too-deep': 1 } });
  });
});

describe('a tunnel only where its content is one', () => {
  test.each<[name: string, packet: Uint8Array]>([
    ['RTP to the port of GTP-U', udpOf('0868 0868', hex('80 08 0001 00000000 01020304'), new Uint8Array(20))],
    ['a GTP-U header before something else', udpOf('0868 0868', hex('30 ff 0014 00000001'), new Uint8Array(20))],
    ['a GTP-U header that promises more', udpOf('0868 0868', hex('30 ff 0040 00000001'), ipv4)],
    ['VXLAN flags before something else', udpOf('c000 3039', hex('08000000 00000700'), new Uint8Array(40))],
    [
      'VXLAN with reserved bits, on a port of its own',
      udpOf('c000 3039', hex('08000001 00000700'), ethernet('0800', ipv4)),
    ],
    [
      'Ethernet with IP that does not fit',
      udpOf('c000 12b5', hex('08000000 00000700'), ethernet('0800', ipv4.subarray(0, 24))),
    ],
    ['RTP to the port of MPLS', udpOf('c000 19eb', hex('80 08 0101 00000000 01020304'), new Uint8Array(20))],
    ['DNS to the port of Teredo', udpOf('c000 0dd8', hex('1234 0100 0001 0000 0000 0000'), new Uint8Array(40))],
    ['RTP to the port of GENEVE', udpOf('c000 17c1', hex('80 08 6558 00000000 01020304'), new Uint8Array(20))],
  ])('%s is a datagram', (_name, packet) => {
    const { seen } = decodePackets(RAW, packet);
    expect(seen).toHaveLength(1);
    expect(seen[0].length).toBe(packet.length - 28);
    expect(seen[0].source).toMatch(/^10\.0\.0\.1:/);
  });
});

describe('reasons', () => {
  test.each<[reason: string, linkType: number, packet: Uint8Array]>([
    ['unknown-link-type', 147, ipv4],
    ['arp', ETHERNET, ethernet('0806', new Uint8Array(28))],
    ['unknown-ethertype', ETHERNET, ethernet('88cc', new Uint8Array(28))],
    ['link-encrypted', ETHERNET, ethernet('88e5', new Uint8Array(28))],
    ['llc', ETHERNET, ethernet('0026', hex('424203'), new Uint8Array(35))],
    ['unknown-ppp-protocol', 9, hex('c021 0101 0004')],
    ['unknown-address-family', 0, hex('07000000 00')],
    ['wlan-control', 105, hex('8000 0000 ffffffffffff')],
    ['wlan-control', 105, concat(hex('4801 0000'), macs, hex('020000000003 1000'))],
    ['wlan-fragment', 105, concat(hex('0805 0000'), macs, hex('020000000003 1000'), ipv4)],
    ['link-encrypted', 105, concat(hex('0841 0000'), macs, hex('020000000003 1000'), ipv4)],
    ['bad-fcs', 127, hex('00 00 0900 02000000 40 0801')],
    ['icmp', RAW, ipv4Of(1, hex('0800 0000'))],
    ['igmp', RAW, ipv4Of(2, hex('1600 0000'))],
    ['esp', RAW, ipv4Of(50, hex('00000001 00000001'))],
    ['sctp', RAW, ipv4Of(132, hex('00000001 00000001'))],
    ['unknown-ip-protocol', RAW, ipv4Of(89, hex('00000001'))],
    ['bad-header', RAW, hex('44 00 0014 0000 4000 40 11 0000 0a000001 0a000002')],
    ['bad-header', RAW, hex('75 00 0014 0000 4000 40 11 0000 0a000001 0a000002')],
    ['bad-header', RAW, udpOf('1388 1389').with(25, 7)],
    ['unknown-tunnel-content', ETHERNET, ethernet('8847', hex('000111 40 90000000'))],
    ['too-short', RAW, ipv4Of(17, hex('1388 1389'))],
    ['too-deep', ETHERNET, ethernet('8847', hex('00010040'.repeat(20)))],
  ])('%s', (reason, linkType, packet) => {
    expect(decodePackets(linkType, packet)).toMatchObject({ seen: [], undecoded: { [reason]: 1 } });
  });
});
