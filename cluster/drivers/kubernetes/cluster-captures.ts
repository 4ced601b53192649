import { existsSync } from 'node:fs';
import { join, relative } from 'node:path';
import { type CaptureContainer, openInPod, openOnNode } from '../../cluster-capture/capture-container.ts';
import { type Recorded, Recording } from '../../cluster-capture/recording.ts';
import type { ClusterAccess } from '../../kubernetes-client/cluster-access.ts';
import type { CaptureScenario } from '../../scenario/scenario.ts';
import type { CaptureEntry } from '../cluster-driver.ts';
import { MADE_BY } from './run-mark.ts';

export interface ClusterCapturesOptions {
  readonly access: ClusterAccess;
  readonly namespace: string;
  readonly image: string;
  readonly scenario: CaptureScenario;
  readonly mediaPort: number;
  /** Port of a media pod's health. */
  readonly healthPort: number;
  /** Of the run. */
  readonly folder: string;
  readonly comment: string;
  /** Whether a pod is on its way out, or gone: then its capture may end. */
  readonly isLeaving: (pod: string) => boolean;
  readonly problem: (code: string, text: string) => void;
}

interface Point {
  readonly name: string;
  readonly node: string;
  /** Null at a node. */
  readonly pod: string | null;
  readonly container: CaptureContainer;
  readonly parts: { readonly file: string; recorded: Recorded | null }[];
  recording: Recording | null;
}

/** A connection that broke is taken up again so often, in another file. */
const MOST_PARTS = 20;
const MOST_KEY_BYTES = 4 * 1024 * 1024;

/** Captures of a run on a cluster: at each node, in each media pod, or both. */
export class ClusterCaptures {
  readonly #options: ClusterCapturesOptions;
  readonly #points: Point[] = [];
  readonly #opening = new Set<Promise<void>>();
  #stopping = false;
  #keys: Buffer = Buffer.alloc(0);

  constructor(options: ClusterCapturesOptions) {
    this.#options = options;
  }

