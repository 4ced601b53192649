import { randomBytes } from 'node:crypto';
import { findLabRuns, type LabRun } from '../../deployment/lab-runs.ts';
import { applyObjects } from '../../kubernetes-client/apply-objects.ts';
import type { ClusterAccess, ConnectOptions } from '../../kubernetes-client/cluster-access.ts';
import { connectCluster } from '../../kubernetes-client/connect.ts';
import { deleteObjects } from '../../kubernetes-client/delete-objects.ts';
import { diagnoseDeployment, diagnosePod, toError } from '../../kubernetes-client/diagnose.ts';
import { KubernetesError } from '../../kubernetes-client/kubernetes-error.ts';
import type { KubernetesObject } from '../../kubernetes-client/kubernetes-object.ts';
import type { Deployment, Pod } from '../../kubernetes-client/pod.ts';
import { ObjectWatch } from '../../kubernetes-client/watch-objects.ts';
import type { Scenario } from '../../scenario/scenario.ts';
import type {
  CaptureEntry,
  ClusterDriver,
  ClusterNode,
  DriverListener,
  LoadProcess,
  LoadRun,
  MetricSample,
} from '../cluster-driver.ts';
import { type Autoscaler, AutoscalerHistory } from './autoscaler-history.ts';
import { ClusterCaptures } from './cluster-captures.ts';
import { ClusterLoad } from './cluster-load.ts';
import { ClusterMetrics } from './cluster-metrics.ts';
import type { FoundNode } from './cluster-nodes.ts';
import {
  autoscalerObject,
  autoscalerOf,
  conferenceObjects,
  GATEWAY_DEPLOYMENT,
  imageOf,
  MEDIA_DEPLOYMENT,
  otherMetricOf,
  readOverlay,
} from './conference-objects.ts';
import { PodHistory } from './pod-history.ts';
import { preflight } from './preflight.ts';
import { PrometheusApi } from './prometheus-api.ts';
import { PrometheusMetrics, requirePrometheus } from './prometheus-metrics.ts';
import { keepMarked } from './run-mark.ts';
import { setScale } from './set-scale.ts';
import { type WarningEvent, WarningEvents } from './warning-events.ts';

export interface KubernetesDriverOptions extends ConnectOptions {
  /** Where the conference goes; one of its own, made for the run, where not given. */
  readonly namespace?: string | undefined;
  /** Of all roles; as the overlays name it where not given. */
  readonly image?: string | undefined;
  /** Port of the nodes that media goes to. */
  readonly mediaPort?: number | undefined;
  /** Name of an overlay that comes along, or a Kustomize folder with a slash in its name; `no-hpa` where not given. */
  readonly overlay?: string | undefined;
  /** Address of a Prometheus that scrapes the kubelets. */
  readonly prometheus?: string | undefined;
  /** Where participants run: on this machine where not given. */
  readonly load?: 'here' | 'cluster' | undefined;
}

const DEFAULT_MEDIA_PORT = 10_000;
/** As `--health` of the base says. */
const HEALTH_PORT = 7001;
const LOOK_EVERY_MS = 100;
/** How long a fault may last that time may cure, such as a pod that no node takes while another one still has the port. */
const PATIENCE_MS = 100_000;
/** Longer than the grace period of a media pod. */
const GONE_WITHIN_MS = 120_000;
const FORCED_WITHIN_MS = 30_000;
/** A change of replicas and its effect on pods come by different watches. */
const JUDGE_AFTER_MS = 3000;
const NAMESPACE = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;

interface GatewayService {
  readonly spec?: {
    readonly clusterIP?: string;
    readonly ports?: readonly { readonly port?: number; readonly nodePort?: number }[];
  };
}

const hostOf = (address: string): string => (address.includes(':') ? `[${address}]` : address);

/**
 * The conference on a Kubernetes cluster. What it does there is asked for by the API alone; what becomes of it is read from watches,
 * with times of this machine's clock.
 */
