/** What is used of npm's `cap`, which brings no types. */
export interface CaptureAddon {
  readonly Cap: new () => AddonCapture;
  deviceList(): {
    readonly name: string;
    readonly description?: string;
    readonly addresses: readonly { readonly addr?: string }[];
  }[];
}

export interface AddonCapture {
  /** @returns the link type's name. @throws Error with libpcap's words. */
  open(device: string, filter: string, bufferSize: number, buffer: Buffer): string;
  /** @param length bytes of the packet in the buffer. */
  on(event: 'packet', listener: (length: number, truncated: boolean) => void): void;
  close(): boolean;
}

/** @returns null where the optional package did not install, as without libpcap's headers. */
export async function loadAddon(): Promise<CaptureAddon | null> {
  try {
    const name = 'cap';
    const loaded = (await import(name)) as { default: CaptureAddon };
    return loaded.default;
  } catch {
    return null;
  }
}
