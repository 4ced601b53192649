import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { WebSocket } from 'ws';

/** What a process holds once nothing is left to collect. */
export interface Held {
  readonly heapBytes: number;
  /** Outside of V8's heap: buffers, WebAssembly. */
  readonly externalBytes: number;
  /** Sockets, timers and requests by kind. */
  readonly resources: Readonly<Record<string, number>>;
}

const EXPRESSION = `JSON.stringify({ memory: process.memoryUsage(), resources: process.getActiveResourcesInfo() })`;

/** Looks into a process that was started with {@link Inspector.ARGUMENTS}, by Node.js's own inspector protocol. */
export class Inspector {
  /** Any port of this machine alone; told on standard error. */
  static readonly ARGUMENTS = ['--inspect=127.0.0.1:0'] as const;
  readonly #socket: WebSocket;
  readonly #waiting = new Map<number, (result: { result?: { value?: string } }) => void>();
  #id = 0;

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.on('message', (text) => {
      const { id, result } = JSON.parse(String(text));
      this.#waiting.get(id)?.(result ?? {});
      this.#waiting.delete(id);
    });
  }

  static async open(child: ChildProcess): Promise<Inspector> {
    const url = await new Promise<string>((resolve, reject) => {
      createInterface({ input: child.stderr! }).on('line', (line) => {
        const found = /ws:\/\/127\.0\.0\.1:\S+/.exec(line);
        if (found !== null) resolve(found[0]);
      });
      child.once('exit', () => reject(new Error('the process ended before it could be inspected')));
    });
    const socket = new WebSocket(url);
    await once(socket, 'open');
    return new Inspector(socket);
  }

  #ask(method: string, params: object = {}): Promise<{ result?: { value?: string } }> {
    const id = ++this.#id;
    return new Promise((resolve) => {
      this.#waiting.set(id, resolve);
      this.#socket.send(JSON.stringify({ id, method, params }));
    });
  }

  async held(): Promise<Held> {
    // What finalizers let go of in the first round is gone after the second.
    for (let round = 0; round < 3; round++) await this.#ask('HeapProfiler.collectGarbage');
    const { result } = await this.#ask('Runtime.evaluate', { expression: EXPRESSION });
    const { memory, resources } = JSON.parse(result?.value ?? '{}') as {
      memory: NodeJS.MemoryUsage;
      resources: string[];
    };
    const kinds: Record<string, number> = {};
    for (const kind of resources) kinds[kind] = (kinds[kind] ?? 0) + 1;
    return { heapBytes: memory.heapUsed, externalBytes: memory.external, resources: kinds };
  }

  close(): void {
    this.#socket.close();
  }
}