  /** Begins at these nodes; resolves once packets are recorded at each, or it is told why not. */
  async startNodes(nodes: readonly string[]): Promise<void> {
    const { access, namespace, image } = this.#options;
    const open = (node: string) => () => openOnNode(access, { namespace, node, image, madeBy: MADE_BY });
    await Promise.all(nodes.map((node) => this.#begin(node, node, null, open(node))));
  }

  /** Begins in a pod that has come to be. */
  startPod(pod: string, node: string): Promise<void> {
    const { access, namespace, image, healthPort } = this.#options;
    return this.#begin(pod, node, pod, () => openInPod(access, { namespace, pod, image, holdPort: healthPort }));
  }

  /** Resolves once all that were to begin until now record, or it is told why not. */
  async begun(): Promise<void> {
    await Promise.all(this.#opening);
  }

  #begin(name: string, node: string, pod: string | null, open: () => Promise<CaptureContainer>): Promise<void> {
    const begun = this.#open(name, node, pod, open);
    this.#opening.add(begun);
    void begun.finally(() => this.#opening.delete(begun));
    return begun;
  }

  async #open(name: string, node: string, pod: string | null, open: () => Promise<CaptureContainer>): Promise<void> {
    try {
      const container = await open();
      const point: Point = { name, node, pod, container, parts: [], recording: null };
      this.#points.push(point);
      if (!this.#stopping) await this.#record(point);
    } catch (error) {
      if (this.#stopping || (pod !== null && this.#options.isLeaving(pod))) return;
      this.#options.problem('capture-refused', `no packets are recorded at ${name}: ${(error as Error).message}`);
    }
  }

  async #record(point: Point): Promise<void> {
    const { access, scenario, mediaPort, folder, comment } = this.#options;
    const number = point.parts.length + 1;
    const file = join('captures', `${point.name}${number === 1 ? '' : `-${number}`}.pcapng`);
    const part = { file, recorded: null as Recorded | null };
    const recording = await Recording.open(access, point.container, {
      ...{ file: join(folder, file), filter: `port ${mediaPort}`, comment },
      ...{ snapLength: scenario.snapLength, maxMiB: scenario.maxMiB, ringFiles: scenario.ringFiles },
      place: point.pod === null ? `node ${point.node}` : `pod ${point.pod} on node ${point.node}`,
    });
    if (this.#keys.length > 0) recording.addKeys(this.#keys);
    point.parts.push(part);
    point.recording = recording;
    void recording.ended.then((recorded) => {
      part.recorded = recorded;
      point.recording = null;
      this.#ended(point, recorded);
    });
  }

  #ended(point: Point, { fault, isFull, outcome }: Recorded): void {
    const { problem, isLeaving, scenario } = this.#options;
    if (isFull) problem('capture-full', `capture of ${point.name} ended at its limit of ${scenario.maxMiB} MiB`);
    if (fault === null || this.#stopping || (point.pod !== null && isLeaving(point.pod))) return;
    problem('capture-died', `capture of ${point.name} broke off, packets are missing: ${fault}`);
    // What recorded nothing would do so again.
    const recordedSome = (outcome?.packets ?? 0) > 0;
    if (!recordedSome || point.parts.length >= MOST_PARTS) return;
    const again = this.#record(point).catch((error: Error) =>
      problem('capture-died', `capture of ${point.name} could not be taken up again: ${error.message}`),
    );
    this.#opening.add(again);
    void again.finally(() => this.#opening.delete(again));
  }

  /** Lines of an NSS key log of the participants, for all captures, also those that begin later. */
  addKeys(lines: Uint8Array): void {
    if (this.#keys.length + lines.length <= MOST_KEY_BYTES) this.#keys = Buffer.concat([this.#keys, lines]);
    for (const { recording } of this.#points) recording?.addKeys(lines);
  }

  remark(text: string): void {
    for (const { recording } of this.#points) recording?.remark(text);
  }

  async stop(): Promise<CaptureEntry[]> {
    this.#stopping = true;
    await Promise.all(this.#opening);
    await Promise.all(this.#points.map(({ recording }) => recording?.stop()));
    await Promise.all(this.#points.map(({ container }) => container.close().catch(() => {})));
    return this.#points.flatMap((point) => point.parts.flatMap((part) => this.#entries(point, part)));
  }

  #entries(point: Point, { file, recorded }: Point['parts'][number]): CaptureEntry[] {
    const { folder, scenario } = this.#options;
    const limits = [`the first ${scenario.snapLength} bytes of each packet`];
    // A ring has names of its own.
    const files = recorded?.outcome?.files.map((path) => relative(folder, path)) ?? [file];
    const isCut = scenario.ringFiles !== null && !files[0]?.includes('_00001_');
    if (isCut) {
      limits.push(`a ring: only the newest ${scenario.ringFiles} files of ${scenario.maxMiB} MiB are kept`);
    }
    if (recorded?.isFull === true) limits.push('ended early at its size limit');
    const brokeOff = recorded?.fault != null && (point.pod === null || !this.#options.isLeaving(point.pod));
    if (brokeOff) {
      limits.push('the connection to it broke off before the end');
    }
    const clock = recorded?.clock ?? null;
    if (clock === null) limits.push('the clock of its node could not be compared with ours');
    return files
      .filter((path) => existsSync(join(folder, path)))
      .map((path) => ({
        ...{
          file: path,
          kind: point.pod === null ? ('node' as const) : ('pod' as const),
          node: point.node,
          pod: point.pod,
        },
        tool: 'tcpdump' as const,
        clockOffsetSeconds: clock?.offsetSeconds ?? 0,
        clockErrorSeconds: clock?.errorSeconds ?? 0,
        droppedByCapture: recorded?.outcome?.dropped ?? null,
        limits,
        complete: !isCut && !brokeOff && recorded?.isFull === false && recorded.outcome?.dropped === 0,
      }));
  }
}
