import type { ByteWindow } from './byte-window.ts';

/** What {@link RecordCursor.advance} came to. */
export const RecordStep = {
  /** The cursor's fields hold the next record. */
  record: 0,
  /** The next record is not whole in the window: `await window.fill(neededBytes)`, then advance again. */
  needBytes: 1,
  /** There is no further record. `problems` says whether the capture ended cleanly. */
  end: 2,
} as const;
export type RecordStep = (typeof RecordStep)[keyof typeof RecordStep];

/** Which way a packet went at its interface, where the capture says (pcapng `epb_flags`, bits 0 and 1). */
export const Direction = { unknown: 0, inbound: 1, outbound: 2 } as const;
export type Direction = (typeof Direction)[keyof typeof Direction];

/** Why a part of a capture could not be used; each is counted, none stops the walk unless it must. */
export type CaptureProblemCode =
  /** The bytes end inside a record or block; everything before it was used. */
  | 'truncated'
  /** A record's or block's length cannot be true; the walk ends there, or in pcapng at the next section. */
  | 'bad-length'
  /** A packet names an interface that no Interface Description Block introduced. */
  | 'unknown-interface'
  /** The compressed data is damaged; everything before the damage was used. */
  | 'bad-compression'
  /** A packet block without a time (pcapng Simple Packet Block). */
  | 'no-time'
  /** A time outside the years 0 to 9999. */
  | 'time-out-of-range'
  /** A block whose content contradicts its type's layout; it was skipped. */
  | 'bad-block'
  /** More interfaces or decryption secrets than are kept; the rest was passed over. */
  | 'over-limit'
  /** A link type that this program does not decode; the packets are counted only. */
  | 'unknown-link-type';

/** Counts of problems, by code. */
export class ProblemCounts {
  readonly #counts = new Map<CaptureProblemCode, number>();

  add(code: CaptureProblemCode, count = 1): void {
    this.#counts.set(code, (this.#counts.get(code) ?? 0) + count);
  }

  get(code: CaptureProblemCode): number {
    return this.#counts.get(code) ?? 0;
  }

  /** All counts, in the order in which the problems first appeared. */
  list(): { code: CaptureProblemCode; count: number }[] {
    return [...this.#counts].map(([code, count]) => ({ code, count }));
  }
}

/** An interface as the capture describes it. */
export interface CaptureInterface {
  /** `LINKTYPE_` value as registered at tcpdump.org/linktypes.html. */
  readonly linkType: number;
  readonly name: string | null;
  readonly description: string | null;
  /** Snap length in bytes, 0 where there is no limit. */
  readonly snapLength: number;
  /** Frame check sequence bytes at the end of each packet, null where the capture does not say. */
  readonly fcsLength: number | null;
  /** Decimal places of a second that the timestamps resolve, 6 for microseconds; at most 9 are kept. */
  readonly timeDigits: number;
  /** Packets that the capturing system dropped here (pcapng `isb_ifdrop`, `isb_osdrop`), null where not recorded. */
  droppedPackets: number | null;
}

/** What a pcapng section says of itself (draft-ietf-opsawg-pcapng, 4.1). */
export interface CaptureSection {
  readonly hardware: string | null;
  readonly operatingSystem: string | null;
  /** The program that wrote it. */
  readonly application: string | null;
  readonly comments: readonly string[];
}

/** Key material carried in a capture (pcapng Decryption Secrets Block). */
export interface DecryptionSecrets {
  /** Secrets type as in the pcapng draft, section 4.7: 0x544c534b for a TLS key log. */
  readonly type: number;
  readonly data: Uint8Array;
}

/**
 * A walk over the records of one capture. The cursor is the record: its fields are overwritten by each `advance()`, so
 * that walking allocates nothing. `bytes` is valid until the next `advance()` or `fill()`.
 *
 * A walk does no I/O: when the window runs dry it returns `needBytes`, and whoever drives it fills the window.
 */
export interface RecordCursor {
  readonly window: ByteWindow;
  readonly format: 'pcap' | 'pcapng';
  /** Interfaces met so far, over all sections; `interfaceIndex` counts through this list. */
  readonly interfaces: readonly CaptureInterface[];
  readonly secrets: readonly DecryptionSecrets[];
  /** Sections met so far, the first hundred of them; none in pcap. */
  readonly sections: readonly CaptureSection[];
  readonly problems: ProblemCounts;
  /** True once the capture was found to end inside a record. */
  readonly truncated: boolean;
  /** Bytes that `window.fill` should bring after `needBytes`, counted from the window's `start`. */
  readonly neededBytes: number;

  readonly bytes: Uint8Array;
  readonly offset: number;
  /** Bytes of the packet that the capture holds. */
  readonly capturedLength: number;
  /** Bytes that the packet had on the wire; never below `capturedLength`. */
  readonly originalLength: number;
  /** Whole seconds since 1970-01-01T00:00:00Z. */
  readonly seconds: number;
  /** 0 to 999,999,999. Finer resolutions are rounded down. */
  readonly nanoseconds: number;
  /** False where the record has no time of its own; `seconds` and `nanoseconds` then repeat the record before. */
  readonly hasTime: boolean;
  readonly linkType: number;
  readonly interfaceIndex: number;
  readonly direction: Direction;

  advance(): RecordStep;
}
