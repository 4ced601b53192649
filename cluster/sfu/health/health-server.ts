import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';

/** As the build lays it: beside the program, whose parts are in a folder below. */
const PLACES = ['../health-thread.js', './health-thread.js'];

/** `/healthz`, `/readyz` and `/metrics`, answered by a thread of its own. */
export class HealthServer {
  readonly #ready = new SharedArrayBuffer(4);
  readonly #worker: Worker;

  private constructor(host: string, port: number) {
    const place = PLACES.map((path) => new URL(path, import.meta.url)).find((url) => existsSync(fileURLToPath(url)));
    if (place === undefined) throw new Error('health-thread.js is missing: build the program');
    this.#worker = new Worker(place, { workerData: { host, port, ready: this.#ready } });
  }

  /** @param metrics asked for at each scrape. @throws where the port is taken. */
  static async start(
    host: string,
    port: number,
    metrics: () => Promise<string>,
  ): Promise<{ server: HealthServer; port: number }> {
    const server = new HealthServer(host, port);
    const bound = await new Promise<number>((resolve, reject) => {
      server.#worker.on('error', reject);
      server.#worker.on('message', (message: { port?: number; error?: string; metrics?: true }) => {
        if (message.port !== undefined) resolve(message.port);
        else if (message.error !== undefined) reject(new Error(message.error));
        else metrics().then((text) => server.#worker.postMessage(text));
      });
    });
    server.#worker.unref();
    return { server, port: bound };
  }

  setReady(ready: boolean): void {
    Atomics.store(new Int32Array(this.#ready), 0, ready ? 1 : 0);
  }

  async close(): Promise<void> {
    await this.#worker.terminate();
  }
}
