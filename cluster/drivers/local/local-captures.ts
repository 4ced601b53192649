import { existsSync } from 'node:fs';
import { join, relative } from 'node:path';
import type { CaptureScenario } from '../../scenario/scenario.ts';
import type { CaptureEntry, ClusterNode, RunProblem } from '../cluster-driver.ts';
import { CapturePoint } from './capture-point.ts';

/** Whose traffic is captured, by its addresses on the loopback interface. */
export interface CapturedPoint {
  readonly name: string;
  readonly node: ClusterNode;
  /** Null for a node. */
  readonly pod: string | null;
  readonly filter: string;
}

export const TAP_LIMITS = [
  'recorded by the SFU itself: times are those at which its program read or wrote a packet, not those of the network',
  'a packet that the kernel dropped is not in it',
];
const WATCH_EVERY_MS = 1000;
const TOOLS = ['dumpcap', 'tcpdump'] as const;
/** Kept for captures that begin later. */
const MOST_KEY_BYTES = 4 * 1024 * 1024;

interface Entry {
  readonly point: CapturedPoint;
  readonly capture: CapturePoint;
  toldDead: boolean;
  full: boolean;
  stopping: boolean;
}

/** Captures of nodes and pods: a process for each. */
export class LocalCaptures {
  readonly #folder: string;
  readonly #scenario: CaptureScenario;
  readonly #comments: readonly string[];
  readonly #problem: (problem: RunProblem) => void;
  readonly #entries: Entry[] = [];
  readonly #opening = new Set<Promise<unknown>>();
  readonly #timer: NodeJS.Timeout;
  #tool: (typeof TOOLS)[number] | null = null;
  #keys = Buffer.alloc(0);
  #ended = false;

  /** @param folder of the run. @param comments for each file. */
  constructor(
    folder: string,
    scenario: CaptureScenario,
    comments: readonly string[],
    problem: (problem: RunProblem) => void,
  ) {
    this.#folder = folder;
    this.#scenario = scenario;
    this.#comments = comments;
    this.#problem = problem;
    this.#timer = setInterval(() => this.#watch(), WATCH_EVERY_MS);
  }

  /**
   * Begins to capture one more.
   *
   * @returns false where this machine lets us capture with neither dumpcap nor tcpdump.
   */
  async add(point: CapturedPoint): Promise<boolean> {
    const opening = this.#open(point);
    this.#opening.add(opening);
    const capture = await opening.finally(() => this.#opening.delete(opening));
    return capture !== null;
  }

  async #open(point: CapturedPoint): Promise<CapturePoint | null> {
    const { snapLength, maxMiB, ringFiles } = this.#scenario;
    // The one that was let capture once will be again.
    for (const tool of this.#tool === null ? TOOLS : [this.#tool]) {
      if (this.#ended) return null;
      const capture = await CapturePoint.open({
        ...{ tool, snapLength, maxMiB, ringFiles, filter: point.filter },
        file: join(this.#folder, 'captures', `${point.name}.pcapng`),
        device: process.platform === 'linux' ? 'lo' : 'lo0',
        name: point.pod === null ? `node ${point.node.name}` : `pod ${point.pod} on ${point.node.name}`,
        comments: [...this.#comments, `node: ${point.node.name}`, ...(point.pod === null ? [] : [`pod: ${point.pod}`])],
      });
      if (capture === null) continue;
      this.#tool = tool;
      if (this.#keys.length > 0) capture.addKeys(this.#keys);
      this.#entries.push({ point, capture, toldDead: false, full: false, stopping: false });
      return capture;
    }
    return null;
  }

  get pids(): number[] {
    return this.#entries.flatMap(({ capture }) => capture.pid ?? []);
  }

  addKeys(lines: Uint8Array): void {
    if (this.#keys.length + lines.length <= MOST_KEY_BYTES) this.#keys = Buffer.concat([this.#keys, lines]);
    for (const { capture } of this.#entries) capture.addKeys(lines);
  }

  remark(text: string): void {
    for (const { capture } of this.#entries) capture.remark(text);
  }

  /** Ends the captures of a pod that is gone. */
  endPod(pod: string): void {
    for (const entry of this.#entries) {
      if (entry.point.pod !== pod || entry.stopping) continue;
      entry.stopping = true;
      void entry.capture.stop();
    }
  }

  #watch(): void {
    const tell = (code: string, text: string) => this.#problem({ time: new Date().toISOString(), code, text });
    for (const entry of this.#entries) {
      const { capture, point } = entry;
      if (entry.full || entry.toldDead || entry.stopping) continue;
      if (capture.isFull) {
        entry.full = true;
        tell('capture-full', `capture of ${point.name} ended at its limit of ${capture.options.maxMiB} MiB`);
        void capture.stop();
      } else if (capture.fault !== null) {
        entry.toldDead = true;
        tell('capture-died', `capture of ${point.name} died: packets from here on are missing (${capture.fault})`);
      }
    }
  }

  async stop(): Promise<CaptureEntry[]> {
    this.#ended = true;
    clearInterval(this.#timer);
    await Promise.allSettled(this.#opening);
    this.#watch();
    await Promise.all(this.#entries.map(({ capture }) => capture.stop()));
    return this.#entries.flatMap((entry) => this.#describe(entry));
  }

  #describe({ point, capture, toldDead, full }: Entry): CaptureEntry[] {
    const { tool, snapLength, ringFiles, maxMiB } = capture.options;
    const limits = [`the first ${snapLength} bytes of each packet`];
    if (toldDead) limits.push('the capture process died before the end');
    if (full) limits.push('ended early at its size limit');
    const isCut = ringFiles !== null && !capture.files[0]?.includes('_00001_');
    if (isCut) limits.push(`a ring: only the newest ${ringFiles} files of ${maxMiB} MiB are kept`);
    return capture.files
      .filter((file) => existsSync(file))
      .map((file, index) => ({
        file: relative(this.#folder, file),
        kind: point.pod === null ? ('node' as const) : ('pod' as const),
        ...{ node: point.node.name, pod: point.pod, tool },
        ...{ clockOffsetSeconds: 0, clockErrorSeconds: 0 },
        // Counted for all files of a ring together.
        droppedByCapture: index === 0 ? capture.dropped : 0,
        limits,
      }));
  }
}
