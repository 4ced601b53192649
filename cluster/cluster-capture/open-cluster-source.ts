import { loadCapturing, type RunningSource } from '../../captures/index.ts';
import type { ClusterAccess, ConnectOptions } from '../kubernetes-client/cluster-access.ts';
import { connectCluster } from '../kubernetes-client/connect.ts';
import { type Permission, requirePermissions } from '../kubernetes-client/permissions.ts';
import type { Pod } from '../kubernetes-client/pod.ts';
import { type CaptureContainer, openInPod, openOnNode } from './capture-container.ts';
import { measureClock } from './clock-offset.ts';
import { ExecSource } from './exec-source.ts';

export interface ClusterSourceOptions extends ConnectOptions {
  /** One of the two. */
  readonly pod?: string | undefined;
  readonly node?: string | undefined;
  /** Of the pod; at a node, where the pod that captures goes. */
  readonly namespace?: string | undefined;
  /** Of rtcscope: it has the programs that capture. */
  readonly image?: string | undefined;
  /** Berkeley packet filter; empty for all packets. */
  readonly filter: string;
  /** Bytes kept of each packet; null for all. */
  readonly snapLength: number | null;
}

const ALL_BYTES = 262_144;
const DEFAULT_IMAGE = 'localhost/rtcscope:0.1.0';

/**
 * Captures in a cluster: in a pod that runs, or on a node. What is made there for it is taken away when the source is closed.
 *
 * @throws KubernetesError or LiveCaptureError
 */
export async function openClusterSource(options: ClusterSourceOptions): Promise<RunningSource> {
  const { access } = await connectCluster(options);
  let container: CaptureContainer | null = null;
  const close = async () => {
    await container?.close().catch(() => {});
    access.close();
  };
  try {
    const namespace = options.namespace ?? access.namespace;
    container =
      options.pod === undefined
        ? await atNode(access, namespace, options)
        : await inPod(access, namespace, options.pod, options);
    const { pod, container: name, address, node } = container;
    const place = { namespace, pod, container: name };
    const clock = await measureClock(access, place).catch(() => null);
    const offset = clock === null ? 'unknown' : `${clock.offsetSeconds} s, give or take ${clock.errorSeconds} s`;
    const source = await ExecSource.open(access, {
      ...{ place, address, filter: options.filter, snapLength: options.snapLength ?? ALL_BYTES },
      name: options.pod === undefined ? `node ${node}` : `pod ${pod} on node ${node}`,
      clock: `kernel of node ${node}; to the clock here: ${offset}`,
      onClose: close,
    });
    const { openLiveCursor } = await loadCapturing();
    return { source, cursor: await openLiveCursor(source) };
  } catch (error) {
    await close();
    throw error;
  }
}

async function atNode(
  access: ClusterAccess,
  namespace: string,
  { node = '', image = DEFAULT_IMAGE }: ClusterSourceOptions,
) {
  await access.get(`/api/v1/nodes/${encodeURIComponent(node)}`, { what: `find node ${node}` });
  await requirePermissions(access, [
    ...(['create', 'delete'] as const).map((verb) => inside(namespace, verb, 'pods')),
    ...exec(namespace),
  ]);
  return await openOnNode(access, { namespace, node, image });
}

async function inPod(access: ClusterAccess, namespace: string, pod: string, { image }: ClusterSourceOptions) {
  await requirePermissions(access, [
    inside(namespace, 'get', 'pods'),
    inside(namespace, 'patch', 'pods/ephemeralcontainers'),
    ...exec(namespace),
  ]);
  const found = await access.get<Pod>(`/api/v1/namespaces/${namespace}/pods/${encodeURIComponent(pod)}`, {
    what: `find pod ${pod}`,
  });
  const containers = found.spec?.containers ?? [];
  const health = containers.flatMap(({ ports = [] }) => ports).find(({ name }) => name === 'health');
  // An SFU's own image has what captures.
  const own = containers.find(({ image: named = '' }) => /(^|\/)rtcscope(:|@|$)/.test(named))?.image;
  return await openInPod(access, {
    namespace,
    pod,
    image: image ?? own ?? DEFAULT_IMAGE,
    holdPort: health?.containerPort ?? 0,
  });
}

const inside = (namespace: string, verb: string, resource: string): Permission => ({
  verb,
  resource,
  group: '',
  namespace,
});
const exec = (namespace: string): Permission[] => ['get', 'create'].map((verb) => inside(namespace, verb, 'pods/exec'));
