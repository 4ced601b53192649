import { randomBytes } from 'node:crypto';
import type { ClusterAccess } from '../kubernetes-client/cluster-access.ts';
import { deleteObjects } from '../kubernetes-client/delete-objects.ts';
import { diagnosePod, toError } from '../kubernetes-client/diagnose.ts';
import { ExecSession } from '../kubernetes-client/exec-session.ts';
import { KubernetesError } from '../kubernetes-client/kubernetes-error.ts';
import type { Pod } from '../kubernetes-client/pod.ts';
import type { CapturePlace } from './capture-place.ts';
import { END_FIRST_PROCESS, KEEP_RUNNING } from './pod-programs.ts';

/** A place to capture at, made for that. */
export interface CaptureContainer extends CapturePlace {
  /** Address that the interface to capture on has. */
  readonly address: string;
  readonly node: string;
  /** Takes away what was made. */
  close(): Promise<void>;
}

export const CAPTURE_LABEL = 'capture';
const RUNNING_WITHIN_MS = 60_000;
const LOOK_EVERY_MS = 200;
const GONE_WITHIN_MS = 30_000;

/** Raw sockets need NET_RAW, and only root of the container is given it; tcpdump gives up rights that it would have, for which it needs the others. */
const SECURITY = {
  runAsNonRoot: false,
  runAsUser: 0,
  allowPrivilegeEscalation: false,
  readOnlyRootFilesystem: true,
  capabilities: { drop: ['ALL'], add: ['NET_RAW', 'SETGID', 'SETUID'] },
};

/** A pod on a node, in the node's own network. @throws KubernetesError */
export async function openOnNode(
  access: ClusterAccess,
  options: {
    readonly namespace: string;
    readonly node: string;
    readonly image: string;
    /** For whom: by that it is found again where nobody is left to take it away. */
    readonly madeBy?: string;
  },
): Promise<CaptureContainer> {
  const { namespace, node, image, madeBy = 'rtcscope-capture' } = options;
  const name = `capture-${randomBytes(4).toString('hex')}`;
  const path = `/api/v1/namespaces/${namespace}/pods`;
  await access.request('POST', path, {
    body: nodePod(name, namespace, node, image, madeBy),
    what: `make a pod on node ${node} to capture there`,
  });
  const close = async () => {
    await deleteObjects(access, [`${path}/${name}`], { timeoutMs: GONE_WITHIN_MS, graceSeconds: 1 });
  };
  try {
    const pod = await waitFor(
      access,
      namespace,
      name,
      (found) => found.status?.containerStatuses?.some(({ state }) => state?.running !== undefined) === true,
    );
    return { namespace, pod: name, container: 'capture', node, address: pod.status?.hostIP ?? '', close };
  } catch (error) {
    await close();
    throw error;
  }
}

function nodePod(name: string, namespace: string, node: string, image: string, madeBy: string): object {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name,
      namespace,
      labels: {
        'app.kubernetes.io/name': CAPTURE_LABEL,
        'app.kubernetes.io/part-of': 'rtcscope',
        'app.kubernetes.io/managed-by': madeBy,
      },
    },
    spec: {
      nodeName: node,
      hostNetwork: true,
      restartPolicy: 'Never',
      automountServiceAccountToken: false,
      terminationGracePeriodSeconds: 5,
      tolerations: [{ operator: 'Exists' }],
      securityContext: { seccompProfile: { type: 'RuntimeDefault' } },
      containers: [
        {
          ...{ name: 'capture', image, imagePullPolicy: 'IfNotPresent', command: ['node', '-e', KEEP_RUNNING, '0'] },
          resources: { requests: { cpu: '20m', memory: '64Mi' }, limits: { cpu: '500m', memory: '256Mi' } },
          securityContext: SECURITY,
        },
      ],
    },
  };
}

/**
 * An ephemeral container in a pod that runs: it shares the pod's network, and the autoscaler does not count it. It cannot be taken out of the
 * pod again, but it ends.
 *
 * @param holdPort of the pod, open for as long as its main process is there. @throws KubernetesError
 */
export async function openInPod(
  access: ClusterAccess,
  options: { readonly namespace: string; readonly pod: string; readonly image: string; readonly holdPort: number },
): Promise<CaptureContainer> {
  const { namespace, pod, image, holdPort } = options;
  const container = `capture-${randomBytes(4).toString('hex')}`;
  const path = `/api/v1/namespaces/${namespace}/pods/${encodeURIComponent(pod)}`;
  await access.request('PATCH', `${path}/ephemeralcontainers`, {
    contentType: 'application/strategic-merge-patch+json',
    body: {
      spec: {
        ephemeralContainers: [
          {
            ...{ name: container, image, imagePullPolicy: 'IfNotPresent' },
            command: ['node', '-e', KEEP_RUNNING, String(holdPort)],
            securityContext: SECURITY,
          },
        ],
      },
    },
    what: `put a container to capture into pod ${pod}`,
  });
  const found = await waitFor(access, namespace, pod, ({ status }) => {
    const own = status?.ephemeralContainerStatuses?.find(({ name }) => name === container);
    const { running, terminated, waiting } = own?.state ?? {};
    if (terminated !== undefined || /Err|BackOff|Error/.test(waiting?.reason ?? '')) {
      const reason = terminated?.reason ?? `${waiting?.reason}: ${waiting?.message ?? ''}`;
      const text = `the container to capture in pod ${pod} does not run: ${reason}`;
      throw new KubernetesError('image-missing', text, 'It needs an image of rtcscope: see --image.');
    }
    return running !== undefined;
  });
  const place = { namespace, pod, container };
  const close = async () => {
    const session = await ExecSession.open(access, {
      ...place,
      command: ['node', '-e', END_FIRST_PROCESS],
      onOutput: () => {},
    }).catch(
      // The pod may be gone by now, and the container with it.
      () => null,
    );
    await session?.ended;
  };
  return { ...place, node: found.spec?.nodeName ?? '', address: found.status?.podIP ?? '', close };
}

async function waitFor(
  access: ClusterAccess,
  namespace: string,
  name: string,
  isThere: (pod: Pod) => boolean,
): Promise<Pod> {
  const deadline = Date.now() + RUNNING_WITHIN_MS;
  for (;;) {
    const pod = await access.get<Pod>(`/api/v1/namespaces/${namespace}/pods/${encodeURIComponent(name)}`, {
      what: `see pod ${name}`,
    });
    if (isThere(pod)) return pod;
    const fault = diagnosePod(pod);
    if (fault?.isFinal === true || (fault !== null && Date.now() > deadline)) throw toError(fault);
    if (Date.now() > deadline) {
      const text = `pod ${name} does not run its container within ${RUNNING_WITHIN_MS / 1000} s`;
      throw new KubernetesError('not-ready', text, `See kubectl --namespace ${namespace} describe pod ${name}.`);
    }
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
  }
}
