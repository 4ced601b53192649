import { overlayFolder, ownByNamespace } from '../../deployment/conference-manifests.ts';
import { KubernetesError } from '../../kubernetes-client/kubernetes-error.ts';
import type { KubernetesObject } from '../../kubernetes-client/kubernetes-object.ts';
import { inNamespace } from '../../kubernetes-client/object-namespace.ts';
import { shippedOverlay } from '../../kubernetes-client/overlay-folder.ts';
import { renderOverlay } from '../../kubernetes-client/render-overlay.ts';
import type { AutoscalerScenario, Scenario } from '../../scenario/scenario.ts';
import { MADE_BY, runMark } from './run-mark.ts';

export const MEDIA_DEPLOYMENT = 'sfu';
export const GATEWAY_DEPLOYMENT = 'gateway';

export interface ConferencePlan {
  readonly scenario: Scenario;
  /** As {@link readOverlay} read it. */
  readonly overlay: readonly KubernetesObject[];
  readonly namespace: string;
  readonly replicas: number;
  readonly image: string | null;
  /** Port of the nodes. */
  readonly mediaPort: number;
  readonly secrets: { readonly token: string; readonly control: string };
}

// biome-ignore lint/suspicious/noExplicitAny: objects of the API, of any kind, while they are changed
type Draft = any;

/**
 * The objects of an overlay that an experiment can be made with.
 *
 * @param overlay name of one that comes along, or a Kustomize folder with a slash in its name. @throws KubernetesError
 */
export function readOverlay(overlay: string): readonly KubernetesObject[] {
  const objects = renderOverlay(overlayFolder(overlay));
  const has = (kind: string, name: string) =>
    objects.some((object) => object.kind === kind && object.metadata.name === name);
  for (const [kind, name] of NEEDED) {
    if (has(kind, name)) continue;
    const hint = 'Build it on resources: [.../cluster/kubernetes/base].';
    throw new KubernetesError('bad-overlay', `overlay ${overlay} holds no ${kind} ${name}`, hint);
  }
  if (mediaContainer(objects) !== undefined) return objects;
  const text = `overlay ${overlay}: Deployment ${MEDIA_DEPLOYMENT} has no container ${MEDIA_DEPLOYMENT}`;
  throw new KubernetesError('bad-overlay', text, 'It is the one that the scenario sizes: keep its name.');
}

const NEEDED = [
  ['Deployment', MEDIA_DEPLOYMENT],
  ['Deployment', GATEWAY_DEPLOYMENT],
  ['Service', GATEWAY_DEPLOYMENT],
] as const;

/** The overlay, changed to what the scenario describes, without its autoscaler. The Namespace is among the objects. */
export function conferenceObjects(plan: ConferencePlan): readonly KubernetesObject[] {
  const { namespace, scenario } = plan;
  const mark = runMark(scenario.name);
  const objects = structuredClone(inNamespace(plan.overlay, namespace)).filter(isNoAutoscaler) as Draft[];
  if (!objects.some(({ kind }) => kind === 'Namespace')) {
    objects.unshift({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } });
  }
  for (const object of objects) {
    object.metadata.labels = { ...object.metadata.labels, 'app.kubernetes.io/managed-by': MADE_BY };
    if (/^ClusterRole/.test(object.kind)) ownByNamespace(object, namespace);
    if (object.kind === 'Deployment') useImage(object, plan.image);
    const is = (kind: string, name: string) => object.kind === kind && object.metadata.name === name;
    if (is('Deployment', MEDIA_DEPLOYMENT)) sizeMediaPods(object, plan);
    // Any free port of the nodes: several conferences may stand beside each other.
    if (is('Service', GATEWAY_DEPLOYMENT)) object.spec.type = 'NodePort';
    if (object.kind === 'Namespace' || is('Deployment', GATEWAY_DEPLOYMENT)) {
      object.metadata.annotations = { ...object.metadata.annotations, ...mark };
    }
  }
  objects.push({
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'rtcscope', namespace, labels: { 'app.kubernetes.io/managed-by': MADE_BY } },
    stringData: { 'token-secret': plan.secrets.token, 'control-secret': plan.secrets.control },
  });
  return objects;
}

const isNoAutoscaler = ({ kind }: KubernetesObject): boolean => kind !== 'HorizontalPodAutoscaler';

