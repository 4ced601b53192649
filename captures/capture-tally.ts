import type { OpenCapture } from './open-capture.ts';
import type {
  CaptureInterface,
  CaptureProblemCode,
  CaptureSection,
  DecryptionSecrets,
  RecordCursor,
} from './records/record-cursor.ts';
import type { Timestamp } from './timestamp.ts';

/** What one capture held, as far as it was walked. */
export interface WalkedCapture {
  /** As given: a path, or `-` for standard input. */
  readonly path: string;
  /** `pcap` or `pcapng`, with the compression: `pcap+gzip`. */
  readonly format: string;
  /** `LINKTYPE_` values of its interfaces, each once. */
  readonly linkTypes: readonly number[];
  readonly packets: number;
  /** Sum of the packets' original lengths. */
  readonly bytes: number;
  /** Earliest and latest time of a packet, wherever in the file; null where none has a time. */
  readonly start: Timestamp | null;
  readonly end: Timestamp | null;
  /** Decimal places of a second that the finest of its interfaces resolves. */
  readonly timeDigits: number;
  readonly truncated: boolean;
  /** Dropped while capturing, by the capture's own counters; null where it has none. */
  readonly droppedPackets: number | null;
  readonly interfaces: readonly { readonly description: CaptureInterface; readonly packets: number }[];
  readonly secrets: readonly DecryptionSecrets[];
  readonly sections: readonly CaptureSection[];
  readonly problems: readonly { readonly code: CaptureProblemCode; readonly count: number }[];
}

/** Counts the records of one capture as they pass. */
export class CaptureTally {
  packets = 0;
  bytes = 0;
  readonly #capture: OpenCapture;
  #startSeconds = Number.POSITIVE_INFINITY;
  #startNanoseconds = 0;
  #endSeconds = Number.NEGATIVE_INFINITY;
  #endNanoseconds = 0;
  readonly #packetsOfInterface: number[] = [];

  constructor(capture: OpenCapture) {
    this.#capture = capture;
  }

  /** Takes the cursor's record. @returns true where it is the first of its interface. */
  count(cursor: RecordCursor): boolean {
    this.packets++;
    this.bytes += cursor.originalLength;
    const { seconds, nanoseconds } = cursor;
    // Nearly all records: later than the latest, within the same second. (The first of all has no latest.)
    if (seconds === this.#endSeconds && nanoseconds >= this.#endNanoseconds && cursor.hasTime) {
      this.#endNanoseconds = nanoseconds;
    } else if (cursor.hasTime) {
      this.#widen(seconds, nanoseconds);
    }
    const known = this.#packetsOfInterface;
    const index = cursor.interfaceIndex;
    while (known.length <= index) known.push(0);
    return ++known[index] === 1;
  }

  /**
   * Takes many records of one interface at once, of which one was counted before.
   *
   * @param start @param end earliest and latest time of them.
   */
  countMany(interfaceIndex: number, packets: number, bytes: number, start: Timestamp, end: Timestamp): void {
    this.packets += packets;
    this.bytes += bytes;
    this.#packetsOfInterface[interfaceIndex] += packets;
    this.#widen(start.seconds, start.nanoseconds);
    this.#widen(end.seconds, end.nanoseconds);
  }

  #widen(seconds: number, nanoseconds: number): void {
    if (seconds > this.#endSeconds || (seconds === this.#endSeconds && nanoseconds > this.#endNanoseconds)) {
      this.#endSeconds = seconds;
      this.#endNanoseconds = nanoseconds;
    }
    if (seconds < this.#startSeconds || (seconds === this.#startSeconds && nanoseconds < this.#startNanoseconds)) {
      this.#startSeconds = seconds;
      this.#startNanoseconds = nanoseconds;
    }
  }

  summary(): WalkedCapture {
    const { path, format, cursor } = this.#capture;
    const damage = this.#capture.damage();
    const problems = cursor.problems.list();
    const hasTruncated = problems.some(({ code }) => code === 'truncated');
    if (damage !== null && !(damage === 'truncated' && hasTruncated)) problems.push({ code: damage, count: 1 });
    let dropped: number | null = null;
    for (const { droppedPackets } of cursor.interfaces) {
      if (droppedPackets !== null) dropped = (dropped ?? 0) + droppedPackets;
    }
    const timed = this.#endSeconds !== Number.NEGATIVE_INFINITY;
    return {
      path,
      format,
      linkTypes: [...new Set(cursor.interfaces.map(({ linkType }) => linkType))],
      packets: this.packets,
      bytes: this.bytes,
      start: timed ? { seconds: this.#startSeconds, nanoseconds: this.#startNanoseconds } : null,
      end: timed ? { seconds: this.#endSeconds, nanoseconds: this.#endNanoseconds } : null,
      timeDigits: cursor.interfaces.reduce((digits, known) => Math.max(digits, known.timeDigits), 0),
      truncated: cursor.truncated || damage !== null,
      droppedPackets: dropped,
      interfaces: cursor.interfaces.map((description, index) => ({
        description: { ...description },
        packets: this.#packetsOfInterface[index] ?? 0,
      })),
      secrets: [...cursor.secrets],
      sections: [...cursor.sections],
      problems,
    };
  }
}
