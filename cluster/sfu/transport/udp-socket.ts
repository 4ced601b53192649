import { createSocket, type Socket } from 'node:dgram';
import { kernelDrops } from './kernel-drops.ts';
import type { PacketSink, Path, PathOwner } from './path.ts';

const BUFFER_BYTES = 4 * 1024 * 1024;
/** Packets that the kernel did not take yet, beyond which media is dropped rather than delayed. */
const MOST_QUEUED = 2048;

class UdpPath implements Path {
  readonly protocol = 'udp';
  readonly address: string;
  readonly port: number;
  readonly #owner: UdpSocket;
  peer: PathOwner | null = null;

  constructor(owner: UdpSocket, address: string, port: number) {
    this.#owner = owner;
    this.address = address;
    this.port = port;
  }

  get localAddress(): string {
    return this.#owner.address;
  }

  get localPort(): number {
    return this.#owner.port;
  }

  send(buffer: Buffer, length: number): boolean {
    return this.#owner.send(buffer, length, this.port, this.address);
  }

  close(): void {
    this.#owner.forget(this);
  }
}

/** The one UDP port of the media of all participants, on one address. */
export class UdpSocket {
  readonly address: string;
  port = 0;
  dropped = 0;
  receiveBufferBytes = 0;
  readonly #socket: Socket;
  readonly #sink: PacketSink;
  readonly #paths = new Map<string, Map<number, Path>>();

  constructor(address: string, sink: PacketSink) {
    this.address = address;
    this.#sink = sink;
    const isIpv6 = address.includes(':');
    this.#socket = createSocket({
      type: isIpv6 ? 'udp6' : 'udp4',
      // Addresses are numbers already; the default would look each one up, in a later turn of the event loop.
      lookup: (host, _options, found) => found(null, host, isIpv6 ? 6 : 4),
    });
    this.#socket.on('message', (bytes, { address: from, port }) => {
      this.#sink.packet(bytes, this.pathTo(from, port));
    });
  }

  /** The way to an address: the remembered one, or a new one. */
  pathTo(address: string, port: number): Path {
    return this.#paths.get(address)?.get(port) ?? new UdpPath(this, address, port);
  }

  /** @param port 0 for any. @param bindAddress where the announced address is another machine's. */
  async open(port: number, bindAddress = this.address): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.#socket.once('error', reject);
      this.#socket.bind({ port, address: bindAddress, exclusive: true }, () => {
        this.#socket.off('error', reject);
        resolve();
      });
    });
    // Errors of single packets (a peer that is gone) concern nobody.
    this.#socket.on('error', () => {});
    this.#socket.setRecvBufferSize(BUFFER_BYTES);
    this.#socket.setSendBufferSize(BUFFER_BYTES);
    this.port = this.#socket.address().port;
    this.receiveBufferBytes = this.#socket.getRecvBufferSize();
  }

  /** Whether the system gave as large a buffer as was asked for. Linux counts its own use of it in, and tells twice as much. */
  get hasWholeBuffer(): boolean {
    return this.receiveBufferBytes >= BUFFER_BYTES;
  }

  /** Packets that came while the buffer was full, as Linux counts them; null elsewhere. */
  get kernelDrops(): number | null {
    return kernelDrops(this.#socket.address().address, this.port);
  }

  /** From now on packets from there belong to the path's peer. */
  remember(path: Path): void {
    let ports = this.#paths.get(path.address);
    if (ports === undefined) this.#paths.set(path.address, (ports = new Map()));
    ports.set(path.port, path);
  }

  forget(path: Path): void {
    const ports = this.#paths.get(path.address);
    if (ports?.get(path.port) !== path) return;
    ports.delete(path.port);
    if (ports.size === 0) this.#paths.delete(path.address);
  }

  send(buffer: Buffer, length: number, port: number, address: string): boolean {
    const socket = this.#socket;
    if (socket.getSendQueueCount() > MOST_QUEUED) {
      this.dropped++;
      return true;
    }
    // Of a whole buffer the socket makes no view of its own.
    if (buffer.length === length) socket.send(buffer, port, address);
    else socket.send(buffer, 0, length, port, address);
    return socket.getSendQueueCount() === 0;
  }

  close(): void {
    this.#socket.close();
  }
}
