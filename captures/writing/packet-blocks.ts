import { BlockType } from '../records/pcapng/block-types.ts';
import { Direction, type RecordCursor } from '../records/record-cursor.ts';

/*
 * Enhanced Packet Block (draft-ietf-opsawg-pcapng, 4.3), little-endian:
 *
 *   type(4)=6 length(4) interface(4) timeHigh(4) timeLow(4) captured(4) original(4) data padded to 4 options length(4)
 */
const DATA_AT = 28;
/** epb_flags (code 2, 4 bytes), and the end of options. */
const FLAGS_BYTES = 12;
const LARGEST_OVERHEAD = DATA_AT + 3 + FLAGS_BYTES + 4;
const TWO_TO_32 = 2 ** 32;

/**
 * Packet blocks one behind another in one piece of memory that is filled again and again: nothing is kept of a packet but
 * its bytes. Times are written in nanoseconds.
 */
export class PacketBlocks {
  #bytes: Uint8Array;
  #view: DataView;
  #used = 0;

  /** @param size bytes that are collected before they should be written. */
  constructor(size = 256 * 1024) {
    this.#bytes = new Uint8Array(size);
    this.#view = new DataView(this.#bytes.buffer);
  }

  get length(): number {
    return this.#used;
  }

  /** Whether a packet of this length fits without the memory growing. */
  hasRoom(capturedLength: number): boolean {
    return this.#used + capturedLength + LARGEST_OVERHEAD <= this.#bytes.length;
  }

  /** Adds the record at which the cursor stands, of `capturedLength` bytes at most. */
  add(cursor: RecordCursor, interfaceId: number, capturedLength: number): void {
    const length = Math.min(cursor.capturedLength, capturedLength);
    if (!this.hasRoom(length)) this.#grow(length);
    const view = this.#view;
    const at = this.#used;
    const hasFlags = cursor.direction !== Direction.unknown;
    const padded = (length + 3) & ~3;
    const total = DATA_AT + padded + (hasFlags ? FLAGS_BYTES : 0) + 4;
    view.setUint32(at, BlockType.enhancedPacket, true);
    view.setUint32(at + 4, total, true);
    view.setUint32(at + 8, interfaceId, true);
    this.#time(at + 12, cursor.seconds, cursor.nanoseconds);
    view.setUint32(at + 20, length, true);
    view.setUint32(at + 24, cursor.originalLength, true);
    const data = at + DATA_AT;
    this.#bytes.set(cursor.bytes.subarray(cursor.offset, cursor.offset + length), data);
    for (let pad = data + length; pad < data + padded; pad++) this.#bytes[pad] = 0;
    if (hasFlags) {
      view.setUint32(data + padded, 2 | (4 << 16), true);
      view.setUint32(data + padded + 4, cursor.direction, true);
      view.setUint32(data + padded + 8, 0, true);
    }
    view.setUint32(at + total - 4, total, true);
    this.#used = at + total;
  }

  /** What was collected, until the next {@link clear} or {@link add}. */
  collected(): Uint8Array {
    return this.#bytes.subarray(0, this.#used);
  }

  clear(): void {
    this.#used = 0;
  }

  /** seconds * 10^9 + nanoseconds, as two halves: a double does not hold it. Before 1970 there are no captures. */
  #time(at: number, seconds: number, nanoseconds: number): void {
    const whole = Math.max(0, seconds);
    const upper = Math.floor(whole / 65_536) * 1_000_000_000;
    const lower = (whole % 65_536) * 1_000_000_000 + nanoseconds;
    const low = (upper % 65_536) * 65_536 + lower;
    this.#view.setUint32(at, Math.floor(upper / 65_536) + Math.floor(low / TWO_TO_32), true);
    this.#view.setUint32(at + 4, low % TWO_TO_32, true);
  }

  #grow(length: number): void {
    const bytes = new Uint8Array(Math.max(this.#bytes.length * 2, this.#used + length + LARGEST_OVERHEAD));
    bytes.set(this.collected());
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer);
  }
}
