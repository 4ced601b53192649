import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { recogniseContent } from '../../../captures/records/content-kind.ts';
import { hex } from './every-record.ts';

const kindOf = (text: string) => {
  const bytes = hex(text);
  return recogniseContent(bytes, 0, bytes.length).kind;
};

describe('recogniseContent', () => {
  it.each([
    ['d4c3b2a1 0200 0400 00000000 00000000 00000400 01000000', 'pcap'],
    ['a1b2cd34 0002 0004 00000000 00000000 00000400 01000000', 'pcap'],
    ['a1b2c3d4 021f 0000 00000000 00000000 00000400 01000000', 'pcap'],
    ['0a0d0d0a 1c000000 4d3c2b1a', 'pcapng'],
    ['0a0d0d0a 0000001c 1a2b3c4d', 'pcapng'],
    ['1f8b0800', 'gzip'],
    ['28b52ffd', 'zstd'],
    ['04224d18', 'lz4'],
    ['02214c18', 'lz4'],
    ['502a4d18 01000000 00 28b52ffd', 'zstd'],
    ['5f2a4d18 01000000 00 04224d18', 'lz4'],
    ['0a0d0d0a 1c000000 00000000', 'other'],
    ['1f8b0900', 'other'],
    ['', 'other'],
  ])('tells %s as %s', (text, kind) => {
    expect(kindOf(text)).toBe(kind);
  });

  it('names what people take for captures', () => {
    const said = (bytes: Uint8Array) => {
      const content = recogniseContent(bytes, 0, bytes.length);
      return content.kind === 'other' ? `${content.what}: ${content.hint}` : content.kind;
    };
    const text = new TextEncoder();
    const tar = new Uint8Array(512);
    tar.set(text.encode('call.pcap'));
    tar.set(text.encode('ustar'), 257);
    expect(said(tar)).toBe('a tar archive: Convert it first: tar -xf FILE');
    expect(said(tar.subarray(0, 260))).toMatch(/^a file that is neither/);
    expect(said(text.encode('version https://git-lfs.github.com/spec/v1\noid sha256:0'))).toBe(
      'a pointer of Git LFS: Fetch the file itself: git lfs pull',
    );
  });

  it('answers for any bytes, within their bounds only', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 64 }),
        fc.nat(64),
        fc.uint8Array({ maxLength: 64 }),
        (bytes, cut, after) => {
          const end = Math.min(cut, bytes.length);
          const alone = recogniseContent(bytes.slice(0, end), 0, end);
          const padded = Uint8Array.from([...after, ...bytes.slice(0, end), ...after]);
          expect(recogniseContent(padded, after.length, after.length + end)).toEqual(alone);
        },
      ),
    );
  });
});
