import { setTimeout as delay } from 'node:timers/promises';
import type { KubeConfig, V1EndpointSlice } from '@kubernetes/client-node';
import type { SfuDirectory, SfuDirectoryWatcher } from './sfu-directory.ts';

export interface KubernetesDirectoryOptions {
  /** Where the API server is and who asks it; as the pod's service account or KUBECONFIG tell it where not given. */
  readonly config?: KubeConfig;
  /** The namespace of the Service; the one of the configuration where not given. */
  readonly namespace?: string;
  /** The headless Service whose endpoints are SFUs. */
  readonly service: string;
  /** Told in words what keeps the list from being read; it is tried again until the watch ends. */
  readonly onFault?: (text: string) => void;
}

const CONTROL_PORT_NAME = 'control';
const SERVICE_LABEL = 'kubernetes.io/service-name';
const RETRY_MS = 1000;
const DEFAULT_CONTROL_PORT = 7000;

/**
 * The SFUs behind a Service, as its EndpointSlices (discovery.k8s.io/v1) list them.
 *
 * An SFU is added once it serves, and removed only when its address is gone from the list: a pod that is unready for a moment, or
 * terminating, still carries calls. Whether it takes new rooms it says itself, by its status.
 */
export function kubernetesDirectory(options: KubernetesDirectoryOptions): SfuDirectory {
  return {
    watch(watcher, signal) {
      void follow(options, watcher, signal);
    },
  };
}

async function follow(
  options: KubernetesDirectoryOptions,
  watcher: SfuDirectoryWatcher,
  signal: AbortSignal,
): Promise<void> {
  // Large, and of use in a cluster only.
  const { DiscoveryV1Api, KubeConfig, makeInformer } = await import('@kubernetes/client-node');
  const config = options.config ?? new KubeConfig();
  if (options.config === undefined) config.loadFromDefault();
  const context = config.getContextObject(config.getCurrentContext());
  const namespace = options.namespace ?? context?.namespace ?? 'default';
  const selector = `${SERVICE_LABEL}=${options.service}`;
  const api = config.makeApiClient(DiscoveryV1Api);
  const path = `/apis/discovery.k8s.io/v1/namespaces/${namespace}/endpointslices`;
  const list = () => api.listNamespacedEndpointSlice({ namespace, labelSelector: selector });
  const informer = makeInformer(config, path, list, selector);
  const known = new KnownEndpoints(watcher);

  informer.on('add', (slice) => known.update(slice));
  informer.on('update', (slice) => known.update(slice));
  informer.on('delete', (slice) => known.delete(slice));
  informer.on('error', (error) => {
    if (signal.aborted) return;
    options.onFault?.(faultText(error));
    void restart();
  });
  signal.addEventListener('abort', () => void informer.stop(), { once: true });
  const restart = async () => {
    while (!signal.aborted) {
      await delay(RETRY_MS, undefined, { ref: false });
      if (signal.aborted) return;
      try {
        await informer.start();
        return;
      } catch (error) {
        options.onFault?.(faultText(error));
      }
    }
  };
  try {
    await informer.start();
  } catch (error) {
    options.onFault?.(faultText(error));
    await restart();
  }
}

function faultText(error: unknown): string {
  const code = (error as { code?: unknown }).code;
  if (code === 403)
    return 'the service account may not list endpointslices in this namespace: give it a Role that does';
  if (code === 401) return 'the API server does not know the service account';
  return error instanceof Error ? error.message.split('\n')[0] : String(error);
}

/** What every slice lists, and what of it was told. A Service may have several slices, and an address may move between them. */
export class KnownEndpoints {
  readonly #watcher: SfuDirectoryWatcher;
  readonly #bySlice = new Map<string, ReadonlyMap<string, boolean>>();
  readonly #told = new Set<string>();

  constructor(watcher: SfuDirectoryWatcher) {
    this.#watcher = watcher;
  }

  update(slice: V1EndpointSlice): void {
    this.#bySlice.set(slice.metadata?.name ?? '', controlUrls(slice));
    this.#tell();
  }

  delete(slice: V1EndpointSlice): void {
    this.#bySlice.delete(slice.metadata?.name ?? '');
    this.#tell();
  }

  #tell(): void {
    const listed = new Map<string, boolean>();
    for (const urls of this.#bySlice.values()) {
      for (const [url, serves] of urls) listed.set(url, serves || listed.get(url) === true);
    }
    for (const url of this.#told) {
      if (listed.has(url)) continue;
      this.#told.delete(url);
      this.#watcher.remove(url);
    }
    for (const [url, serves] of listed) {
      if (!serves || this.#told.has(url)) continue;
      this.#told.add(url);
      this.#watcher.add({ controlUrl: url });
    }
  }
}

/** Control addresses of a slice, and whether each serves (EndpointConditions: absent means true). */
function controlUrls(slice: V1EndpointSlice): ReadonlyMap<string, boolean> {
  const port = slice.ports?.find(({ name }) => name === CONTROL_PORT_NAME)?.port ?? DEFAULT_CONTROL_PORT;
  const urls = new Map<string, boolean>();
  for (const { addresses, conditions } of slice.endpoints ?? []) {
    const address = addresses[0];
    if (address === undefined) continue;
    const host = slice.addressType === 'IPv6' ? `[${address}]` : address;
    urls.set(`http://${host}:${port}`, conditions?.serving ?? conditions?.ready ?? true);
  }
  return urls;
}
