import { ROW_FIELDS } from '../rtp/rows.ts';

/** Streams at a time that RtpStreams keeps, and one more while it makes room. */
const ROWS = 65_536 + 64;
const KIB = 1024;
const KEY_BYTES = 64;
export const SLOTS = 262_144;
/** Small enough to stay in the processor's cache beside what is read. */
export const NOTE_BYTES = 128 * KIB;
/** The largest record, and what is read at a time. */
const ROOM_BYTES = 17 * KIB * KIB;

/** What lies where. Only what is written to takes memory. */
export const TOTALS_AT = 64 * KIB;
export const STACKS_AT = TOTALS_AT + 4 * KIB;
export const TUNNELS_AT = TOTALS_AT + 64 * KIB;
export const NOTES_AT = TUNNELS_AT + 64 * KIB;
export const SLOTS_AT = NOTES_AT + NOTE_BYTES;
export const KEYS_AT = SLOTS_AT + SLOTS * 4;
export const ROOM_AT = KEYS_AT + ROWS * KEY_BYTES;
export const ROWS_AT = ROOM_AT + ROOM_BYTES;
/** As in `assembly/steady.asconfig.json`. */
const PAGES = 2048;

/**
 * The memory that the usual packet's path shares with JavaScript. It never grows, so that no view of it is ever cut off;
 * it is a shared one because only those are not counted against the heap of V8, which would collect garbage for it.
 */
export class SteadyMemory {
  readonly memory = new WebAssembly.Memory({ initial: PAGES, maximum: PAGES, shared: true });
  readonly mostRows = ROWS;
  readonly all = new Uint8Array(this.memory.buffer);
  readonly rows = new Float64Array(this.memory.buffer, ROWS_AT, ROWS * ROW_FIELDS);
  readonly room = new Uint8Array(this.memory.buffer, ROOM_AT, ROOM_BYTES);
  readonly totals = new Float64Array(this.memory.buffer, TOTALS_AT, 64);
  readonly notes = new Float64Array(this.memory.buffer, NOTES_AT, NOTE_BYTES / 8);

  bytes(at: number, length: number): Uint8Array {
    return new Uint8Array(this.memory.buffer, at, length);
  }

  integers(at: number, length: number): Int32Array {
    return new Int32Array(this.memory.buffer, at, length);
  }

  /** @returns null where the system does not give so much of its address space. */
  static reserve(): SteadyMemory | null {
    try {
      return new SteadyMemory();
    } catch (error) {
      if (error instanceof RangeError) return null;
      throw error;
    }
  }
}
