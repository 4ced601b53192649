import { join } from 'node:path';
import type { ClusterNode, PodPhase } from '../cluster-driver.ts';
import { CONTROL_PORT, HEALTH_PORT, MEDIA_PORT } from './addresses.ts';
import { groupName, openProcessGroup, type ProcessGroup } from './cpu-limit.ts';
import { processCpuSeconds, processMemoryBytes } from './process-use.ts';
import { type ProgramCommand, RoleProcess } from './role-process.ts';

const PROBE_EVERY_MS = 500;
const PROBE_TIMEOUT_MS = 2000;
/** As `failureThreshold` of a readiness probe. */
const FAILURES = 3;
/** As `terminationGracePeriodSeconds`. */
const GRACE_MS = 30_000;

export interface MediaPodOptions {
  readonly name: string;
  readonly node: ClusterNode;
  readonly host: string;
  readonly slot: number;
  readonly program: ProgramCommand;
  readonly secret: string;
  readonly folder: string;
  readonly tap: { readonly file: string; readonly snapLength: number; readonly megabytes: number } | null;
  readonly cpuLimit: number;
  readonly memoryBytes: number;
  /** How long it may give no answer before it is ended, as by a liveness probe. */
  readonly silentMs: number;
  readonly onPhase: (pod: MediaPod, phase: PodPhase) => void;
}

export interface CpuReading {
  readonly timeMs: number;
  readonly cpuSeconds: number;
}

const KEPT_READINGS = 120;

/** An SFU process that is watched as a node's agent watches a pod. */
export class MediaPod {
  readonly options: MediaPodOptions;
  readonly startTimeMs = Date.now();
  readonly group: ProcessGroup | null;
  readonly readings: CpuReading[] = [];
  ready: { status: boolean; sinceMs: number };
  terminating = false;
  gone = false;
  readonly #process: RoleProcess;
  readonly #timer: NodeJS.Timeout;
  #failures = 0;
  #answeredAtMs = performance.now();
  #probing = false;

  constructor(options: MediaPodOptions) {
    this.options = options;
    this.ready = { status: false, sinceMs: this.startTimeMs };
    const { name, host, program, secret, folder, tap } = options;
    const args = ['sfu', '--id', name, '--media', `${host}:${MEDIA_PORT}`, '--control', `${host}:${CONTROL_PORT}`];
    args.push('--health', `${host}:${HEALTH_PORT}`);
    if (tap !== null) {
      args.push('--tap', tap.file, '--tap-snaplen', `${tap.snapLength}`, '--tap-megabytes', `${tap.megabytes}`);
    }
    this.#process = new RoleProcess(name, [...program, ...args], {
      logFile: join(folder, 'logs', `${name}.log`),
      environment: { RTCSCOPE_CONTROL_SECRET: secret },
    });
    const group = openProcessGroup(groupName(name), options.cpuLimit, options.memoryBytes);
    this.group = this.#enter(group);
    options.onPhase(this, 'created');
    this.#timer = setInterval(() => void this.#probe(), PROBE_EVERY_MS);
    void this.#process.ended.then(() => this.#end());
  }

  get name(): string {
    return this.options.name;
  }

  get pid(): number | undefined {
    return this.#process.pid;
  }

  /** Reads the CPU time, and keeps it for the autoscaler's window. */
  read(nowMs: number): CpuReading | null {
    const { pid } = this;
    if (pid === undefined || this.gone) return null;
    const cpuSeconds = this.group?.cpuSeconds() ?? processCpuSeconds(pid);
    if (cpuSeconds === null) return null;
    const reading = { timeMs: nowMs, cpuSeconds };
    this.readings.push(reading);
    if (this.readings.length > KEPT_READINGS) this.readings.shift();
    return reading;
  }

  get memoryBytes(): number | null {
    return this.pid === undefined ? null : processMemoryBytes(this.pid);
  }

  /** Drains: what it carries goes elsewhere first, then it ends. */
  async terminate(graceMs = GRACE_MS): Promise<void> {
    if (!this.terminating && !this.gone) {
      this.terminating = true;
      this.options.onPhase(this, 'terminating');
    }
    await this.#process.stop(graceMs);
  }

  #enter(group: ProcessGroup | null): ProcessGroup | null {
    if (group === null || this.pid === undefined) {
      group?.remove();
      return null;
    }
    try {
      group.add(this.pid);
      return group;
    } catch {
      group.remove();
      return null;
    }
  }

  async #probe(): Promise<void> {
    if (this.#probing || this.gone) return;
    this.#probing = true;
    const url = `http://${this.options.host}:${HEALTH_PORT}/readyz`;
    const answered = await fetch(url, { signal: AbortSignal.timeout(PROBE_TIMEOUT_MS) }).then(
      (response) => response.ok,
      () => false,
    );
    this.#probing = false;
    if (this.gone) return;
    this.#failures = answered ? 0 : this.#failures + 1;
    if (answered && !this.ready.status) this.#setReady(true);
    else if (this.ready.status && this.#failures >= FAILURES) this.#setReady(false);
    this.#answeredAtMs = answered ? performance.now() : this.#answeredAtMs;
    if (performance.now() - this.#answeredAtMs > this.options.silentMs) this.#process.signal('SIGKILL');
  }

  #setReady(status: boolean): void {
    this.ready = { status, sinceMs: Date.now() };
    this.options.onPhase(this, status ? 'ready' : 'unready');
  }

  #end(): void {
    clearInterval(this.#timer);
    this.gone = true;
    this.ready = { status: false, sinceMs: Date.now() };
    this.group?.remove();
    if (!this.terminating) this.options.onPhase(this, 'killed');
    this.options.onPhase(this, 'gone');
  }
}
