import { KubernetesError, type KubernetesErrorCode, shownText } from './kubernetes-error.ts';
import { conditionOf, type Deployment, type Pod } from './pod.ts';

/** Why something is not ready. */
export interface Diagnosis {
  readonly code: KubernetesErrorCode;
  readonly text: string;
  readonly hint: string;
  /** Whether waiting helps nothing. */
  readonly isFinal: boolean;
}

const diagnosis = (code: KubernetesErrorCode, text: string, hint: string, isFinal: boolean): Diagnosis => ({
  ...{ code, text: shownText(text), hint, isFinal },
});

/** Waiting reasons of the kubelet that speak of the image (pkg/kubelet/images/types.go). */
const IMAGE_REASONS = new Set(['ErrImagePull', 'ImagePullBackOff', 'ErrImageNeverPull', 'InvalidImageName']);

/** What keeps a pod from becoming ready, as far as its status tells; null where it only needs time. */
export function diagnosePod(pod: Pod): Diagnosis | null {
  const { name } = pod.metadata;
  const { conditions, containerStatuses = [] } = pod.status ?? {};
  const scheduled = conditionOf(conditions, 'PodScheduled');
  if (scheduled?.status === 'False') {
    const message = scheduled.message ?? scheduled.reason ?? '';
    if (/free ports/.test(message)) {
      const text = `no node has the media port free for pod ${name}: ${message}`;
      return diagnosis(
        'port-taken',
        text,
        'End what uses the port, choose another one, or ask for fewer media pods.',
        false,
      );
    }
    const text = `no node takes pod ${name}: ${message}`;
    return diagnosis('unschedulable', text, 'Add a node, or ask for less CPU, memory or fewer pods.', false);
  }
  for (const { name: container, image, state, lastState, restartCount = 0 } of containerStatuses) {
    const waiting = state?.waiting;
    const reason = waiting?.reason ?? '';
    if (IMAGE_REASONS.has(reason)) {
      const node = pod.spec?.nodeName ?? 'its node';
      const text = `the image ${image ?? ''} of pod ${name} cannot be had on ${node}: ${waiting?.message ?? reason}`;
      return diagnosis(
        'image-missing',
        text,
        'Push it where nodes pull from, load it onto them, or name another one.',
        reason !== 'ErrImagePull',
      );
    }
    if (
      reason === 'CreateContainerConfigError' ||
      reason === 'CreateContainerError' ||
      reason === 'RunContainerError'
    ) {
      const text = `container ${container} of pod ${name} cannot be started: ${waiting?.message ?? reason}`;
      return diagnosis('pod-failed', text, 'Make what it asks for, such as its secret.', false);
    }
    const ended = state?.terminated ?? lastState?.terminated;
    if (restartCount > 0 && ended !== undefined && state?.running === undefined) {
      const text = `container ${container} of pod ${name} ended by itself (${ended.reason ?? 'Error'}, status ${ended.exitCode ?? '?'}), ${restartCount} times by now`;
      return diagnosis('pod-failed', text, `See kubectl logs --previous ${name}.`, restartCount >= 3);
    }
  }
  return null;
}

/** What keeps a Deployment from making its pods: a quota, or a policy. */
export function diagnoseDeployment(deployment: Deployment): Diagnosis | null {
  const failure = conditionOf(deployment.status?.conditions, 'ReplicaFailure');
  if (failure?.status !== 'True') return null;
  const { name } = deployment.metadata;
  const message = failure.message ?? failure.reason ?? '';
  if (/exceeded quota|must specify/.test(message)) {
    const text = `no pod of ${name} may be made, the quota of its namespace is used up: ${message}`;
    return diagnosis('quota-exceeded', text, "Raise the namespace's ResourceQuota, or ask for less.", true);
  }
  return diagnosis('pod-failed', `no pod of ${name} can be made: ${message}`, 'The API server says why.', true);
}

export const toError = ({ code, text, hint }: Diagnosis): KubernetesError => new KubernetesError(code, text, hint);
