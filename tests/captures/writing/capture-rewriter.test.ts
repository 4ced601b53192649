import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ByteWindow } from '../../../captures/records/byte-window.ts';
import { PcapngCursor } from '../../../captures/records/pcapng/pcapng-cursor.ts';
import { RecordStep } from '../../../captures/records/record-cursor.ts';
import { CaptureRewriter } from '../../../captures/writing/capture-rewriter.ts';
import { PacketBlocks } from '../../../captures/writing/packet-blocks.ts';
import { PcapngWriter } from '../../../captures/writing/pcapng-writer.ts';
import { packetOf } from '../packets/decoding.ts';
import { concatenate, everyRecord, sourceOf } from '../records/every-record.ts';

describe('packet blocks', () => {
  it('are what the writer of single blocks writes, whatever the packet and its time', () => {
    const blocks = new PacketBlocks(64);
    fc.assert(
      fc.property(
        fc.record({
          seconds: fc.oneof(fc.integer({ min: 0, max: 2 ** 33 }), fc.constantFrom(65_535, 65_536, 4_294_967_295)),
          nanoseconds: fc.integer({ min: 0, max: 999_999_999 }),
          data: fc.uint8Array({ maxLength: 80 }),
          more: fc.integer({ min: 0, max: 9 }),
          direction: fc.constantFrom<0 | 1 | 2>(0, 1, 2),
        }),
        ({ seconds, nanoseconds, data, more, direction }) => {
          const writer = new PcapngWriter();
          writer.sectionHeader();
          writer.interfaceDescription({ linkType: 1 });
          const originalLength = data.length + more;
          blocks.clear();
          blocks.add(packetOf(data, 1, { seconds, nanoseconds, direction, originalLength }), 0, 1000);
          const time = { seconds, nanoseconds };
          expect(blocks.collected()).toEqual(writer.packet({ interfaceId: 0, time, data, originalLength, direction }));
        },
      ),
    );
  });
});

const writer = new PcapngWriter();
const time = { seconds: 1_700_000_000, nanoseconds: 7 };
const data = Uint8Array.from({ length: 90 }, (_, index) => index);
const original = concatenate(
  writer.sectionHeader({ application: 'somebody' }),
  writer.interfaceDescription({ linkType: 113, name: 'any' }),
  writer.packet({ interfaceId: 0, time, data }),
  writer.decryptionSecrets(0x544c534b, new TextEncoder().encode('CLIENT_RANDOM 1\n')),
  writer.interfaceDescription({ linkType: 1, name: 'late', resolution: 6 }),
  writer.packet({ interfaceId: 1, time, data, direction: 2 }),
);

/** Writes the capture anew, in a file or in several that begin after each packet. */
async function rewritten(snapLength: number | null, eachAlone = false): Promise<Uint8Array[]> {
  const window = new ByteWindow(sourceOf(original));
  await window.fill(28);
  const cursor = new PcapngCursor(window);
  const rewriter = new CaptureRewriter({
    section: { application: 'us', comment: 'first', comments: ['second'] },
    describe: ({ name }) => ({ name: `our ${name}`, description: 'here' }),
    snapLength,
  });
  const files: Uint8Array[][] = [rewriter.begin(cursor)];
  rewriter.addKeys(new TextEncoder().encode('CLIENT_RANDOM 2\n'));
  for (;;) {
    const step = cursor.advance();
    if (step === RecordStep.end) break;
    if (step === RecordStep.needBytes) {
      await window.fill(cursor.neededBytes);
      continue;
    }
    if (rewriter.hasNews(cursor)) files.at(-1)!.push(...rewriter.news(cursor));
    expect(rewriter.hasNews(cursor)).toBe(false);
    rewriter.packet(cursor);
    files.at(-1)!.push(rewriter.collected().slice());
    rewriter.clear();
    if (eachAlone) files.push(rewriter.begin(cursor));
  }
  return files.map((pieces) => concatenate(...pieces));
}

describe('a capture written anew', () => {
  it('has our descriptions, all packets, and the keys before the packets that follow them', async () => {
    const { cursor, records } = await everyRecord((await rewritten(null))[0]);
    expect(cursor.sections).toEqual([
      { application: 'us', hardware: null, operatingSystem: null, comments: ['first', 'second'] },
    ]);
    expect(
      cursor.interfaces.map(({ name, description, linkType, timeDigits }) => [name, description, linkType, timeDigits]),
    ).toEqual([
      ['our any', 'here', 113, 9],
      ['our late', 'here', 1, 9],
    ]);
    expect(cursor.secrets.map(({ data }) => new TextDecoder().decode(data))).toEqual([
      'CLIENT_RANDOM 2\n',
      'CLIENT_RANDOM 1\n',
    ]);
    expect(
      records.map(({ seconds, interfaceIndex, direction, data }) => [seconds, interfaceIndex, direction, data]),
    ).toEqual([
      [1_700_000_000, 0, 0, [...data]],
      [1_700_000_000, 1, 2, [...data]],
    ]);
    expect(cursor.problems.list()).toEqual([]);
  });

  it('is cut to a snap length, and says how long packets were', async () => {
    const { records } = await everyRecord((await rewritten(60))[0]);
    expect(records.map(({ data, original }) => [data.length, original])).toEqual([
      [60, 90],
      [60, 90],
    ]);
  });

  it('may begin another file at any time, which can be read alone', async () => {
    const files = await rewritten(null, true);
    expect(files).toHaveLength(3);
    const { cursor, records } = await everyRecord(files[1]);
    expect([cursor.interfaces.length, cursor.secrets.length, records.length]).toEqual([2, 2, 1]);
    expect(records[0].data).toEqual([...data]);
  });
});
