import type { IncomingMessage } from 'node:http';
import type { ClusterAccess, Query } from './cluster-access.ts';
import { KubernetesError } from './kubernetes-error.ts';
import { isObject, type KubernetesObject } from './kubernetes-object.ts';

export interface WatchListener<T extends KubernetesObject> {
  /** Added, or changed. */
  changed(object: T): void;
  removed(object: T): void;
  /** A fault that the watch goes on after, by itself. */
  fault?(error: Error): void;
}

/** The server ends a watch after this, and we begin the next one where it ended: a connection that died unseen does not stay. */
const WATCH_SECONDS = 120;
const SILENT_MS = (WATCH_SECONDS + 30) * 1000;
const PAGE = 500;
const LONGEST_LINE = 8 * 1024 * 1024;
const FIRST_RETRY_MS = 200;
const LONGEST_RETRY_MS = 10_000;

/**
 * Lists the objects of a path and follows them: what was missed while a connection was down, or a version had become too old to go
 * on from (410 Gone), is found by listing anew, and told as changes and removals. Each version of an object is told once.
 *
 * Protocol: Kubernetes API Concepts, "Efficient detection of changes".
 */
export class ObjectWatch<T extends KubernetesObject> {
  readonly #access: ClusterAccess;
  readonly #path: string;
  readonly #query: Query;
  readonly #listener: WatchListener<T>;
  readonly #known = new Map<string, T>();
  readonly #end = new AbortController();
  #version = '';
  #running: Promise<void> | null = null;

  constructor(access: ClusterAccess, path: string, query: Query, listener: WatchListener<T>) {
    this.#access = access;
    this.#path = path;
    this.#query = query;
    this.#listener = listener;
  }

  /** Those that there are. */
  get objects(): readonly T[] {
    return [...this.#known.values()];
  }

  /** Resolves once what there is was told. @throws KubernetesError where it cannot be listed. */
  async start(): Promise<void> {
    await this.#list();
    this.#running = this.#follow();
  }

  async stop(): Promise<void> {
    this.#end.abort();
    await this.#running;
  }

  async #follow(): Promise<void> {
    let retryMs = FIRST_RETRY_MS;
    let mustList = false;
    while (!this.#end.signal.aborted) {
      try {
        if (mustList) await this.#list();
        mustList = false;
        const outcome = await this.#watch();
        mustList = outcome === 'expired';
        if (outcome !== 'silent') {
          retryMs = FIRST_RETRY_MS;
          if (outcome === 'went-on' || mustList) continue;
        }
      } catch (error) {
        if (this.#end.signal.aborted) return;
        if (error instanceof KubernetesError && error.status === 410) {
          mustList = true;
          continue;
        }
        this.#listener.fault?.(error as Error);
      }
      await this.#pause(retryMs);
      retryMs = Math.min(LONGEST_RETRY_MS, retryMs * 2);
    }
  }

  async #list(): Promise<void> {
    const { signal } = this.#end;
    const what = `list ${this.#path}`;
    const seen = new Map<string, T>();
    let page: string | undefined;
    do {
      const query = { ...this.#query, limit: PAGE, continue: page };
      const list = await this.#access.get<{ items?: unknown; metadata?: unknown }>(this.#path, { query, what, signal });
      const metadata = isObject(list?.metadata) ? list.metadata : {};
      for (const item of Array.isArray(list?.items) ? list.items : [])
        if (isNamed(item)) seen.set(keyOf(item), item as T);
      page = typeof metadata['continue'] === 'string' && metadata['continue'] !== '' ? metadata['continue'] : undefined;
      if (typeof metadata['resourceVersion'] === 'string') this.#version = metadata['resourceVersion'];
    } while (page !== undefined);
    for (const [key, object] of this.#known) {
      const now = seen.get(key);
      // Of the same name, but another one: that one was deleted while we did not look.
      if (now === undefined || now.metadata.uid !== object.metadata.uid) this.#remove(object);
    }
    for (const object of seen.values()) this.#change(object);
  }

  /** Reads one watch to its end. `silent`: it broke off before it told anything. */
  async #watch(): Promise<'went-on' | 'expired' | 'silent'> {
    const query = {
      ...{ ...this.#query, watch: 1, allowWatchBookmarks: true },
      ...{ resourceVersion: this.#version, timeoutSeconds: WATCH_SECONDS },
    };
    const response = await this.#access.stream(this.#path, {
      ...{ query, what: `watch ${this.#path}`, signal: this.#end.signal },
    });
    response.setTimeout(SILENT_MS, () => response.destroy(new Error('the watch fell silent')));
    let told = false;
    try {
      for await (const line of linesOf(response)) {
        const event = parseEvent(line);
        if (event === null) continue;
        told = true;
        const { type, object } = event;
        if (type === 'ERROR') {
          if (object['code'] === 410) return 'expired';
          throw new Error(`the watch of ${this.#path} ended: ${String(object['message'])}`);
        }
        if (!isNamed(object)) continue;
        if (object.metadata.resourceVersion !== undefined) this.#version = object.metadata.resourceVersion;
        if (type === 'DELETED') this.#remove(object as T);
        else if (type !== 'BOOKMARK') this.#change(object as T);
      }
    } catch (error) {
      if (this.#end.signal.aborted) return 'went-on';
      const { code } = error as NodeJS.ErrnoException;
      // A connection that breaks off is taken up again where it was.
      if (code !== 'ECONNRESET' && code !== 'ERR_STREAM_PREMATURE_CLOSE') throw error;
    }
    return told ? 'went-on' : 'silent';
  }

  #change(object: T): void {
    const key = keyOf(object);
    const before = this.#known.get(key);
    if (before !== undefined && before.metadata.resourceVersion === object.metadata.resourceVersion) return;
    this.#known.set(key, object);
    this.#listener.changed(object);
  }

  #remove(object: T): void {
    if (this.#known.delete(keyOf(object))) this.#listener.removed(object);
  }

  #pause(milliseconds: number): Promise<void> {
    return new Promise((resolve) => {
      const done = () => {
        clearTimeout(timer);
        this.#end.signal.removeEventListener('abort', done);
        resolve();
      };
      const timer = setTimeout(done, milliseconds);
      this.#end.signal.addEventListener('abort', done, { once: true });
    });
  }
}

const keyOf = ({ metadata }: KubernetesObject): string => `${metadata.namespace ?? ''}/${metadata.name}`;

/** Items of lists come without kind; a bookmark without a name. */
const isNamed = (value: unknown): value is KubernetesObject => isObject(value) && isObject(value['metadata']);

function parseEvent(line: string): { readonly type: string; readonly object: Record<string, unknown> } | null {
  try {
    const { type, object } = JSON.parse(line) as { type?: unknown; object?: unknown };
    return typeof type === 'string' && isObject(object) ? { type, object } : null;
  } catch {
    // The last line of a connection that broke off.
    return null;
  }
}

async function* linesOf(response: IncomingMessage): AsyncGenerator<string> {
  let pieces: Buffer[] = [];
  let length = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    let from = 0;
    for (let at = chunk.indexOf(10, from); at >= 0; at = chunk.indexOf(10, from)) {
      pieces.push(chunk.subarray(from, at));
      yield Buffer.concat(pieces).toString('utf8');
      pieces = [];
      length = 0;
      from = at + 1;
    }
    pieces.push(chunk.subarray(from));
    length += chunk.length - from;
    if (length > LONGEST_LINE) throw new Error('a line of the watch is too long');
  }
}
