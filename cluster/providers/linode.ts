import { byVersion, chosen } from './choice.ts';
import type { LinodeApi, LinodeFailure, LinodePage, PageWish } from './linode-api.ts';
import { isLoopback } from './loopback.ts';
import type { Belonging, ClusterPlan, ClusterProgress, ClusterProvider, ClusterRequest } from './provider.ts';
import { ProviderFault, retryAfterMsOf, saidBy } from './provider-fault.ts';

const OWN_ROOT = 'https://api.linode.com';
const PAGE_SIZE = 500;
const MOST_PAGES = 40;

/**
 * Linode Kubernetes Engine by Linode's own client.
 *
 * @param root `https://api.linode.com`, or where the same interface is served.
 */
export async function openLinode(token: string, root: string, timeoutMs: number): Promise<ClusterProvider> {
  const api = (await import('@linode/api-v4')) as unknown as LinodeApi;
  const { baseRequest } = api;
  // The client keeps its settings in the module, so what an earlier opening added is taken away.
  baseRequest.interceptors.request.clear();
  baseRequest.interceptors.response.clear();
  baseRequest.interceptors.request.use((config) => {
    if (config.url?.startsWith(OWN_ROOT)) config.url = root + config.url.slice(OWN_ROOT.length);
    config.headers.set('Authorization', `Bearer ${token}`);
    config.timeout = timeoutMs;
    config.maxRedirects = 0;
    if (isLoopback(root)) config.proxy = false;
    return config;
  });
  baseRequest.interceptors.response.use(undefined, (error: LinodeFailure) => Promise.reject(faultOf(error, token)));
  return new Linode(api, token);
}

/** The client's own errors hold the request with its headers; ours hold words alone. */
function faultOf(error: LinodeFailure, token: string): ProviderFault {
  const { response } = error;
  if (response === undefined) {
    const timedOut = error.code === 'ECONNABORTED' || error.code === 'ETIMEDOUT';
    return new ProviderFault(
      timedOut ? 'no answer in time' : `no answer (${saidBy(error.code ?? error.message, token)})`,
      null,
    );
  }
  const errors = (response.data as { errors?: { field?: string; reason?: string }[] } | null)?.errors;
  const reasons = Array.isArray(errors)
    ? errors.map(({ field, reason }) => (field ? `${field}: ${reason}` : reason)).join('; ')
    : '';
  const text = saidBy(reasons, token) || `it answers ${response.status}`;
  return new ProviderFault(text, response.status, retryAfterMsOf(response.headers['retry-after'], Date.now()));
}

class Linode implements ClusterProvider {
  readonly name = 'linode';
  readonly title = 'Linode';
  readonly #api: LinodeApi;
  readonly #token: string;

  constructor(api: LinodeApi, token: string) {
    this.#api = api;
    this.#token = token;
  }

