import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  canonicalIpAddress,
  isInNetwork,
  isPrivateIpAddress,
  isUnspecifiedIpAddress,
  parseIpAddress,
} from '../../analyzers/ip-address.ts';
import { FlowTable, Transport } from '../../captures/index.ts';

describe('IP addresses as text', () => {
  it.each([
    ['192.0.2.1', '192.0.2.1'],
    ['2001:DB8:0:0:0:0:0:1', '2001:db8::1'],
    ['[2001:db8::1]', '2001:db8::1'],
    ['fe80::1%eth0', 'fe80::1'],
    ['::', '::'],
    ['1::', '1::'],
    ['2001:db8:0:1:0:0:0:1', '2001:db8:0:1::1'],
    ['::ffff:192.0.2.1', '192.0.2.1'],
    ['64:ff9b::192.0.2.1', '64:ff9b::c000:201'],
    ['256.1.1.1', null],
    ['1.2.3', null],
    ['1:2:3:4:5:6:7', null],
    ['1:2:3:4:5:6:7:8:9', null],
    ['1::2::3', null],
    ['1:2:3:4:5:6:7::8', null],
    ['12345::', null],
    ['host.example', null],
    ['', null],
    [':', null],
    ['1'.repeat(1000), null],
  ])('%s is %s', (text, expected) => {
    expect(canonicalIpAddress(text)).toBe(expected);
  });

  it('knows private and unspecified ones', () => {
    const of = (test: (text: string) => boolean) => (texts: string) => texts.split(' ').map(test);
    expect(
      of(isPrivateIpAddress)(
        '10.1.1.1 172.16.0.1 172.31.9.9 172.32.0.1 192.168.0.1 100.64.0.1 169.254.1.1 127.0.0.1 8.8.8.8',
      ),
    ).toEqual([true, true, true, false, true, true, true, true, false]);
    expect(of(isPrivateIpAddress)('fd00::1 fe80::1 2001:db8::1 host')).toEqual([true, true, false, false]);
    expect(of(isUnspecifiedIpAddress)('0.0.0.0 :: 0.0.0.1 ::1 host')).toEqual([true, true, false, false, false]);
  });

  it('compares with networks bit by bit', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 2 ** 32 - 1 }), fc.integer({ min: 0, max: 31 }), (word, bit) => {
        const text = (value: number) => [24, 16, 8, 0].map((shift) => (value >>> shift) & 255).join('.');
        const address = parseIpAddress(text(word)) as number[];
        // One bit changed: still in all networks whose prefix ends before it.
        const changed = parseIpAddress(text(word ^ (1 << (31 - bit)))) as number[];
        for (let prefix = 0; prefix <= 32; prefix++) expect(isInNetwork(changed, address, prefix)).toBe(prefix <= bit);
      }),
    );
  });

  it('writes addresses as the flow table does', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 32, maxLength: 32 }), fc.nat(15), (bytes, zeros) => {
        bytes.fill(0, 0, zeros);
        // The table writes mapped addresses of IPv6 packets in hexadecimal; they do not occur on the wire.
        bytes[15] |= 1;
        bytes[2] |= 1;
        const flows = new FlowTable();
        const flow = flows.internIpv6(bytes, 0, 0, Transport.udp);
        expect(canonicalIpAddress(flows.sourceAddress(flow))).toBe(flows.sourceAddress(flow));
      }),
    );
    expect(canonicalIpAddress('no address')).toBeNull();
  });
});
