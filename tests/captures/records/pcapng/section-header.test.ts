import { describe, expect, it } from 'vitest';
import { PcapngWriter } from '../../../../captures/writing/pcapng-writer.ts';
import { everyRecord } from '../every-record.ts';

const SAID = { hardware: 'one', operatingSystem: 'two', application: 'three', comment: 'four' };

describe('what a section says of itself', () => {
  it.each(['little', 'big'] as const)('is kept by section, in order (%s endian)', async (byteOrder) => {
    const writer = new PcapngWriter({ byteOrder });
    const bytes = Buffer.concat([writer.sectionHeader(SAID), writer.sectionHeader()]);
    const { cursor } = await everyRecord(bytes);
    const { comment, ...rest } = SAID;
    expect(cursor.sections).toEqual([
      { ...rest, comments: [comment] },
      { hardware: null, operatingSystem: null, application: null, comments: [] },
    ]);
  });

  it('is bounded, in length and in number', async () => {
    const writer = new PcapngWriter();
    const header = writer.sectionHeader({ comment: 'x'.repeat(60_000) });
    const { cursor } = await everyRecord(Buffer.concat(Array.from({ length: 300 }, () => header)));
    expect(cursor.sections).toHaveLength(100);
    expect(cursor.sections[0].comments[0]).toHaveLength(512);
  });
});
