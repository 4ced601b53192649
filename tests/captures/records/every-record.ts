import { type ByteSource, ByteWindow } from '../../../captures/records/byte-window.ts';
import { PcapCursor, pcapByteOrder } from '../../../captures/records/pcap.ts';
import { PcapngCursor } from '../../../captures/records/pcapng/pcapng-cursor.ts';
import { type RecordCursor, RecordStep } from '../../../captures/records/record-cursor.ts';

export interface PlainRecord {
  seconds: number;
  nanoseconds: number;
  hasTime: boolean;
  original: number;
  interfaceIndex: number;
  linkType: number;
  direction: number;
  data: number[];
}

/** Bytes as a source that gives at most `piece` of them at a time. */
export function sourceOf(bytes: Uint8Array, piece = bytes.length): ByteSource {
  let at = 0;
  return {
    name: 'test',
    read(into) {
      const count = Math.min(piece, into.length, bytes.length - at);
      into.set(bytes.subarray(at, at + count));
      at += count;
      return count;
    },
    async close() {},
  };
}

/** Walks a capture to its end; `piece` is how much the source gives at a time, `size` that of the window. */
export async function everyRecord(
  bytes: Uint8Array,
  { piece = bytes.length, size = 4096 }: { piece?: number; size?: number } = {},
): Promise<{ cursor: RecordCursor; records: PlainRecord[] }> {
  const window = new ByteWindow(sourceOf(bytes, piece), size);
  await window.fill(24);
  const cursor = pcapByteOrder(window.bytes.subarray(0, window.end))
    ? new PcapCursor(window)
    : new PcapngCursor(window);
  const records: PlainRecord[] = [];
  for (;;) {
    const step = cursor.advance();
    if (step === RecordStep.end) return { cursor, records };
    if (step === RecordStep.needBytes) {
      await window.fill(cursor.neededBytes);
      continue;
    }
    if (cursor.offset < 0 || cursor.offset + cursor.capturedLength > window.end) throw new Error('reads past the end');
    records.push({
      seconds: cursor.seconds,
      nanoseconds: cursor.nanoseconds,
      hasTime: cursor.hasTime,
      original: cursor.originalLength,
      interfaceIndex: cursor.interfaceIndex,
      linkType: cursor.linkType,
      direction: cursor.direction,
      data: [...cursor.bytes.subarray(cursor.offset, cursor.offset + cursor.capturedLength)],
    });
  }
}

/** Bytes from hexadecimal; white space and what follows `;` on a line are for the reader. */
export function hex(text: string): Uint8Array {
  const digits = text.replace(/;.*$/gm, '').replace(/\s+/g, '');
  if (!/^([0-9a-f]{2})*$/i.test(digits)) throw new Error('not hexadecimal');
  return Uint8Array.from(digits.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
}

export function concatenate(...pieces: Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    bytes.set(piece, at);
    at += piece.length;
  }
  return bytes;
}
