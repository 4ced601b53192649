import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Direction } from '../../../../captures/records/record-cursor.ts';
import { PcapngWriter } from '../../../../captures/writing/pcapng-writer.ts';
import { missingCaptures, sharedCapture } from '../../../shared-captures.ts';
import { concatenate, everyRecord, hex } from '../every-record.ts';

const SECTION_LITTLE = hex(`
  0a0d0d0a 1c000000   ; section header, 28 bytes
  4d3c2b1a 0100 0000  ; byte order, version 1.0
  ffffffffffffffff    ; section length not known
  1c000000`);

const INTERFACE_LITTLE = hex(`
  01000000 30000000   ; interface description, 48 bytes
  0100 0000 00000400  ; Ethernet, snap length 262,144
  0200 0400 65746830  ; if_name "eth0"
  0900 0100 09000000  ; if_tsresol 10^-9
  0d00 0100 04000000  ; if_fcslen 4
  0000 0000           ; end of options
  30000000`);

const PACKET_LITTLE = hex(`
  06000000 30000000   ; enhanced packet, 48 bytes
  00000000            ; interface 0
  38a99718 00e64df2   ; ticks 0x1897a938_f24de600
  03000000 40000000   ; 3 bytes of 64
  aabbcc00            ; data, padded
  0200 0400 02000000  ; epb_flags: outbound
  00000000            ; end of options
  30000000`);

describe('pcapng byte tables', () => {
  it('reads a packet with its interface, time, direction and lengths', async () => {
    const { cursor, records } = await everyRecord(concatenate(SECTION_LITTLE, INTERFACE_LITTLE, PACKET_LITTLE));
    const ticks = 0x1897a938f24de600n;
    expect(records).toEqual([
      {
        seconds: Number(ticks / 1_000_000_000n),
        nanoseconds: Number(ticks % 1_000_000_000n),
        hasTime: true,
        original: 64,
        interfaceIndex: 0,
        linkType: 1,
        direction: Direction.outbound,
        data: [0xaa, 0xbb, 0xcc],
      },
    ]);
    expect(cursor.interfaces).toEqual([
      {
        linkType: 1,
        name: 'eth0',
        description: null,
        snapLength: 262_144,
        fcsLength: 4,
        timeDigits: 9,
        droppedPackets: null,
      },
    ]);
    expect(cursor.truncated).toBe(false);
    expect(cursor.problems.list()).toEqual([]);
  });

  it('reads big endian, microseconds by default, and the time offset', async () => {
    const bytes = hex(`
      0a0d0d0a 0000001c 1a2b3c4d 0001 0000 ffffffffffffffff 0000001c
      00000001 00000024 0065 0000 00000000 ; raw IP, no limit
        000e 0008 000000000000000a         ; if_tsoffset 10 s
        00000000 00000024
      00000006 00000024 00000000
        00000000 000f4241                  ; 1,000,001 microseconds
        00000001 00000001 45000000 00000024`);
    const { cursor, records } = await everyRecord(bytes);
    expect(records).toMatchObject([{ seconds: 11, nanoseconds: 1000, linkType: 101, original: 1, data: [0x45] }]);
    expect(cursor.interfaces[0].timeDigits).toBe(6);
  });

  it('reads the obsolete packet block and its drops', async () => {
    const bytes = concatenate(
      SECTION_LITTLE,
      INTERFACE_LITTLE,
      hex(`02000000 24000000 0000 0500    ; interface 0, 5 dropped before
           00000000 01000000              ; tick 1
           02000000 02000000 11220000 24000000`),
    );
    const { cursor, records } = await everyRecord(bytes);
    expect(records).toMatchObject([{ seconds: 0, nanoseconds: 1, data: [0x11, 0x22] }]);
    expect(cursor.interfaces[0].droppedPackets).toBe(5);
  });

  it('cuts a simple packet at the snap length, and says that it has no time', async () => {
    const bytes = concatenate(
      SECTION_LITTLE,
      hex(`01000000 14000000 0100 0000 02000000 14000000  ; snap length 2
           03000000 14000000 0a000000 aabb0000 14000000`),
    );
    const { cursor, records } = await everyRecord(bytes);
    expect(records).toMatchObject([{ hasTime: false, original: 10, data: [0xaa, 0xbb], interfaceIndex: 0 }]);
    expect(cursor.problems.list()).toEqual([{ code: 'no-time', count: 1 }]);
  });

  it('passes over custom, name resolution, journal and unknown blocks', async () => {
    const others = [0xbad, 0x40000bad, 4, 9, 0x7fff0001].map((type) => {
      const block = new Uint8Array(16);
      const view = new DataView(block.buffer);
      view.setUint32(0, type, true);
      view.setUint32(4, 16, true);
      view.setUint32(12, 16, true);
      return block;
    });
    const bytes = concatenate(SECTION_LITTLE, ...others, INTERFACE_LITTLE, ...others, PACKET_LITTLE, ...others);
    const { cursor, records } = await everyRecord(bytes);
    expect(records).toHaveLength(1);
    expect(cursor.problems.list()).toEqual([]);
  });

  it('numbers interfaces over sections of both byte orders', async () => {
    const little = new PcapngWriter();
    const big = new PcapngWriter({ byteOrder: 'big' });
    const time = { seconds: 1_700_000_000, nanoseconds: 123_456_789 };
    const { cursor, records } = await everyRecord(
      concatenate(
        little.sectionHeader({ application: 'test' }),
        little.interfaceDescription({ linkType: 1, name: 'a' }),
        little.interfaceDescription({ linkType: 113, name: 'b' }),
        little.packet({ interfaceId: 1, time, data: Uint8Array.of(1) }),
        big.sectionHeader(),
        big.interfaceDescription({ linkType: 276, name: 'c', resolution: 6 }),
        big.packet({ interfaceId: 0, time, data: Uint8Array.of(2, 3), originalLength: 9 }),
        big.packet({ interfaceId: 0, time, data: Uint8Array.of(4), direction: Direction.inbound, comment: 'x' }),
        big.interfaceStatistics({ interfaceId: 0, time, droppedByInterface: 3, droppedBySystem: 4 }),
        big.decryptionSecrets(0x544c534b, Uint8Array.of(7, 8, 9)),
      ),
    );
    expect(records.map((record) => [record.interfaceIndex, record.linkType, record.nanoseconds, record.data])).toEqual([
      [1, 113, 123_456_789, [1]],
      [2, 276, 123_456_000, [2, 3]],
      [2, 276, 123_456_000, [4]],
    ]);
    expect(records.map((record) => record.direction)).toEqual([0, 0, Direction.inbound]);
    expect(cursor.interfaces.map(({ name, droppedPackets }) => [name, droppedPackets])).toEqual([
      ['a', null],
      ['b', null],
      ['c', 7],
    ]);
    expect(cursor.secrets).toEqual([{ type: 0x544c534b, data: Uint8Array.of(7, 8, 9) }]);
  });
});