export class KubernetesDriver implements ClusterDriver {
  readonly name = 'kubernetes';
  readonly nodes: readonly ClusterNode[];
  readonly versions: Readonly<Record<string, string>>;
  readonly namespace: string;
  /** Other experiments that have something in the cluster, running or killed. */
  readonly otherRuns: readonly LabRun[];
  readonly loadEnvironment: Readonly<Record<string, string>>;
  readonly startLoad?: (run: LoadRun, signal: AbortSignal) => Promise<LoadProcess>;
  readonly #access: ClusterAccess;
  readonly #options: KubernetesDriverOptions;
  readonly #found: readonly FoundNode[];
  readonly #overlay: readonly KubernetesObject[];
  readonly #isOwnNamespace: boolean;
  readonly #hasMetrics: boolean;
  readonly #secrets = { token: randomBytes(24).toString('base64url'), control: randomBytes(24).toString('base64url') };
  readonly #made: string[] = [];
  readonly #watches: { stop(): Promise<void> }[] = [];
  readonly #timers = new Set<NodeJS.Timeout>();
  #scenario!: Scenario;
  #listener!: DriverListener;
  #pods!: PodHistory;
  #podWatch: ObjectWatch<Pod> | null = null;
  #deployment: Deployment | null = null;
  #gatewayDeployment: Deployment | null = null;
  #metrics: ClusterMetrics | null = null;
  #prometheus: PrometheusMetrics | null = null;
  readonly #nodeOfPods = new Map<string, string>();
  #captures: ClusterCaptures | null = null;
  #autoscaling = false;
  #wanted = 0;
  #gatewayUrl = '';
  #innerUrl = '';
  #image = '';
  #lastReplicas = '';
  #ending = false;
  #teardown: Promise<void> | null = null;

