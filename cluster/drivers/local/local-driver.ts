import { randomBytes } from 'node:crypto';
import { mkdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Scenario } from '../../scenario/scenario.ts';
import type {
  CaptureEntry,
  ClusterDriver,
  ClusterNode,
  DriverListener,
  MetricSample,
  PodPhase,
} from '../cluster-driver.ts';
import { CONTROL_PORT, GATEWAY_PORT, type RunAddresses, reserveAddresses } from './addresses.ts';
import { removeLeftGroups } from './cpu-limit.ts';
import { type Decided, LocalAutoscaler } from './local-autoscaler.ts';
import { LocalCaptures, TAP_LIMITS } from './local-captures.ts';
import { MediaPod } from './media-pod.ts';
import { processCpuSeconds, processMemoryBytes } from './process-use.ts';
import { type ProgramCommand, RoleProcess } from './role-process.ts';

const TARGET = 'sfu';
const MASTER: ClusterNode = { name: 'master', role: 'master' };
/** Addresses that a gateway is told of beyond the pods wanted: one that drains keeps its own. */
const SPARE_SLOTS = 4;
/** As a Deployment's back-off, at first. */
const RESTART_AFTER_MS = 1000;
const READ_EVERY_MS = 1000;
const MB_PER_MIB = 1.048576;
/** As the liveness probe of a Deployment: six times in ten seconds each. */
const SILENT_MS = 60_000;

export interface LocalDriverOptions {
  readonly program: ProgramCommand;
  /** `tap` leaves dumpcap and tcpdump alone. */
  readonly capture?: 'auto' | 'tap';
  /** How long a media pod may give no answer before it is replaced. */
  readonly silentMs?: number;
}

/**
 * The conference on one machine: nodes are groups of processes with addresses of their own in 127.0.0.0/8, pods are SFU processes with
 * a CPU limit where the kernel lets us set one, and the autoscaler is the published algorithm. It shows what a cluster would
 * do, and claims no more.
 */
export class LocalDriver implements ClusterDriver {
  readonly name = 'local';
  readonly versions = {};
  nodes: readonly ClusterNode[] = [MASTER];
  readonly #options: LocalDriverOptions;
  #scenario!: Scenario;
  #folder!: string;
  #listener!: DriverListener;
  #addresses: RunAddresses | null = null;
  #gateway: RoleProcess | null = null;
  #autoscaler: LocalAutoscaler | null = null;
  #captures: LocalCaptures | null = null;
  readonly #taps: CaptureEntry[] = [];
  #tapping = false;
  readonly #secret = randomBytes(24).toString('base64url');
  readonly #pods = new Set<MediaPod>();
  readonly #cpuBefore = new Map<string, { timeMs: number; cpuSeconds: number }>();
  #slots = 0;
  #wanted = 0;
  #made = 0;
  #blind = false;
  #ended = false;
  #lastReplicas = '';
  #reader: NodeJS.Timeout | null = null;
  readonly #restarts = new Set<NodeJS.Timeout>();

  constructor(options: LocalDriverOptions) {
    this.#options = options;
  }

  get gatewayUrl(): string {
    return `http://${this.#addresses!.host(0, 0)}:${GATEWAY_PORT}`;
  }

  /** Processes of a node, for those who look closer, such as tests of faults. */
  pids(node: string): number[] {
    if (node === MASTER.name) return this.#gateway?.pid === undefined ? [] : [this.#gateway.pid];
    return this.#present.filter((pod) => pod.options.node.name === node).flatMap((pod) => pod.pid ?? []);
  }

  get capturePids(): number[] {
    return this.#captures?.pids ?? [];
  }

