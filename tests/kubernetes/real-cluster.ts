import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { type ClusterAccess, connectCluster, type KubernetesObject } from '../../cluster/index.ts';

/** Whether the cluster that `KUBECONFIG` names may be tried out: `npm run test:kubernetes` says so. */
export const HAS_CLUSTER = process.env['RTCSCOPE_TEST_KUBERNETES'] === '1';
export const PROGRAM = fileURLToPath(new URL('../../dist/main.js', import.meta.url));
/** Not that of a conference that stands there already. */
export const MEDIA_PORT = 10_700;

export interface RealCluster {
  readonly access: ClusterAccess;
  readonly workers: readonly string[];
  readonly masters: number;
}

export async function openRealCluster(): Promise<RealCluster> {
  const { access } = await connectCluster();
  const { items } = await access.get<{ items: readonly KubernetesObject[] }>('/api/v1/nodes');
  const isMaster = ({ metadata }: KubernetesObject) =>
    metadata.labels?.['node-role.kubernetes.io/control-plane'] !== undefined;
  return {
    access,
    workers: items.filter((node) => !isMaster(node)).map(({ metadata }) => metadata.name),
    masters: items.filter(isMaster).length,
  };
}

/** Namespaces that runs left. */
export async function namespacesOfRuns(access: ClusterAccess): Promise<string[]> {
  const query = { labelSelector: 'app.kubernetes.io/managed-by=rtcscope-lab' };
  const { items } = await access.get<{ items: readonly KubernetesObject[] }>('/api/v1/namespaces', { query });
  return items.map(({ metadata }) => metadata.name);
}

export interface Ran {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** The built program, as a user starts it. */
export function startProgram(
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): {
  readonly child: ChildProcess;
  readonly ended: Promise<Ran>;
} {
  const child = spawn(process.execPath, [PROGRAM, ...args], { env: { ...process.env, ...environment } });
  let stdout = '';
  let stderr = '';
  child.stdout!.on('data', (bytes: Buffer) => (stdout += bytes.toString('utf8')));
  child.stderr!.on('data', (bytes: Buffer) => (stderr += bytes.toString('utf8')));
  const ended = new Promise<Ran>((resolve) => child.on('close', (status) => resolve({ status, stdout, stderr })));
  return { child, ended };
}
