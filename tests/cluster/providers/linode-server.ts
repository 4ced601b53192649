import * as validation from '@linode/validation';
import { type Answer, type Asked, KUBECONFIG, PREPARED, ProviderServer } from './provider-server.ts';

// The types of the package name their files without an ending, which the compiler's rules for modules of Node do not follow.
const { createKubeClusterSchema } = validation as unknown as {
  createKubeClusterSchema: { validateSync(body: unknown, options: { strict: boolean }): unknown };
};

/** Linode's interface. Bodies are checked by `@linode/validation`, which its own console uses, and by hand for fields that it has not. */
export class LinodeServer extends ProviderServer {
  readonly provider = 'linode';

  protected check({ method, path, query, headers, body }: Asked): void {
    const violate = (text: string) => this.violations.push(`${method} ${path}: ${text}`);
    if (!/^\/v4(beta)?\//.test(path)) violate('no such version');
    const size = query.get('page_size');
    if (size !== null && !(Number(size) >= 25 && Number(size) <= 500)) violate(`page_size ${size}`);
    const filter = headers['x-filter'];
    if (filter !== undefined) JSON.parse(String(filter));
    if (body === undefined) return;
    if (method !== 'POST' || !/\/lke\/clusters$/.test(path)) return void violate('a body');
    try {
      createKubeClusterSchema.validateSync(body, { strict: true });
    } catch (error) {
      violate((error as Error).message);
    }
    const known = ['label', 'region', 'k8s_version', 'node_pools', 'control_plane', 'tags', 'tier'];
    for (const field of Object.keys(body)) if (!known.includes(field)) violate(`field ${field}`);
    for (const pool of body.node_pools)
      for (const field of Object.keys(pool))
        if (!['type', 'count', 'labels', 'taints', 'tags'].includes(field)) violate(`field ${field}`);
  }

  protected checkAnswer(): void {}

  refusal(status: number, text: string): Answer {
    return { status, body: { errors: [{ reason: text }] } };
  }

  protected answer({ method, path, body }: Asked): Answer {
    const [, , ...parts] = path.split('/');
    const page = (data: unknown[]): Answer => ({
      status: 200,
      body: { data, page: 1, pages: 1, results: data.length },
    });
    const route = `${method} ${parts.map((part) => (/^\d+$/.test(part) ? '#' : part)).join('/')}`;
    const id = Number(parts.find((part) => /^\d+$/.test(part)));
    switch (route) {
      case 'GET regions':
        return page([
          ...PREPARED.regions.map((region) => ({
            id: region,
            label: `Place ${region}`,
            capabilities: ['Linodes', 'Kubernetes'],
          })),
          { id: 'bare-3', label: 'No Kubernetes', capabilities: ['Linodes'] },
        ]);
      case 'GET linode/types':
        return page([
          { id: 'nano', label: 'Nano 1GB', memory: 1024, price: { hourly: 0.0075, monthly: 5 }, region_prices: [] },
          {
            ...{ id: PREPARED.size, label: 'Medium 4GB', memory: 4096, price: { hourly: 0.036, monthly: 24 } },
            region_prices: [{ id: 'there-2', hourly: 0.04, monthly: 28 }],
          },
        ]);
      case 'GET lke/versions':
        return page(PREPARED.versions.map((version) => ({ id: version })));
      case 'GET lke/clusters':
        return page(this.clusters.map((cluster) => this.#shown(cluster)));
      case 'POST lke/clusters':
        if (this.clusters.some(({ name }) => name === body.label)) return this.refusal(400, 'Label must be unique');
        return { status: 200, body: this.#shown(this.make(body.label, body.node_pools[0].count)) };
      case 'GET lke/clusters/#': {
        const cluster = this.look(id);
        return cluster === undefined ? this.refusal(404, 'Not found') : { status: 200, body: this.#shown(cluster) };
      }
      case 'DELETE lke/clusters/#':
        return this.leave(id) ? { status: 200, body: {} } : this.refusal(404, 'Not found');
      case 'GET lke/clusters/#/pools': {
        const cluster = this.clusters.find((one) => one.id === id);
        if (cluster === undefined) return this.refusal(404, 'Not found');
        const status = cluster.looks >= this.looksUntilReady ? 'ready' : 'not_ready';
        const nodes = Array.from({ length: cluster.nodes }, (_, place) => ({
          id: `${id}-${place}`,
          instance_id: id * 10 + place,
          status,
        }));
        return page([{ id: id + 1, type: PREPARED.size, count: cluster.nodes, nodes }]);
      }
      case 'GET lke/clusters/#/kubeconfig': {
        const cluster = this.clusters.find((one) => one.id === id);
        if (cluster === undefined || cluster.looks < this.looksUntilReady)
          return this.refusal(503, 'Cluster kubeconfig is not yet available');
        return { status: 200, body: { kubeconfig: Buffer.from(KUBECONFIG).toString('base64') } };
      }
      case 'GET nodebalancers':
        return page([
          ...this.balancers.map((one) => ({ id: one.id, label: `ccm-${one.id}`, lke_cluster: { id: one.cluster } })),
          { id: 7, label: 'of somebody else', lke_cluster: null },
        ]);
      case 'GET volumes':
        return page([
          ...this.volumes.map((one) => ({ id: one.id, label: `pvc-${one.id}`, linode_id: one.cluster * 10 })),
          { id: 8, label: 'of somebody else', linode_id: null },
        ]);
      case 'DELETE nodebalancers/#':
        return this.#remove('balancers', id);
      case 'DELETE volumes/#':
        if (this.clusters.some((cluster) => this.volumes.some((one) => one.id === id && one.cluster === cluster.id))) {
          return this.refusal(400, 'Volume must be detached');
        }
        return this.#remove('volumes', id);
      default:
        this.violations.push(`${route}: no such request`);
        return this.refusal(404, 'Not found');
    }
  }

  #remove(kind: 'balancers' | 'volumes', id: number): Answer {
    if (!this[kind].some((one) => one.id === id)) return this.refusal(404, 'Not found');
    this[kind] = this[kind].filter((one) => one.id !== id);
    return { status: 200, body: {} };
  }

  #shown({ id, name }: { id: number; name: string }) {
    return { id, label: name, status: 'ready', region: PREPARED.regions[0], k8s_version: '1.34', tags: [] };
  }
}