  async apply(scenario: Scenario, replicas: number, folder: string, listener: DriverListener): Promise<void> {
    this.#scenario = scenario;
    this.#folder = folder;
    this.#listener = listener;
    for (const name of ['logs', 'captures']) mkdirSync(join(folder, name), { recursive: true });
    const workers = Array.from({ length: scenario.nodes.workers }, (_, index) => `worker-${index + 1}`);
    this.nodes = [MASTER, ...workers.map((name): ClusterNode => ({ name, role: 'worker' }))];
    removeLeftGroups();
    this.#addresses = await reserveAddresses();
    const most = Math.max(scenario.autoscaler?.maxReplicas ?? 1, ...scenario.phases.map((phase) => phase.replicas));
    this.#slots = most + SPARE_SLOTS;
    const urls = Array.from({ length: this.#slots }, (_, slot) => `http://${this.#hostOf(slot)}:${CONTROL_PORT}`);
    const host = this.#addresses.host(0, 0);
    const args = ['gateway', '--open', '--listen', `${host}:${GATEWAY_PORT}`];
    // All participants come from one address here.
    args.push('--joins-per-second', '1000', ...urls.flatMap((url) => ['--sfu', url]));
    await this.#decideHowToCapture();
    this.#gateway = new RoleProcess('gateway', [...this.#options.program, ...args], {
      logFile: join(folder, 'logs', 'gateway.log'),
      environment: { RTCSCOPE_CONTROL_SECRET: this.#secret },
    });
    void this.#gateway.ended.then(({ status, signal }) => {
      if (!this.#ended) this.#problem('gateway-died', `the gateway ended by itself (${signal ?? `status ${status}`})`);
    });
    this.#reader = setInterval(() => {
      const nowMs = Date.now();
      for (const pod of this.#pods) pod.read(nowMs);
    }, READ_EVERY_MS);
    await this.setReplicas(replicas);
    if (this.#present.some((pod) => pod.group === null)) {
      this.#problem('no-cpu-limit', 'no CPU limit was in force: control groups cannot be written here');
    }
  }

  async waitReady(timeoutMs: number, signal: AbortSignal): Promise<void> {
    const deadline = Date.now() + timeoutMs;
    const isReady = async () => {
      const { desired, ready } = this.replicas();
      if (ready < desired) return false;
      return fetch(`${this.gatewayUrl}/healthz`, { signal: AbortSignal.timeout(2000) }).then(
        () => true,
        () => false,
      );
    };
    while (!(await isReady())) {
      signal.throwIfAborted();
      if (this.#gateway?.running === false) throw new Error(`the gateway ended; see ${this.#folder}/logs/gateway.log`);
      if (Date.now() > deadline) {
        const { desired, ready } = this.replicas();
        const state = ready < desired ? `${ready} of ${desired} media pods are ready` : 'the gateway does not answer';
        throw new Error(`not ready after ${Math.round(timeoutMs / 1000)} s: ${state}; see ${this.#folder}/logs`);
      }
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }

  async setReplicas(replicas: number): Promise<void> {
    this.#wanted = replicas;
    this.#reconcile();
  }

  async setAutoscaler(on: boolean): Promise<void> {
    this.#autoscaler?.stop();
    this.#autoscaler = null;
    const { autoscaler, mediaPod } = this.#scenario;
    if (!on || autoscaler === null) return;
    const view = { wanted: () => this.#wanted, pods: () => this.#present };
    this.#autoscaler = new LocalAutoscaler(autoscaler, mediaPod.cpuRequest, view, (outcome) => this.#decided(outcome));
  }

  async startCaptures(): Promise<void> {
    // Begun in `apply`, so that the first join is seen.
  }

  addKeys(lines: Uint8Array): void {
    this.#captures?.addKeys(lines);
  }

  remark(text: string): void {
    this.#captures?.remark(text);
  }

  async sample(): Promise<readonly MetricSample[]> {
    const nowMs = Date.now();
    const time = new Date(nowMs).toISOString();
    const samples: MetricSample[] = [];
    const nodes = new Map(
      this.nodes.map(({ name }) => [name, { cpu: 0 as number | null, memory: 0 as number | null }]),
    );
    const add = (node: string, cpu: number | null, memory: number | null) => {
      const sum = nodes.get(node)!;
      sum.cpu = sum.cpu === null || cpu === null ? null : sum.cpu + cpu;
      sum.memory = sum.memory === null || memory === null ? null : sum.memory + memory;
    };
    const gatewayPid = this.#gateway?.running === true ? this.#gateway.pid : undefined;
    if (gatewayPid !== undefined) {
      add(MASTER.name, this.#rate('gateway', nowMs, processCpuSeconds(gatewayPid)), processMemoryBytes(gatewayPid));
    }
    for (const pod of this.#pods) {
      if (pod.gone) continue;
      const reading = pod.read(nowMs);
      const cpuCores = reading === null ? null : this.#rate(pod.name, reading.timeMs, reading.cpuSeconds);
      const { memoryBytes } = pod;
      const node = pod.options.node.name;
      const source = pod.group === null ? 'proc' : 'cgroup';
      samples.push({ time, kind: 'pod', name: pod.name, node, cpuCores, memoryBytes, source });
      add(node, cpuCores, memoryBytes);
    }
    for (const [name, { cpu, memory }] of nodes) {
      samples.push({ time, kind: 'node', name, node: name, cpuCores: cpu, memoryBytes: memory, source: 'proc' });
    }
    return samples;
  }

  get running(): boolean {
    return this.#gateway?.running === true;
  }

  replicas(): { readonly desired: number; readonly current: number; readonly ready: number } {
    const present = this.#present;
    return {
      desired: this.#wanted,
      current: present.length,
      ready: present.filter(({ ready }) => ready.status).length,
    };
  }

  async stopCaptures(): Promise<readonly CaptureEntry[]> {
    const captures = this.#captures;
    this.#captures = null;
    const nodes = captures === null ? [] : await captures.stop();
    const most = (this.#scenario.capture?.maxMiB ?? 0) * 1024 * 1024;
    const taps = this.#taps.flatMap((tap) => {
      const size = statSync(join(this.#folder, tap.file), { throwIfNoEntry: false })?.size;
      if (size === undefined) return [];
      if (size < most) return [tap];
      this.#problem('capture-full', `tap of ${tap.pod} ended at its limit of ${this.#scenario.capture?.maxMiB} MiB`);
      return [{ ...tap, limits: [...tap.limits, 'ended early at its size limit'] }];
    });
    return [...nodes, ...taps];
  }

  async teardown(): Promise<void> {
    this.#ended = true;
    this.#autoscaler?.stop();
    if (this.#reader !== null) clearInterval(this.#reader);
    for (const timer of this.#restarts) clearTimeout(timer);
    await Promise.all([...this.#pods].map((pod) => pod.terminate(5000)));
    await this.#gateway?.stop(5000);
    await this.#captures?.stop();
    this.#captures = null;
    this.#addresses?.release();
  }

  get #present(): MediaPod[] {
    return [...this.#pods].filter((pod) => !pod.terminating && !pod.gone);
  }

  #nodeOf(slot: number): ClusterNode {
    return this.nodes[1 + (slot % this.#scenario.nodes.workers)];
  }

  #hostOf(slot: number): string {
    const { workers } = this.#scenario.nodes;
    return this.#addresses!.host(1 + (slot % workers), Math.floor(slot / workers));
  }

  async #decideHowToCapture(): Promise<void> {
    const { capture, name } = this.#scenario;
    if (capture === null) return;
    if (this.#options.capture !== 'tap') {
      const all = this.nodes.map((node, index) => {
        return { name: node.name, node, pod: null, filter: `net ${this.#addresses!.network(index)}` };
      });
      // Without nodes the master stays: its signalling is in no pod's capture, and it shows whether we may capture.
      const points = capture.points.includes('nodes') ? all : all.slice(0, 1);
      const captures = new LocalCaptures(this.#folder, capture, [`run: ${name}`], (problem) =>
        this.#listener.problem(problem),
      );
      this.#captures = captures;
      // Both ends of what workers carry are in their own captures; the master's has signalling.
      const may = await Promise.all(points.map((point) => captures.add(point)));
      if (may.every(Boolean)) return;
      await captures.stop();
      this.#captures = null;
    }
    this.#tapping = true;
    this.#problem('tap-only', 'packets were recorded by the SFUs themselves: this machine lets us capture none');
  }

  /** Makes pods as there shall be, on the node that has fewest; takes the newest away first. */
  #reconcile(): void {
    if (this.#ended) return;
    const present = this.#present;
    for (let count = present.length; count < this.#wanted; count++) if (!this.#startPod()) break;
    const surplus = present.toSorted((a, b) => b.startTimeMs - a.startTimeMs).slice(0, present.length - this.#wanted);
    if (present.length > this.#wanted) for (const pod of surplus) void pod.terminate();
    this.#tellReplicas();
  }

  #startPod(): boolean {
    const taken = new Set([...this.#pods].filter((pod) => !pod.gone).map((pod) => pod.options.slot));
    const free = Array.from({ length: this.#slots }, (_, slot) => slot).filter((slot) => !taken.has(slot));
    const onNode = (slot: number) =>
      this.#present.filter((pod) => pod.options.node.name === this.#nodeOf(slot).name).length;
    const slot = free.toSorted((a, b) => onNode(a) - onNode(b) || a - b)[0];
    if (slot === undefined) return false;
    const name = `sfu-${++this.#made}`;
    const node = this.#nodeOf(slot);
    const tap = this.#tapping ? join('captures', `${name}.pcapng`) : null;
    if (tap !== null) {
      this.#taps.push({
        ...{ file: tap, kind: 'tap', node: node.name, pod: name, tool: 'tap' },
        ...{ clockOffsetSeconds: 0, clockErrorSeconds: 0, droppedByCapture: null, limits: this.#tapLimits() },
      });
    }
    if (this.#captures !== null && this.#scenario.capture?.points.includes('pods') === true) {
      // It takes longer to start than the capture does.
      const point = { name, node, pod: name, filter: `host ${this.#hostOf(slot)}` };
      this.#captures.add(point).catch((error: Error) => {
        this.#problem('capture-died', `capture of ${name} did not begin: ${error.message}`);
      });
    }
    const { mediaPod, capture } = this.#scenario;
    this.#pods.add(
      new MediaPod({
        ...{ name, node, slot, host: this.#hostOf(slot), program: this.#options.program, secret: this.#secret },
        folder: this.#folder,
        tap:
          tap === null || capture === null
            ? null
            : {
                file: join(this.#folder, tap),
                snapLength: capture.snapLength,
                megabytes: capture.maxMiB * MB_PER_MIB,
              },
        cpuLimit: mediaPod.cpuLimit,
        silentMs: this.#options.silentMs ?? SILENT_MS,
        memoryBytes: mediaPod.memoryLimitMiB * 1024 * 1024,
        onPhase: (pod, phase) => this.#podChanged(pod, phase),
      }),
    );
    return true;
  }

  #podChanged(pod: MediaPod, phase: PodPhase): void {
    const time = new Date().toISOString();
    this.#listener.scaling({ time, event: 'pod', pod: pod.name, node: pod.options.node.name, phase });
    if (phase === 'killed') {
      this.#problem('pod-killed', `media pod ${pod.name} on ${pod.options.node.name} ended by itself`);
      const timer = setTimeout(() => {
        this.#restarts.delete(timer);
        this.#reconcile();
      }, RESTART_AFTER_MS);
      this.#restarts.add(timer);
    } else if (phase === 'unready' && !pod.terminating) {
      this.#problem('pod-silent', `media pod ${pod.name} on ${pod.options.node.name} does not answer`);
    }
    if (phase === 'gone') {
      this.#captures?.endPod(pod.name);
      this.#pods.delete(pod);
      this.#cpuBefore.delete(pod.name);
    }
    if (phase !== 'created') this.#tellReplicas();
  }

  #tellReplicas(): void {
    const replicas = this.replicas();
    const text = JSON.stringify(replicas);
    if (text === this.#lastReplicas) return;
    this.#lastReplicas = text;
    this.#listener.scaling({ time: new Date().toISOString(), event: 'replicas', target: TARGET, ...replicas });
  }

  #decided({ decision, inputs }: Decided): void {
    const time = new Date().toISOString();
    const { current, desired, reason, limitedBy, heldBack, blind } = decision;
    if ((blind !== null) !== this.#blind) {
      this.#blind = blind !== null;
      this.#listener.scaling({ time, event: 'autoscaler', active: !this.#blind, reason });
    }
    const held = limitedBy ?? heldBack;
    this.#listener.scaling({
      ...{ time, event: 'decision', target: TARGET },
      current,
      desired,
      reason,
      limitedBy: held,
      inputs,
    });
    if (desired !== current) void this.setReplicas(desired);
  }

  #rate(name: string, timeMs: number, cpuSeconds: number | null): number | null {
    if (cpuSeconds === null) return null;
    const before = this.#cpuBefore.get(name);
    this.#cpuBefore.set(name, { timeMs, cpuSeconds });
    if (before === undefined || timeMs <= before.timeMs) return null;
    return Math.max(0, ((cpuSeconds - before.cpuSeconds) * 1000) / (timeMs - before.timeMs));
  }

  #tapLimits(): string[] {
    return [...TAP_LIMITS, `the first ${this.#scenario.capture?.snapLength} bytes of each packet`];
  }

  #problem(code: string, text: string): void {
    this.#listener.problem({ time: new Date().toISOString(), code, text });
  }
}
