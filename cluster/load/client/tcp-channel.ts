import { connect, type Socket } from 'node:net';
import type { IceCandidate } from '../../ice/ice-agent.ts';
import { type ChannelHandlers, endpoint, type PacketChannel } from './packet-channel.ts';

/** Beyond it media is dropped rather than delayed further. */
const MOST_UNSENT_BYTES = 512 * 1024;
const NOTHING = Buffer.alloc(0);

/** An active ICE-TCP connection (RFC 6544) to one passive candidate; each packet follows its length in 16 bits (RFC 4571, section 2). */
export class TcpChannel implements PacketChannel {
  readonly #to: IceCandidate;
  readonly #bind: string | null;
  readonly #handlers: ChannelHandlers;
  #socket: Socket | null = null;
  #rest: Buffer = NOTHING;
  #closed = false;
  localAddress: string | null = null;
  sendErrors = 0;
  /** Each packet is framed into a buffer of its own. */
  readonly isBehind = false;

  constructor(to: IceCandidate, bind: string | null, handlers: ChannelHandlers) {
    this.#to = to;
    this.#bind = bind;
    this.#handlers = handlers;
  }

  open(): void {
    const { address: host, port } = this.#to;
    const socket = connect({ host, port, noDelay: true, ...(this.#bind === null ? {} : { localAddress: this.#bind }) });
    this.#socket = socket;
    socket.on('connect', () => {
      if (this.#closed) return;
      this.localAddress = endpoint(socket.localAddress ?? '', socket.localPort ?? 0);
      this.#handlers.opened();
    });
    socket.on('data', (bytes) => this.#data(bytes));
    socket.on('error', (error) => this.#over(error.message));
    socket.on('close', () => this.#over('the server closed the TCP connection'));
  }

  #over(reason: string): void {
    if (this.#closed) return;
    this.close();
    this.#handlers.failed(reason);
  }

  #data(bytes: Buffer): void {
    let rest = this.#rest.length === 0 ? bytes : Buffer.concat([this.#rest, bytes]);
    while (!this.#closed && rest.length >= 2) {
      const end = 2 + rest.readUInt16BE(0);
      if (rest.length < end) break;
      if (end > 2) this.#handlers.packet(rest.subarray(2, end), this.#to);
      rest = rest.subarray(end);
    }
    // At most one frame, of 64 KiB.
    this.#rest = rest;
  }

  send(bytes: Uint8Array): void {
    const socket = this.#socket;
    if (this.#closed || socket === null || socket.connecting) return;
    if (socket.writableLength > MOST_UNSENT_BYTES) {
      this.sendErrors++;
      return;
    }
    const framed = Buffer.allocUnsafe(2 + bytes.length);
    framed.writeUInt16BE(bytes.length, 0);
    framed.set(bytes, 2);
    socket.write(framed);
  }

  fix(_to: IceCandidate, fixed: () => void): void {
    fixed();
  }

  sendMedia(bytes: Buffer): void {
    this.send(bytes);
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    // What was written, such as the end of the DTLS session, still goes.
    this.#socket?.end();
    this.#socket?.unref();
  }
}