/** The image of the media pods. */
export const imageOf = (objects: readonly KubernetesObject[]): string => mediaContainer(objects).image;

function mediaContainer(objects: readonly KubernetesObject[]): Draft {
  const deployment: Draft = objects.find(
    ({ kind, metadata }) => kind === 'Deployment' && metadata.name === MEDIA_DEPLOYMENT,
  );
  return deployment?.spec?.template?.spec?.containers?.find(({ name }: Draft) => name === MEDIA_DEPLOYMENT);
}

function useImage(deployment: Draft, image: string | null): void {
  if (image === null) return;
  for (const container of deployment.spec.template.spec.containers) container.image = image;
}

function sizeMediaPods(deployment: Draft, { scenario, replicas, mediaPort }: ConferencePlan): void {
  const { cpuRequest, cpuLimit, memoryLimitMiB } = scenario.mediaPod;
  deployment.spec.replicas = replicas;
  const container = deployment.spec.template.spec.containers.find(({ name }: Draft) => name === MEDIA_DEPLOYMENT);
  container.resources = {
    requests: { cpu: milli(cpuRequest), memory: `${Math.min(256, memoryLimitMiB)}Mi` },
    limits: { cpu: milli(cpuLimit), memory: `${memoryLimitMiB}Mi` },
  };
  const portArgument = /^--(udp|tcp)-port=/;
  container.args = container.args.map((argument: string) =>
    portArgument.test(argument) ? argument.replace(/=.*/, `=${mediaPort}`) : argument,
  );
  for (const port of container.ports) {
    if (port.hostPort === undefined) continue;
    port.hostPort = mediaPort;
    port.containerPort = mediaPort;
  }
}

const milli = (cores: number): string => `${Math.max(1, Math.round(cores * 1000))}m`;

/** The autoscaler of the overlay, or that of `hpa` where it has none. */
export function autoscalerOf(overlay: readonly KubernetesObject[]): KubernetesObject {
  const own = overlay.find((object) => !isNoAutoscaler(object));
  if (own !== undefined) return own;
  const folder = shippedOverlay('hpa');
  if (folder === null) throw new Error('cluster/kubernetes is missing beside the program');
  return renderOverlay(folder).find((object) => !isNoAutoscaler(object))!;
}

/** What an autoscaler decides by, where that is not the CPU that the scenario's target is of; null where it is. */
export function otherMetricOf(autoscaler: KubernetesObject): string | null {
  const [metric]: Draft = (autoscaler as Draft).spec?.metrics ?? [];
  if (metric?.containerResource?.name === 'cpu') return null;
  const kind = String(metric?.type ?? 'nothing');
  return metric?.pods?.metric?.name ?? metric?.object?.metric?.name ?? metric?.external?.metric?.name ?? kind;
}

/** @param mostReplicas that the cluster has room for: a node carries one media pod, because of its port. */
export function autoscalerObject(
  autoscaler: AutoscalerScenario,
  namespace: string,
  mostReplicas: number,
  overlay: readonly KubernetesObject[],
): KubernetesObject {
  const found = autoscalerOf(overlay);
  const object = structuredClone(inNamespace([found], namespace)[0]) as Draft;
  object.metadata.labels = { ...object.metadata.labels, 'app.kubernetes.io/managed-by': MADE_BY };
  object.spec.maxReplicas = Math.min(autoscaler.maxReplicas, mostReplicas);
  object.spec.minReplicas = Math.min(autoscaler.minReplicas, object.spec.maxReplicas);
  if (otherMetricOf(found) === null) {
    object.spec.metrics[0].containerResource.target = {
      type: 'Utilization',
      averageUtilization: autoscaler.targetCpuPercent,
    };
  }
  // What the scenario leaves open is as Kubernetes has it, and as the local driver does.
  const { scaleUp, scaleDown } = autoscaler.behavior;
  object.spec.behavior = { scaleUp: rules(scaleUp), scaleDown: rules(scaleDown) };
  return object;
}

function rules(written: AutoscalerScenario['behavior']['scaleUp']): object {
  const { tolerance, ...others } = written;
  const given = Object.entries(others).filter(([, value]) => value !== null);
  // A Quantity; clusters without configurable tolerance leave it out.
  return { ...Object.fromEntries(given), ...(tolerance === null ? {} : { tolerance: String(tolerance) }) };
}