  private constructor(
    access: ClusterAccess,
    version: string,
    options: KubernetesDriverOptions,
    found: {
      readonly nodes: readonly FoundNode[];
      readonly isNewNamespace: boolean;
      readonly hasMetrics: boolean;
      readonly namespace: string;
      readonly overlay: readonly KubernetesObject[];
      readonly otherRuns: readonly LabRun[];
    },
  ) {
    this.#access = access;
    this.#options = options;
    this.#found = found.nodes;
    this.#isOwnNamespace = found.isNewNamespace;
    this.#hasMetrics = found.hasMetrics;
    this.namespace = found.namespace;
    this.#overlay = found.overlay;
    this.otherRuns = found.otherRuns;
    this.nodes = found.nodes.map(({ name, role }) => ({ name, role }));
    this.versions = { kubernetes: version };
    this.loadEnvironment = { RTCSCOPE_TOKEN_SECRET: this.#secrets.token };
    if (options.load === 'cluster') this.startLoad = (run, signal) => this.#startLoad(run, signal);
  }

  /**
   * Finds the cluster, and whether it takes what the scenario describes. Nothing is made yet.
   *
   * @throws KubernetesError
   */
  static async connect(scenario: Scenario, options: KubernetesDriverOptions = {}): Promise<KubernetesDriver> {
    const namespace = options.namespace ?? `rtcscope-lab-${randomBytes(3).toString('hex')}`;
    if (!NAMESPACE.test(namespace)) {
      const text = `${JSON.stringify(namespace)} is no name of a namespace`;
      throw new KubernetesError('bad-name', text, 'Up to 63 small letters, digits and inner dashes (RFC 1123 label).');
    }
    const prometheus = options.prometheus === undefined ? null : new PrometheusApi(options.prometheus);
    const overlay = readOverlay(options.overlay ?? 'no-hpa');
    const { access, version } = await connectCluster(options);
    try {
      if (prometheus !== null) await requirePrometheus(prometheus);
      const found = await preflight(access, scenario, namespace, overlay, options.load === 'cluster');
      const otherRuns = await findLabRuns(access);
      return new KubernetesDriver(access, version, options, { ...found, namespace, overlay, otherRuns });
    } catch (error) {
      access.close();
      throw error;
    }
  }

  get gatewayUrl(): string {
    return this.#gatewayUrl;
  }

  get running(): boolean {
    return !this.#ending && (this.#gatewayDeployment?.status?.readyReplicas ?? 0) > 0;
  }

  async apply(scenario: Scenario, replicas: number, folder: string, listener: DriverListener): Promise<void> {
    this.#scenario = scenario;
    this.#listener = listener;
    this.#wanted = replicas;
    this.#tellLimits(scenario);
    this.#pods = new PodHistory(MEDIA_DEPLOYMENT, {
      phase: (pod, node, phase) => {
        // That all goes in the end is no scaling.
        if (this.#ending) return;
        listener.scaling({ time: new Date().toISOString(), event: 'pod', pod, node, phase });
        // The last state of a pod is told before the replicas that are left.
        if (phase !== 'created') queueMicrotask(() => this.#tellReplicas());
        else if (scenario.capture?.points.includes('pods') === true) void this.#captures?.startPod(pod, node);
      },
      taken: (pod, left) => this.#judge(pod, left),
      problem: (code, text) => this.#problem(code, text),
    });
    const mediaPort = this.#options.mediaPort ?? DEFAULT_MEDIA_PORT;
    const objects = conferenceObjects({
      ...{ scenario, overlay: this.#overlay, replicas },
      ...{ namespace: this.namespace, image: this.#options.image ?? null },
      ...{ mediaPort, secrets: this.#secrets },
    });
    this.#image = imageOf(objects);
    if (scenario.capture !== null) {
      this.#captures = new ClusterCaptures({
        ...{ access: this.#access, namespace: this.namespace, image: this.#image, scenario: scenario.capture },
        ...{ mediaPort, healthPort: HEALTH_PORT, folder, comment: `rtcscope run ${scenario.name}` },
        isLeaving: (pod) => this.#pods.isLeaving(pod),
        problem: (code, text) => this.#problem(code, text),
      });
    }
    const mayApply = (object: KubernetesObject) => this.#isOwnNamespace || object.kind !== 'Namespace';
    await applyObjects(this.#access, objects.filter(mayApply), {
      applied: ({ path, isNew }) => void (isNew && this.#made.push(path)),
    });
    const stopMarking = keepMarked(this.#access, this.#isOwnNamespace ? this.#namespacePath : this.#gatewayPath);
    this.#watches.push({ stop: async () => stopMarking() });
    await this.#follow();
    this.#gatewayUrl = await this.#findGateway();
    const nodeOf = (pod: string) => this.#nodeOfPods.get(pod) ?? null;
    if (this.#options.prometheus !== undefined) {
      const called = this.#found.flatMap(({ name, address, internalAddress }) =>
        [name, address, internalAddress].flatMap((key): [string, string][] => (key === null ? [] : [[key, name]])),
      );
      this.#prometheus = new PrometheusMetrics(new PrometheusApi(this.#options.prometheus), {
        ...{ namespace: this.namespace, deployment: MEDIA_DEPLOYMENT, nodes: new Map(called), nodeOfPod: nodeOf },
      });
    }
    if (this.#hasMetrics) {
      this.#metrics = new ClusterMetrics(this.#access, this.namespace, nodeOf, (code, text) =>
        this.#problem(code, text),
      );
    }
  }

