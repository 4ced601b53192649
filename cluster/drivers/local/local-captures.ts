import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { CaptureScenario } from '../../scenario/scenario.ts';
import type { CaptureEntry, ClusterNode, RunProblem } from '../cluster-driver.ts';
import { type CaptureTool, PacketCapture } from './packet-capture.ts';

interface Point {
  readonly name: string;
  readonly node: ClusterNode;
  readonly filter: string;
}

export const TAP_LIMITS = [
  'recorded by the SFU itself: times are those at which its program read or wrote a packet, not those of the network',
  'a packet that the kernel dropped is not in it',
];
const WATCH_EVERY_MS = 1000;

/** Captures of nodes: one process for each, on the loopback interface, for the addresses of that node. */
export class LocalCaptures {
  readonly #open: { readonly point: Point; readonly capture: PacketCapture; toldDead: boolean; full: boolean }[] = [];
  #timer: NodeJS.Timeout | null = null;

  /** @returns null where this machine lets us capture with neither dumpcap nor tcpdump. */
  static async open(
    folder: string,
    scenario: CaptureScenario,
    points: readonly Point[],
    comment: string,
    problem: (problem: RunProblem) => void,
  ): Promise<LocalCaptures | null> {
    const captures = new LocalCaptures();
    for (const point of points) {
      let opened: PacketCapture | null = null;
      for (const tool of ['dumpcap', 'tcpdump'] as const) {
        opened = await PacketCapture.open({
          tool,
          file: join(folder, fileOf(point, tool)),
          device: process.platform === 'linux' ? 'lo' : 'lo0',
          filter: point.filter,
          snapLength: scenario.snapLength,
          maxMiB: scenario.maxMiB,
          comment: `${comment}, node ${point.node.name}`,
        });
        if (opened !== null) break;
      }
      if (opened === null) {
        await captures.stop();
        return null;
      }
      captures.#open.push({ point, capture: opened, toldDead: false, full: false });
    }
    captures.#timer = setInterval(() => captures.#watch(problem), WATCH_EVERY_MS);
    return captures;
  }

  get pids(): number[] {
    return this.#open.flatMap(({ capture }) => capture.pid ?? []);
  }

  #watch(problem: (problem: RunProblem) => void): void {
    for (const entry of this.#open) {
      const { capture, point } = entry;
      if (capture.isFull && !entry.full) {
        entry.full = true;
        const text = `capture of ${point.name} ended at its limit of ${capture.options.maxMiB} MiB`;
        problem({ time: new Date().toISOString(), code: 'capture-full', text });
        void capture.stop();
      } else if (capture.died && !entry.toldDead && !entry.full) {
        entry.toldDead = true;
        const text = `${capture.options.tool} on ${point.name} died: packets from here on are missing`;
        problem({ time: new Date().toISOString(), code: 'capture-died', text });
      }
    }
  }

  async stop(): Promise<CaptureEntry[]> {
    if (this.#timer !== null) clearInterval(this.#timer);
    await Promise.all(this.#open.map(({ capture }) => capture.stop()));
    return this.#open
      .filter(({ capture }) => existsSync(capture.options.file))
      .map(({ point, capture, toldDead, full }) => {
        const { tool } = capture.options;
        const limits = [`the first ${capture.options.snapLength} bytes of each packet`];
        if (toldDead) limits.push('the capture process died before the end');
        if (full) limits.push('ended early at its size limit');
        return {
          ...{ file: fileOf(point, tool), kind: 'node' as const, node: point.node.name, pod: null, tool },
          ...{ clockOffsetSeconds: 0, clockErrorSeconds: 0, droppedByCapture: capture.dropped, limits },
        };
      });
  }
}

const fileOf = (point: Point, tool: CaptureTool): string =>
  join('captures', `${point.name}.${tool === 'dumpcap' ? 'pcapng' : 'pcap'}`);
