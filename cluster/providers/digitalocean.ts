import { byVersion, chosen } from './choice.ts';
import type { Belonging, ClusterPlan, ClusterProgress, ClusterProvider, ClusterRequest } from './provider.ts';
import { ProviderFault, retryAfterMsOf, saidBy } from './provider-fault.ts';

/**
 * The part of DigitalOcean's client that is used. Its package gives types as two megabytes of TypeScript source, which a strict
 * compiler would check as if it were ours, so it is not imported by a name that the compiler follows.
 *
 * Answers are read here and not by the client: what it makes of lists of words it cannot read with the release of its own library that
 * it asks for today (it throws on every answer that has a tag or a region in it).
 */
interface Client {
  readonly v2: {
    readonly kubernetes: {
      readonly optionsPath: { get(query: Query): Promise<unknown> };
      readonly clusters: {
        get(query: Query): Promise<unknown>;
        post(cluster: object, query: Query): Promise<unknown>;
        byCluster_id(id: string): ClusterRequests;
      };
    };
    readonly sizes: { get(query: Query): Promise<unknown> };
    readonly firewalls: {
      get(query: Query): Promise<unknown>;
      post(firewall: object, query: Query): Promise<unknown>;
      byFirewall_id(id: string): { delete(query: Query): Promise<unknown> };
    };
  };
}
interface ClusterRequests {
  get(query: Query): Promise<unknown>;
  readonly kubeconfig: { get(query: Query): Promise<unknown> };
  readonly destroy_with_associated_resources: {
    get(query: Query): Promise<unknown>;
    readonly selective: { delete(body: object, query: Query): Promise<unknown> };
  };
}
interface Query {
  readonly queryParameters?: object;
  readonly options: readonly object[];
}

interface Options {
  readonly regions?: readonly { name?: string; slug?: string }[];
  readonly versions?: readonly { slug?: string }[];
  readonly sizes?: readonly { name?: string; slug?: string }[];
}
interface Size {
  readonly slug?: string;
  readonly memory?: number;
  readonly vcpus?: number;
  readonly price_hourly?: number;
  readonly price_monthly?: number;
}
interface Cluster {
  readonly id?: string;
  readonly name?: string;
  readonly status?: { state?: string; message?: string };
  readonly node_pools?: readonly { count?: number; nodes?: readonly { status?: { state?: string } }[] }[];
}
interface Firewall {
  readonly id?: string;
  readonly name?: string;
  readonly tags?: readonly string[];
}
type Named = readonly { id?: string; name?: string }[];
interface Associated {
  readonly load_balancers?: Named;
  readonly volumes?: Named;
  readonly volume_snapshots?: Named;
}

const PACKAGE: string = '@digitalocean/dots';
const PER_PAGE = 200;
const MOST_PAGES = 50;
const TAG = 'rtcscope';
/** Of the overlays. */
const MEDIA_PORT = '10000';
const ANYWHERE = ['0.0.0.0/0', '::/0'];
const firewallOf = (name: string): string => `rtcscope-${name}-media`;

/**
 * DigitalOcean Kubernetes by DigitalOcean's own client.
 *
 * @param root `https://api.digitalocean.com`, or where the same interface is served.
 */
export async function openDigitalOcean(token: string, root: string, timeoutMs: number): Promise<ClusterProvider> {
  const [
    { createDigitalOceanClient, DigitalOceanApiKeyAuthenticationProvider },
    { FetchRequestAdapter, HttpClient, CustomFetchHandler },
  ] = await Promise.all([import(PACKAGE), import('@microsoft/kiota-http-fetchlibrary')]);
  const request = checkedFetch(token, timeoutMs);
  // One handler of ours instead of the client's own, which retry a POST after a 503.
  const http = new HttpClient(request, new CustomFetchHandler(request));
  const identity = new DigitalOceanApiKeyAuthenticationProvider(token);
  const adapter = new FetchRequestAdapter(identity, undefined, undefined, http);
  adapter.baseUrl = root;
  return new DigitalOcean(createDigitalOceanClient(adapter), token);
}

/** Turns whatever is no success into a ProviderFault, which holds words alone. */
function checkedFetch(token: string, timeoutMs: number) {
  return async (url: string, init: RequestInit): Promise<Response> => {
    let response: Response;
    try {
      response = await fetch(url, { ...init, redirect: 'manual', signal: AbortSignal.timeout(timeoutMs) });
    } catch (error) {
      const { name, message, cause } = error as Error & { cause?: { code?: string } };
      const why =
        name === 'TimeoutError' ? 'no answer in time' : `no answer (${saidBy(cause?.code ?? message, token)})`;
      throw new ProviderFault(why, null);
    }
    if (response.ok) return response;
    const body = (await response.json().catch(() => null)) as { message?: unknown } | null;
    const text = saidBy(body?.message, token) || `it answers ${response.status}`;
    throw new ProviderFault(text, response.status, retryAfterMsOf(response.headers.get('retry-after'), Date.now()));
  };
}