  async waitReady(timeoutMs: number, signal: AbortSignal): Promise<void> {
    const started = Date.now();
    let faultSince: number | null = null;
    while (!(await this.#isReady())) {
      signal.throwIfAborted();
      const fault = this.#fault();
      faultSince = fault === null ? null : (faultSince ?? Date.now());
      const isOver = Date.now() - started > timeoutMs;
      if (fault !== null && (fault.isFinal || isOver || Date.now() - faultSince! > PATIENCE_MS)) throw toError(fault);
      if (isOver) {
        const { desired, ready } = this.replicas();
        const isGateway = (this.#gatewayDeployment?.status?.readyReplicas ?? 0) > 0;
        const state = ready < desired ? `${ready} of ${desired} media pods are ready` : this.#gatewayState(isGateway);
        const text = `not ready after ${Math.round(timeoutMs / 1000)} s: ${state}`;
        throw new KubernetesError('not-ready', text, 'See the problems of the run for what the cluster said.');
      }
      await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
    }
  }

  #startLoad(run: LoadRun, signal: AbortSignal): Promise<LoadProcess> {
    return ClusterLoad.start(this.#access, run, {
      ...{ namespace: this.namespace, image: this.#image, signal, name: `load-${run.name}`, gateway: this.#innerUrl },
      problem: (code, text) => this.#problem(code, text),
      made: (path) => this.#made.push(path),
    });
  }

  async setReplicas(replicas: number): Promise<void> {
    this.#wanted = replicas;
    this.#tellReplicas();
    await setScale(this.#access, this.namespace, MEDIA_DEPLOYMENT, replicas);
  }

  async setAutoscaler(on: boolean): Promise<void> {
    const { autoscaler } = this.#scenario;
    if (autoscaler === null || on === this.#autoscaling) return;
    const object = autoscalerObject(autoscaler, this.namespace, this.#room, this.#overlay);
    const path = `/apis/autoscaling/v2/namespaces/${this.namespace}/horizontalpodautoscalers/${object.metadata.name}`;
    if (on) {
      await applyObjects(this.#access, [object], { applied: () => this.#made.push(path) });
    } else {
      await deleteObjects(this.#access, [path], { timeoutMs: FORCED_WITHIN_MS });
      this.#made.splice(this.#made.indexOf(path), 1);
      // Whatever it came to is what there shall be.
      this.#wanted = this.#deployment?.spec?.replicas ?? this.#wanted;
    }
    this.#autoscaling = on;
  }

  async startCaptures(): Promise<void> {
    const captures = this.#captures;
    if (this.#scenario.capture?.points.includes('nodes') === true) {
      await captures?.startNodes(this.#found.filter(({ takesPods }) => takesPods).map(({ name }) => name));
    }
    // Those of pods began with their pods.
    await captures?.begun();
  }

  addKeys(lines: Uint8Array): void {
    this.#captures?.addKeys(lines);
  }

  remark(text: string): void {
    this.#captures?.remark(text);
  }

  async sample(): Promise<readonly MetricSample[]> {
    return (await this.#metrics?.sample()) ?? [];
  }

  async samplePhase(startMs: number, endMs: number): Promise<readonly MetricSample[]> {
    try {
      return (await this.#prometheus?.between(startMs, endMs)) ?? [];
    } catch (error) {
      if (!(error instanceof KubernetesError)) throw error;
      this.#problem('no-metrics', `CPU and memory of a phase are missing: ${error.message}`);
      return [];
    }
  }

  replicas(): { readonly desired: number; readonly current: number; readonly ready: number } {
    const inForce = this.#deployment?.spec?.replicas ?? this.#wanted;
    return {
      desired: this.#autoscaling ? inForce : this.#wanted,
      current: this.#pods.current,
      ready: this.#pods.ready,
    };
  }

  async stopCaptures(): Promise<readonly CaptureEntry[]> {
    const captures = this.#captures;
    this.#captures = null;
    return (await captures?.stop()) ?? [];
  }

  teardown(): Promise<void> {
    this.#teardown ??= this.#takeAway();
    return this.#teardown;
  }

  async #takeAway(): Promise<void> {
    this.#ending = true;
    await this.stopCaptures();
    for (const timer of this.#timers) clearTimeout(timer);
    try {
      const namespacePath = this.#namespacePath;
      // All that was made in a namespace of our own goes with it, but not what is in none.
      const isWithin = (path: string) => path.includes('/namespaces/') && path !== namespacePath;
      const paths = this.#made.includes(namespacePath) ? this.#made.filter((path) => !isWithin(path)) : this.#made;
      let left = await deleteObjects(this.#access, paths, { timeoutMs: GONE_WITHIN_MS });
      if (left.length > 0) {
        await this.#forcePods();
        left = await deleteObjects(this.#access, left, { timeoutMs: FORCED_WITHIN_MS });
      }
      if (left.length > 0) this.#problem('left-behind', `could not be taken away: ${left.join(', ')}`);
    } catch (error) {
      const text = `what the run made could not all be taken away (namespace ${this.namespace}): ${(error as Error).message}`;
      this.#problem('left-behind', text);
    } finally {
      await Promise.all(this.#watches.map((watch) => watch.stop()));
      this.#access.close();
    }
  }

  /** A node that no longer answers never says that its pods are gone. */
  async #forcePods(): Promise<void> {
    for (const { metadata } of this.#podWatch?.objects ?? []) {
      const path = `/api/v1/namespaces/${this.namespace}/pods/${metadata.name}`;
      await deleteObjects(this.#access, [path], { timeoutMs: 0, graceSeconds: 0 });
    }
  }

  get #namespacePath(): string {
    return `/api/v1/namespaces/${this.namespace}`;
  }

  get #gatewayPath(): string {
    return `/apis/apps/v1/namespaces/${this.namespace}/deployments/${GATEWAY_DEPLOYMENT}`;
  }

  /** How many media pods the cluster has room for: one a node, because of the port. */
  get #room(): number {
    return this.#found.filter(({ takesPods }) => takesPods).length;
  }

  #tellLimits(scenario: Scenario): void {
    const workers = this.#found.filter(({ role }) => role === 'worker').length;
    if (workers < scenario.nodes.workers) {
      this.#problem(
        'fewer-nodes',
        `the scenario asks for ${scenario.nodes.workers} workers, the cluster has ${workers}`,
      );
    }
    const most = scenario.autoscaler?.maxReplicas ?? 0;
    if (most > this.#room) {
      const text = `the autoscaler may come to ${this.#room} media pods, not ${most}: a node carries one, because of its port`;
      this.#problem('fewer-replicas', text);
    }
    const metric = otherMetricOf(autoscalerOf(this.#overlay));
    if (scenario.autoscaler !== null && metric !== null) {
      this.#problem('own-metric', `the overlay's autoscaler goes by ${metric}: targetCpuPercent is not used`);
    }
    if (this.startLoad !== undefined && scenario.phases.some(({ http }) => http !== null)) {
      this.#problem(
        'http-from-here',
        'the HTTP load comes from this machine all the same: nodes must be reachable for it',
      );
    }
    if (!this.#hasMetrics) this.#problem('no-metrics', 'the cluster has no metrics API: CPU and memory are missing');
  }

  async #follow(): Promise<void> {
    const base = `/namespaces/${this.namespace}`;
    const fault = (error: Error) =>
      this.#problem('watch-failed', `a watch broke off and is taken up again: ${error.message}`);
    this.#podWatch = new ObjectWatch<Pod>(
      this.#access,
      `/api/v1${base}/pods`,
      { labelSelector: `app.kubernetes.io/name=${MEDIA_DEPLOYMENT}` },
      { changed: (pod) => this.#podChanged(pod), removed: (pod) => this.#pods.removed(pod), fault },
    );
    const deployments = new ObjectWatch<Deployment>(
      this.#access,
      `/apis/apps/v1${base}/deployments`,
      {},
      {
        changed: (deployment) => {
          if (deployment.metadata.name === GATEWAY_DEPLOYMENT) this.#gatewayChanged(deployment);
          if (deployment.metadata.name !== MEDIA_DEPLOYMENT) return;
          this.#deployment = deployment;
          this.#tellReplicas();
        },
        removed: () => {},
        fault,
      },
    );
    const warnings = new WarningEvents(
      (code, text) => this.#ending || this.#problem(code, text),
      (pod) => this.#pods.wasReady(pod),
    );
    const events = new ObjectWatch<WarningEvent>(
      this.#access,
      `/api/v1${base}/events`,
      { fieldSelector: 'type=Warning' },
      { changed: (event) => warnings.changed(event), removed: () => {}, fault },
    );
    const watches = [this.#podWatch, deployments, events];
    if (this.#scenario.autoscaler !== null && this.#scenario.phases.some(({ autoscaling }) => autoscaling)) {
      watches.push(this.#followAutoscaler(base, fault));
    }
    for (const watch of watches) {
      await watch.start();
      this.#watches.push(watch);
    }
  }

  #followAutoscaler(base: string, fault: (error: Error) => void): ObjectWatch<KubernetesObject> {
    const history = new AutoscalerHistory(MEDIA_DEPLOYMENT, (event) => {
      this.#listener.scaling({ time: new Date().toISOString(), ...event });
      if (event.event !== 'autoscaler') return;
      if (!event.active)
        this.#problem('autoscaler-blind', `the autoscaler has no metric to decide by: ${event.reason}`);
    });
    return new ObjectWatch<KubernetesObject>(
      this.#access,
      `/apis/autoscaling/v2${base}/horizontalpodautoscalers`,
      { fieldSelector: `metadata.name=${MEDIA_DEPLOYMENT}` },
      {
        changed: (object) => history.changed(object as Autoscaler),
        removed: () => history.removed(),
        fault,
      },
    );
  }

  #gatewayChanged(deployment: Deployment): void {
    const wasReady = this.running;
    this.#gatewayDeployment = deployment;
    if (!wasReady || this.running || this.#ending) return;
    this.#problem('gateway-died', 'the gateway is no longer ready: nobody joins until it is again');
  }

  #podChanged(pod: Pod): void {
    if (pod.spec?.nodeName !== undefined) this.#nodeOfPods.set(pod.metadata.name, pod.spec.nodeName);
    this.#pods.changed(pod);
    this.#tellReplicas();
  }

  /** A pod that went although as many were wanted as before was taken by somebody else than the autoscaler or the scenario. */
  #judge(pod: string, left: number): void {
    if (this.#ending) return;
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      if (this.#ending || this.replicas().desired <= left) return;
      this.#problem(
        'pod-taken',
        `media pod ${pod} was taken away while it was wanted: by hand, by a drain, or by the node`,
      );
    }, JUDGE_AFTER_MS);
    this.#timers.add(timer);
  }

  #tellReplicas(): void {
    if (this.#ending) return;
    const replicas = this.replicas();
    const text = JSON.stringify(replicas);
    if (text === this.#lastReplicas) return;
    this.#lastReplicas = text;
    const time = new Date().toISOString();
    this.#listener.scaling({ time, event: 'replicas', target: MEDIA_DEPLOYMENT, ...replicas });
  }

  async #isReady(): Promise<boolean> {
    const { desired, ready } = this.replicas();
    const { metadata, spec, status } = this.#deployment ?? {};
    const generation = (metadata as { generation?: number } | undefined)?.generation ?? 0;
    const isObserved = spec?.replicas === desired && (status?.observedGeneration ?? 0) >= generation;
    if (!isObserved || ready < desired || (this.#gatewayDeployment?.status?.readyReplicas ?? 0) < 1) return false;
    // Participants inside do not need it to be reachable from here.
    if (this.startLoad !== undefined) return true;
    return fetch(`${this.#gatewayUrl}/healthz`, { signal: AbortSignal.timeout(2000) }).then(
      ({ ok }) => ok,
      () => false,
    );
  }

  #fault() {
    const deployments = [this.#gatewayDeployment, this.#deployment].filter((deployment) => deployment !== null);
    const pods = this.#podWatch?.objects.filter(({ metadata }) => metadata.deletionTimestamp === undefined) ?? [];
    const faults = [...deployments.map(diagnoseDeployment), ...pods.map(diagnosePod)].filter((fault) => fault !== null);
    return faults.find(({ isFinal }) => isFinal) ?? faults[0] ?? null;
  }

  #gatewayState(isReady: boolean): string {
    return isReady
      ? `the gateway does not answer at ${this.#gatewayUrl}: is the port open from here?`
      : 'the pod of the gateway is not ready';
  }

  async #findGateway(): Promise<string> {
    const path = `/api/v1/namespaces/${this.namespace}/services/${GATEWAY_DEPLOYMENT}`;
    const { spec } = await this.#access.get<GatewayService>(path, { what: 'look for the port of the gateway' });
    const port = spec?.ports?.[0]?.nodePort;
    const node = this.#found.find(({ takesPods, address }) => takesPods && address !== null);
    if (port === undefined || node === undefined) {
      throw new KubernetesError('not-ready', 'the gateway has no port of the nodes', 'See kubectl get services.');
    }
    // By its address: not every cluster has a DNS of its own.
    this.#innerUrl = `http://${hostOf(spec?.clusterIP ?? GATEWAY_DEPLOYMENT)}:${spec?.ports?.[0]?.port ?? 80}`;
    return `http://${hostOf(node.address!)}:${port}`;
  }

  #problem(code: string, text: string): void {
    this.#listener.problem({ time: new Date().toISOString(), code, text });
  }
}
