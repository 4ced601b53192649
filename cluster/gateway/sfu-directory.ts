/** An SFU that a gateway can use. */
export interface SfuEndpoint {
  /** Where its control interface is, such as `http://127.0.0.11:7000`. Tells one endpoint from another. */
  readonly controlUrl: string;
}

export interface SfuDirectoryWatcher {
  add(endpoint: SfuEndpoint): void;
  remove(controlUrl: string): void;
}

/** Who knows which SFUs there are: a list on the command line, or a cluster. */
export interface SfuDirectory {
  /** Tells what is there, and goes on to tell what changes until the signal aborts. */
  watch(watcher: SfuDirectoryWatcher, signal: AbortSignal): void;
}

/** SFUs that were named once and for all. One that is away is waited for. */
export function staticDirectory(controlUrls: readonly string[]): SfuDirectory {
  return {
    watch(watcher) {
      for (const controlUrl of new Set(controlUrls)) watcher.add({ controlUrl });
    },
  };
}
