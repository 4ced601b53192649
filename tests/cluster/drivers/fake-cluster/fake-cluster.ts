import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type WebSocket, WebSocketServer } from 'ws';
import { Controllers, runningOf } from './controllers.ts';
import { type FakeObject, ObjectStore, type StoreEvent } from './object-store.ts';

/** Faults that an API server shows its clients, one after the other in fixed turns: the same in every run. */
export interface Faults {
  /** Every so many-th write is answered with 409. */
  conflictEvery: number;
  /** A watch breaks off, in the middle of a line, after so many events. */
  watchBreaksAfter: number;
  /** Every so many-th watch is told that its version is too old: in turns by status 410, and by an event. */
  goneEvery: number;
  /** Events of watches come so late. */
  watchDelayMs: number;
  /** Every so many-th request is put off with 429 and Retry-After. */
  throttleEvery: number;
}

export type FakeClusterObject = FakeObject;

const NO_FAULTS: Faults = { conflictEvery: 0, watchBreaksAfter: 0, goneEvery: 0, watchDelayMs: 0, throttleEvery: 0 };
const BOOKMARK_EVERY_MS = 200;

const KINDS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  '/api/v1': {
    Namespace: 'namespaces',
    Pod: 'pods',
    Service: 'services',
    Secret: 'secrets',
    ServiceAccount: 'serviceaccounts',
    Event: 'events',
    Node: 'nodes',
  },
  '/apis/apps/v1': { Deployment: 'deployments' },
  '/apis/autoscaling/v2': { HorizontalPodAutoscaler: 'horizontalpodautoscalers' },
  '/apis/rbac.authorization.k8s.io/v1': {
    Role: 'roles',
    RoleBinding: 'rolebindings',
    ClusterRole: 'clusterroles',
    ClusterRoleBinding: 'clusterrolebindings',
  },
  '/apis/networking.k8s.io/v1': { NetworkPolicy: 'networkpolicies' },
  '/apis/policy/v1': { PodDisruptionBudget: 'poddisruptionbudgets' },
};
const CLUSTER_WIDE = new Set(['namespaces', 'nodes', 'clusterroles', 'clusterrolebindings']);

/** A Kubernetes API server, with what a conference needs of a cluster behind it, over real HTTP: lists, watches, applies, execs. */
export class FakeCluster {
  readonly store = new ObjectStore();
  readonly controllers: Controllers;
  readonly faults: Faults = { ...NO_FAULTS };
  /** `verb resource` that the user may not. */
  readonly denied = new Set<string>();
  hasMetrics = true;
  /** Whether lists of namespaces and deployments are refused. */
  forbidLists = false;
  /** Requests so far, as `METHOD path`. */
  readonly requests: string[] = [];
  /** Told so far. */
  bookmarks = 0;
  readonly #server: Server;
  readonly #gateway: Server;
  readonly #watches = new Set<ServerResponse>();
  #turns = { writes: 0, watches: 0, requests: 0, gone: 0 };
  #measured = 0;