  async plan(request: ClusterRequest): Promise<ClusterPlan> {
    const [regions, types, versions] = await this.#all([
      () => this.#pages((page) => this.#api.getRegions(page)),
      () => this.#pages((page) => this.#api.getLinodeTypes(page)),
      () => this.#pages((page) => this.#api.getKubernetesVersions(page)),
    ] as const);
    const places = regions.filter(({ capabilities }) => capabilities.includes('Kubernetes'));
    const region = chosen(
      places.find(({ id }) => id === request.region),
      '--region',
      request.region,
      places.map(({ id }) => id),
    );
    // A node needs 2 GB at the least.
    const sizes = types.filter(({ memory }) => memory >= 2048);
    const size = chosen(
      sizes.find(({ id }) => id === request.size),
      '--size',
      request.size,
      sizes.map(({ id }) => id),
    );
    const ids = versions.map(({ id }) => id).sort(byVersion);
    const version = chosen(
      ids.find((id) => request.version === null || id === request.version),
      '--version',
      request.version ?? 'newest',
      ids,
    );
    const price = size.region_prices?.find(({ id }) => id === region.id) ?? size.price;
    return {
      ...request,
      version,
      regionText: region.label,
      sizeText: size.label,
      nodeHourlyUsd: price.hourly ?? null,
      nodeMonthlyUsd: price.monthly ?? null,
      notes: [
        'The control plane is free.',
        'The NodeBalancer that `cluster up` makes, and traffic beyond the allowance, are billed besides.',
      ],
    };
  }

  async findByName(name: string): Promise<string | null> {
    const clusters = await this.#pages((page) => this.#api.getKubernetesClusters(page, { label: name }));
    const found = clusters.find(({ label }) => label === name);
    return found === undefined ? null : String(found.id);
  }

  async create({ name, region, size, nodes, version }: ClusterPlan): Promise<string> {
    const { id } = await this.#call(() =>
      this.#api.createKubernetesCluster({
        label: name,
        region,
        k8s_version: version,
        node_pools: [{ type: size, count: nodes }],
      }),
    );
    return String(id);
  }

  async progress(id: string): Promise<ClusterProgress | null> {
    const [cluster, pools] = await this.#all([
      () => this.#api.getKubernetesCluster(Number(id)),
      () => this.#pages((page) => this.#api.getNodePools(Number(id), page)),
    ] as const).catch(goneIsNull);
    if (cluster === undefined) return null;
    const nodes = pools.flatMap((pool) => pool.nodes);
    const nodesReady = nodes.filter(({ status }) => status === 'ready').length;
    const wanted = pools.reduce((sum, { count }) => sum + count, 0);
    const ready = cluster.status === 'ready' && wanted > 0 && nodesReady >= wanted;
    return { nodesReady, nodes: wanted, state: cluster.status, ready, failure: null };
  }

  async kubeconfig(id: string): Promise<string | null> {
    try {
      const { kubeconfig } = await this.#call(() => this.#api.getKubeConfig(Number(id)));
      return Buffer.from(kubeconfig, 'base64').toString('utf8');
    } catch (fault) {
      // 503 until the control plane is there.
      if (fault instanceof ProviderFault && (fault.status === 503 || fault.status === 404)) return null;
      throw fault;
    }
  }

  /** NodeBalancers say of which cluster they are; volumes only where they hang. */
  async belongings(id: string): Promise<readonly Belonging[]> {
    const [balancers, pools, volumes] = await this.#all([
      () => this.#pages((page) => this.#api.getNodeBalancers(page)),
      () => this.#pages((page) => this.#api.getNodePools(Number(id), page)),
      () => this.#pages((page) => this.#api.getVolumes(page)),
    ] as const);
    const instances = new Set(pools.flatMap((pool) => pool.nodes.map((node) => node.instance_id)));
    return [
      ...balancers
        .filter((balancer) => String(balancer.lke_cluster?.id) === id)
        .map((balancer): Belonging => ({ kind: 'load balancer', id: String(balancer.id), name: balancer.label ?? '' })),
      ...volumes
        .filter(({ linode_id, label }) => linode_id !== null && instances.has(linode_id) && label.startsWith('pvc'))
        .map((volume): Belonging => ({ kind: 'volume', id: String(volume.id), name: volume.label })),
    ];
  }

  async remove(id: string, belongings: readonly Belonging[]): Promise<void> {
    await this.#delete(() => this.#api.deleteKubernetesCluster(Number(id)));
    // A volume is let go of only with the machine that it hangs on.
    await this.removeBelongings(belongings.filter(({ kind }) => kind === 'load balancer'));
  }

  async removeBelongings(belongings: readonly Belonging[]): Promise<void> {
    for (const { kind, id } of belongings) {
      const number = Number(id);
      await this.#delete(() =>
        kind === 'volume' ? this.#api.deleteVolume(number) : this.#api.deleteNodeBalancer(number),
      );
    }
  }

  async #delete(step: () => Promise<unknown>): Promise<void> {
    await this.#call(step).catch((fault) => {
      if (!(fault instanceof ProviderFault && fault.status === 404)) throw fault;
    });
  }

  async #pages<T>(get: (page: PageWish) => LinodePage<T>): Promise<T[]> {
    const all: T[] = [];
    for (let page = 1; page <= MOST_PAGES; page++) {
      const { data, pages } = await this.#call(() => get({ page, page_size: PAGE_SIZE }));
      all.push(...data);
      if (!(page < pages)) break;
    }
    return all;
  }

  /** One after the other, which keeps to the provider's limits of rate. */
  async #all<T extends readonly (() => Promise<unknown>)[]>(
    steps: T,
  ): Promise<{ -readonly [K in keyof T]: Awaited<ReturnType<T[K]>> }> {
    const results: unknown[] = [];
    for (const step of steps) results.push(await this.#call(step));
    return results as never;
  }

  async #call<T>(step: () => Promise<T>): Promise<T> {
    try {
      return await step();
    } catch (error) {
      if (error instanceof ProviderFault) throw error;
      // The client checks what it sends by @linode/validation, and rejects with a list of reasons.
      if (Array.isArray(error)) {
        const text = error.map(({ field, reason }) => `${field}: ${reason}`).join('; ');
        throw new ProviderFault(saidBy(text, this.#token), 400);
      }
      throw new ProviderFault(saidBy((error as Error).message, this.#token), null);
    }
  }
}

function goneIsNull(fault: unknown): [undefined, never] {
  if (fault instanceof ProviderFault && fault.status === 404) return [undefined, undefined as never];
  throw fault;
}
