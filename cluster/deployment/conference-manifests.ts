import { KubernetesError } from '../kubernetes-client/kubernetes-error.ts';
import type { KubernetesObject } from '../kubernetes-client/kubernetes-object.ts';
import { inNamespace } from '../kubernetes-client/object-namespace.ts';
import { shippedOverlay, shippedOverlays } from '../kubernetes-client/overlay-folder.ts';
import { renderOverlay } from '../kubernetes-client/render-overlay.ts';

export const MADE_BY_LABEL = 'app.kubernetes.io/managed-by';
export const PART_OF_LABEL = 'app.kubernetes.io/part-of';
export const MADE_BY = 'rtcscope';
/** Of what is in no namespace: the one that it is for. */
export const NAMESPACE_LABEL = 'rtcscope.dev/namespace';

export interface ManifestChoice {
  /** Name of an overlay that comes along, or a Kustomize folder. */
  readonly overlay: string;
  readonly namespace: string;
  /** Null for the overlay's own. */
  readonly image: string | null;
  /** Port of the nodes for media; null for the overlay's own. */
  readonly mediaPort: number | null;
}

// biome-ignore lint/suspicious/noExplicitAny: objects of the API, of any kind, while they are changed
type Draft = any;

/** What is to be applied, each object labelled as ours. @throws KubernetesError where the overlay cannot be read. */
export function conferenceManifests(choice: ManifestChoice): readonly KubernetesObject[] {
  const { overlay, namespace, image, mediaPort } = choice;
  const objects = structuredClone(inNamespace(renderOverlay(overlayFolder(overlay)), namespace)) as Draft[];
  for (const object of objects) {
    object.metadata.labels = { [PART_OF_LABEL]: MADE_BY, ...object.metadata.labels, [MADE_BY_LABEL]: MADE_BY };
    if (/^ClusterRole/.test(object.kind)) ownByNamespace(object, namespace);
    const pod = object.spec?.template?.spec;
    if (pod === undefined) continue;
    if (image !== null) for (const container of pod.containers) container.image = image;
    if (mediaPort !== null) for (const container of pod.containers) setMediaPort(container, mediaPort);
  }
  return objects;
}

/** @param overlay name of one that comes along, or a Kustomize folder with a slash in its name. @throws KubernetesError */
export function overlayFolder(overlay: string): string {
  const folder = overlay.includes('/') ? overlay : shippedOverlay(overlay);
  if (folder !== null) return folder;
  const hint = `There is ${shippedOverlays().join(', ')}; a folder has a slash in it.`;
  throw new KubernetesError('bad-overlay', `there is no overlay ${JSON.stringify(overlay)}`, hint);
}

/** What is in no namespace is named for ours, so that two conferences do not share it. */
export function ownByNamespace(object: Draft, namespace: string): void {
  object.metadata.name = `${object.metadata.name}-${namespace}`;
  object.metadata.labels[NAMESPACE_LABEL] = namespace;
  if (object.roleRef?.kind === 'ClusterRole')
    object.roleRef = { ...object.roleRef, name: `${object.roleRef.name}-${namespace}` };
}

/** The port of the container is changed with that of the node: clients are told the one that the SFU listens on. */
function setMediaPort(container: Draft, mediaPort: number): void {
  const published = (container.ports ?? []).filter((port: Draft) => port.hostPort !== undefined);
  if (published.length === 0) return;
  for (const port of published) Object.assign(port, { hostPort: mediaPort, containerPort: mediaPort });
  container.args = (container.args ?? []).map((argument: string) =>
    argument.replace(/^(--(?:udp|tcp)-port)=.*/, `$1=${mediaPort}`),
  );
}
