import type { KubernetesObject } from '../kubernetes-client/kubernetes-object.ts';

export interface CapturesOnVolume {
  /** The PersistentVolumeClaim that the captures are on. */
  readonly claim: string;
  /** Within the claim: `runs/7/*.pcapng`. */
  readonly pattern: string;
}

export interface CapturesInBucket {
  /** `s3://BUCKET/runs/7/*.pcapng`. */
  readonly name: string;
  /** Secret with the key as AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY; null for a bucket that all may read. */
  readonly secret: string | null;
  /** Where it is not Amazon's. */
  readonly endpoint: string | null;
  readonly region: string | null;
}

export interface AnalysisJob {
  readonly name: string;
  readonly namespace: string;
  readonly image: string;
  readonly from: CapturesOnVolume | CapturesInBucket;
  readonly shards: number;
  /** Further arguments of the analysis. */
  readonly options: readonly string[];
  /** Whether the cluster can count failures by index (Kubernetes 1.29 on). */
  readonly countsByIndex: boolean;
}

/** Tries again of a shard that failed, as by a node that went away. */
const RETRIES = 2;
const KEPT_SECONDS = 3600;

/** An Indexed Job, one shard of the captures a pod. */
export function analysisJobManifest(job: AnalysisJob): KubernetesObject {
  const { name, namespace, image, from, shards, options, countsByIndex } = job;
  const volume = 'claim' in from ? from : null;
  const bucket = 'claim' in from ? null : from;
  const place = volume === null ? bucket?.name : `/captures/${volume.pattern}`;
  const labels = { 'app.kubernetes.io/name': 'analysis', 'app.kubernetes.io/part-of': 'rtcscope' };
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { name, namespace, labels },
    spec: {
      completionMode: 'Indexed',
      completions: shards,
      parallelism: shards,
      // A shard that fails for good does not take the others with it.
      ...(countsByIndex
        ? { backoffLimitPerIndex: RETRIES, maxFailedIndexes: shards }
        : { backoffLimit: RETRIES * shards }),
      ttlSecondsAfterFinished: KEPT_SECONDS,
      template: {
        metadata: { labels },
        spec: {
          restartPolicy: 'Never',
          automountServiceAccountToken: false,
          securityContext: {
            ...{ runAsNonRoot: true, runAsUser: 10001, runAsGroup: 10001 },
            seccompProfile: { type: 'RuntimeDefault' },
          },
          containers: [
            {
              name: 'analysis',
              image,
              imagePullPolicy: 'IfNotPresent',
              // The index is in JOB_COMPLETION_INDEX, which the Job's controller sets.
              args: ['shard', place, `--of=${shards}`, ...options],
              ...(bucket === null ? {} : { env: bucketEnvironment(bucket) }),
              resources: { requests: { cpu: '500m', memory: '256Mi' }, limits: { cpu: '1', memory: '2Gi' } },
              securityContext: {
                ...{ allowPrivilegeEscalation: false, readOnlyRootFilesystem: true },
                capabilities: { drop: ['ALL'] },
              },
              volumeMounts: [
                ...(volume === null ? [] : [{ name: 'captures', mountPath: '/captures', readOnly: true }]),
                { name: 'tmp', mountPath: '/tmp' },
              ],
            },
          ],
          volumes: [
            ...(volume === null
              ? []
              : [{ name: 'captures', persistentVolumeClaim: { claimName: volume.claim, readOnly: true } }]),
            { name: 'tmp', emptyDir: { sizeLimit: '64Mi' } },
          ],
        },
      },
    },
  };
}

/** The key goes from the Secret to the pod by the kubelet: it is in no argument, no object of ours, and never on this machine. */
function bucketEnvironment({ secret, endpoint, region }: CapturesInBucket): readonly object[] {
  const given = (name: string, value: string | null) => (value === null ? [] : [{ name, value }]);
  const kept = (name: string, optional: boolean) =>
    secret === null ? [] : [{ name, valueFrom: { secretKeyRef: { name: secret, key: name, optional } } }];
  return [
    ...given('AWS_ENDPOINT_URL_S3', endpoint),
    ...given('AWS_REGION', region),
    ...kept('AWS_ACCESS_KEY_ID', false),
    ...kept('AWS_SECRET_ACCESS_KEY', false),
    ...kept('AWS_SESSION_TOKEN', true),
  ];
}
