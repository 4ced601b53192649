import { type ByteWindow, LARGEST_RECORD_BYTES } from './byte-window.ts';
import {
  type CaptureInterface,
  type CaptureSection,
  type DecryptionSecrets,
  Direction,
  ProblemCounts,
  type RecordCursor,
  RecordStep,
} from './record-cursor.ts';

/*
 * The pcap file format (draft-ietf-opsawg-pcap, section 4 and 5; the variants are the ones that libpcap reads).
 *
 *   file header: magic(4) major(2) minor(2) reserved(4) reserved(4) snaplen(4) fcs|linktype(4)
 *   record:      seconds(4) fraction(4) captured(4) original(4) [ variant bytes ] data
 */
const FILE_HEADER_BYTES = 24;
const PLAIN_RECORD_HEADER_BYTES = 16;

/** What a pcap file's magic number says about its records. */
interface Variant {
  readonly nanoseconds: boolean;
  /** Bytes before the data: 16, more in the variants of Linux kernel patches that never became the standard. */
  readonly recordHeaderBytes: number;
}

const VARIANTS = new Map<number, Variant>([
  [0xa1b2c3d4, { nanoseconds: false, recordHeaderBytes: 16 }],
  [0xa1b23c4d, { nanoseconds: true, recordHeaderBytes: 16 }],
  // Alexey Kuznetzov's "modified" pcap: interface index (4), protocol (2), packet type (1), pad (1) follow.
  [0xa1b2cd34, { nanoseconds: false, recordHeaderBytes: 24 }],
]);

/** @returns the byte order of a pcap file, or null where these bytes do not begin one. */
export function pcapByteOrder(bytes: Uint8Array, offset = 0): 'little' | 'big' | null {
  if (bytes.length - offset < 4) return null;
  if (VARIANTS.has(readUint32(bytes, offset, true))) return 'little';
  if (VARIANTS.has(readUint32(bytes, offset, false))) return 'big';
  return null;
}

function readUint32(bytes: Uint8Array, at: number, littleEndian: boolean): number {
  return littleEndian
    ? (bytes[at] | (bytes[at + 1] << 8) | (bytes[at + 2] << 16) | (bytes[at + 3] << 24)) >>> 0
    : ((bytes[at] << 24) | (bytes[at + 1] << 16) | (bytes[at + 2] << 8) | bytes[at + 3]) >>> 0;
}

/** Walks the records of a pcap capture. The window must already hold the 24-byte file header. */
export class PcapCursor implements RecordCursor {
  readonly format = 'pcap';
  readonly window: ByteWindow;
  readonly interfaces: readonly CaptureInterface[];
  readonly secrets: readonly DecryptionSecrets[] = [];
  readonly sections: readonly CaptureSection[] = [];
  readonly problems = new ProblemCounts();
  readonly linkType: number;
  readonly interfaceIndex = 0;
  readonly direction = Direction.unknown;
  readonly hasTime = true;
  truncated = false;
  neededBytes = 0;

  bytes: Uint8Array;
  offset = 0;
  capturedLength = 0;
  originalLength = 0;
  seconds = 0;
  nanoseconds = 0;

  /** Nanoseconds of a timestamp's unit where records are as nearly all captures have them, little-endian and with 16 bytes of header; else 0. */
  readonly usualUnitNs: number;
  readonly #littleEndian: boolean;
  readonly #headerBytes: number;
  readonly #nanosecondsPerUnit: number;
  readonly #swapsLengths: boolean;

