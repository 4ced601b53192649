import { spawnSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PcapWriter } from '../../../captures/writing/pcap-writer.ts';
import { PcapngWriter } from '../../../captures/writing/pcapng-writer.ts';
import { concatenate, everyRecord, hex } from '../records/every-record.ts';
import { temporaryFolder } from '../temporary-folder.ts';

const folder = temporaryFolder();
const tools = ['tshark', 'capinfos'].filter((tool) => spawnSync(tool, ['--version']).status !== 0);
const skipped = tools.length === 0 ? '' : ` (SKIPPED: no ${tools.join(', ')})`;
const time = { seconds: 1_700_000_000, nanoseconds: 123_456_789 };

describe('PcapWriter', () => {
  it('writes the file header and a packet', () => {
    const writer = new PcapWriter({ linkType: 113, snapLength: 96, byteOrder: 'big' });
    expect(writer.fileHeader()).toEqual(hex('a1b23c4d 0002 0004 00000000 00000000 00000060 00000071'));
    expect(writer.packet({ seconds: 1, nanoseconds: 2 }, Uint8Array.of(0xaa), 60)).toEqual(
      hex('00000001 00000002 00000001 0000003c aa'),
    );
  });

  it('refuses a time that the format cannot hold', () => {
    const writer = new PcapWriter({ linkType: 1 });
    expect(() => writer.packet({ seconds: -1, nanoseconds: 0 }, new Uint8Array(0))).toThrow(RangeError);
    expect(() => writer.packet({ seconds: 2 ** 32, nanoseconds: 0 }, new Uint8Array(0))).toThrow(RangeError);
  });
});

describe('PcapngWriter', () => {
  it('writes a section header', () => {
    expect(new PcapngWriter({ byteOrder: 'big' }).sectionHeader({ application: 'rtcscope' })).toEqual(
      hex(`0a0d0d0a 0000002c 1a2b3c4d 0001 0000 ffffffffffffffff
           0004 0008 7274637363 6f7065     ; shb_userappl
           0000 0000 0000002c`),
    );
  });

  it('refuses a packet of an interface that was not described in the section', () => {
    const writer = new PcapngWriter();
    writer.sectionHeader();
    writer.interfaceDescription({ linkType: 1 });
    writer.sectionHeader();
    expect(() => writer.packet({ interfaceId: 0, time, data: new Uint8Array(1) })).toThrow(RangeError);
  });

  it('is read back as it was written, at any resolution and offset', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom<'little' | 'big'>('little', 'big'),
        fc.constantFrom(0, 3, 6, 9, 0x80 + 10, 0x80 + 30),
        fc.integer({ min: -1_000_000, max: 1_000_000 }),
        fc.array(
          fc.record({
            seconds: fc.integer({ min: 1_000_000, max: 4_000_000_000 }),
            nanoseconds: fc.integer({ min: 0, max: 999_999_999 }),
            data: fc.uint8Array({ maxLength: 40 }),
            direction: fc.constantFrom<0 | 1 | 2>(0, 1, 2),
            comment: fc.option(fc.string(), { nil: undefined }),
          }),
          { maxLength: 10 },
        ),
        async (byteOrder, resolution, offsetSeconds, packets) => {
          const writer = new PcapngWriter({ byteOrder });
          const { cursor, records } = await everyRecord(
            concatenate(
              writer.sectionHeader(),
              writer.interfaceDescription({ linkType: 1, resolution, offsetSeconds }),
              ...packets.map(({ comment, ...packet }) =>
                writer.packet({
                  interfaceId: 0,
                  time: packet,
                  ...packet,
                  ...(comment === undefined ? {} : { comment }),
                }),
              ),
            ),
          );
          expect(cursor.problems.list()).toEqual([]);
          const unitNs = 1e9 / (resolution & 0x80 ? 2 ** (resolution & 0x7f) : 10 ** resolution);
          expect(records).toHaveLength(packets.length);
          for (const [index, packet] of packets.entries()) {
            const record = records[index];
            const lostNs = (packet.seconds - record.seconds) * 1e9 + packet.nanoseconds - record.nanoseconds;
            expect(lostNs).toBeGreaterThanOrEqual(0);
            expect(lostNs).toBeLessThan(unitNs + 1);
            expect(record.data).toEqual([...packet.data]);
            expect(record.direction).toBe(packet.direction);
          }
        },
      ),
      { numRuns: 200 },
    );
  });

  it.skipIf(skipped)(`is read by tshark and capinfos with all that it says${skipped}`, () => {
    const writer = new PcapngWriter();
    const path = folder.write(
      'all.pcapng',
      concatenate(
        writer.sectionHeader({
          hardware: 'bench',
          operatingSystem: 'Linux',
          application: 'rtcscope',
          comment: 'whole',
        }),
        writer.interfaceDescription({
          linkType: 1,
          name: 'eth0',
          description: 'uplink',
          filter: 'udp',
          snapLength: 96,
        }),
        writer.packet({
          interfaceId: 0,
          time,
          data: new Uint8Array(60),
          originalLength: 99,
          direction: 2,
          comment: 'one',
        }),
        writer.interfaceStatistics({ interfaceId: 0, time, receivedPackets: 10, droppedByInterface: 3 }),
        writer.decryptionSecrets(0x544c534b, new TextEncoder().encode('CLIENT_RANDOM 00 00\n')),
      ),
    );
    const fields = [
      'time_epoch',
      'len',
      'cap_len',
      'interface_name',
      'interface_description',
      'packet_flags_direction',
      'comment',
    ];
    const tshark = spawnSync(
      'tshark',
      ['-n', '-r', path, '-T', 'fields', ...fields.flatMap((f) => ['-e', `frame.${f}`])],
      {
        encoding: 'utf8',
      },
    );
    expect(tshark.stdout.trimEnd().split('\t')).toEqual([
      '1700000000.123456789',
      '99',
      '60',
      'eth0',
      'uplink',
      expect.stringMatching(/^(2|0x0*2)$/),
      'one',
    ]);
    const { stdout } = spawnSync('capinfos', [path], { encoding: 'utf8' });
    expect(stdout).toContain('Capture application: rtcscope');
    expect(stdout).toContain('Capture hardware:    bench');
    expect(stdout).toContain('whole');
    expect(stdout).toContain('Filter string = udp');
    expect(stdout).toContain('Number of stat entries = 1');
  });
});
