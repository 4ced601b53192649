import { statSync } from 'node:fs';
import { cpus, hostname, release, type } from 'node:os';
import {
  type CaptureOutcome,
  type LiveCapture,
  type LiveCaptureError,
  type LiveSource,
  loadCapturing,
  type Ring,
} from '../../../captures/index.ts';

export interface CapturePointOptions {
  readonly tool: 'dumpcap' | 'tcpdump';
  /** A pcapng. */
  readonly file: string;
  readonly device: string;
  /** Berkeley packet filter. */
  readonly filter: string;
  readonly snapLength: number;
  /** It ends at this size, or begins another file where it is a ring. */
  readonly maxMiB: number;
  /** How many files are kept; null for one that ends when it is full. */
  readonly ringFiles: number | null;
  /** Name of the interface in the file: the node or the pod. */
  readonly name: string;
  /** Of the file as a whole. */
  readonly comments: readonly string[];
}

const BYTES_PER_MIB = 1024 * 1024;
/** Packets that were there when it was told to end are read by the capturing process a little later. */
const LATE_MS = 500;

/** What captures one node or pod, with the kernel's time stamps, to a file of its own. */
export class CapturePoint {
  readonly options: CapturePointOptions;
  /** Resolves once the file is whole and the process gone. */
  readonly ended: Promise<void>;
  readonly #capture: LiveCapture;
  readonly #source: LiveSource;
  readonly #files: () => readonly string[];
  #outcome: CaptureOutcome | null = null;
  #fault: LiveCaptureError | null = null;
  #stopping = false;
  #running = true;

  private constructor(
    options: CapturePointOptions,
    capture: LiveCapture,
    source: LiveSource,
    files: () => readonly string[],
    isKnown: (error: unknown) => error is LiveCaptureError,
  ) {
    this.options = options;
    this.#capture = capture;
    this.#source = source;
    this.#files = files;
    this.ended = capture
      .run({ packets: null, seconds: null })
      .then(
        (outcome) => {
          this.#outcome = outcome;
          this.#fault = outcome.fault;
        },
        (error: unknown) => {
          if (!isKnown(error)) throw error;
          this.#fault = error;
        },
      )
      .finally(() => {
        this.#running = false;
      });
  }

  /** @returns null where this machine does not let us capture. @throws LiveCaptureError for anything else. */
  static async open(options: CapturePointOptions): Promise<CapturePoint | null> {
    const { FileOutput, LiveCapture: Capture, LiveCaptureError: Fault, openInterfaces } = await loadCapturing();
    const { tool, device, filter, snapLength, name, comments } = options;
    const isKnown = (error: unknown): error is LiveCaptureError => error instanceof Fault;
    try {
      const { source, cursor } = await openInterfaces(tool, { devices: [device], filter, snapLength });
      const ring: Ring | null =
        options.ringFiles === null
          ? null
          : { files: options.ringFiles, megabytes: (options.maxMiB * BYTES_PER_MIB) / 1e6, seconds: null };
      let output: InstanceType<typeof FileOutput>;
      try {
        output = new FileOutput(options.file, ring);
      } catch (error) {
        await source.close();
        throw error;
      }
      const capture = new Capture(source, cursor, output, {
        section: {
          ...(cpus()[0]?.model === undefined ? {} : { hardware: cpus()[0].model }),
          operatingSystem: `${type()} ${release()}`,
          application: `rtcscope lab, ${source.tool}`,
          comments: [...comments, `host: ${hostname()}`, `clock: ${source.clock}`],
        },
        describe: () => ({ name: device, description: name, filter, snapLength }),
        snapLength,
      });
      return new CapturePoint(options, capture, source, () => output.files, isKnown);
    } catch (error) {
      if (isKnown(error) && (error.code === 'no-tool' || error.code === 'no-permission')) return null;
      throw error;
    }
  }

  /** Undefined where it has none, or could not be started. */
  get pid(): number | undefined {
    return 'pid' in this.#source ? (this.#source.pid as number | undefined) : undefined;
  }

  /** Files there are, the oldest first. */
  get files(): readonly string[] {
    return this.#files();
  }

  /** Why it ended without having been asked to; null while it runs, or where it was asked. */
  get fault(): string | null {
    if (this.#running || (this.#stopping && this.#fault === null)) return null;
    return this.#fault?.message ?? 'it ended by itself';
  }

  get isFull(): boolean {
    if (this.options.ringFiles !== null) return false;
    const bytes = statSync(this.options.file, { throwIfNoEntry: false })?.size ?? 0;
    return bytes >= this.options.maxMiB * BYTES_PER_MIB;
  }

  /** Packets that the kernel or the tool had to leave out; null where it did not say. */
  get dropped(): number | null {
    return (this.#outcome ?? this.#capture.progress).dropped;
  }

  /** Lines of an NSS key log, for a Decryption Secrets Block. */
  addKeys(lines: Uint8Array): void {
    this.#capture.addKeys(lines);
  }

  /** Writes a remark into the file at this point, such as the phase that begins. */
  remark(text: string): void {
    this.#capture.remark(text);
  }

  async stop(): Promise<void> {
    if (this.#running && !this.#stopping) {
      this.#stopping = true;
      await Promise.race([new Promise((resolve) => setTimeout(resolve, LATE_MS)), this.ended]);
      this.#capture.stop();
    }
    await this.ended;
  }
}
