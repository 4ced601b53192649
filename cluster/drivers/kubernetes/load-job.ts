import type { KubernetesObject } from '../../kubernetes-client/kubernetes-object.ts';
import { MEDIA_DEPLOYMENT } from './conference-objects.ts';
import { MADE_BY } from './run-mark.ts';

export interface LoadJob {
  readonly name: string;
  readonly namespace: string;
  readonly image: string;
  /** Address of the gateway within the cluster. */
  readonly gateway: string;
  /** Of `rtcscope load`, without where to and what to write. */
  readonly args: readonly string[];
  readonly seconds: number;
}

/** For the image, the joins and the leaves. */
const SPARE_SECONDS = 300;
const KEPT_SECONDS = 600;
/** How long participants may take to leave. */
const GRACE_SECONDS = 15;

/** A Job of one pod that joins the conference as many participants, and tells in its log what it counts. */
export function loadJobManifest({ name, namespace, image, gateway, args, seconds }: LoadJob): KubernetesObject {
  const labels = {
    'app.kubernetes.io/name': 'load',
    'app.kubernetes.io/part-of': 'rtcscope',
    'app.kubernetes.io/managed-by': MADE_BY,
  };
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { name, namespace, labels },
    spec: {
      // A load that ended early is told, not begun anew.
      backoffLimit: 0,
      activeDeadlineSeconds: Math.ceil(seconds) + SPARE_SECONDS,
      ttlSecondsAfterFinished: KEPT_SECONDS,
      template: {
        metadata: { labels },
        spec: {
          restartPolicy: 'Never',
          terminationGracePeriodSeconds: GRACE_SECONDS,
          automountServiceAccountToken: false,
          securityContext: {
            ...{ runAsNonRoot: true, runAsUser: 10001, runAsGroup: 10001 },
            seccompProfile: { type: 'RuntimeDefault' },
          },
          // Where it can, away from the media pods, whose CPU is what is measured.
          affinity: {
            podAntiAffinity: {
              preferredDuringSchedulingIgnoredDuringExecution: [
                {
                  weight: 100,
                  podAffinityTerm: {
                    topologyKey: 'kubernetes.io/hostname',
                    labelSelector: { matchLabels: { 'app.kubernetes.io/name': MEDIA_DEPLOYMENT } },
                  },
                },
              ],
            },
          },
          containers: [
            {
              name: 'load',
              image,
              imagePullPolicy: 'IfNotPresent',
              args: ['load', '--url', gateway, ...args, '--stream', '--quiet'],
              env: [
                {
                  name: 'RTCSCOPE_TOKEN_SECRET',
                  valueFrom: { secretKeyRef: { name: 'rtcscope', key: 'token-secret' } },
                },
              ],
              resources: { requests: { cpu: '100m', memory: '256Mi' }, limits: { cpu: '2', memory: '1Gi' } },
              securityContext: {
                ...{ allowPrivilegeEscalation: false, readOnlyRootFilesystem: true },
                capabilities: { drop: ['ALL'] },
              },
              volumeMounts: [{ name: 'tmp', mountPath: '/tmp' }],
            },
          ],
          volumes: [{ name: 'tmp', emptyDir: { sizeLimit: '64Mi' } }],
        },
      },
    },
  };
}