describe('pcapng damage', () => {
  const good = concatenate(SECTION_LITTLE, INTERFACE_LITTLE, PACKET_LITTLE);

  it('counts a packet of an interface that nothing introduced', async () => {
    const { cursor, records } = await everyRecord(concatenate(SECTION_LITTLE, PACKET_LITTLE, SECTION_LITTLE));
    expect(records).toEqual([]);
    expect(cursor.problems.list()).toEqual([{ code: 'unknown-interface', count: 1 }]);
    expect(cursor.truncated).toBe(false);
  });

  it('skips a packet whose captured length does not fit its block, and reads on', async () => {
    const wrong = PACKET_LITTLE.slice();
    wrong[20] = 0xff;
    const { cursor, records } = await everyRecord(concatenate(good, wrong, PACKET_LITTLE));
    expect(records).toHaveLength(2);
    expect(cursor.problems.list()).toEqual([{ code: 'bad-block', count: 1 }]);
  });

  it.each([
    ['not a multiple of 4', 0x2f],
    ['below the smallest block', 8],
    ['zero', 0],
    ['above the largest record', 0x7ffffffc],
    ['other than the one at the end', 0x2c],
  ])('ends at a block length %s', async (_, length) => {
    const wrong = PACKET_LITTLE.slice();
    new DataView(wrong.buffer).setUint32(4, length, true);
    const { cursor, records } = await everyRecord(concatenate(good, wrong, PACKET_LITTLE));
    expect(records).toHaveLength(1);
    expect(cursor.problems.list()).toEqual([{ code: 'bad-length', count: 1 }]);
    expect(cursor.truncated).toBe(true);
  });

  it('goes on at the next section after a wrong block length, wherever the reads fall', async () => {
    const wrong = PACKET_LITTLE.slice();
    wrong[4] = 0x34;
    for (const piece of [1, 7, 100_000]) {
      const { cursor, records } = await everyRecord(concatenate(good, wrong, PACKET_LITTLE, good), { piece, size: 64 });
      expect(records.map((record) => record.interfaceIndex)).toEqual([0, 1]);
      expect(cursor.problems.list()).toEqual([{ code: 'bad-length', count: 1 }]);
      expect(cursor.truncated).toBe(false);
    }
  });

  it('does not read a section of another version', async () => {
    const version2 = good.slice();
    version2[12] = 2;
    const { cursor, records } = await everyRecord(concatenate(version2, good));
    expect(records).toHaveLength(1);
    expect(cursor.problems.list()).toEqual([{ code: 'bad-block', count: 1 }]);
  });

  it('keeps a bounded number of interfaces', async () => {
    const flood = new Uint8Array(20 * 20_000);
    const one = hex('01000000 14000000 0100 0000 00000000 14000000');
    for (let at = 0; at < flood.length; at += 20) flood.set(one, at);
    const { cursor } = await everyRecord(concatenate(SECTION_LITTLE, flood));
    expect(cursor.interfaces).toHaveLength(16_384);
    expect(cursor.problems.list()).toEqual([{ code: 'over-limit', count: 20_000 - 16_384 }]);
  });

  it('keeps at most 16 MiB of secrets', async () => {
    const writer = new PcapngWriter();
    const secrets = writer.decryptionSecrets(1, new Uint8Array(6 * 1024 * 1024));
    const { cursor } = await everyRecord(concatenate(SECTION_LITTLE, secrets, secrets, secrets));
    expect(cursor.secrets).toHaveLength(2);
    expect(cursor.problems.list()).toEqual([{ code: 'over-limit', count: 1 }]);
  });

  it('gives everything before the cut for every prefix, and says whether it was cut', async () => {
    const blocks = [SECTION_LITTLE, INTERFACE_LITTLE, PACKET_LITTLE, PACKET_LITTLE];
    const bytes = concatenate(...blocks);
    const ends = blocks.map((_, index) => concatenate(...blocks.slice(0, index + 1)).length);
    for (let length = 24; length <= bytes.length; length++) {
      const { cursor, records } = await everyRecord(bytes.subarray(0, length), { piece: 13, size: 32 });
      expect(records).toHaveLength(ends.slice(2).filter((end) => end <= length).length);
      expect(cursor.truncated).toBe(!ends.includes(length));
      expect(cursor.problems.get('truncated')).toBe(cursor.truncated ? 1 : 0);
    }
  });

  it('never throws and never reads past the end, whatever the bytes', async () => {
    const writer = new PcapngWriter();
    const valid = concatenate(
      writer.sectionHeader({ comment: 'c' }),
      writer.interfaceDescription({ linkType: 1, name: 'n', offsetSeconds: -5, filter: 'udp' }),
      writer.packet({ interfaceId: 0, time: { seconds: 5, nanoseconds: 1 }, data: new Uint8Array(9), direction: 1 }),
      writer.interfaceStatistics({ interfaceId: 0, time: { seconds: 5, nanoseconds: 1 }, droppedByInterface: 1 }),
      writer.decryptionSecrets(1, new Uint8Array(5)),
      writer.packet({ interfaceId: 0, time: { seconds: 6, nanoseconds: 1 }, data: new Uint8Array(30) }),
    );
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.nat(valid.length - 13), fc.nat(255)), { maxLength: 8 }),
        fc.uint8Array({ maxLength: 80 }),
        fc.integer({ min: 1, max: 300 }),
        async (changes, tail, piece) => {
          const bytes = concatenate(valid, tail);
          for (const [at, value] of changes) bytes[at + 12] = value;
          const { records } = await everyRecord(bytes, { piece, size: 16 });
          expect(records.length).toBeLessThanOrEqual(bytes.length / 16);
        },
      ),
      { numRuns: 300 },
    );
  });
});