  private constructor(server: Server, gateway: Server) {
    this.#server = server;
    this.#gateway = gateway;
    this.controllers = new Controllers(this.store, {
      stepMs: 15,
      workers: ['worker-1', 'worker-2'],
      address: '127.0.0.1',
    });
    for (const name of ['control', 'worker-1', 'worker-2']) {
      const labels = name === 'control' ? { 'node-role.kubernetes.io/control-plane': '' } : {};
      const taints = name === 'control' ? [{ key: 'node-role.kubernetes.io/control-plane', effect: 'NoSchedule' }] : [];
      this.store.put('/api/v1/nodes', {
        metadata: { name, labels },
        spec: { taints },
        status: {
          addresses: [{ type: 'InternalIP', address: '127.0.0.1' }],
          conditions: [{ type: 'Ready', status: 'True' }],
        },
      });
    }
    this.store.put('/api/v1/namespaces', { metadata: { name: 'default' } });
    server.on('request', (request, response) => void this.#answer(request, response));
    const sockets = new WebSocketServer({ noServer: true, handleProtocols: () => 'v5.channel.k8s.io' });
    server.on('upgrade', (request, socket, head) => {
      sockets.handleUpgrade(request, socket, head, (connection) => runCommand(connection, request));
    });
  }

  static async open(): Promise<FakeCluster> {
    const server = createServer();
    const gateway = createServer((_request, response) => response.end('ok\n'));
    for (const one of [server, gateway]) await new Promise<void>((resolve) => one.listen(0, '127.0.0.1', resolve));
    return new FakeCluster(server, gateway);
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Writes a kubeconfig that names it. */
  writeKubeconfig(path: string): string {
    const config = {
      apiVersion: 'v1',
      kind: 'Config',
      clusters: [{ name: 'fake', cluster: { server: this.url, 'insecure-skip-tls-verify': true } }],
      users: [{ name: 'tester', user: { token: 'not-checked' } }],
      contexts: [{ name: 'fake', context: { cluster: 'fake', user: 'tester' } }],
      'current-context': 'fake',
    };
    writeFileSync(path, JSON.stringify(config));
    return path;
  }

  /** Ends all watches at once, as a restart of the API server does. */
  breakWatches(): void {
    for (const watch of this.#watches) watch.destroy();
  }

  get openWatches(): number {
    return this.#watches.size;
  }

  close(): void {
    this.controllers.close();
    for (const server of [this.#server, this.#gateway]) {
      server.closeAllConnections();
      server.close();
    }
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '', this.url);
    const method = request.method ?? 'GET';
    this.requests.push(`${method} ${url.pathname}`);
    const pieces: Buffer[] = [];
    for await (const piece of request) pieces.push(piece as Buffer);
    const text = Buffer.concat(pieces).toString('utf8');
    const body = text === '' ? null : JSON.parse(text);
    if (this.#isTurn('requests', this.faults.throttleEvery)) {
      response.setHeader('retry-after', '0.05');
      refuse(response, 429, 'too many requests');
      return;
    }
    if (url.pathname === '/version') reply(response, 200, { gitVersion: 'v1.34.0-fake' });
    else if (KINDS[url.pathname] !== undefined) reply(response, 200, discovery(url.pathname));
    else if (url.pathname.endsWith('/selfsubjectaccessreviews')) this.#review(response, body);
    else if (url.pathname.startsWith('/apis/metrics.k8s.io/')) this.#metrics(response, url.pathname);
    else this.#resource(method, url, body, response);
  }

  #review(response: ServerResponse, { spec }: FakeObject): void {
    const { verb, resource, subresource } = spec.resourceAttributes;
    const name = subresource === undefined ? resource : `${resource}/${subresource}`;
    reply(response, 201, { status: { allowed: !this.denied.has(`${verb} ${name}`) } });
  }

  #metrics(response: ServerResponse, path: string): void {
    if (!this.hasMetrics) {
      refuse(response, 404, 'the server could not find the requested resource');
      return;
    }
    const timestamp = new Date(Date.UTC(2026, 0, 1) + 15_000 * ++this.#measured).toISOString().replace('.000', '');
    const usage = { cpu: '12345678n', memory: '40960Ki' };
    const [, namespace] = /namespaces\/([^/]+)\/pods/.exec(path) ?? [];
    const names = (
      namespace === undefined
        ? this.store.list('/api/v1/nodes')
        : this.store.list(`/api/v1/namespaces/${namespace}/pods`)
    ).map(({ metadata }) => metadata.name);
    const items = names.map((name) =>
      namespace === undefined
        ? { metadata: { name }, timestamp, usage }
        : { metadata: { name }, timestamp, containers: [{ name: 'sfu', usage }] },
    );
    reply(response, 200, { items });
  }

  #resource(method: string, url: URL, body: FakeObject, response: ServerResponse): void {
    const found =
      /^(\/api\/v1|\/apis\/[^/]+\/[^/]+)(?:\/namespaces\/([^/]+)(?=\/))?\/([^/]+)(?:\/([^/]+))?(?:\/([^/]+))?$/.exec(
        url.pathname,
      );
    const [, group, namespace, plural, name, subresource] = found ?? [];
    if (found === null || !Object.values(KINDS[group] ?? {}).includes(plural))
      return void refuse(response, 404, 'no such resource');
    const collection = namespace === undefined ? `${group}/${plural}` : `${group}/namespaces/${namespace}/${plural}`;
    if (
      !CLUSTER_WIDE.has(plural) &&
      this.store.get('/api/v1/namespaces', namespace ?? '') === undefined &&
      method !== 'GET'
    ) {
      return void refuse(response, 404, `namespaces "${namespace}" not found`);
    }
    if (method === 'GET' && name === undefined) {
      if (this.forbidLists) return void refuse(response, 403, `cannot list ${plural}`);
      if (url.searchParams.get('watch') === null) this.#list(collection, url, response);
      else this.#watch(collection, url, response);
      return;
    }
    const before = name === undefined ? undefined : this.store.get(collection, name);
    if (method === 'GET') {
      if (before === undefined) refuse(response, 404, `${plural} "${name}" not found`);
      else reply(response, 200, before);
      return;
    }
    if (this.#isTurn('writes', this.faults.conflictEvery)) {
      return void refuse(
        response,
        409,
        `Operation cannot be fulfilled on ${plural} "${name}": the object has been modified`,
      );
    }
    if (method === 'DELETE') this.#delete(collection, plural, before, response);
    else if (method === 'POST') reply(response, 201, this.#create(collection, namespace, body));
    else if (subresource === 'scale')
      reply(response, 200, this.#modify(collection, before, { replicas: body.spec.replicas }));
    else if (subresource === 'ephemeralcontainers') {
      const ephemeralContainers = [...(before.spec.ephemeralContainers ?? []), ...body.spec.ephemeralContainers];
      const status = { ...before.status, ephemeralContainerStatuses: runningOf(ephemeralContainers) };
      reply(
        response,
        200,
        this.store.put(collection, { ...before, spec: { ...before.spec, ephemeralContainers }, status }),
      );
    } else if (before === undefined) reply(response, 201, this.#create(collection, namespace, body));
    else reply(response, 200, this.#modify(collection, before, body.spec ?? {}, body.metadata?.annotations));
  }

  #create(collection: string, namespace: string | undefined, body: FakeObject): FakeObject {
    const object = {
      ...body,
      metadata: { ...body.metadata, ...(namespace === undefined ? {} : { namespace }), generation: 1 },
    };
    if (object.kind === 'Service' && object.spec.type === 'NodePort') {
      object.spec.ports[0].nodePort = (this.#gateway.address() as AddressInfo).port;
    }
    if (object.kind === 'Pod') {
      const containerStatuses = runningOf(object.spec.containers);
      object.status = { phase: 'Running', hostIP: '127.0.0.1', podIP: '127.0.0.1', conditions: [], containerStatuses };
    }
    return this.store.put(collection, object);
  }

  #modify(collection: string, before: FakeObject, spec: FakeObject, noted: object = {}): FakeObject {
    const generation = (before.metadata.generation ?? 0) + 1;
    const annotations = { ...before.metadata.annotations, ...noted };
    return this.store.put(collection, {
      ...before,
      metadata: { ...before.metadata, generation, annotations },
      spec: { ...before.spec, ...spec },
    });
  }

  #delete(collection: string, plural: string, before: FakeObject, response: ServerResponse): void {
    if (before === undefined) return void refuse(response, 404, `${plural} not found`);
    if (plural === 'namespaces' || plural === 'deployments') {
      const metadata = { ...before.metadata, deletionTimestamp: new Date().toISOString() };
      this.store.put(collection, { ...before, metadata });
      if (plural === 'deployments') setTimeout(() => this.store.delete(collection, before.metadata.name), 200);
    } else this.store.delete(collection, before.metadata.name);
    reply(response, 200, before);
  }

  #list(collection: string, url: URL, response: ServerResponse): void {
    const all = this.store.list(collection).filter((object) => isSelected(object, url));
    // Whoever asks for pages gets them of two, so that every list of more goes over several.
    const size = url.searchParams.get('limit') === null ? all.length : 2;
    const from = Number(url.searchParams.get('continue') ?? 0);
    const next = from + size < all.length ? String(from + size) : '';
    reply(response, 200, {
      metadata: { resourceVersion: String(this.store.version), continue: next },
      items: all.slice(from, from + size),
    });
  }

  #watch(collection: string, url: URL, response: ServerResponse): void {
    const version = Number(url.searchParams.get('resourceVersion') ?? 0);
    const past = this.#isTurn('watches', this.faults.goneEvery) ? null : this.store.since(collection, version);
    if (past === null && this.#turns.gone++ % 2 === 0) return void refuse(response, 410, 'too old resource version');
    response.writeHead(200, { 'content-type': 'application/json' });
    response.flushHeaders();
    if (past === null) {
      const object = { kind: 'Status', code: 410, message: `too old resource version: ${version}`, reason: 'Expired' };
      response.end(`${JSON.stringify({ type: 'ERROR', object })}\n`);
      return;
    }
    let told = 0;
    const { watchBreaksAfter, watchDelayMs } = this.faults;
    const tell = (event: StoreEvent) => {
      if (!isSelected(event.object, url) || response.destroyed) return;
      const line = `${JSON.stringify({ type: event.type, object: event.object })}\n`;
      if (watchBreaksAfter > 0 && ++told > watchBreaksAfter) {
        response.write(line.slice(0, line.length >> 1), () => response.destroy());
        return;
      }
      response.write(line);
    };
    const later = (event: StoreEvent) =>
      void (watchDelayMs === 0 ? tell(event) : setTimeout(() => tell(event), watchDelayMs));
    for (const event of past) later(event);
    const stop = this.store.listen((of, event) => of === collection && later(event));
    const bookmarks = setInterval(() => {
      const object = { kind: 'Bookmark', metadata: { resourceVersion: String(this.store.version) } };
      // Not while events are still on their way: a bookmark says that all before it was told.
      if (watchDelayMs > 0) return;
      this.bookmarks++;
      response.write(`${JSON.stringify({ type: 'BOOKMARK', object })}\n`);
    }, BOOKMARK_EVERY_MS);
    this.#watches.add(response);
    response.on('close', () => {
      clearInterval(bookmarks);
      this.#watches.delete(response);
      stop();
    });
  }

  #isTurn(kind: 'writes' | 'watches' | 'requests', every: number): boolean {
    return ++this.#turns[kind] % every === 0;
  }
}

function isSelected({ metadata, type }: FakeObject, url: URL): boolean {
  const labels = url.searchParams.get('labelSelector');
  const fields = url.searchParams.get('fieldSelector');
  const [, name, value] = /^(.+?)=(.+)$/.exec(labels ?? '') ?? [];
  if (name !== undefined && metadata.labels?.[name] !== value) return false;
  const [, field, wanted] = /^(.+?)=(.+)$/.exec(fields ?? '') ?? [];
  if (field === undefined) return true;
  return (field === 'metadata.name' ? metadata.name : type) === wanted;
}

function discovery(path: string): object {
  const resources = Object.entries(KINDS[path]).map(([kind, name]) => ({
    kind,
    name,
    namespaced: !CLUSTER_WIDE.has(name),
  }));
  return {
    kind: 'APIResourceList',
    resources: [...resources, { kind: 'Scale', name: 'deployments/scale', namespaced: true }],
  };
}

function reply(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify(body));
}

function refuse(response: ServerResponse, code: number, message: string): void {
  reply(response, code, { kind: 'Status', apiVersion: 'v1', status: 'Failure', code, message });
}

/** `pods/exec`: the command is run here, for real, with the streams of the protocol. */
function runCommand(connection: WebSocket, request: IncomingMessage): void {
  const [program, ...args] = new URL(request.url ?? '', 'http://api').searchParams.getAll('command');
  const child = spawn(program === 'node' ? process.execPath : program, args, { stdio: 'pipe' });
  const send = (stream: number) => (bytes: Buffer) => connection.send(Buffer.concat([Buffer.of(stream), bytes]));
  child.stdout.on('data', send(1));
  child.stderr.on('data', send(2));
  child.stdin.on('error', () => {});
  connection.on('message', (data: Buffer) => {
    if (data[0] === 0) child.stdin.write(data.subarray(1));
  });
  connection.on('close', () => child.stdin.end());
  child.on('close', (code) => {
    const causes = [{ reason: 'ExitCode', message: String(code) }];
    const status =
      code === 0 ? { status: 'Success' } : { status: 'Failure', message: `exit code ${code}`, details: { causes } };
    send(3)(Buffer.from(JSON.stringify(status)));
    connection.close();
  });
}
