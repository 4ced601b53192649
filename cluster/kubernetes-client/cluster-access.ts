import { Agent as HttpAgent, request as httpRequest, type IncomingMessage } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest, type RequestOptions } from 'node:https';
import type { KubeConfig } from '@kubernetes/client-node';
import { KubernetesError, refusalOf, shownText } from './kubernetes-error.ts';

export interface ConnectOptions {
  /** File; else `KUBECONFIG`, `~/.kube/config`, or the service account of the pod that this runs in. */
  readonly kubeconfig?: string | undefined;
  readonly context?: string | undefined;
}

export type Query = Readonly<Record<string, string | number | boolean | undefined>>;

export interface RequestDescription {
  readonly query?: Query;
  readonly body?: unknown;
  readonly contentType?: string;
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
  /** For the line of an error: `create deployments/sfu`. */
  readonly what?: string;
}

export interface Answer {
  readonly status: number;
  /** Parsed JSON; text where it is none. */
  readonly body: unknown;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
}

const TIMEOUT_MS = 30_000;
const LARGEST_ANSWER_BYTES = 64 * 1024 * 1024;
/** How long credentials and connections are kept before the kubeconfig is asked again: tokens expire. */
const CREDENTIALS_MS = 60_000;
const MOST_TRIES = 5;

/**
 * The API server of a cluster, as a kubeconfig names it. Requests are plain HTTP and JSON: what is applied is of any kind, and what
 * is refused is told in the server's own words.
 */
export class ClusterAccess {
  readonly config: KubeConfig;
  readonly server: string;
  readonly context: string;
  /** Of the context; `default` where it names none. */
  readonly namespace: string;
  readonly #base: URL;
  #options: { readonly value: RequestOptions; readonly untilMs: number } | null = null;
  #agent: { readonly agent: HttpsAgent; readonly of: string } | null = null;

  constructor(config: KubeConfig) {
    const cluster = config.getCurrentCluster();
    this.config = config;
    this.context = config.getCurrentContext() ?? '';
    if (cluster === null || !URL.canParse(cluster.server)) {
      const text = `the kubeconfig has no cluster for its current context ${JSON.stringify(this.context)}`;
      throw new KubernetesError('no-kubeconfig', text, 'Name a context with --context.');
    }
    this.server = cluster.server;
    this.#base = new URL(cluster.server.endsWith('/') ? cluster.server : `${cluster.server}/`);
    this.namespace = config.getContextObject(this.context)?.namespace ?? 'default';
  }

  async get<T = unknown>(path: string, description: RequestDescription = {}): Promise<T> {
    return (await this.request('GET', path, description)).body as T;
  }

  /** @returns null where there is none. @throws KubernetesError */
  async find<T = unknown>(path: string, description: RequestDescription = {}): Promise<T | null> {
    try {
      return await this.get<T>(path, description);
    } catch (error) {
      if (error instanceof KubernetesError && error.code === 'not-found') return null;
      throw error;
    }
  }

  /** Tries again what the server puts off (429, 503 with Retry-After). @throws KubernetesError */
  async request(method: string, path: string, description: RequestDescription = {}): Promise<Answer> {
    const what = description.what ?? `${method} ${path}`;
    for (let attempt = 1; ; attempt++) {
      const answer = await this.#once(method, path, description, what);
      if (answer.status < 400) return answer;
      if (answer.status === 401 && attempt === 1) {
        this.#options = null;
        continue;
      }
      const retryAfter = Number(answer.headers['retry-after']);
      const isPutOff = answer.status === 429 || (answer.status === 503 && retryAfter > 0);
      if (!isPutOff || attempt >= MOST_TRIES) throw refusalOf(answer.status, answer.body, what);
      await new Promise((resolve) => setTimeout(resolve, Math.min(10, retryAfter > 0 ? retryAfter : 1) * 1000));
    }
  }

  /** An answer that goes on, such as a watch or a log. @throws KubernetesError where the server refuses it. */
  async stream(path: string, description: RequestDescription = {}): Promise<IncomingMessage> {
    const what = description.what ?? `GET ${path}`;
    const response = await this.#send('GET', path, description, what);
    if ((response.statusCode ?? 0) < 400) return response;
    throw refusalOf(response.statusCode ?? 0, await readBody(response), what);
  }

