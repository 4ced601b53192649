import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { isDeepStrictEqual } from 'node:util';
import { Ajv } from 'ajv';
import { type Answer, type Asked, KUBECONFIG, PREPARED, ProviderServer } from './provider-server.ts';

const path =
  process.env['RTCSCOPE_SHARED_PROVIDER_APIS'] ??
  fileURLToPath(new URL('../../../../shared/provider-apis/', import.meta.url));
const file = `${path}/digitalocean-kubernetes.openapi.json`;

/** The reason why requests are not checked against DigitalOcean's specification, for the names of tests; empty where they are. */
export const missingSpecification = existsSync(file) ? '' : ` (SKIPPED: no ${file})`;

// biome-ignore lint/suspicious/noExplicitAny: an OpenAPI document
type Node = any;

/** The specification, closed: objects that list their fields have no others, and requests have none that are read only. */
class Specification {
  readonly #document: Node;
  readonly #ajv = new Ajv({ strict: false, validateFormats: false, allErrors: true });

  constructor() {
    this.#document = JSON.parse(readFileSync(file, 'utf8'));
    closeObjects(this.#document, (node) => this.#merged(node));
    this.#ajv.addSchema({ $id: 'api', ...this.#document });
  }

  check({ method, path: asked, query, body, headers }: Asked): string[] {
    const found = this.#operation(method, asked);
    if (found === null) return ['no such request'];
    const { operation, pointer } = found;
    const faults: string[] = [];
    const parameters: Node[] = (operation.parameters ?? []).map((one: Node) => this.#resolve(one));
    for (const [name, value] of query) {
      const parameter = parameters.find((one) => one.in === 'query' && one.name === name);
      if (parameter === undefined) faults.push(`parameter ${name}`);
      else if (!this.#ajv.validate(parameter.schema, parameter.schema.type === 'integer' ? Number(value) : value))
        faults.push(`parameter ${name}: ${this.#ajv.errorsText()}`);
    }
    if (operation.requestBody === undefined) return body === undefined ? faults : [...faults, 'a body'];
    if (!/^application\/json/.test(headers['content-type'] ?? ''))
      faults.push(`content type ${headers['content-type']}`);
    const schema = { $ref: `api#${pointer}/requestBody/content/application~1json/schema` };
    if (!this.#ajv.validate(schema, body)) faults.push(this.#ajv.errorsText());
    faults.push(...this.#readOnly(operation.requestBody.content['application/json'].schema, body));
    return faults;
  }

  checkAnswer({ method, path: asked }: Asked, { status, body }: Answer): string[] {
    const found = this.#operation(method, asked);
    const response = this.#resolve(found?.operation.responses[status] ?? found?.operation.responses.default ?? {});
    const schema = response.content?.['application/json']?.schema;
    if (schema === undefined) return [];
    const absolute = JSON.parse(JSON.stringify(schema).replaceAll('"#/', '"api#/'));
    return this.#ajv.validate(absolute, body) ? [] : [`answer: ${this.#ajv.errorsText()}`];
  }

  #operation(method: string, asked: string) {
    for (const [template, operations] of Object.entries<Node>(this.#document.paths)) {
      const pattern = new RegExp(`^${template.replaceAll(/\{[^}]+\}/g, '[^/]+')}$`);
      const operation = operations[method.toLowerCase()];
      if (operation === undefined || !pattern.test(asked)) continue;
      return {
        operation,
        pointer: `/paths/${template.replaceAll('/', '~1').replaceAll('{', '%7B').replaceAll('}', '%7D')}/${method.toLowerCase()}`,
      };
    }
    return null;
  }

  #readOnly(schema: Node, value: Node): string[] {
    const { properties = {}, items } = this.#resolve(schema);
    if (Array.isArray(value)) return items === undefined ? [] : value.flatMap((one) => this.#readOnly(items, one));
    if (typeof value !== 'object' || value === null) return [];
    return Object.entries(value).flatMap(([name, inner]) => {
      const property = this.#resolve(properties[name] ?? {});
      return property.readOnly ? [`${name} is read only`] : this.#readOnly(property, inner);
    });
  }

  #merged(node: Node): Node {
    const parts: Node[] = (node.allOf ?? []).map((part: Node) => this.#merged(this.#resolve(part)));
    const all = [...parts, { properties: node.properties ?? {}, required: node.required ?? [] }];
    return {
      type: 'object',
      properties: Object.assign({}, ...all.map(({ properties = {} }) => properties)),
      required: [...new Set(all.flatMap(({ required = [] }) => required))],
    };
  }

  #resolve(node: Node): Node {
    if (node.$ref === undefined) return node;
    const steps = node.$ref.slice(2).split('/');
    return this.#resolve(steps.reduce((at: Node, step: string) => at[step], this.#document));
  }
}

/** Objects with their parts (`allOf`) put together, and without fields that they do not list. */
function closeObjects(node: Node, merged: (node: Node) => Node): void {
  if (typeof node !== 'object' || node === null) return;
  if (Array.isArray(node.allOf)) {
    Object.assign(node, merged(node));
    delete node.allOf;
  }
  for (const [name, inner] of Object.entries<Node>(node)) {
    if (name !== 'examples' && name !== 'example') closeObjects(inner, merged);
  }
  if (typeof node.properties === 'object' && !('in' in node)) node.additionalProperties ??= false;
}

/** The part of the specification that is at hand speaks of Kubernetes alone: this is what `doctl compute firewall create` sends. */
function firewallFaults({ method, path: asked, query, body }: Asked): string[] {
  if (method === 'GET' && asked === '/v2/firewalls') {
    return [...query.keys()].filter((name) => name !== 'page' && name !== 'per_page');
  }
  if (method === 'DELETE' && body === undefined && /^\/v2\/firewalls\/[0-9a-f-]{36}$/.test(asked)) return [];
  if (method !== 'POST' || asked !== '/v2/firewalls') return [`no such request: ${method} ${asked}`];
  const rule = (protocol: string) => ({ protocol, ports: '10000', sources: { addresses: ['0.0.0.0/0', '::/0'] } });
  const { name, tags, ...rest } = body;
  const expected = { inbound_rules: [rule('udp'), rule('tcp')] };
  const isNamed = /^[a-zA-Z0-9][a-zA-Z0-9.-]*$/.test(name) && tags.length === 1 && /^k8s:[0-9a-f-]{36}$/.test(tags[0]);
  return isNamed && isDeepStrictEqual(rest, expected) ? [] : [`firewall ${JSON.stringify(body)}`];
}

const UUID = 'bd5f5959-5e1e-4205-a714-';
const uuid = (id: number) => UUID + String(id).padStart(12, '0');
const numberOf = (text: string) => (text.startsWith(UUID) ? Number(text.slice(UUID.length)) : Number.NaN);

export class DigitalOceanServer extends ProviderServer {
  readonly provider = 'digitalocean';
  readonly #specification = missingSpecification === '' ? new Specification() : null;

  firewalls: { readonly id: string; readonly name: string; readonly tags: readonly string[] }[] = [];

  protected check(asked: Asked): void {
    if (asked.path.startsWith('/v2/firewalls')) {
      this.violations.push(...firewallFaults(asked));
      return;
    }
    for (const fault of this.#specification?.check(asked) ?? [])
      this.violations.push(`${asked.method} ${asked.path}: ${fault}`);
  }

  protected checkAnswer(asked: Asked, answer: Answer): void {
    if (asked.path.startsWith('/v2/firewalls')) return;
    for (const fault of this.#specification?.checkAnswer(asked, answer) ?? [])
      this.violations.push(`${asked.method} ${asked.path}: ${fault}`);
  }

  refusal(status: number, text: string): Answer {
    return { status, body: { id: `status_${status}`, message: text } };
  }

  protected answer({ method, path: asked, body }: Asked): Answer {
    const parts = asked.split('/').slice(2);
    const id = numberOf(parts[2] ?? '');
    const route = `${method} ${parts.map((part, place) => (place === 2 ? '#' : part)).join('/')}`;
    const gone = this.refusal(404, 'The resource you requested could not be found.');
    if (parts[0] === 'firewalls') return this.#answerFirewall(method, parts[1], body) ?? gone;
    switch (route) {
      case 'GET kubernetes/options':
        return {
          status: 200,
          body: {
            options: {
              regions: PREPARED.regions.map((slug) => ({ name: `Place ${slug}`, slug })),
              versions: PREPARED.versions.map((version) => ({
                slug: `${version}.1-do.0`,
                kubernetes_version: `${version}.1`,
                supported_features: [],
              })),
              sizes: [{ name: PREPARED.size, slug: PREPARED.size }],
            },
          },
        };
      case 'GET sizes': {
        const size = {
          slug: PREPARED.size,
          memory: 4096,
          vcpus: 2,
          disk: 80,
          transfer: 4,
          price_monthly: 24,
          price_hourly: 0.036,
        };
        return {
          status: 200,
          body: {
            sizes: [{ ...size, regions: PREPARED.regions, available: true, description: 'Basic' }],
            links: {},
            meta: { total: 1 },
          },
        };
      }
      case 'GET kubernetes/clusters':
        return {
          status: 200,
          body: {
            kubernetes_clusters: this.clusters.map((one) => this.#shown({ ...one, ready: false })),
            links: {},
            meta: { total: this.clusters.length },
          },
        };
      case 'POST kubernetes/clusters': {
        if (this.clusters.some(({ name }) => name === body.name))
          return this.refusal(422, 'a cluster with this name already exists');
        const made = this.make(body.name, body.node_pools[0].count);
        return { status: 201, body: { kubernetes_cluster: this.#shown({ ...made, ready: false }) } };
      }
      case 'GET kubernetes/clusters/#': {
        const cluster = this.look(id);
        return cluster === undefined ? gone : { status: 200, body: { kubernetes_cluster: this.#shown(cluster) } };
      }
      case 'GET kubernetes/clusters/#/kubeconfig': {
        const cluster = this.clusters.find((one) => one.id === id);
        if (cluster === undefined || cluster.looks < this.looksUntilReady) return gone;
        return { status: 200, text: { type: 'application/yaml', content: KUBECONFIG } };
      }
      case 'GET kubernetes/clusters/#/destroy_with_associated_resources': {
        const named = (all: { id: number; cluster: number }[]) =>
          all.filter(({ cluster }) => cluster === id).map((one) => ({ id: uuid(one.id), name: `of ${one.cluster}` }));
        return {
          status: 200,
          body: { load_balancers: named(this.balancers), volumes: named(this.volumes), volume_snapshots: [] },
        };
      }
      case 'DELETE kubernetes/clusters/#/destroy_with_associated_resources/selective': {
        if (!this.leave(id)) return gone;
        this.balancers = this.balancers.filter((one) => !body.load_balancers.includes(uuid(one.id)));
        this.volumes = this.volumes.filter((one) => !body.volumes.includes(uuid(one.id)));
        return { status: 204 };
      }
      default:
        return gone;
    }
  }

  #answerFirewall(method: string, id: string | undefined, body: { name: string; tags: string[] }): Answer | null {
    const { firewalls } = this;
    if (method === 'GET') return { status: 200, body: { firewalls, links: {}, meta: { total: firewalls.length } } };
    if (method === 'POST') {
      if (firewalls.some(({ name }) => name === body.name)) return this.refusal(409, 'duplicate name');
      const made = { ...body, id: uuid(++this.lastId), status: 'waiting' };
      firewalls.push(made);
      return { status: 202, body: { firewall: made } };
    }
    if (!firewalls.some((one) => one.id === id)) return null;
    this.firewalls = firewalls.filter((one) => one.id !== id);
    return { status: 204 };
  }

  #shown(cluster: { id: number; name: string; nodes: number; ready: boolean; leaving: boolean; failure?: string }) {
    const { id, name, nodes: count, ready, leaving, failure } = cluster;
    const state = failure !== undefined ? 'error' : leaving ? 'deleting' : ready ? 'running' : 'provisioning';
    const nodes = Array.from({ length: count }, (_, place) => ({
      ...{ id: uuid(id * 10 + place), name: `node-${place}`, status: { state: ready ? 'running' : 'provisioning' } },
      ...{ droplet_id: '1', created_at: '2026-01-01T00:00:00Z', updated_at: '2026-01-01T00:00:00Z' },
    }));
    return {
      ...{ id: uuid(id), name, region: PREPARED.regions[0], version: '1.34.1-do.0' },
      status: { state, ...(failure === undefined ? {} : { message: failure }) },
      node_pools: [{ id: uuid(id + 1), name: `${name}-nodes`, size: PREPARED.size, count, nodes }],
    };
  }
}
