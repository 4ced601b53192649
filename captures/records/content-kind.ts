import { readUint16, readUint32 } from './integers.ts';
import { pcapByteOrder } from './pcap.ts';
import { pcapngByteOrder } from './pcapng/section-header.ts';

/** What the first bytes of a file say that it is. */
export type ContentKind =
  | { readonly kind: 'pcap' | 'pcapng' | 'gzip' | 'zstd' | 'lz4' }
  | { readonly kind: 'other'; readonly what: string; readonly hint: string };

/** Bytes to look at for a sure answer about captures and compression; more of them tell other files better. */
export const TELLING_BYTES = 24;

const OTHERS: readonly { readonly magic: string; readonly what: string; readonly hint: string }[] = [
  { magic: 'snoop\0\0\0', what: 'a snoop capture', hint: convert('editcap -F pcapng FILE OUT.pcapng') },
  { magic: '#!rtpplay1.0', what: 'an rtpdump recording', hint: convert('rtpplay, or record with tcpdump instead') },
  { magic: 'PK\x03\x04', what: 'a zip archive', hint: convert('unzip FILE') },
  { magic: '7z\xbc\xaf\x27\x1c', what: 'a 7z archive', hint: convert('7z x FILE') },
  { magic: '\xfd7zXZ\0', what: 'xz-compressed', hint: convert('xz -d FILE') },
  { magic: 'BZh', what: 'bzip2-compressed', hint: convert('bzip2 -d FILE') },
  { magic: 'Rar!\x1a\x07', what: 'a RAR archive', hint: convert('unrar x FILE') },
  { magic: 'XCP\0', what: 'a NetXRay or Sniffer capture', hint: convert('editcap -F pcapng FILE OUT.pcapng') },
  { magic: 'GMBU', what: 'a Network Monitor capture', hint: convert('editcap -F pcapng FILE OUT.pcapng') },
  { magic: 'TRSNIFF data', what: 'a Sniffer capture', hint: convert('editcap -F pcapng FILE OUT.pcapng') },
  { magic: 'version https://git-lfs', what: 'a pointer of Git LFS', hint: 'Fetch the file itself: git lfs pull' },
  { magic: '\x7fELF', what: 'a program', hint: 'Name a pcap or pcapng file.' },
  { magic: '%PDF', what: 'a PDF document', hint: 'Name a pcap or pcapng file.' },
];

/** POSIX.1-1988 (ustar) interchange format: the magic behind 257 bytes of the first member's header. */
const TAR_MAGIC_AT = 257;

function convert(command: string): string {
  return `Convert it first: ${command}`;
}

/** Tells what `bytes[start..end)`, the beginning of a file, is. */
export function recogniseContent(bytes: Uint8Array, start: number, end: number): ContentKind {
  const view = bytes.subarray(start, end);
  if (pcapByteOrder(view) !== null) return pcapVersion(view);
  if (pcapngByteOrder(view) !== null) return { kind: 'pcapng' };
  if (view.length >= 4) {
    const magic = readUint32(view, 0, true);
    // RFC 1952: deflate is the only method there is.
    if (view[0] === 0x1f && view[1] === 0x8b && view[2] === 8) return { kind: 'gzip' };
    if (magic === 0xfd2fb528) return { kind: 'zstd' };
    if (magic === 0x184d2204 || magic === 0x184c2102) return { kind: 'lz4' };
    // Skippable frames are common to zstd and lz4 (RFC 8878, 3.1.2); whichever comes, the zstd reader tells.
    if ((magic & 0xfffffff0) >>> 0 === 0x184d2a50) return { kind: afterSkippable(view) };
  }
  return otherContent(view);
}

function pcapVersion(view: Uint8Array): ContentKind {
  if (view.length < TELLING_BYTES) {
    return { kind: 'other', what: 'a pcap capture cut off inside its file header', hint: 'Capture or copy it again.' };
  }
  const little = pcapByteOrder(view) === 'little';
  const major = readUint16(view, 4, little);
  const minor = readUint16(view, 6, little);
  if (major === 2 || (major === 543 && minor === 0)) return { kind: 'pcap' };
  return { kind: 'other', what: `a pcap capture of version ${major}.${minor}`, hint: 'Only version 2 is in use.' };
}

function afterSkippable(view: Uint8Array): 'zstd' | 'lz4' {
  const next = 8 + readUint32(view, 4, true);
  if (next + 4 > view.length) return 'zstd';
  const magic = readUint32(view, next, true);
  return magic === 0x184d2204 || magic === 0x184c2102 ? 'lz4' : 'zstd';
}

function otherContent(view: Uint8Array): ContentKind {
  const known = OTHERS.find(({ magic }) => startsWith(view, magic));
  if (known !== undefined) return { kind: 'other', what: known.what, hint: known.hint };
  if (view.length >= 12 && isEventTraceHeader(view)) {
    return { kind: 'other', what: 'a Windows event trace (ETL)', hint: convert('etl2pcapng FILE OUT.pcapng') };
  }
  if (isErf(view)) {
    return { kind: 'other', what: 'an ERF capture', hint: convert('editcap -F pcapng FILE OUT.pcapng') };
  }
  if (startsWith(view.subarray(TAR_MAGIC_AT), 'ustar')) {
    return { kind: 'other', what: 'a tar archive', hint: convert('tar -xf FILE') };
  }
  const hint = 'Name a pcap or pcapng file, plain or compressed with gzip, zstd or lz4.';
  if (isText(view)) {
    const html = /^\s*<(!doctype html|html|head|body)/i.test(new TextDecoder().decode(view.subarray(0, 256)));
    if (!html) return { kind: 'other', what: 'text', hint };
    return { kind: 'other', what: 'a web page', hint: 'The download gave a page instead of the file: fetch it again.' };
  }
  return { kind: 'other', what: 'a file that is neither pcap nor pcapng', hint };
}

function startsWith(view: Uint8Array, magic: string): boolean {
  if (view.length < magic.length) return false;
  for (let index = 0; index < magic.length; index++) if (view[index] !== magic.charCodeAt(index)) return false;
  return true;
}

/** A trace begins with a WMI buffer header: its size first, a power of 2 from 1 KiB, and the same or less in use. */
function isEventTraceHeader(view: Uint8Array): boolean {
  const size = readUint32(view, 0, true);
  const saved = readUint32(view, 4, true);
  const current = readUint32(view, 8, true);
  return (
    size >= 1024 && size <= 1 << 20 && (size & (size - 1)) === 0 && saved <= size && current === saved && saved > 72
  );
}

/** Endace's format has no magic: type (byte 8), length (10) above its header, wire length (14), a time after 1990. */
function isErf(view: Uint8Array): boolean {
  if (view.length < 16) return false;
  const type = view[8] & 0x7f;
  const length = readUint16(view, 10, false);
  const seconds = readUint32(view, 4, true);
  const wireLength = readUint16(view, 14, false);
  return type >= 1 && type <= 27 && length >= 16 && seconds > 631_152_000 && wireLength > 0 && wireLength <= length + 4;
}

function isText(view: Uint8Array): boolean {
  if (view.length === 0) return false;
  const sample = view.subarray(0, 512);
  return sample.every((byte) =>
    byte >= 0x20 ? byte !== 0x7f : byte === 9 || byte === 10 || byte === 13 || byte === 12,
  );
}
