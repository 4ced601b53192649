import type { ByteSource } from '../records/byte-window.ts';

/** What a capture's maker counted itself; null where it did not say (yet). */
export interface LiveCounts {
  /** Packets that passed the filter. */
  readonly received: number | null;
  /** Of these, the ones that the kernel, the interface or the tool left out. */
  readonly dropped: number | null;
}

/**
 * A capture that is being made: bytes of a pcap or pcapng, from whoever captures. It ends when it is told to, after what was
 * captured until then has been read, or by itself.
 */
export interface LiveSource extends ByteSource {
  /** What captures, with its version where that is known: `Dumpcap (Wireshark) 4.0.17`. */
  readonly tool: string;
  /** Whose clock the packets' times are of, in words. */
  readonly clock: string;
  /** The interface, where the capture's bytes name none. */
  readonly device: string | null;
  /** Ends the capture: what was captured until now can still be read. */
  stop(): void;
  counts(): LiveCounts;
  /** Asks for fresh counts, where the source tells them while it runs. */
  askCounts(): void;
  /** Why it ended without having been told to; null where it was told, or had reached a limit of its own. */
  fault(): LiveCaptureError | null;
}

export type LiveCaptureErrorCode =
  | 'no-tool'
  | 'no-permission'
  | 'no-device'
  | 'bad-filter'
  | 'tool-failed'
  | 'not-reachable'
  | 'refused'
  | 'not-writable';

/** Why there is no capture, or none any more: one line, and a hint that says what to do. */
export class LiveCaptureError extends Error {
  override readonly name = 'LiveCaptureError';
  readonly code: LiveCaptureErrorCode;
  readonly hint: string;

  constructor(code: LiveCaptureErrorCode, message: string, hint: string) {
    super(message);
    this.code = code;
    this.hint = hint;
  }
}