  /** For a WebSocket: where to, and how to be let in. */
  async webSocket(path: string): Promise<{ readonly url: string; readonly options: RequestOptions }> {
    const url = this.#url(path);
    url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
    return { url: url.href, options: await this.#requestOptions() };
  }

  async serverVersion(): Promise<string> {
    const { gitVersion } = await this.get<{ gitVersion?: unknown }>('/version', { what: 'tell its version' });
    return typeof gitVersion === 'string' ? shownText(gitVersion) : 'unknown';
  }

  close(): void {
    this.#agent?.agent.destroy();
    this.#agent = null;
    this.#options = null;
  }

  async #once(method: string, path: string, description: RequestDescription, what: string): Promise<Answer> {
    const response = await this.#send(method, path, description, what);
    const text = await readBody(response).catch((error: unknown) => {
      throw this.#unreachable(error, what);
    });
    let body: unknown = text;
    if (/json/.test(response.headers['content-type'] ?? '')) {
      try {
        body = JSON.parse(text);
      } catch {
        // Cut short, or none: the text it is.
      }
    }
    return { status: response.statusCode ?? 0, body, headers: response.headers };
  }

  async #send(method: string, path: string, description: RequestDescription, what: string): Promise<IncomingMessage> {
    const { query = {}, body, contentType = 'application/json', timeoutMs = TIMEOUT_MS, signal } = description;
    const url = this.#url(path);
    for (const [name, value] of Object.entries(query)) {
      if (value !== undefined) url.searchParams.set(name, String(value));
    }
    const base = await this.#requestOptions();
    const payload = body === undefined ? undefined : Buffer.from(JSON.stringify(body));
    const headers = {
      ...(base.headers as Record<string, string> | undefined),
      accept: 'application/json',
      'user-agent': 'rtcscope',
      ...(payload === undefined ? {} : { 'content-type': contentType, 'content-length': String(payload.length) }),
    };
    const open = url.protocol === 'https:' ? httpsRequest : httpRequest;
    const send = (
      mayRepeat: boolean,
      resolve: (response: IncomingMessage) => void,
      reject: (error: unknown) => void,
    ) => {
      const request = open(
        url,
        { ...base, method, headers, ...(signal === undefined ? {} : { signal }) },
        (response) => {
          request.setTimeout(0);
          resolve(response);
        },
      );
      request.setTimeout(timeoutMs, () => request.destroy(new Error(`no answer within ${timeoutMs / 1000} s`)));
      request.on('error', (error: NodeJS.ErrnoException) => {
        // A connection that was kept, and that the server had given up meanwhile: it never saw the request.
        if (mayRepeat && request.reusedSocket && error.code === 'ECONNRESET') send(false, resolve, reject);
        else reject(signal?.aborted === true ? error : this.#unreachable(error, what));
      });
      request.end(payload);
    };
    return await new Promise<IncomingMessage>((resolve, reject) => send(true, resolve, reject));
  }

  #url(path: string): URL {
    return new URL(path.replace(/^\//, ''), this.#base);
  }

  async #requestOptions(): Promise<RequestOptions> {
    const nowMs = Date.now();
    if (this.#options !== null && nowMs < this.#options.untilMs) return this.#options.value;
    const value: RequestOptions = {};
    try {
      await this.config.applyToHTTPSOptions(value);
    } catch (error) {
      const text = `the kubeconfig's credentials cannot be used: ${(error as Error).message}`;
      throw new KubernetesError('unauthorized', text, `See the user of the context ${JSON.stringify(this.context)}.`);
    }
    if (this.config.getCurrentCluster()?.proxyUrl === undefined) value.agent = this.#agentFor(value);
    this.#options = { value, untilMs: nowMs + CREDENTIALS_MS };
    return value;
  }

  /** Connections are kept for as long as what they were opened with stays the same. */
  #agentFor({ ca, cert, key, pfx, passphrase, rejectUnauthorized, servername }: RequestOptions): HttpsAgent {
    const tls = { ca, cert, key, pfx, passphrase, servername };
    const of = JSON.stringify([tls, rejectUnauthorized]);
    if (this.#agent?.of === of) return this.#agent.agent;
    const checked = rejectUnauthorized === undefined ? {} : { rejectUnauthorized };
    const agent =
      this.#base.protocol === 'https:'
        ? new HttpsAgent({ keepAlive: true, ...tls, ...checked })
        : (new HttpAgent({ keepAlive: true }) as HttpsAgent);
    this.#agent = { agent, of };
    return agent;
  }

  #unreachable(error: unknown, what: string): KubernetesError {
    if (error instanceof KubernetesError) return error;
    const { message, code } = error as NodeJS.ErrnoException;
    const reason = code !== undefined && !message.includes(code) ? `${code}: ${message}` : message;
    return new KubernetesError(
      'no-cluster',
      `the cluster at ${this.server} does not answer (${reason || String(code)}), asked to ${what}`,
      'Check that it runs, and that the kubeconfig names the right context.',
    );
  }
}

async function readBody(response: IncomingMessage): Promise<string> {
  const pieces: Buffer[] = [];
  let bytes = 0;
  for await (const piece of response as AsyncIterable<Buffer>) {
    bytes += piece.length;
    if (bytes > LARGEST_ANSWER_BYTES) throw new Error('the answer is too large');
    pieces.push(piece);
  }
  return Buffer.concat(pieces).toString('utf8');
}