/** Has the client hand over an answer's text as it is. */
const reading = (parse: (text: string) => unknown): Query => ({
  options: [
    {
      getKey: () => 'ResponseHandlerOptionKey',
      responseHandler: { handleResponse: async (response: Response) => parse(await response.text()) },
    },
  ],
});
const JSON_ANSWER = reading((text) => (text === '' ? null : JSON.parse(text)));
const TEXT_ANSWER = reading((text) => text);

class DigitalOcean implements ClusterProvider {
  readonly name = 'digitalocean';
  readonly title = 'DigitalOcean';
  readonly #client: Client;
  readonly #token: string;

  constructor(client: Client, token: string) {
    this.#client = client;
    this.#token = token;
  }

  async plan(request: ClusterRequest): Promise<ClusterPlan> {
    const options = (
      await this.#call<{ options?: Options }>(() => this.#client.v2.kubernetes.optionsPath.get(JSON_ANSWER))
    )?.options;
    const regions = options?.regions ?? [];
    const region = chosen(
      regions.find(({ slug }) => slug === request.region),
      '--region',
      request.region,
      slugsOf(regions),
    );
    const sizes = slugsOf(options?.sizes ?? []);
    chosen(
      sizes.find((slug) => slug === request.size),
      '--size',
      request.size,
      sizes,
    );
    const versions = slugsOf(options?.versions ?? []).sort(byVersion);
    const { version } = request;
    // 1.34 is the newest 1.34.N-do.M.
    const fits = (slug: string) => version === null || slug === version || slug.startsWith(`${version}.`);
    const size = await this.#size(request.size);
    return {
      ...request,
      version: chosen(versions.find(fits), '--version', version ?? 'newest', versions),
      regionText: region.name ?? request.region,
      sizeText: size === null ? request.size : `${size.vcpus} CPUs, ${(size.memory ?? 0) / 1024} GB`,
      nodeHourlyUsd: size?.price_hourly ?? null,
      nodeMonthlyUsd: size?.price_monthly ?? null,
      notes: [
        'The control plane is free.',
        `A firewall ${firewallOf(request.name)}, also free, lets everybody in to port ${MEDIA_PORT} of the nodes (UDP and TCP), for media.`,
        'The load balancer that `cluster up` makes, and traffic beyond the allowance, are billed besides.',
      ],
    };
  }

  async #size(slug: string): Promise<Size | null> {
    const page = { ...JSON_ANSWER, queryParameters: { perPage: PER_PAGE, page: 1 } };
    const sizes = (await this.#call<{ sizes?: Size[] }>(() => this.#client.v2.sizes.get(page)))?.sizes ?? [];
    return sizes.find((size) => size.slug === slug) ?? null;
  }

