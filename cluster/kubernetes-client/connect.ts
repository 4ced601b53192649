import { existsSync } from 'node:fs';
import { ClusterAccess, type ConnectOptions } from './cluster-access.ts';
import { KubernetesError } from './kubernetes-error.ts';

/** Reads the kubeconfig, and asks the API server for its version. @throws KubernetesError */
export async function connectCluster(
  options: ConnectOptions = {},
): Promise<{ readonly access: ClusterAccess; readonly version: string }> {
  // Half a second to load: only once a cluster is asked for.
  const { KubeConfig } = await import('@kubernetes/client-node');
  const config = new KubeConfig();
  const named = options.kubeconfig ?? process.env['KUBECONFIG'];
  if (options.kubeconfig !== undefined && !existsSync(options.kubeconfig)) {
    const text = `${JSON.stringify(options.kubeconfig)}: there is no such kubeconfig`;
    throw new KubernetesError('no-kubeconfig', text, 'Name another one with --kubeconfig.');
  }
  try {
    if (options.kubeconfig === undefined) config.loadFromDefault();
    else config.loadFromFile(options.kubeconfig);
  } catch (error) {
    const text = `the kubeconfig ${named ?? ''} cannot be read: ${(error as Error).message}`;
    throw new KubernetesError('no-kubeconfig', text, 'Name another one with --kubeconfig or KUBECONFIG.');
  }
  if (options.context !== undefined) {
    const contexts = config.getContexts().map(({ name }) => name);
    if (!contexts.includes(options.context)) {
      const text = `the kubeconfig has no context ${JSON.stringify(options.context)}`;
      throw new KubernetesError('no-kubeconfig', text, `It has: ${contexts.slice(0, 20).join(', ') || 'none'}.`);
    }
    config.setCurrentContext(options.context);
  }
  // What the library makes up where it finds no configuration.
  const isMadeUp =
    config.getCurrentContext() === 'loaded-context' && config.getCurrentCluster()?.server === 'http://localhost:8080';
  if (isMadeUp || config.getCurrentCluster() === null) {
    throw new KubernetesError(
      'no-kubeconfig',
      'no cluster is named: there is neither KUBECONFIG nor ~/.kube/config',
      'Name a kubeconfig with --kubeconfig.',
    );
  }
  const access = new ClusterAccess(config);
  return { access, version: await access.serverVersion() };
}
