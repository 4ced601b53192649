import type { Timestamp } from '../timestamp.ts';

export interface PcapWriterOptions {
  /** `LINKTYPE_` value, 1 for Ethernet. */
  readonly linkType: number;
  /** Bytes at which packets were cut; 262,144 where not given, as tcpdump does. */
  readonly snapLength?: number;
  /** Nanoseconds where not given. */
  readonly resolution?: 'microseconds' | 'nanoseconds';
  /** Little where not given. */
  readonly byteOrder?: 'little' | 'big';
}

/**
 * Writes the pcap format (draft-ietf-opsawg-pcap) as pieces of bytes: the file header first, then a piece a packet.
 * Where they go is the caller's affair.
 */
export class PcapWriter {
  readonly #linkType: number;
  readonly #snapLength: number;
  readonly #nanoseconds: boolean;
  readonly #littleEndian: boolean;

  constructor(options: PcapWriterOptions) {
    this.#linkType = options.linkType;
    this.#snapLength = options.snapLength ?? 262_144;
    this.#nanoseconds = options.resolution !== 'microseconds';
    this.#littleEndian = options.byteOrder !== 'big';
  }

  fileHeader(): Uint8Array {
    const little = this.#littleEndian;
    const bytes = new Uint8Array(24);
    const view = new DataView(bytes.buffer);
    view.setUint32(0, this.#nanoseconds ? 0xa1b23c4d : 0xa1b2c3d4, little);
    view.setUint16(4, 2, little);
    view.setUint16(6, 4, little);
    view.setUint32(16, this.#snapLength, little);
    view.setUint32(20, this.#linkType, little);
    return bytes;
  }

  /**
   * @param originalLength bytes on the wire, where `data` is only the beginning.
   * @throws RangeError for a time outside 1970 to 2106, which the format cannot hold.
   */
  packet(time: Timestamp, data: Uint8Array, originalLength = data.length): Uint8Array {
    if (time.seconds < 0 || time.seconds > 0xffffffff) throw new RangeError(`pcap cannot hold second ${time.seconds}`);
    const little = this.#littleEndian;
    const bytes = new Uint8Array(16 + data.length);
    const view = new DataView(bytes.buffer);
    view.setUint32(0, time.seconds, little);
    view.setUint32(4, this.#nanoseconds ? time.nanoseconds : Math.floor(time.nanoseconds / 1000), little);
    view.setUint32(8, data.length, little);
    view.setUint32(12, originalLength, little);
    bytes.set(data, 16);
    return bytes;
  }
}
