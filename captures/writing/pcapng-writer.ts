import { BlockType, BYTE_ORDER_MAGIC } from '../records/pcapng/block-types.ts';
import { Direction } from '../records/record-cursor.ts';
import type { Timestamp } from '../timestamp.ts';
import { BlockLayout, numberOption, textOption } from './block-layout.ts';

export interface SectionDescription {
  readonly hardware?: string;
  readonly operatingSystem?: string;
  readonly application?: string;
  readonly comment?: string;
  /** More comments: the option may stand several times. */
  readonly comments?: readonly string[];
}

export interface InterfaceDescription {
  /** `LINKTYPE_` value, 1 for Ethernet. */
  readonly linkType: number;
  readonly name?: string;
  readonly description?: string;
  /** The capture filter, as libpcap understands it. */
  readonly filter?: string;
  readonly snapLength?: number;
  /** Octet of if_tsresol: 9 (nanoseconds) where not given; bit 7 for a power of 2. */
  readonly resolution?: number;
  /** if_tsoffset: seconds that readers add to every time of this interface. */
  readonly offsetSeconds?: number;
  readonly fcsLength?: number;
  readonly comment?: string;
}

export interface PacketDescription {
  /** As {@link PcapngWriter.interfaceDescription} numbered it. */
  readonly interfaceId: number;
  readonly time: Timestamp;
  readonly data: Uint8Array;
  /** Bytes on the wire, where `data` is only the beginning. */
  readonly originalLength?: number;
  readonly direction?: Direction;
  readonly comment?: string;
}

export interface StatisticsDescription {
  readonly interfaceId: number;
  readonly time: Timestamp;
  readonly receivedPackets?: number;
  readonly droppedByInterface?: number;
  readonly droppedBySystem?: number;
  readonly comment?: string;
}

const COMMENT = 1;
const DEFAULT_RESOLUTION = 9;

interface WrittenInterface {
  readonly unitsPerSecond: bigint;
  readonly offsetSeconds: number;
}

/**
 * Writes the pcapng format (draft-ietf-opsawg-pcapng) as pieces of bytes, a block each: a section header first, then an
 * interface description before the first packet that names it. Where they go is the caller's affair.
 */
export class PcapngWriter {
  readonly #littleEndian: boolean;
  #interfaces: WrittenInterface[] = [];

  constructor(options: { readonly byteOrder?: 'little' | 'big' } = {}) {
    this.#littleEndian = options.byteOrder !== 'big';
  }

  /** Begins a section; interfaces are numbered anew. */
  sectionHeader(section: SectionDescription = {}): Uint8Array {
    this.#interfaces = [];
    const block = new BlockLayout(this.#littleEndian, BlockType.sectionHeader, 16);
    block.uint32(0, BYTE_ORDER_MAGIC);
    block.uint16(4, 1);
    block.uint16(6, 0);
    // Section length unknown: it is still to be written.
    block.uint32(8, 0xffffffff);
    block.uint32(12, 0xffffffff);
    return block.finish([
      textOption(2, section.hardware),
      textOption(3, section.operatingSystem),
      textOption(4, section.application),
      textOption(COMMENT, section.comment),
      ...(section.comments ?? []).map((comment) => textOption(COMMENT, comment)),
    ]);
  }

  /** The first of a section is interface 0, the next is 1, and so on. */
  interfaceDescription(description: InterfaceDescription): Uint8Array {
    const resolution = description.resolution ?? DEFAULT_RESOLUTION;
    const offsetSeconds = description.offsetSeconds ?? 0;
    this.#interfaces.push({
      unitsPerSecond: (resolution & 0x80 ? 2n : 10n) ** BigInt(resolution & 0x7f),
      offsetSeconds,
    });
    const block = new BlockLayout(this.#littleEndian, BlockType.interfaceDescription, 8);
    block.uint16(0, description.linkType);
    block.uint32(4, description.snapLength ?? 0);
    const filter = description.filter === undefined ? undefined : `\0${description.filter}`;
    return block.finish([
      textOption(2, description.name),
      textOption(3, description.description),
      numberOption(9, 1, resolution),
      textOption(11, filter),
      numberOption(13, 1, description.fcsLength),
      numberOption(14, 8, offsetSeconds === 0 ? undefined : offsetSeconds),
      textOption(COMMENT, description.comment),
    ]);
  }

  /** @throws RangeError for an interface that was not described in this section. */
  packet(packet: PacketDescription): Uint8Array {
    const { data, direction } = packet;
    const block = new BlockLayout(this.#littleEndian, BlockType.enhancedPacket, 20 + data.length);
    block.uint32(0, packet.interfaceId);
    this.#time(block, 4, packet.interfaceId, packet.time);
    block.uint32(12, data.length);
    block.uint32(16, packet.originalLength ?? data.length);
    block.bytes(20, data);
    const flags = direction === undefined || direction === Direction.unknown ? undefined : direction;
    return block.finish([numberOption(2, 4, flags), textOption(COMMENT, packet.comment)]);
  }

  /** @throws RangeError for an interface that was not described in this section. */
  interfaceStatistics(statistics: StatisticsDescription): Uint8Array {
    const block = new BlockLayout(this.#littleEndian, BlockType.interfaceStatistics, 12);
    block.uint32(0, statistics.interfaceId);
    this.#time(block, 4, statistics.interfaceId, statistics.time);
    return block.finish([
      numberOption(4, 8, statistics.receivedPackets),
      numberOption(5, 8, statistics.droppedByInterface),
      numberOption(7, 8, statistics.droppedBySystem),
      textOption(COMMENT, statistics.comment),
    ]);
  }

  /** @param type as in the draft's section 4.7: 0x544c534b for a TLS key log, which DTLS uses too. */
  decryptionSecrets(type: number, data: Uint8Array): Uint8Array {
    const block = new BlockLayout(this.#littleEndian, BlockType.decryptionSecrets, 8 + data.length);
    block.uint32(0, type);
    block.uint32(4, data.length);
    block.bytes(8, data);
    return block.finish([]);
  }

  #time(block: BlockLayout, at: number, interfaceId: number, time: Timestamp): void {
    const written: WrittenInterface | undefined = this.#interfaces[interfaceId];
    if (written === undefined) throw new RangeError(`interface ${interfaceId} was not described in this section`);
    const { unitsPerSecond, offsetSeconds } = written;
    const ticks =
      BigInt(time.seconds - offsetSeconds) * unitsPerSecond +
      (BigInt(time.nanoseconds) * unitsPerSecond) / 1_000_000_000n;
    block.uint32(at, Number((ticks >> 32n) & 0xffffffffn));
    block.uint32(at + 4, Number(ticks & 0xffffffffn));
  }
}
