import { createSocket, type Socket } from 'node:dgram';
import type { IceCandidate } from '../../ice/ice-agent.ts';
import { type ChannelHandlers, endpoint, type PacketChannel } from './packet-channel.ts';

const RECEIVE_BUFFER_BYTES = 1 << 20;

type Lookup = (
  name: string,
  options: unknown,
  done: (error: Error | null, address: string, family: number) => void,
) => void;
/** All names here are addresses: the system's resolver, and a turn of the event loop a packet, are left out. */
const noLookup: Lookup = (name, _options, done) => done(null, name, name.includes(':') ? 6 : 4);

/** A UDP socket of one participant. */
export class UdpChannel implements PacketChannel {
  readonly #socket: Socket;
  readonly #bind: string | null;
  readonly #handlers: ChannelHandlers;
  #isFixed = false;
  #fixesTo: IceCandidate | null = null;
  #closed = false;
  localAddress: string | null = null;
  sendErrors = 0;

  /** @param bind address to send from; null for any */
  constructor(isV6: boolean, bind: string | null, handlers: ChannelHandlers) {
    this.#bind = bind;
    this.#handlers = handlers;
    this.#socket = createSocket({ type: isV6 ? 'udp6' : 'udp4', lookup: noLookup as never });
    this.#socket.on('error', (error) => {
      this.sendErrors++;
      // Refused by a port that is closed is what a dead server looks like: consent tells (RFC 7675).
      if (!this.#isFixed && (error as NodeJS.ErrnoException).syscall === 'bind') handlers.failed(error.message);
    });
    this.#socket.on('message', (bytes, from) => handlers.packet(bytes, from));
  }

  get isBehind(): boolean {
    return this.#socket.getSendQueueCount() > 0;
  }

  open(): void {
    this.#socket.bind({ port: 0, ...(this.#bind === null ? {} : { address: this.#bind }) }, () => {
      if (this.#closed) return;
      try {
        this.#socket.setRecvBufferSize(RECEIVE_BUFFER_BYTES);
      } catch {
        // The system's own size then.
      }
      this.#handlers.opened();
    });
  }

  send(bytes: Uint8Array, to: IceCandidate): void {
    if (this.#closed) return;
    try {
      if (this.#isFixed) this.#socket.send(bytes);
      else if (this.#fixesTo === null) this.#socket.send(bytes, to.port, to.address);
    } catch {
      this.sendErrors++;
    }
  }

  /** Towards one address the system needs no look at where each datagram goes, and tells the address it sends from. */
  fix(to: IceCandidate, fixed: () => void): void {
    this.#fixesTo = to;
    this.#socket.connect(to.port, to.address, () => {
      if (this.#closed) return;
      this.#isFixed = true;
      const { address, port } = this.#socket.address();
      this.localAddress = endpoint(address, port);
      fixed();
    });
  }

  sendMedia(bytes: Buffer): void {
    if (!this.#closed && this.#isFixed) this.#socket.send(bytes);
  }

  close(): void {
    this.#closed = true;
    try {
      this.#socket.close();
    } catch {
      // Never bound.
    }
  }
}