  /** @throws RangeError where the window does not begin with a pcap file header (ask {@link pcapByteOrder} first). */
  constructor(window: ByteWindow) {
    const { bytes, start } = window;
    const order = pcapByteOrder(bytes, start);
    if (order === null || window.end - start < FILE_HEADER_BYTES) throw new RangeError('not a pcap file header');
    const little = order === 'little';
    const variant = VARIANTS.get(readUint32(bytes, start, little)) as Variant;
    // Link type in the low 16 bits; bits 28 to 31 and flag 26 tell the length of the frame check sequence in 16-bit words.
    const linkWord = readUint32(bytes, start + 20, little);
    const minor = little ? bytes[start + 6] | (bytes[start + 7] << 8) : (bytes[start + 6] << 8) | bytes[start + 7];
    this.window = window;
    this.bytes = bytes;
    this.linkType = linkWord & 0xffff;
    this.#littleEndian = little;
    this.#headerBytes = variant.recordHeaderBytes;
    this.#nanosecondsPerUnit = variant.nanoseconds ? 1 : 1000;
    // Until version 2.3 the two lengths stood in the other order, in 2.3 either way, and 543.0 (DG/UX) is older than both.
    this.#swapsLengths = minor <= 3;
    this.usualUnitNs =
      little && !this.#swapsLengths && this.#headerBytes === PLAIN_RECORD_HEADER_BYTES ? this.#nanosecondsPerUnit : 0;
    this.interfaces = [
      {
        linkType: this.linkType,
        name: null,
        description: null,
        snapLength: readUint32(bytes, start + 16, little),
        fcsLength: linkWord & 0x04000000 ? (linkWord >>> 28) * 2 : null,
        timeDigits: variant.nanoseconds ? 9 : 6,
        droppedPackets: null,
      },
    ];
    window.start += FILE_HEADER_BYTES;
  }

  advance(): RecordStep {
    const window = this.window;
    const bytes = window.bytes;
    const at = window.start;
    const available = window.end - at;
    const headerBytes = this.#headerBytes;
    if (available < headerBytes) return this.#wait(headerBytes);

    let seconds: number;
    let fraction: number;
    let captured: number;
    let original: number;
    if (this.#littleEndian) {
      seconds = (bytes[at] | (bytes[at + 1] << 8) | (bytes[at + 2] << 16) | (bytes[at + 3] << 24)) >>> 0;
      fraction = (bytes[at + 4] | (bytes[at + 5] << 8) | (bytes[at + 6] << 16) | (bytes[at + 7] << 24)) >>> 0;
      captured = (bytes[at + 8] | (bytes[at + 9] << 8) | (bytes[at + 10] << 16) | (bytes[at + 11] << 24)) >>> 0;
      original = (bytes[at + 12] | (bytes[at + 13] << 8) | (bytes[at + 14] << 16) | (bytes[at + 15] << 24)) >>> 0;
    } else {
      seconds = readUint32(bytes, at, false);
      fraction = readUint32(bytes, at + 4, false);
      captured = readUint32(bytes, at + 8, false);
      original = readUint32(bytes, at + 12, false);
    }
    if (this.#swapsLengths && captured > original) {
      const swapped = captured;
      captured = original;
      original = swapped;
    }
    if (captured > LARGEST_RECORD_BYTES) {
      this.problems.add('bad-length');
      this.truncated = true;
      return RecordStep.end;
    }
    const recordBytes = headerBytes + captured;
    if (available < recordBytes) return this.#wait(recordBytes);

    let nanoseconds = fraction * this.#nanosecondsPerUnit;
    if (nanoseconds >= 1e9) {
      // A fraction of a second above one: seen from broken writers. It is time all the same.
      seconds += Math.floor(nanoseconds / 1e9);
      nanoseconds %= 1e9;
    }
    this.bytes = bytes;
    this.offset = at + headerBytes;
    this.capturedLength = captured;
    this.originalLength = Math.max(original, captured);
    this.seconds = seconds;
    this.nanoseconds = nanoseconds;
    window.start = at + recordBytes;
    return RecordStep.record;
  }

  #wait(needed: number): RecordStep {
    const window = this.window;
    if (!window.ended) {
      this.neededBytes = needed;
      return RecordStep.needBytes;
    }
    if (window.end > window.start && !this.truncated) {
      this.truncated = true;
      this.problems.add('truncated');
    }
    return RecordStep.end;
  }
}
