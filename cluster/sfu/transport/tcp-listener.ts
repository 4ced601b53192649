import { createServer, type Server, type Socket } from 'node:net';
import type { PacketSink, Path, PathOwner } from './path.ts';

const MOST_CONNECTIONS = 2000;
/** A connection that did not say by a Binding request whose it is. */
const UNBOUND_MS = 10_000;
const MOST_UNSENT_BYTES = 512 * 1024;

class TcpPath implements Path {
  readonly protocol = 'tcp';
  readonly address: string;
  readonly port: number;
  readonly localAddress: string;
  readonly localPort: number;
  peer: PathOwner | null = null;
  readonly #socket: Socket;
  #held: Buffer = Buffer.alloc(0);

  constructor(socket: Socket) {
    this.#socket = socket;
    this.address = socket.remoteAddress ?? '';
    this.port = socket.remotePort ?? 0;
    this.localAddress = socket.localAddress ?? '';
    this.localPort = socket.localPort ?? 0;
  }

  /** RFC 4571 section 2: each packet follows its length in 16 bits. */
  data(bytes: Buffer, sink: PacketSink): void {
    let rest = this.#held.length === 0 ? bytes : Buffer.concat([this.#held, bytes]);
    while (rest.length >= 2) {
      const length = rest.readUInt16BE(0);
      if (rest.length < 2 + length) break;
      // A copy, as decryption works in place.
      if (length > 0) sink.packet(Buffer.from(rest.subarray(2, 2 + length)), this);
      rest = rest.subarray(2 + length);
    }
    this.#held = rest.length === 0 ? rest : Buffer.from(rest);
  }

  send(buffer: Buffer, length: number): boolean {
    if (this.#socket.destroyed || this.#socket.writableLength > MOST_UNSENT_BYTES) return true;
    const framed = Buffer.allocUnsafe(2 + length);
    framed.writeUInt16BE(length, 0);
    buffer.copy(framed, 2, 0, length);
    this.#socket.write(framed);
    return true;
  }

  close(): void {
    this.#socket.destroy();
  }
}

/** Takes ICE-TCP connections (RFC 6544, passive candidates) for those whom UDP does not reach. */
export class TcpListener {
  readonly address: string;
  port = 0;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  constructor(address: string, sink: PacketSink) {
    this.address = address;
    this.#server = createServer({ noDelay: true }, (socket) => {
      const path = new TcpPath(socket);
      this.#sockets.add(socket);
      const timer = setTimeout(() => path.peer === null && socket.destroy(), UNBOUND_MS);
      timer.unref();
      socket.on('data', (bytes) => path.data(bytes, sink));
      socket.on('error', () => socket.destroy());
      socket.on('close', () => {
        clearTimeout(timer);
        this.#sockets.delete(socket);
        path.peer?.pathClosed(path);
      });
    });
    this.#server.maxConnections = MOST_CONNECTIONS;
  }

  async open(port: number, bindAddress = this.address): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen({ port, host: bindAddress, exclusive: true }, () => {
        this.#server.off('error', reject);
        resolve();
      });
    });
    this.#server.on('error', () => {});
    this.port = (this.#server.address() as { port: number }).port;
  }

  close(): void {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
  }
}
