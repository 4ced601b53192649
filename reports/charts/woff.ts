/*
 * WOFF 1.0 (W3C, 2012): a TrueType or OpenType font whose tables are compressed one by one.
 *
 *   header, 44 bytes   signature 'wOFF', flavor, length, numTables (at 12), reserved, totalSfntSize, ...
 *   entry, 20 bytes    tag, offset, compLength, origLength, origChecksum
 *   tables             zlib, or as they are where that is no shorter
 *
 * What is behind them (metadata, private data) is no part of the font.
 */
const SIGNATURE = 0x774f4646;
const HEADER_BYTES = 44;
const ENTRY_BYTES = 20;
const SFNT_HEADER_BYTES = 12;
const SFNT_ENTRY_BYTES = 16;
/** Far above any real font: a file that asks for more is refused before memory is taken for it. */
const MOST_BYTES = 64 << 20;

/**
 * Unpacks a font, for libraries that read TrueType files alone.
 *
 * @throws RangeError where the bytes are no WOFF file, or one that contradicts itself.
 */
export function trueTypeOfWoff(woff: Uint8Array): Uint8Array {
  const view = new DataView(woff.buffer, woff.byteOffset, woff.byteLength);
  if (woff.length < HEADER_BYTES || view.getUint32(0) !== SIGNATURE) throw new RangeError('not a WOFF font');
  const tables = view.getUint16(12);
  if (HEADER_BYTES + tables * ENTRY_BYTES > woff.length) throw new RangeError('a WOFF font cut short');
  const parts: { entry: number; at: number; data: Uint8Array }[] = [];
  let at = SFNT_HEADER_BYTES + tables * SFNT_ENTRY_BYTES;
  for (let table = 0; table < tables; table++) {
    const entry = HEADER_BYTES + table * ENTRY_BYTES;
    const offset = view.getUint32(entry + 4);
    const packed = view.getUint32(entry + 8);
    const length = view.getUint32(entry + 12);
    if (offset + packed > woff.length || at + length > MOST_BYTES) throw new RangeError('a WOFF font cut short');
    const bytes = woff.subarray(offset, offset + packed);
    const data =
      packed < length
        ? process.getBuiltinModule('node:zlib').inflateSync(bytes, { maxOutputLength: Math.max(1, length) })
        : bytes;
    if (data.length !== length) throw new RangeError('a WOFF font with a damaged table');
    parts.push({ entry, at, data });
    at += (length + 3) & ~3;
  }
  const font = new Uint8Array(at);
  const out = new DataView(font.buffer);
  writeHeader(out, view.getUint32(4), tables);
  for (const [index, { entry, at: start, data }] of parts.entries()) {
    const record = SFNT_HEADER_BYTES + index * SFNT_ENTRY_BYTES;
    out.setUint32(record, view.getUint32(entry));
    out.setUint32(record + 4, view.getUint32(entry + 16));
    out.setUint32(record + 8, start);
    out.setUint32(record + 12, data.length);
    font.set(data, start);
  }
  return font;
}

/** The search fields are those of a binary search over the table records (OpenType, table directory). */
function writeHeader(out: DataView, flavor: number, tables: number): void {
  const power = tables === 0 ? 0 : Math.floor(Math.log2(tables));
  const range = 2 ** power * SFNT_ENTRY_BYTES;
  out.setUint32(0, flavor);
  out.setUint16(4, tables);
  out.setUint16(6, range);
  out.setUint16(8, power);
  out.setUint16(10, tables * SFNT_ENTRY_BYTES - range);
}
