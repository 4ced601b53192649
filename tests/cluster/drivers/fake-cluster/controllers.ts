import type { FakeObject, ObjectStore } from './object-store.ts';

export interface ControllerSettings {
  /** Between a state and the next. */
  readonly stepMs: number;
  /** Nodes that take pods. */
  readonly workers: readonly string[];
  readonly address: string;
}

const APPS = '/apis/apps/v1/namespaces/';

/**
 * What makes a cluster of an API server: Deployments get pods, these are scheduled (one media pod a node, because of its port), become
 * ready, and go; an autoscaler sets replicas by the CPU that it is told.
 */
export class Controllers {
  readonly #store: ObjectStore;
  readonly #settings: ControllerSettings;
  readonly #timer: NodeJS.Timeout;
  /** Mean CPU of media pods in percent of the request; null where there is no metric. */
  cpuPercent: number | null = 20;
  /** What keeps new pods from running: a reason of a waiting container. */
  imageFault: string | null = null;
  /** What keeps pods from being made. */
  quotaFault: string | null = null;
  #made = 0;

  constructor(store: ObjectStore, settings: ControllerSettings) {
    this.#store = store;
    this.#settings = settings;
    this.#timer = setInterval(() => this.#step(), settings.stepMs);
  }

  close(): void {
    clearInterval(this.#timer);
  }

  /** The container of a pod ends by itself, and is started again. */
  killContainer(namespace: string, name: string): void {
    const collection = `/api/v1/namespaces/${namespace}/pods`;
    const pod = this.#store.get(collection, name);
    const status = pod.status.containerStatuses[0];
    const terminated = { exitCode: 137, reason: 'OOMKilled' };
    this.#store.put(collection, {
      ...pod,
      status: {
        ...pod.status,
        conditions: conditions(false, true),
        containerStatuses: [
          { ...status, restartCount: status.restartCount + 1, lastState: { terminated }, state: { running: {} } },
        ],
      },
    });
  }

  #step(): void {
    for (const collection of this.#store.collections('/deployments')) {
      const namespace = collection.slice(APPS.length, -'/deployments'.length);
      for (const deployment of this.#store.list(collection)) this.#deployment(collection, namespace, deployment);
    }
    for (const collection of this.#store.collections('/horizontalpodautoscalers')) {
      for (const autoscaler of this.#store.list(collection)) this.#autoscaler(collection, autoscaler);
    }
    for (const { metadata } of this.#store.list('/api/v1/namespaces')) {
      if (metadata.deletionTimestamp !== undefined) this.#endNamespace(metadata.name);
    }
  }

  #deployment(collection: string, namespace: string, deployment: FakeObject): void {
    const pods = `/api/v1/namespaces/${namespace}/pods`;
    const { name } = deployment.metadata;
    const own = this.#store.list(pods).filter(({ metadata }) => metadata.labels['app.kubernetes.io/name'] === name);
    const present = own.filter(({ metadata }) => metadata.deletionTimestamp === undefined);
    const wanted = deployment.metadata.deletionTimestamp === undefined ? (deployment.spec.replicas ?? 1) : 0;
    if (present.length < wanted && this.quotaFault === null) this.#makePod(pods, namespace, deployment);
    for (const pod of present.slice(wanted)) this.#terminate(pods, pod);
    for (const pod of own) this.#advance(pods, pod, name === 'sfu');
    const ready = present.filter((pod) => isReady(pod)).length;
    const status = {
      ...{ observedGeneration: deployment.metadata.generation, replicas: present.length },
      ...{ updatedReplicas: present.length, readyReplicas: ready },
      conditions:
        this.quotaFault === null ? [] : [{ type: 'ReplicaFailure', status: 'True', message: this.quotaFault }],
    };
    if (JSON.stringify(status) === JSON.stringify(deployment.status)) return;
    this.#store.put(collection, { ...this.#store.get(collection, name), status });
  }

  #makePod(collection: string, namespace: string, deployment: FakeObject): void {
    const { template } = deployment.spec;
    const name = `${deployment.metadata.name}-${++this.#made}`;
    this.#store.put(collection, {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { ...template.metadata, name, namespace },
      spec: { containers: template.spec.containers },
      status: { phase: 'Pending', conditions: [] },
    });
  }

  #terminate(collection: string, pod: FakeObject): void {
    const metadata = { ...pod.metadata, deletionTimestamp: new Date().toISOString() };
    const status = { ...pod.status, conditions: conditions(false, true) };
    this.#store.put(collection, { ...pod, metadata, status });
  }

  #advance(collection: string, seen: FakeObject, takesPort: boolean): void {
    const pod = this.#store.get(collection, seen.metadata.name);
    // One step for each state, so that every state is seen by those who watch.
    if (pod === undefined || pod.metadata.resourceVersion !== seen.metadata.resourceVersion) return;
    if (pod.metadata.deletionTimestamp !== undefined) this.#store.delete(collection, pod.metadata.name);
    else if (pod.spec.nodeName === undefined) this.#schedule(collection, pod, takesPort);
    else if (!isReady(pod)) this.#start(collection, pod);
  }

  #schedule(collection: string, pod: FakeObject, takesPort: boolean): void {
    const { workers } = this.#settings;
    const taken = new Set(
      takesPort
        ? this.#store
            .list(collection)
            .filter(hasPort)
            .map(({ spec }) => spec.nodeName as string)
        : [],
    );
    const node = workers.find((name) => !taken.has(name));
    if (node !== undefined) {
      this.#store.put(collection, {
        ...pod,
        spec: { ...pod.spec, nodeName: node },
        status: { ...pod.status, conditions: conditions(false, true) },
      });
      return;
    }
    const message = `0/${workers.length} nodes are available: ${workers.length} node(s) didn't have free ports for the requested pod ports.`;
    const unscheduled = [{ type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message }];
    if (JSON.stringify(pod.status.conditions) === JSON.stringify(unscheduled)) return;
    this.#store.put(collection, { ...pod, status: { ...pod.status, conditions: unscheduled } });
  }

  #start(collection: string, pod: FakeObject): void {
    const { address } = this.#settings;
    const waiting = this.imageFault === null ? null : { reason: this.imageFault, message: 'pull access denied' };
    const before = pod.status.containerStatuses ?? [];
    const containerStatuses = pod.spec.containers.map(({ name, image }: FakeObject, index: number) => ({
      ...{ name, image, restartCount: before[index]?.restartCount ?? 0 },
      state: waiting === null ? { running: {} } : { waiting },
    }));
    const status = {
      ...{ phase: waiting === null ? 'Running' : 'Pending', hostIP: address, podIP: address, containerStatuses },
      conditions: conditions(waiting === null, true),
      ephemeralContainerStatuses: runningOf(pod.spec.ephemeralContainers),
    };
    if (JSON.stringify(status) === JSON.stringify(pod.status)) return;
    this.#store.put(collection, { ...pod, status });
  }

  #autoscaler(collection: string, autoscaler: FakeObject): void {
    const deployments = collection.replace('/apis/autoscaling/v2', '/apis/apps/v1').replace(/[^/]+$/, 'deployments');
    const deployment = this.#store.get(deployments, autoscaler.spec.scaleTargetRef.name);
    if (deployment === undefined) return;
    const current = deployment.spec.replicas;
    const { minReplicas, maxReplicas, metrics } = autoscaler.spec;
    // Nobody serves other metrics here.
    if (metrics[0].containerResource === undefined) return;
    const { averageUtilization } = metrics[0].containerResource.target;
    const proposed = this.cpuPercent === null ? current : Math.ceil((current * this.cpuPercent) / averageUtilization);
    const desired = Math.min(maxReplicas, Math.max(minReplicas, proposed));
    const blind = this.cpuPercent === null;
    const measured = { averageUtilization: this.cpuPercent, averageValue: `${this.cpuPercent}m` };
    const status = {
      ...{ currentReplicas: current, desiredReplicas: desired },
      lastScaleTime: desired === current ? autoscaler.status?.lastScaleTime : new Date().toISOString(),
      currentMetrics: blind
        ? null
        : [{ type: 'ContainerResource', containerResource: { container: 'sfu', name: 'cpu', current: measured } }],
      conditions: [
        {
          type: 'AbleToScale',
          status: 'True',
          reason: desired === current ? 'ReadyForNewScale' : 'SucceededRescale',
          message: '',
        },
        blind
          ? {
              type: 'ScalingActive',
              status: 'False',
              reason: 'FailedGetContainerResourceMetric',
              message: 'no metrics returned',
            }
          : { type: 'ScalingActive', status: 'True', reason: 'ValidMetricFound', message: '' },
        {
          type: 'ScalingLimited',
          status: proposed > maxReplicas ? 'True' : 'False',
          reason: proposed > maxReplicas ? 'TooManyReplicas' : 'DesiredWithinRange',
        },
      ],
    };
    if (desired !== current) {
      const { generation } = deployment.metadata;
      this.#store.put(deployments, {
        ...deployment,
        metadata: { ...deployment.metadata, generation: generation + 1 },
        spec: { ...deployment.spec, replicas: desired },
      });
    }
    if (JSON.stringify(status) === JSON.stringify(autoscaler.status)) return;
    this.#store.put(collection, { ...autoscaler, status });
  }

  /** What is in a namespace goes before the namespace does. */
  #endNamespace(name: string): void {
    let left = 0;
    for (const collection of this.#store.collections('')) {
      if (!collection.includes(`/namespaces/${name}/`)) continue;
      for (const object of this.#store.list(collection)) {
        left++;
        if (!collection.endsWith('/pods')) this.#store.delete(collection, object.metadata.name);
        else if (object.metadata.deletionTimestamp === undefined) this.#terminate(collection, object);
        else this.#store.delete(collection, object.metadata.name);
      }
    }
    if (left === 0) this.#store.delete('/api/v1/namespaces', name);
  }
}

const isReady = (pod: FakeObject): boolean =>
  pod.status.conditions.some(({ type, status }: FakeObject) => type === 'Ready' && status === 'True');
const hasPort = (pod: FakeObject): boolean =>
  pod.spec.nodeName !== undefined && pod.metadata.labels['app.kubernetes.io/name'] === 'sfu';
const conditions = (ready: boolean, scheduled: boolean): object[] => [
  { type: 'PodScheduled', status: scheduled ? 'True' : 'False' },
  { type: 'Ready', status: ready ? 'True' : 'False' },
];
export const runningOf = (containers: FakeObject[] | undefined): object[] =>
  (containers ?? []).map(({ name, image }) => ({ name, image, state: { running: {} } }));