  async findByName(name: string): Promise<string | null> {
    for (let page = 1; page <= MOST_PAGES; page++) {
      const query = { ...JSON_ANSWER, queryParameters: { perPage: PER_PAGE, page } };
      const answer = await this.#call<{ kubernetes_clusters?: Cluster[] }>(() =>
        this.#client.v2.kubernetes.clusters.get(query),
      );
      const clusters = answer?.kubernetes_clusters ?? [];
      const found = clusters.find((cluster) => cluster.name === name);
      if (found?.id !== undefined) return found.id;
      if (clusters.length < PER_PAGE) return null;
    }
    return null;
  }

  async create({ name, region, size, nodes, version }: ClusterPlan): Promise<string> {
    const made = await this.#call<{ kubernetes_cluster?: Cluster }>(() =>
      this.#client.v2.kubernetes.clusters.post(
        {
          name,
          region,
          version,
          tags: [TAG],
          nodePools: [{ name: `${name}-nodes`, size, count: nodes }],
        },
        JSON_ANSWER,
      ),
    );
    const id = made?.kubernetes_cluster?.id;
    // As if nothing had been answered: it is looked for by its name.
    if (id === undefined) throw new ProviderFault('an answer without an identifier', null);
    return id;
  }

  async progress(id: string): Promise<ClusterProgress | null> {
    const answer = await this.#unlessGone<{ kubernetes_cluster?: Cluster }>(() => this.#of(id).get(JSON_ANSWER));
    const cluster = answer?.kubernetes_cluster;
    const state = cluster?.status?.state ?? 'unknown';
    if (answer === null || state === 'deleted') return null;
    const pools = cluster?.node_pools ?? [];
    const nodes = pools.reduce((sum, { count = 0 }) => sum + count, 0);
    const nodesReady = pools
      .flatMap((pool) => pool.nodes ?? [])
      .filter(({ status }) => status?.state === 'running').length;
    const failure =
      state === 'error' || state === 'invalid' ? saidBy(cluster?.status?.message, this.#token) || state : null;
    return { nodesReady, nodes, state, ready: state === 'running' && nodes > 0 && nodesReady >= nodes, failure };
  }

  async kubeconfig(id: string): Promise<string | null> {
    return this.#unlessGone<string>(() => this.#of(id).kubeconfig.get(TEXT_ANSWER));
  }

  async belongings(id: string): Promise<readonly Belonging[]> {
    const associated = await this.#unlessGone<Associated>(() =>
      this.#of(id).destroy_with_associated_resources.get(JSON_ANSWER),
    );
    const as = (kind: Belonging['kind'], named: Named = []): Belonging[] =>
      named.flatMap(({ id, name }) => (id === undefined ? [] : [{ kind, id, name: name ?? '' }]));
    return [
      ...as('load balancer', associated?.load_balancers),
      ...as('volume', associated?.volumes),
      ...as('volume snapshot', associated?.volume_snapshots),
    ];
  }

  /** One request for all: the provider takes them away with the cluster. */
  async remove(id: string, belongings: readonly Belonging[]): Promise<void> {
    const of = (kind: Belonging['kind']) => belongings.filter((one) => one.kind === kind).map((one) => one.id);
    const body = { loadBalancers: of('load balancer'), volumes: of('volume'), volumeSnapshots: of('volume snapshot') };
    await this.#unlessGone(() => this.#of(id).destroy_with_associated_resources.selective.delete(body, JSON_ANSWER));
  }

  /** The provider's own firewall lets in to node ports alone; another one of the same machines adds to it. */
  async openMedia(id: string, name: string): Promise<void> {
    // Machines that are added later have the tag as well.
    const tag = `k8s:${id}`;
    const there = await this.#firewall(name);
    // The answer to its making may have been lost; or it was left by a cluster of the same name that somebody else deleted.
    if (there?.tags?.includes(tag) === true) return;
    if (there !== null) await this.removeBelongings(await this.mediaBelongings(name));
    const rule = (protocol: 'udp' | 'tcp') => ({ protocol, ports: MEDIA_PORT, sources: { addresses: ANYWHERE } });
    const firewall = { name: firewallOf(name), tags: [tag], inboundRules: [rule('udp'), rule('tcp')] };
    await this.#call(() => this.#client.v2.firewalls.post(firewall, JSON_ANSWER));
  }

  async mediaBelongings(name: string): Promise<readonly Belonging[]> {
    const id = (await this.#firewall(name))?.id;
    return id === undefined ? [] : [{ kind: 'firewall', id, name: firewallOf(name) }];
  }

  async #firewall(name: string): Promise<Firewall | null> {
    for (let page = 1; page <= MOST_PAGES; page++) {
      const query = { ...JSON_ANSWER, queryParameters: { perPage: PER_PAGE, page } };
      const answer = await this.#call<{ firewalls?: Firewall[] }>(() => this.#client.v2.firewalls.get(query));
      const firewalls = answer?.firewalls ?? [];
      const found = firewalls.find((firewall) => firewall.name === firewallOf(name));
      if (found?.id !== undefined) return found;
      if (firewalls.length < PER_PAGE) return null;
    }
    return null;
  }

  /** All else goes with the cluster. */
  async removeBelongings(belongings: readonly Belonging[]): Promise<void> {
    for (const { kind, id } of belongings) {
      if (kind === 'firewall')
        await this.#unlessGone(() => this.#client.v2.firewalls.byFirewall_id(id).delete(JSON_ANSWER));
    }
  }

  #of(id: string): ClusterRequests {
    return this.#client.v2.kubernetes.clusters.byCluster_id(id);
  }

  async #unlessGone<T>(step: () => Promise<unknown>): Promise<T | null> {
    return this.#call<T>(step).catch((fault) => {
      if (fault instanceof ProviderFault && fault.status === 404) return null;
      throw fault;
    });
  }

  async #call<T>(step: () => Promise<unknown>): Promise<T | null> {
    try {
      return (await step()) as T | null;
    } catch (error) {
      if (error instanceof ProviderFault) throw error;
      throw new ProviderFault(`an answer that cannot be read (${saidBy((error as Error).message, this.#token)})`, null);
    }
  }
}

function slugsOf(named: readonly { slug?: string }[]): string[] {
  return named.flatMap(({ slug }) => (slug === undefined ? [] : [slug]));
}
