import type { KubernetesObject } from '../../kubernetes-client/kubernetes-object.ts';
import { inNamespace } from '../../kubernetes-client/object-namespace.ts';
import { shippedOverlay } from '../../kubernetes-client/overlay-folder.ts';
import { renderOverlay } from '../../kubernetes-client/render-overlay.ts';
import type { AutoscalerScenario, Scenario } from '../../scenario/scenario.ts';

export const MEDIA_DEPLOYMENT = 'sfu';
export const GATEWAY_DEPLOYMENT = 'gateway';
export const MADE_BY = 'rtcscope-lab';

export interface ConferencePlan {
  readonly scenario: Scenario;
  readonly namespace: string;
  readonly replicas: number;
  readonly image: string | null;
  /** Port of the nodes. */
  readonly mediaPort: number;
  readonly secrets: { readonly token: string; readonly control: string };
}

// biome-ignore lint/suspicious/noExplicitAny: objects of the API, of any kind, while they are changed
type Draft = any;

/** The overlay `no-hpa`, changed to what the scenario describes. The Namespace is among the objects. */
export function conferenceObjects(plan: ConferencePlan): readonly KubernetesObject[] {
  const { namespace, scenario } = plan;
  const overlay = shippedOverlay('no-hpa');
  if (overlay === null) throw new Error('cluster/kubernetes is missing beside the program');
  const objects = structuredClone(inNamespace(renderOverlay(overlay), namespace)) as Draft[];
  for (const object of objects) {
    object.metadata.labels = { ...object.metadata.labels, 'app.kubernetes.io/managed-by': MADE_BY };
    if (object.kind === 'Deployment') useImage(object, plan.image);
    const is = (kind: string, name: string) => object.kind === kind && object.metadata.name === name;
    if (is('Deployment', MEDIA_DEPLOYMENT)) sizeMediaPods(object, plan);
    // Any free port of the nodes: several conferences may stand beside each other.
    if (is('Service', GATEWAY_DEPLOYMENT)) object.spec.type = 'NodePort';
    if (object.kind === 'Namespace') {
      object.metadata.annotations = { 'rtcscope.dev/scenario': scenario.name };
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

/** The image of the media pods. */
export function imageOf(objects: readonly KubernetesObject[]): string {
  const deployment: Draft = objects.find(
    ({ kind, metadata }) => kind === 'Deployment' && metadata.name === MEDIA_DEPLOYMENT,
  );
  return deployment.spec.template.spec.containers.find(({ name }: Draft) => name === MEDIA_DEPLOYMENT).image;
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

/** @param mostReplicas that the cluster has room for: a node carries one media pod, because of its port. */
export function autoscalerObject(
  autoscaler: AutoscalerScenario,
  namespace: string,
  mostReplicas: number,
): KubernetesObject {
  const overlay = shippedOverlay('hpa');
  if (overlay === null) throw new Error('cluster/kubernetes is missing beside the program');
  const found = renderOverlay(overlay).find(({ kind }) => kind === 'HorizontalPodAutoscaler');
  const object = structuredClone(inNamespace([found!], namespace)[0]) as Draft;
  object.metadata.labels = { ...object.metadata.labels, 'app.kubernetes.io/managed-by': MADE_BY };
  object.spec.maxReplicas = Math.min(autoscaler.maxReplicas, mostReplicas);
  object.spec.minReplicas = Math.min(autoscaler.minReplicas, object.spec.maxReplicas);
  object.spec.metrics[0].containerResource.target.averageUtilization = autoscaler.targetCpuPercent;
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
