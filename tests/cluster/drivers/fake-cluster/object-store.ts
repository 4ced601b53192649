// biome-ignore lint/suspicious/noExplicitAny: objects of the API, of any kind
export type FakeObject = any;

export interface StoreEvent {
  readonly version: number;
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
  readonly object: FakeObject;
}

/** Objects with versions, as an API server keeps them: a collection each, with what happened to it since it was compacted. */
export class ObjectStore {
  version = 100;
  readonly #collections = new Map<string, Map<string, FakeObject>>();
  readonly #events = new Map<string, StoreEvent[]>();
  readonly #listeners = new Set<(collection: string, event: StoreEvent) => void>();
  #compacted = 0;

  /** @param collection path of it, within its namespace. */
  list(collection: string): FakeObject[] {
    return [...(this.#collections.get(collection)?.values() ?? [])];
  }

  /** Of a plural in all namespaces. */
  collections(suffix: string): string[] {
    return [...this.#collections.keys()].filter((name) => name.endsWith(suffix));
  }

  get(collection: string, name: string): FakeObject | undefined {
    return this.#collections.get(collection)?.get(name);
  }

  put(collection: string, object: FakeObject): FakeObject {
    const objects = this.#collections.get(collection) ?? new Map<string, FakeObject>();
    this.#collections.set(collection, objects);
    const { name } = object.metadata;
    const before = objects.get(name);
    const version = ++this.version;
    const metadata = {
      uid: before?.metadata.uid ?? `uid-${version}`,
      creationTimestamp: before?.metadata.creationTimestamp ?? new Date().toISOString(),
      ...object.metadata,
      resourceVersion: String(version),
    };
    const stored = { ...object, metadata };
    objects.set(name, stored);
    this.#tell(collection, { version, type: before === undefined ? 'ADDED' : 'MODIFIED', object: stored });
    return stored;
  }

  delete(collection: string, name: string): void {
    const object = this.get(collection, name);
    if (object === undefined) return;
    this.#collections.get(collection)!.delete(name);
    const version = ++this.version;
    const last = { ...object, metadata: { ...object.metadata, resourceVersion: String(version) } };
    this.#tell(collection, { version, type: 'DELETED', object: last });
  }

  /** @returns null where that is too long ago. */
  since(collection: string, version: number): StoreEvent[] | null {
    if (version < this.#compacted) return null;
    return (this.#events.get(collection) ?? []).filter((event) => event.version > version);
  }

  /** Forgets what happened: who watches from before has to list. */
  compact(): void {
    this.#compacted = this.version;
    this.#events.clear();
  }

  listen(listener: (collection: string, event: StoreEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #tell(collection: string, event: StoreEvent): void {
    const events = this.#events.get(collection) ?? [];
    this.#events.set(collection, events);
    events.push(event);
    for (const listener of this.#listeners) listener(collection, event);
  }
}
