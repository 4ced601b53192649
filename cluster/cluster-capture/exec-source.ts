import { type LiveCaptureError, type LiveCounts, type LiveSource, loadCapturing } from '../../captures/index.ts';
import type { ClusterAccess } from '../kubernetes-client/cluster-access.ts';
import { type ExecOutcome, ExecSession } from '../kubernetes-client/exec-session.ts';
import { shownText } from '../kubernetes-client/kubernetes-error.ts';
import type { CapturePlace } from './capture-place.ts';
import { CAPTURE } from './pod-programs.ts';

export interface ExecSourceOptions {
  readonly place: CapturePlace;
  /** Of the interface to capture on. */
  readonly address: string;
  /** Berkeley packet filter. */
  readonly filter: string;
  readonly snapLength: number;
  /** Shown in messages: a pod, a node. */
  readonly name: string;
  readonly clock: string;
  /** Called once it is closed, to take away what it was made with. */
  readonly onClose?: () => Promise<void>;
}

const MOST_WORDS = 16_384;
/** Beyond this the kubelet is let wait, and so tcpdump, and so the kernel, which counts what it drops. */
const MOST_WAITING_BYTES = 8 * 1024 * 1024;
const END_WITHIN_MS = 10_000;

/** tcpdump in a container of the cluster: its packets come over the connection, none is stored there. */
export class ExecSource implements LiveSource {
  readonly name: string;
  readonly tool = 'tcpdump';
  readonly clock: string;
  readonly #session: ExecSession;
  readonly #onClose: (() => Promise<void>) | undefined;
  readonly #state: ExecState;
  readonly #countsIn: (words: string) => LiveCounts;
  readonly #toFault: (text: string) => LiveCaptureError;
  #wasTold = false;
  #timer: NodeJS.Timeout | null = null;

  private constructor(
    options: ExecSourceOptions,
    session: ExecSession,
    state: ExecState,
    countsIn: (words: string) => LiveCounts,
    toFault: (text: string) => LiveCaptureError,
  ) {
    this.name = options.name;
    this.clock = options.clock;
    this.#session = session;
    this.#onClose = options.onClose;
    this.#state = state;
    this.#countsIn = countsIn;
    this.#toFault = toFault;
  }

  /** @throws KubernetesError where it cannot be started there. */
  static async open(access: ClusterAccess, options: ExecSourceOptions): Promise<ExecSource> {
    const { place, address, snapLength, filter, name } = options;
    const { countsIn, LiveCaptureError } = await loadCapturing();
    const state = new ExecState();
    const session = await ExecSession.open(access, {
      ...place,
      command: ['node', '-e', CAPTURE, address, String(snapLength), filter],
      onOutput: (bytes) => {
        state.waiting.push(bytes);
        state.waitingBytes += bytes.length;
        if (state.waitingBytes > MOST_WAITING_BYTES) session.pause();
        state.wake();
      },
      onErrors: (text) => {
        state.words = (state.words + text).slice(-MOST_WORDS);
      },
    });
    void session.ended.then((outcome) => {
      state.outcome = outcome;
      state.wake();
    });
    const toFault = (text: string) =>
      new LiveCaptureError('tool-failed', `the capture of ${name} ended: ${text}`, 'Packets from then on are missing.');
    return new ExecSource(options, session, state, countsIn, toFault);
  }

  /** Known once the capture has begun. */
  get device(): string | null {
    return /^device (\S+)$/m.exec(this.#state.words)?.[1] ?? null;
  }

  async read(into: Uint8Array): Promise<number> {
    const state = this.#state;
    while (state.waiting.length === 0) {
      if (state.outcome !== null) return 0;
      await state.news();
    }
    const first = state.waiting[0];
    const count = Math.min(first.length, into.length);
    into.set(first.subarray(0, count));
    if (count === first.length) state.waiting.shift();
    else state.waiting[0] = first.subarray(count);
    state.waitingBytes -= count;
    if (state.waitingBytes <= MOST_WAITING_BYTES / 2) this.#session.resume();
    return count;
  }

  stop(): void {
    if (this.#wasTold || this.#state.outcome !== null) return;
    this.#wasTold = true;
    this.#session.send('end\n');
    this.#timer = setTimeout(() => this.#session.close(), END_WITHIN_MS);
  }

  counts(): LiveCounts {
    return this.#countsIn(this.#state.words);
  }

  /** tcpdump tells them at its end. */
  askCounts(): void {}

  fault(): LiveCaptureError | null {
    const { outcome, words } = this.#state;
    if (outcome === null || this.#wasTold || outcome.exitCode === 0) return null;
    const said = words
      .split('\n')
      .map((line) => line.trim())
      .findLast((line) => line !== '' && !/^(device |tcpdump: listening|\d+ packets? )/.test(line));
    return this.#toFault(shownText(said ?? outcome.reason ?? 'it gave no reason'));
  }

  async close(): Promise<void> {
    this.stop();
    // What still comes is not wanted any more, but the end is.
    this.#session.resume();
    await this.#session.ended;
    if (this.#timer !== null) clearTimeout(this.#timer);
    await this.#onClose?.();
  }
}

class ExecState {
  readonly waiting: Uint8Array[] = [];
  waitingBytes = 0;
  words = '';
  outcome: ExecOutcome | null = null;
  #wake: (() => void) | null = null;

  wake(): void {
    this.#wake?.();
    this.#wake = null;
  }

  news(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }
}
