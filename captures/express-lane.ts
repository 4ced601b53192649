import type { PcapCursor } from './records/pcap.ts';
import type { Timestamp } from './timestamp.ts';

/** What a lane took at once. */
export interface Taken {
  packets: number;
  /** Sum of the packets' original lengths. */
  bytes: number;
  readonly start: { -readonly [Part in keyof Timestamp]: Timestamp[Part] };
  readonly end: { -readonly [Part in keyof Timestamp]: Timestamp[Part] };
}

/**
 * Takes the usual records of a capture many at a time, before the walk hands on the others one by one. The outcome is
 * that of handing on all of them.
 */
export interface ExpressLane {
  /** Where the capture's bytes have to lie. */
  readonly room: Uint8Array;
  /**
   * Takes usual records from the cursor's window, up to the first that is not usual or not whole.
   *
   * @param interfaceNumber of their interface over all captures.
   * @returns null where it took none.
   */
  take(cursor: PcapCursor, interfaceNumber: number): Taken | null;
  /** The walk has handed on the record at the cursor, which {@link take} left. */
  handedOn(cursor: PcapCursor): void;
}
