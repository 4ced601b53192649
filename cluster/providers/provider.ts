export type ProviderName = 'linode' | 'digitalocean';

/** What is asked for. */
export interface ClusterRequest {
  /** Unique in the account. */
  readonly name: string;
  readonly region: string;
  /** The provider's name of a machine type: `g6-standard-2`, `s-2vcpu-4gb`. */
  readonly size: string;
  readonly nodes: number;
  /** `1.34`, or the provider's own word; null for the newest that it has. */
  readonly version: string | null;
}

/** What would be made, and what it costs by the provider's own list, in US dollars. */
export interface ClusterPlan extends ClusterRequest {
  readonly version: string;
  readonly regionText: string;
  readonly sizeText: string;
  /** Of one node; null where the provider's list does not tell. */
  readonly nodeHourlyUsd: number | null;
  readonly nodeMonthlyUsd: number | null;
  /** What else is billed, or is free. */
  readonly notes: readonly string[];
}

/** How far a cluster is. */
export interface ClusterProgress {
  readonly nodesReady: number;
  readonly nodes: number;
  /** The provider's word for the cluster as a whole. */
  readonly state: string;
  readonly ready: boolean;
  /** Null unless it will never be ready. */
  readonly failure: string | null;
}

/** Something that was made from within the cluster, or by us for it, and that stays when the cluster alone is deleted. */
export interface Belonging {
  readonly kind: 'load balancer' | 'volume' | 'volume snapshot' | 'firewall';
  readonly id: string;
  readonly name: string;
}

/** One provider of Kubernetes clusters. Each method is one step, which may be taken again; faults are ProviderFault. */
export interface ClusterProvider {
  readonly name: ProviderName;
  readonly title: string;
  /** Reads the provider's lists. @throws ProviderError where it has no such region, size or version. */
  plan(request: ClusterRequest): Promise<ClusterPlan>;
  /** @returns the identifier of the cluster of that name, or null. */
  findByName(name: string): Promise<string | null>;
  /** The one step that must not be taken twice. @returns the identifier. */
  create(plan: ClusterPlan): Promise<string>;
  /** @returns null where there is no such cluster, any longer. */
  progress(id: string): Promise<ClusterProgress | null>;
  /** @returns null where it is not there yet. */
  kubeconfig(id: string): Promise<string | null>;
  /** Lets media in to the nodes, where the provider keeps it out. May be taken again. Not given where nothing is to be done. */
  openMedia?(id: string, name: string): Promise<void>;
  /** What {@link openMedia} made, which is there also where the cluster is gone. */
  mediaBelongings?(name: string): Promise<readonly Belonging[]>;
  belongings(id: string): Promise<readonly Belonging[]>;
  /** Deletes the cluster, and what is named; what is gone already is no fault. */
  remove(id: string, belongings: readonly Belonging[]): Promise<void>;
  /** Deletes what the provider lets go of only once the cluster is gone. */
  removeBelongings(belongings: readonly Belonging[]): Promise<void>;
}
