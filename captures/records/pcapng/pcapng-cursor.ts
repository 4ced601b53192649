import { type ByteWindow, LARGEST_RECORD_BYTES } from '../byte-window.ts';
import { readUint16, readUint32 } from '../integers.ts';
import {
  type CaptureInterface,
  type CaptureSection,
  type DecryptionSecrets,
  Direction,
  ProblemCounts,
  type RecordCursor,
  RecordStep,
} from '../record-cursor.ts';
import { BlockType, MOST_INTERFACES, MOST_SECRETS_BYTES, MOST_SECTIONS, SMALLEST_BLOCK_BYTES } from './block-types.ts';
import { decodeDecryptionSecrets, SMALLEST_DECRYPTION_SECRETS_BYTES } from './decryption-secrets.ts';
import type { InterfaceClock } from './interface-clock.ts';
import { decodeInterfaceDescription, SMALLEST_INTERFACE_DESCRIPTION_BYTES } from './interface-description.ts';
import { decodeInterfaceStatistics, SMALLEST_INTERFACE_STATISTICS_BYTES } from './interface-statistics.ts';
import { OptionWalk } from './options.ts';
import {
  decodeSectionDescription,
  isKnownVersion,
  isPlainSectionHeader,
  pcapngByteOrder,
  SMALLEST_SECTION_HEADER_BYTES,
} from './section-header.ts';

/*
 * The pcapng file format (draft-ietf-opsawg-pcapng). The packet blocks, 4.3, 4.4 and appendix A:
 *
 *   enhanced: type(4)=6 length(4) interface(4) upper(4) lower(4) captured(4) original(4) data(padded) options length(4)
 *   packet:   type(4)=2 length(4) interface(2) drops(2) upper(4) lower(4) captured(4) original(4) data options length(4)
 *   simple:   type(4)=3 length(4) original(4) data(padded) length(4)
 */
const PACKET_HEADER_BYTES = 28;
const SMALLEST_PACKET_BYTES = 32;
const SIMPLE_HEADER_BYTES = 12;
const SMALLEST_SIMPLE_BYTES = 16;
const EPB_FLAGS = 2;
const EPB_DROPCOUNT = 4;
const UNKNOWN_DROPS = 0xffff;

/** 0000-01-01 and 9999-12-31: what ISO 8601 writes in four digits. */
const EARLIEST_SECONDS = -62_167_219_200;
const LATEST_SECONDS = 253_402_300_799;

/** Bytes read at a time while looking for the next section. */
const SEEK_BYTES = 64 * 1024;
const PLAIN_SECTION_HEADER_BYTES = 16;

/** Walks the packets of a pcapng capture. The window must already hold the first 12 bytes. */
export class PcapngCursor implements RecordCursor {
  readonly format = 'pcapng';
  readonly window: ByteWindow;
  readonly interfaces: CaptureInterface[] = [];
  readonly secrets: DecryptionSecrets[] = [];
  readonly sections: CaptureSection[] = [];
  readonly problems = new ProblemCounts();
  truncated = false;
  neededBytes = 0;

  bytes: Uint8Array;
  offset = 0;
  capturedLength = 0;
  originalLength = 0;
  seconds = 0;
  nanoseconds = 0;
  hasTime = false;
  linkType = 0;
  interfaceIndex = 0;
  direction: Direction = Direction.unknown;

  readonly #clocks: InterfaceClock[] = [];
  /** Drops that single packets told of, by interface: what stands in where there are no statistics. */
  readonly #dropsBetweenPackets: number[] = [];
  readonly #options = new OptionWalk();
  #littleEndian: boolean;
  /** The section's first interface in `interfaces`. */
  #sectionBase = 0;
  #secretsBytes = 0;
  #seeking = false;

  /** @throws RangeError where the window does not begin with a section header (ask {@link pcapngByteOrder} first). */
  constructor(window: ByteWindow) {
    const order = pcapngByteOrder(window.bytes.subarray(0, window.end), window.start);
    if (order === null) throw new RangeError('not a pcapng section header');
    this.window = window;
    this.bytes = window.bytes;
    this.#littleEndian = order === 'little';
  }

