import { createSocket, type Socket } from 'node:dgram';

/**
 * A way for one client to a UDP port that carries as much as it is told: a queue of a quarter second before a link of that rate, in the
 * direction to the client. Packets from the client go through at once.
 */
export class NarrowWay {
  bps = Number.POSITIVE_INFINITY;
  dropped = 0;
  readonly #near: Socket = createSocket('udp4');
  readonly #far: Socket = createSocket('udp4');
  readonly #timers = new Set<NodeJS.Timeout>();
  #client = { port: 0, address: '' };
  #freeAtMs = 0;
  /** While true nothing goes either way, as where a cable is pulled. */
  isCut = false;

  static async open(port: number, address = '127.0.0.1'): Promise<NarrowWay> {
    const way = new NarrowWay();
    way.#near.on('message', (bytes, { port: from, address: at }) => {
      way.#client = { port: from, address: at };
      if (!way.isCut) way.#far.send(bytes, port, address);
    });
    way.#far.on('message', (bytes) => way.#toClient(bytes));
    for (const socket of [way.#near, way.#far]) {
      await new Promise<void>((resolve) => socket.bind(0, address, resolve));
      socket.setRecvBufferSize(1 << 20);
    }
    return way;
  }

  get port(): number {
    return this.#near.address().port;
  }

  #toClient(bytes: Buffer): void {
    const { port, address } = this.#client;
    if (this.isCut || port === 0) return;
    const nowMs = performance.now();
    const beginsMs = Math.max(nowMs, this.#freeAtMs);
    if (beginsMs - nowMs > 250) {
      this.dropped++;
      return;
    }
    this.#freeAtMs = beginsMs + ((bytes.length + 28) * 8000) / this.bps;
    if (this.#freeAtMs - nowMs < 1) {
      this.#near.send(bytes, port, address);
      return;
    }
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      this.#near.send(bytes, port, address);
    }, this.#freeAtMs - nowMs);
    this.#timers.add(timer);
  }

  close(): void {
    for (const timer of this.#timers) clearTimeout(timer);
    this.#near.close();
    this.#far.close();
  }
}