describe(`pcapng files with known truth${missingCaptures}`, () => {
  const g711a = (name: string) => `derived__g711a/${name}`;
  it.skipIf(missingCaptures)('reads the same 236 packets from every wrapping', async () => {
    const plain = await everyRecord(readFileSync(sharedCapture(g711a('eth-le-us.pcap')) as string));
    expect(plain.records).toHaveLength(236);
    const names = ['be-ns', 'be-us', 'le-ns', 'le-us', 'pb-obsolete', 'tsresol-pow2-20', 'two-sections-le-be'];
    for (const name of names) {
      const { cursor, records } = await everyRecord(readFileSync(sharedCapture(g711a(`ng-${name}.pcapng`)) as string));
      expect(cursor.problems.list()).toEqual([]);
      expect(records.map((record) => record.data)).toEqual(plain.records.map((record) => record.data));
      for (const [index, record] of records.entries()) {
        const { seconds, nanoseconds } = plain.records[index];
        const differenceNs = (record.seconds - seconds) * 1e9 + record.nanoseconds - nanoseconds;
        // Binary ticks of 2^-20 s round down by less than one of them.
        expect(Math.abs(differenceNs)).toBeLessThanOrEqual(name === 'tsresol-pow2-20' ? 954 : 0);
      }
    }
  });

  it.skipIf(missingCaptures)('reads mixed link types, simple packets and a cut block', async () => {
    const mixed = await everyRecord(readFileSync(sharedCapture(g711a('ng-two-ifs-mixed-lt.pcapng')) as string));
    expect(mixed.records).toHaveLength(236);
    expect(new Set(mixed.records.map((record) => record.linkType)).size).toBe(2);
    const simple = await everyRecord(readFileSync(sharedCapture(g711a('ng-spb.pcapng')) as string));
    expect(simple.records).toHaveLength(236);
    expect(simple.cursor.problems.get('no-time')).toBe(236);
    const cut = await everyRecord(readFileSync(sharedCapture(g711a('ng-cut-mid-block.pcapng')) as string));
    expect(cut.cursor.truncated).toBe(true);
    expect(cut.records.length).toBeGreaterThan(0);
    expect(cut.records.length).toBeLessThan(236);
  });
});
