import { randomInt } from 'node:crypto';
import { IceAgent, type IceCredentials, newCredentials } from '../../ice/ice-agent.ts';
import { orOnAll } from '../transport/bind.ts';
import type { PacketSink, Path, Wiretap } from '../transport/path.ts';
import type { Peer } from '../transport/peer.ts';
import { UdpSocket } from '../transport/udp-socket.ts';

const UNIT = 2 ** 32;
const random = { between: (from: number, to: number) => from + (randomInt(UNIT) / UNIT) * (to - from) };

/**
 * The dialling side of the media between two SFUs: a UDP socket of its own, on which this side makes the ICE checks and begins the DTLS
 * handshake. The one that is dialled sees what it sees of any participant.
 */
export class RelayDial implements PacketSink {
  readonly credentials: IceCredentials = newCredentials();
  readonly #tap: Wiretap | null;
  readonly #socket: UdpSocket;
  #peer: Peer | null = null;
  #ice: IceAgent | null = null;

  constructor(address: string, tap: Wiretap | null) {
    this.#tap = tap;
    this.#socket = new UdpSocket(address, this);
  }

  /** Packets that the kernel did not take. */
  get dropped(): number {
    return this.#socket.dropped;
  }

  async open(): Promise<void> {
    await orOnAll(this.#socket.address, (bind) => this.#socket.open(0, bind));
  }

  /** From now on packets of the path belong to its peer. */
  remember(path: Path): void {
    this.#socket.remember(path);
  }

  start(peer: Peer, remote: IceCredentials, address: string, port: number, failed: (reason: string) => void): void {
    this.#peer = peer;
    this.#ice = new IceAgent(this.credentials, random, {
      send: (message, to) => {
        const copy = Buffer.from(message);
        const path = this.#socket.pathTo(to.address, to.port);
        if (this.#tap?.isOpen) this.#tap.sent(copy, copy.length, path, performance.now());
        path.send(copy, copy.length);
      },
      nominated: (to) => peer.dial(this.#socket.pathTo(to.address, to.port)),
      answered: (nowMs) => {
        peer.lastHeardMs = nowMs;
      },
      failed,
    });
    this.#ice.start(remote, [{ address, port }], performance.now());
  }

  tick(nowMs: number): void {
    this.#ice?.tick(nowMs);
  }

  packet(bytes: Buffer, path: Path): void {
    if (bytes.length === 0) return;
    const nowMs = performance.now();
    if (this.#tap?.isOpen) this.#tap.received(bytes, path, nowMs);
    if (bytes[0] <= 3) this.#ice?.datagram(bytes, path, nowMs);
    else if (path.peer !== null && path.peer === this.#peer) this.#peer.packet(bytes, nowMs);
  }

  close(): void {
    this.#ice = null;
    this.#socket.close();
  }
}
