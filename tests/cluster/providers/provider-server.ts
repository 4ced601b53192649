import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Asked {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingMessage['headers'];
  // biome-ignore lint/suspicious/noExplicitAny: JSON of a request, of any shape
  readonly body: any;
}

export interface Answer {
  readonly status: number;
  readonly body?: unknown;
  /** Sent as it is, instead of `body` as JSON. */
  readonly text?: { readonly type: string; readonly content: string };
  readonly headers?: Readonly<Record<string, string>>;
}

/**
 * What goes wrong with a request: an answer instead of the real one, an answer that never comes, a connection that is closed before
 * anything was done, or after it.
 */
export type Mishap = Answer | 'hang' | 'closed' | 'answer lost';

interface Rule {
  readonly method: string;
  readonly path: RegExp;
  left: number;
  readonly mishap: Mishap;
}

export const TOKEN = 'secret-token-0123456789abcdef';
export const KUBECONFIG = 'apiVersion: v1\nkind: Config\nclusters: []\n';
export const PREPARED = { regions: ['here-1', 'there-2'], versions: ['1.33', '1.34'], size: 'medium' };

/** Account of a provider as its interface shows it, over real HTTP. Subclasses speak one provider's interface each. */
export abstract class ProviderServer {
  abstract readonly provider: 'linode' | 'digitalocean';
  /** Requests and answers that the provider's published schema does not allow. */
  readonly violations: string[] = [];
  readonly asked: Asked[] = [];
  /** Looks at a cluster until its nodes are ready, or until it is gone. */
  looksUntilReady = 2;
  looksUntilGone = 2;
  balancers: { id: number; cluster: number }[] = [];
  volumes: { id: number; cluster: number }[] = [];
  clusters: { id: number; name: string; nodes: number; looks: number; leaving: boolean; failure?: string }[] = [];
  /** Called once a request has been read, before it is acted upon. */
  onAsked: ((asked: Asked) => void | Promise<void>) | null = null;
  readonly #rules: Rule[] = [];
  readonly #server: Server = createServer((request, response) => void this.#serve(request, response));
  protected lastId = 1000;

  async listen(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  /** Lets the next `times` requests of a kind go wrong. */
  disturb(method: string, path: RegExp, mishap: Mishap, times = 1): void {
    this.#rules.push({ method, path, left: times, mishap });
  }

  count(method: string, path: RegExp): number {
    return this.asked.filter((one) => one.method === method && path.test(one.path)).length;
  }

  protected abstract check(asked: Asked): void;
  protected abstract checkAnswer(asked: Asked, answer: Answer): void;
  protected abstract answer(asked: Asked): Answer;
  abstract refusal(status: number, text: string): Answer;

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const url = new URL(request.url ?? '', 'http://provider');
    const text = Buffer.concat(chunks).toString('utf8');
    const { method = '', headers } = request;
    const body = text === '' ? undefined : JSON.parse(text);
    const asked: Asked = { method, path: url.pathname, query: url.searchParams, headers, body };
    this.asked.push(asked);
    this.check(asked);
    await this.onAsked?.(asked);
    const rule = this.#rules.find((one) => one.left > 0 && one.method === method && one.path.test(url.pathname));
    if (rule !== undefined) rule.left--;
    const mishap = rule?.mishap;
    if (mishap === 'hang') return;
    if (mishap === 'closed') return void request.socket.destroy();
    const answer =
      typeof mishap === 'object'
        ? mishap
        : headers.authorization === `Bearer ${TOKEN}`
          ? this.answer(asked)
          : this.refusal(401, 'Unable to authenticate you');
    if (mishap === 'answer lost') return void request.socket.destroy();
    if (typeof mishap !== 'object') this.checkAnswer(asked, answer);
    const type = answer.text?.type ?? 'application/json';
    response.writeHead(answer.status, { 'content-type': type, ...answer.headers });
    if (answer.status === 204) response.end();
    else response.end(answer.text?.content ?? JSON.stringify(answer.body ?? {}));
  }

  protected make(name: string, nodes: number) {
    const cluster = { id: ++this.lastId, name, nodes, looks: 0, leaving: false };
    this.clusters.push(cluster);
    return cluster;
  }

  /** A look at a cluster, by which it gets on. @returns undefined where there is none. */
  protected look(id: number) {
    const cluster = this.clusters.find((one) => one.id === id);
    if (cluster === undefined) return undefined;
    cluster.looks++;
    if (cluster.leaving && cluster.looks > this.looksUntilGone) {
      this.clusters = this.clusters.filter((one) => one !== cluster);
      return undefined;
    }
    return { ...cluster, ready: !cluster.leaving && cluster.looks >= this.looksUntilReady };
  }

  protected leave(id: number): boolean {
    const cluster = this.clusters.find((one) => one.id === id);
    if (cluster === undefined) return false;
    if (!cluster.leaving) Object.assign(cluster, { leaving: true, looks: 0 });
    return true;
  }
}
