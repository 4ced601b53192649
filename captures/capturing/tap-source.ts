import type { IncomingMessage } from 'node:http';
import { shownName } from '../sources/capture-input-error.ts';
import { StreamSource } from '../sources/stream-source.ts';
import { LiveCaptureError, type LiveCounts, type LiveSource } from './live-source.ts';
import { requestOfSfu, type SfuAddress } from './sfu-request.ts';

/** The SFU hands on what it saw in batches: the last one may still be on its way. */
const LAST_BATCH_MS = 150;

/** What goes through the sockets of an SFU of ours, as it records it itself; with the keys of its sessions. */
export class TapSource implements LiveSource {
  readonly name: string;
  readonly tool = 'tap of an SFU';
  readonly clock: string;
  readonly device = null;
  readonly #response: IncomingMessage;
  readonly #stream: StreamSource;
  #wasTold = false;
  #timer: NodeJS.Timeout | null = null;
  #broke = false;

  private constructor(response: IncomingMessage, name: string) {
    this.name = name;
    this.clock = `time stamps in user space of the SFU at ${name}: when its program read or wrote a packet`;
    this.#response = response;
    this.#stream = new StreamSource(name, response);
  }

  /** @throws LiveCaptureError where the SFU does not let us. */
  static async open(sfu: SfuAddress): Promise<TapSource> {
    const response = await requestOfSfu(sfu, '/v1/tap');
    return new TapSource(response, shownName(new URL(sfu.url).host));
  }

  async read(into: Uint8Array): Promise<number> {
    try {
      return await this.#stream.read(into);
    } catch {
      this.#broke = !this.#wasTold;
      return 0;
    }
  }

  stop(): void {
    if (this.#wasTold) return;
    this.#wasTold = true;
    this.#timer = setTimeout(() => this.#response.destroy(), LAST_BATCH_MS);
  }

  /** The SFU's own counts stand in the capture. */
  counts(): LiveCounts {
    return { received: null, dropped: null };
  }

  askCounts(): void {}

  /** An SFU that ends well ends its tap well. */
  fault(): LiveCaptureError | null {
    if (!this.#broke) return null;
    const hint = 'What was captured until then is whole.';
    return new LiveCaptureError('tool-failed', `SFU at ${this.name}: the connection broke`, hint);
  }

  async close(): Promise<void> {
    this.#wasTold = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
    await this.#stream.close();
  }
}
