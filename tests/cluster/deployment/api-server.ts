import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { KubeConfig } from '@kubernetes/client-node';
import { ClusterAccess } from '../../../cluster/kubernetes-client/cluster-access.ts';
import type { LiveLog } from './live-log.ts';

// biome-ignore lint/suspicious/noExplicitAny: objects of the API, of any kind
type Stored = any;

const KINDS: Readonly<Record<string, readonly (readonly [kind: string, plural: string, namespaced: boolean])[]>> = {
  '/api/v1': [
    ['Namespace', 'namespaces', false],
    ['Node', 'nodes', false],
    ['Pod', 'pods', true],
    ['Service', 'services', true],
    ['Secret', 'secrets', true],
    ['ConfigMap', 'configmaps', true],
    ['ServiceAccount', 'serviceaccounts', true],
    ['PersistentVolumeClaim', 'persistentvolumeclaims', true],
  ],
  '/apis/batch/v1': [['Job', 'jobs', true]],
  '/apis/apps/v1': [['Deployment', 'deployments', true]],
  '/apis/autoscaling/v2': [['HorizontalPodAutoscaler', 'horizontalpodautoscalers', true]],
  '/apis/policy/v1': [['PodDisruptionBudget', 'poddisruptionbudgets', true]],
  '/apis/networking.k8s.io/v1': [['NetworkPolicy', 'networkpolicies', true]],
  '/apis/rbac.authorization.k8s.io/v1': [
    ['Role', 'roles', true],
    ['RoleBinding', 'rolebindings', true],
    ['ClusterRole', 'clusterroles', false],
    ['ClusterRoleBinding', 'clusterrolebindings', false],
  ],
};

/**
 * The part of an API server that bringing a conference up and taking it down asks for: discovery, server-side apply, creation, lists by label,
 * deletion, and reviews of access. Deployments are ready, and load balancers have an address, as soon as they are there.
 */
export class ApiServer {
  readonly objects = new Map<string, Stored>();
  /** `METHOD path`, in their order. */
  readonly asked: string[] = [];
  /** `verb resource` that is not allowed. */
  readonly forbidden = new Set<string>();
  /** By path of the pod. */
  readonly logs = new Map<string, string>();
  /** By path of the pod, for those who follow. */
  readonly live = new Map<string, LiveLog>();
  /** Told of what was deleted. */
  onDelete: ((path: string) => void) | null = null;
  /** Told of a Job that was applied: what its controller would do. */
  onJob: ((job: Stored, path: string) => void) | null = null;
  url = '';
  readonly #server: Server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk) => chunks.push(chunk));
    request.on('end', () => {
      const url = new URL(request.url ?? '', 'http://api');
      const text = Buffer.concat(chunks).toString('utf8');
      this.asked.push(`${request.method} ${url.pathname}`);
      const live = url.searchParams.has('follow') ? this.live.get(url.pathname.replace(/\/log$/, '')) : undefined;
      if (live !== undefined) return live.follow(response);
      const [status, body] = this.#answer(request.method ?? '', url, text === '' ? null : JSON.parse(text));
      const isText = typeof body === 'string';
      response.writeHead(status, { 'content-type': isText ? 'text/plain' : 'application/json' });
      response.end(isText ? body : JSON.stringify(body));
    });
  });

  async listen(): Promise<ClusterAccess> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    const config = new KubeConfig();
    const server = (this.url = `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`);
    config.loadFromClusterAndUser({ name: 'here', server, skipTLSVerify: true }, { name: 'me' });
    return new ClusterAccess(config);
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  find(kind: string, name: string): Stored {
    return [...this.objects.values()].find((one) => one.kind === kind && one.metadata.name === name);
  }

  put(path: string, object: Stored): void {
    this.objects.set(path, object);
  }

  #answer(method: string, { pathname, searchParams }: URL, body: Stored): [number, unknown] {
    if (pathname === '/version') return [200, { gitVersion: 'v1.34.2' }];
    const log = this.logs.get(pathname.replace(/\/log$/, ''));
    if (pathname.endsWith('/log') && log !== undefined) return [200, log];
    if (pathname.endsWith('/selfsubjectaccessreviews')) {
      const { verb, resource } = body.spec.resourceAttributes;
      return [201, { ...body, status: { allowed: !this.forbidden.has(`${verb} ${resource}`) } }];
    }
    const kinds = KINDS[pathname];
    if (kinds !== undefined) {
      return [200, { resources: kinds.map(([kind, name, namespaced]) => ({ kind, name, namespaced })) }];
    }
    const missing: [number, unknown] = [404, { kind: 'Status', reason: 'NotFound', message: `${pathname} not found` }];
    const there = this.objects.get(pathname);
    if (method === 'PATCH') {
      const generation = 1;
      const replicas = body.spec?.replicas ?? 1;
      const status = { observedGeneration: generation, updatedReplicas: replicas, readyReplicas: replicas };
      const balancer = { status: { loadBalancer: { ingress: [{ ip: '203.0.113.1' }] } } };
      const made = body.kind === 'Deployment' ? { status } : body.spec?.type === 'LoadBalancer' ? balancer : {};
      this.objects.set(pathname, { ...there, ...body, ...made, metadata: { ...body.metadata, generation } });
      if (body.kind === 'Job') this.onJob?.(this.objects.get(pathname), pathname);
      return [there === undefined ? 201 : 200, this.objects.get(pathname)];
    }
    if (method === 'POST') {
      const path = `${pathname}/${body.metadata.name}`;
      if (this.objects.has(path)) return [409, { kind: 'Status', reason: 'AlreadyExists', message: 'already exists' }];
      this.objects.set(path, body);
      return [201, body];
    }
    if (method === 'DELETE') {
      if (there === undefined) return missing;
      this.onDelete?.(pathname);
      for (const path of this.objects.keys()) if (`${path}/`.startsWith(`${pathname}/`)) this.objects.delete(path);
      return [200, { kind: 'Status', status: 'Success' }];
    }
    if (there !== undefined) return [200, there];
    const plural = pathname.split('/').at(-1);
    const known = Object.entries(KINDS).some(
      ([api, all]) => pathname.startsWith(`${api}/`) && all.some(([, name]) => name === plural),
    );
    if (!known) return missing;
    const selector = searchParams.get('labelSelector');
    const items = [...this.objects].flatMap(([path, object]) =>
      path.slice(0, path.lastIndexOf('/')) === pathname && isSelected(object, selector) ? [object] : [],
    );
    return [200, { items }];
  }
}

function isSelected({ metadata }: Stored, selector: string | null): boolean {
  return (selector ?? '').split(/,(?![^(]*\))/).every((term) => {
    if (term === '') return true;
    const [, name = '', list] = /^(\S+) in \((.*)\)$/.exec(term) ?? [];
    if (list !== undefined) return list.split(',').includes(metadata.labels?.[name]);
    const [, label = '', not, value] = /^([^!=]+)(!?)=(.*)$/.exec(term) ?? [];
    return (metadata.labels?.[label] === value) !== (not === '!');
  });
}
