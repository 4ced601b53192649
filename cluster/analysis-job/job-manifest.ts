import type { KubernetesObject } from '../kubernetes-client/kubernetes-object.ts';

export interface AnalysisJob {
  readonly name: string;
  readonly namespace: string;
  readonly image: string;
  /** The PersistentVolumeClaim that the captures are on. */
  readonly claim: string;
  /** Within the claim: `runs/7/*.pcapng`. */
  readonly pattern: string;
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
  const { name, namespace, image, claim, pattern, shards, options, countsByIndex } = job;
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
              args: ['shard', `/captures/${pattern}`, `--of=${shards}`, ...options],
              resources: { requests: { cpu: '500m', memory: '256Mi' }, limits: { cpu: '1', memory: '2Gi' } },
              securityContext: {
                ...{ allowPrivilegeEscalation: false, readOnlyRootFilesystem: true },
                capabilities: { drop: ['ALL'] },
              },
              volumeMounts: [
                { name: 'captures', mountPath: '/captures', readOnly: true },
                { name: 'tmp', mountPath: '/tmp' },
              ],
            },
          ],
          volumes: [
            { name: 'captures', persistentVolumeClaim: { claimName: claim, readOnly: true } },
            { name: 'tmp', emptyDir: { sizeLimit: '64Mi' } },
          ],
        },
      },
    },
  };
}
