import { statSync } from 'node:fs';
import { type CaptureOutcome, type LiveCapture, loadCapturing, type Ring } from '../../captures/index.ts';
import type { ClusterAccess } from '../kubernetes-client/cluster-access.ts';
import { shownText } from '../kubernetes-client/kubernetes-error.ts';
import type { CaptureContainer } from './capture-container.ts';
import { type ClockOffset, measureClock } from './clock-offset.ts';
import { ExecSource } from './exec-source.ts';

export interface RecordingOptions {
  readonly file: string;
  readonly filter: string;
  /** Bytes kept of each packet. */
  readonly snapLength: number;
  /** The file ends at this size, or another one begins where it is a ring. */
  readonly maxMiB: number;
  /** How many files are kept; null for one that ends when it is full. */
  readonly ringFiles: number | null;
  /** Shown in messages, and in the capture: `node node2`, `pod sfu-1 on node2`. */
  readonly place: string;
  readonly comment: string;
}

export interface Recorded {
  readonly outcome: CaptureOutcome | null;
  /** Why it ended before it was told to; null where it did not. */
  readonly fault: string | null;
  readonly isFull: boolean;
  /** Null where the other clock could not be asked. */
  readonly clock: ClockOffset | null;
}

const LOOK_EVERY_MS = 1000;
const BYTES_PER_MIB = 1024 * 1024;

/** What one container captures, on its way to a file here. */
export class Recording {
  readonly options: RecordingOptions;
  readonly ended: Promise<Recorded>;
  readonly #capture: LiveCapture;

  private constructor(
    options: RecordingOptions,
    capture: LiveCapture,
    run: Promise<CaptureOutcome>,
    clock: ClockOffset | null,
  ) {
    this.options = options;
    this.#capture = capture;
    let isFull = false;
    const timer = setInterval(() => {
      if (options.ringFiles !== null) return;
      if (statSync(options.file, { throwIfNoEntry: false })!.size < options.maxMiB * BYTES_PER_MIB) return;
      isFull = true;
      capture.stop();
    }, LOOK_EVERY_MS);
    this.ended = run.then(
      (outcome) => ({ outcome, fault: outcome.fault?.message ?? null, isFull, clock }),
      (error: Error) => ({ outcome: null, fault: shownText(error.message), isFull, clock }),
    );
    void this.ended.then(() => clearInterval(timer));
  }

  /** @throws KubernetesError or LiveCaptureError where it cannot begin. */
  static async open(access: ClusterAccess, container: CaptureContainer, options: RecordingOptions): Promise<Recording> {
    const { FileOutput, LiveCapture, openLiveCursor } = await loadCapturing();
    const { namespace, pod, container: name, address } = container;
    const place = { namespace, pod, container: name };
    const clock = await measureClock(access, place).catch(() => null);
    const { filter, snapLength } = options;
    const source = await ExecSource.open(access, {
      ...{ place, address, filter, snapLength, name: options.place },
      clock: `kernel of ${options.place}`,
    });
    const cursor = await openLiveCursor(source);
    const ring: Ring | null =
      options.ringFiles === null
        ? null
        : { files: options.ringFiles, megabytes: (options.maxMiB * BYTES_PER_MIB) / 1e6, seconds: null };
    const offset = clock === null ? 'unknown' : `${clock.offsetSeconds} s, give or take ${clock.errorSeconds} s`;
    const capture = new LiveCapture(source, cursor, new FileOutput(options.file, ring), {
      section: {
        application: 'rtcscope, tcpdump',
        comment: options.comment,
        comments: [options.place, `clock: ${source.clock}; to ours: ${offset}`],
      },
      describe: ({ name: named, snapLength: kept }) => ({
        name: named ?? source.device ?? 'any',
        description: options.place,
        filter,
        snapLength: Math.min(kept || snapLength, snapLength),
      }),
      snapLength: options.snapLength,
    });
    return new Recording(options, capture, capture.run({ packets: null, seconds: null }), clock);
  }

  /** Lines of an NSS key log, for the capture to carry. */
  addKeys(lines: Uint8Array): void {
    this.#capture.addKeys(lines);
  }

  remark(text: string): void {
    this.#capture.remark(text);
  }

  async stop(): Promise<Recorded> {
    this.#capture.stop();
    return await this.ended;
  }
}