  advance(): RecordStep {
    const window = this.window;
    for (;;) {
      if (this.#seeking && !this.#seekSection()) return this.#wait(window.end - window.start + SEEK_BYTES);
      const bytes = window.bytes;
      const at = window.start;
      const available = window.end - at;
      if (available < SMALLEST_BLOCK_BYTES) return this.#wait(SMALLEST_BLOCK_BYTES);

      const type = readUint32(bytes, at, this.#littleEndian);
      if (type === BlockType.sectionHeader && !this.#takeByteOrder(bytes, at)) continue;
      const little = this.#littleEndian;
      const length = readUint32(bytes, at + 4, little);
      if (length < SMALLEST_BLOCK_BYTES || length > LARGEST_RECORD_BYTES || (length & 3) !== 0) {
        this.#lose();
        continue;
      }
      if (available < length) return this.#wait(length);
      if (readUint32(bytes, at + length - 4, little) !== length) {
        this.#lose();
        continue;
      }
      window.start = at + length;
      if (type === BlockType.enhancedPacket || type === BlockType.packet) {
        if (this.#takePacket(bytes, at, length, type === BlockType.packet)) return RecordStep.record;
      } else if (type === BlockType.simplePacket) {
        if (this.#takeSimplePacket(bytes, at, length)) return RecordStep.record;
      } else {
        this.#takeOther(type, bytes, at, length);
      }
    }
  }

  #takePacket(bytes: Uint8Array, at: number, length: number, obsolete: boolean): boolean {
    const little = this.#littleEndian;
    if (length < SMALLEST_PACKET_BYTES) return this.#refuse();
    const captured = readUint32(bytes, at + 20, little);
    if (captured > length - SMALLEST_PACKET_BYTES) return this.#refuse();
    const id = obsolete ? readUint16(bytes, at + 8, little) : readUint32(bytes, at + 8, little);
    const index = this.#sectionBase + id;
    if (index >= this.#clocks.length) {
      this.problems.add('unknown-interface');
      return false;
    }
    const original = readUint32(bytes, at + 24, little);
    this.#takeTime(index, readUint32(bytes, at + 12, little), readUint32(bytes, at + 16, little));
    this.bytes = bytes;
    this.offset = at + PACKET_HEADER_BYTES;
    this.capturedLength = captured;
    this.originalLength = Math.max(original, captured);
    this.linkType = this.interfaces[index].linkType;
    this.interfaceIndex = index;
    this.direction = Direction.unknown;
    if (obsolete) {
      const drops = readUint16(bytes, at + 10, little);
      if (drops !== 0 && drops !== UNKNOWN_DROPS) this.#addDrops(index, drops);
    }
    const optionsFrom = at + PACKET_HEADER_BYTES + ((captured + 3) & ~3);
    if (optionsFrom < at + length - 4) this.#takePacketOptions(bytes, optionsFrom, at + length - 4);
    return true;
  }

  #takeTime(index: number, upper: number, lower: number): void {
    const clock = this.#clocks[index];
    clock.set(upper, lower);
    this.hasTime = clock.seconds >= EARLIEST_SECONDS && clock.seconds <= LATEST_SECONDS;
    if (this.hasTime) {
      this.seconds = clock.seconds;
      this.nanoseconds = clock.nanoseconds;
    } else {
      this.problems.add('time-out-of-range');
    }
  }

  #takePacketOptions(bytes: Uint8Array, from: number, end: number): void {
    const options = this.#options;
    options.begin(bytes, from, end, this.#littleEndian);
    while (options.next()) {
      if (options.code === EPB_FLAGS && options.length >= 4) {
        const way = readUint32(bytes, options.offset, this.#littleEndian) & 3;
        this.direction = way === 1 ? Direction.inbound : way === 2 ? Direction.outbound : Direction.unknown;
      } else if (options.code === EPB_DROPCOUNT && options.length >= 8) {
        // No count between two packets reaches 2^32: the lower half is the number, anything above it is damage.
        const first = readUint32(bytes, options.offset, this.#littleEndian);
        const second = readUint32(bytes, options.offset + 4, this.#littleEndian);
        const [lower, upper] = this.#littleEndian ? [first, second] : [second, first];
        if (upper === 0 && lower > 0) this.#addDrops(this.interfaceIndex, lower);
      }
    }
  }

  #takeSimplePacket(bytes: Uint8Array, at: number, length: number): boolean {
    if (length < SMALLEST_SIMPLE_BYTES) return this.#refuse();
    const index = this.#sectionBase;
    if (index >= this.interfaces.length) {
      this.problems.add('unknown-interface');
      return false;
    }
    const original = readUint32(bytes, at + 8, this.#littleEndian);
    const { snapLength, linkType } = this.interfaces[index];
    let captured = Math.min(original, length - SMALLEST_SIMPLE_BYTES);
    if (snapLength !== 0 && captured > snapLength) captured = snapLength;
    this.problems.add('no-time');
    this.hasTime = false;
    this.bytes = bytes;
    this.offset = at + SIMPLE_HEADER_BYTES;
    this.capturedLength = captured;
    this.originalLength = original;
    this.linkType = linkType;
    this.interfaceIndex = index;
    this.direction = Direction.unknown;
    return true;
  }

  #takeOther(type: number, bytes: Uint8Array, at: number, length: number): void {
    const end = at + length - 4;
    if (type === BlockType.sectionHeader) this.#takeSection(bytes, at, length, end);
    else if (type === BlockType.interfaceDescription) this.#takeInterface(bytes, at, length, end);
    else if (type === BlockType.interfaceStatistics) this.#takeStatistics(bytes, at, length, end);
    else if (type === BlockType.decryptionSecrets) this.#takeSecrets(bytes, at, length, end);
    // Name resolution, custom, systemd journal, and what later drafts bring: passed over (section 3.1).
  }

  /** The byte order must be known before the length of a section header can be read. */
  #takeByteOrder(bytes: Uint8Array, at: number): boolean {
    const order = pcapngByteOrder(bytes, at);
    if (order !== null) this.#littleEndian = order === 'little';
    else this.#lose();
    return order !== null;
  }

  #takeSection(bytes: Uint8Array, at: number, length: number, end: number): void {
    this.#sectionBase = this.interfaces.length;
    if (length < SMALLEST_SECTION_HEADER_BYTES || !isKnownVersion(bytes, at + 12, this.#littleEndian)) {
      // What a section of another version holds cannot be known: the next section may be readable again.
      this.problems.add('bad-block');
      this.#seeking = true;
    } else if (this.sections.length < MOST_SECTIONS) {
      this.sections.push(decodeSectionDescription(bytes, at, end, this.#littleEndian, this.#options));
    }
  }

  #takeInterface(bytes: Uint8Array, at: number, length: number, end: number): void {
    if (length < SMALLEST_INTERFACE_DESCRIPTION_BYTES) {
      // Without it the numbers of all later interfaces would shift, and packets come to the wrong link type.
      this.#lose();
      return;
    }
    if (this.interfaces.length >= MOST_INTERFACES) {
      this.problems.add('over-limit');
      return;
    }
    const described = decodeInterfaceDescription(bytes, at, end, this.#littleEndian, this.#options);
    if (described.damaged) this.problems.add('bad-block');
    this.interfaces.push(described.description);
    this.#clocks.push(described.clock);
    this.#dropsBetweenPackets.push(0);
  }

  #takeStatistics(bytes: Uint8Array, at: number, length: number, end: number): void {
    if (length < SMALLEST_INTERFACE_STATISTICS_BYTES) {
      this.problems.add('bad-block');
      return;
    }
    const statistics = decodeInterfaceStatistics(bytes, at, end, this.#littleEndian, this.#options);
    const index = this.#sectionBase + statistics.interfaceId;
    if (index >= this.interfaces.length) this.problems.add('unknown-interface');
    else if (statistics.droppedPackets !== null) this.#keepDropped(index, statistics.droppedPackets);
  }

  #addDrops(index: number, drops: number): void {
    this.#dropsBetweenPackets[index] += drops;
    this.#keepDropped(index, this.#dropsBetweenPackets[index]);
  }

  /** Statistics count from the beginning and may stand in a capture several times: the highest is the last. */
  #keepDropped(index: number, dropped: number): void {
    const known = this.interfaces[index];
    known.droppedPackets = Math.max(known.droppedPackets ?? 0, dropped);
  }

  #takeSecrets(bytes: Uint8Array, at: number, length: number, end: number): void {
    const little = this.#littleEndian;
    if (this.#secretsBytes + length > MOST_SECRETS_BYTES) {
      this.problems.add('over-limit');
      return;
    }
    const secrets = length < SMALLEST_DECRYPTION_SECRETS_BYTES ? null : decodeDecryptionSecrets(bytes, at, end, little);
    if (secrets === null) {
      this.problems.add('bad-block');
      return;
    }
    // The whole block counts, so that a flood of empty ones is bounded too.
    this.#secretsBytes += length;
    this.secrets.push(secrets);
  }

  #refuse(): false {
    this.problems.add('bad-block');
    return false;
  }

  /** A length that cannot be true: nothing after it can be found, unless another section begins plainly. */
  #lose(): void {
    this.problems.add('bad-length');
    this.window.start += 4;
    this.#seeking = true;
  }

  /** Moves to the next section header, which stands at a multiple of 4 as every block does. */
  #seekSection(): boolean {
    const window = this.window;
    const last = window.end - PLAIN_SECTION_HEADER_BYTES;
    for (let at = window.start; at <= last; at += 4) {
      if (window.bytes[at] === 0x0a && isPlainSectionHeader(window.bytes, at)) {
        window.start = at;
        this.#seeking = false;
        return true;
      }
      window.start = at + 4;
    }
    return false;
  }

  #wait(needed: number): RecordStep {
    const window = this.window;
    if (!window.ended) {
      this.neededBytes = needed;
      return RecordStep.needBytes;
    }
    if (this.#seeking) {
      this.truncated = true;
    } else if (window.end > window.start && !this.truncated) {
      this.truncated = true;
      this.problems.add('truncated');
    }
    return RecordStep.end;
  }
}
