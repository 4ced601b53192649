export type KubernetesErrorCode =
  | 'no-kubeconfig'
  | 'no-cluster'
  | 'bad-name'
  | 'unauthorized'
  | 'forbidden'
  | 'not-found'
  | 'conflict'
  | 'quota-exceeded'
  | 'namespace-terminating'
  | 'refused'
  | 'no-metrics'
  | 'image-missing'
  | 'port-taken'
  | 'unschedulable'
  | 'pod-failed'
  | 'not-ready'
  | 'unknown-kind'
  | 'bad-overlay';

/** What stands between us and the cluster, in words for whoever gave the command: one line, and what to do. */
export class KubernetesError extends Error {
  override readonly name = 'KubernetesError';
  readonly code: KubernetesErrorCode;
  readonly hint: string;
  /** HTTP status of the answer; null where there was none. */
  readonly status: number | null;

  constructor(code: KubernetesErrorCode, message: string, hint: string, status: number | null = null) {
    super(shownText(message));
    this.code = code;
    this.hint = hint;
    this.status = status;
  }
}

const LONGEST_TEXT = 400;

/** Text of a server as one line that no terminal takes for anything else. */
export function shownText(text: string): string {
  const line = text.replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\s]+/gu, ' ').trim();
  return line.length <= LONGEST_TEXT ? line : `${line.slice(0, LONGEST_TEXT)}…`;
}

interface Status {
  readonly message?: unknown;
  readonly reason?: unknown;
}

/** @param what was asked for, such as `create deployments/sfu`. @param body of the answer: a Status, as a rule. */
export function refusalOf(status: number, body: unknown, what: string): KubernetesError {
  const { message } = (typeof body === 'object' && body !== null ? body : {}) as Status;
  const said = typeof message === 'string' ? message : typeof body === 'string' ? body : `HTTP status ${status}`;
  const fault = (code: KubernetesErrorCode, hint: string) =>
    new KubernetesError(code, `cannot ${what}: ${said}`, hint, status);
  if (status === 401) {
    return fault('unauthorized', 'Check the user of the kubeconfig: its credentials may have expired.');
  }
  if (status === 403 && /exceeded quota|must specify .*for:/.test(said)) {
    return fault('quota-exceeded', "Raise the namespace's ResourceQuota, or name another namespace.");
  }
  if (status === 403 && /being terminated/.test(said)) {
    return fault('namespace-terminating', 'Wait until it is gone, or name another namespace.');
  }
  if (status === 403) return fault('forbidden', 'Ask whoever runs the cluster for a role that allows it.');
  if (status === 404) return fault('not-found', 'Check its name and namespace.');
  if (status === 409) return fault('conflict', 'Something else changes it at the same time; try again.');
  if (status === 422 && /provided port is already allocated/.test(said)) {
    return fault('port-taken', 'Choose another port, or end what uses it.');
  }
  return fault('refused', 'The API server says why; see its log if that is not enough.');
}
