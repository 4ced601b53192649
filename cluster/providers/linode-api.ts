/**
 * The part of Linode's client that is used. The types of its package name their files without an ending, which the compiler's rules for
 * modules of Node do not follow.
 */
export interface LinodeApi {
  readonly baseRequest: {
    readonly interceptors: {
      readonly request: { clear(): void; use(change: (request: LinodeRequest) => LinodeRequest): void };
      readonly response: { clear(): void; use(onAnswer: undefined, onError: (error: LinodeFailure) => unknown): void };
    };
  };
  getRegions(page: PageWish): LinodePage<{ id: string; label: string; capabilities: readonly string[] }>;
  getLinodeTypes(page: PageWish): LinodePage<LinodeType>;
  getKubernetesVersions(page: PageWish): LinodePage<{ id: string }>;
  getKubernetesClusters(page: PageWish, filter: object): LinodePage<LinodeCluster>;
  getKubernetesCluster(id: number): Promise<LinodeCluster>;
  createKubernetesCluster(cluster: object): Promise<LinodeCluster>;
  deleteKubernetesCluster(id: number): Promise<unknown>;
  getNodePools(cluster: number, page: PageWish): LinodePage<LinodePool>;
  getKubeConfig(id: number): Promise<{ kubeconfig: string }>;
  getNodeBalancers(
    page: PageWish,
  ): LinodePage<{ id: number; label: string | null; lke_cluster?: { id: number } | null }>;
  deleteNodeBalancer(id: number): Promise<unknown>;
  getVolumes(page: PageWish): LinodePage<{ id: number; label: string; linode_id: number | null }>;
  deleteVolume(id: number): Promise<unknown>;
}

export interface PageWish {
  readonly page: number;
  readonly page_size: number;
}
export type LinodePage<T> = Promise<{ readonly data: readonly T[]; readonly pages: number }>;

interface LinodePrice {
  readonly hourly: number | null;
  readonly monthly: number | null;
}
interface LinodeType {
  readonly id: string;
  readonly label: string;
  /** MB. */
  readonly memory: number;
  readonly price: LinodePrice;
  readonly region_prices?: readonly (LinodePrice & { readonly id: string })[];
}
interface LinodeCluster {
  readonly id: number;
  readonly label: string;
  readonly status: string;
}
interface LinodePool {
  readonly count: number;
  readonly nodes: readonly { readonly instance_id: number | null; readonly status: string }[];
}

/** A request and a failure as axios has them. */
export interface LinodeRequest {
  url?: string;
  readonly headers: { set(name: string, value: string): void };
  timeout?: number;
  maxRedirects?: number;
  proxy?: false;
}
export interface LinodeFailure {
  readonly code?: string;
  readonly message: string;
  readonly response?: { readonly status: number; readonly data: unknown; readonly headers: Record<string, unknown> };
}
