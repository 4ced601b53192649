import { StunMessage } from '../../stun/stun-message.ts';
import { STUN_TYPE } from '../../stun/stun-type.ts';
import type { PacketSink, Path, Wiretap } from './path.ts';
import type { Peer } from './peer.ts';

/** Finds whose each packet is: by ICE user name before an address is known, by address then. */
export class Demultiplexer implements PacketSink {
  readonly #byUfrag = new Map<string, Peer>();
  readonly #message = new StunMessage();
  received = 0;
  receivedBytes = 0;
  /** Packets from addresses that belong to nobody, and Binding requests that prove nothing. */
  strays = 0;
  readonly #tap: Wiretap | null;

  constructor(tap: Wiretap | null = null) {
    this.#tap = tap;
  }

  add(peer: Peer): void {
    this.#byUfrag.set(peer.localUfrag, peer);
  }

  delete(peer: Peer): void {
    this.#byUfrag.delete(peer.localUfrag);
  }

  packet(bytes: Buffer, path: Path): void {
    if (bytes.length === 0) return;
    const nowMs = performance.now();
    this.received++;
    this.receivedBytes += bytes.length;
    // Before decryption in place.
    if (this.#tap?.isOpen) this.#tap.received(bytes, path, nowMs);
    if (bytes[0] > 3) {
      if (path.peer === null) this.strays++;
      else path.peer.packet(bytes, nowMs);
      return;
    }
    if (!this.#bindingRequest(bytes, path, nowMs)) this.strays++;
  }

  #bindingRequest(bytes: Buffer, path: Path, nowMs: number): boolean {
    const message = this.#message;
    if (message.decode(bytes, bytes.length) !== null || message.type !== STUN_TYPE.BINDING_REQUEST) return false;
    // Before the colon of USERNAME stands the fragment of the side that is asked (RFC 8445 section 7.2.2).
    const colon = message.username?.indexOf(':') ?? -1;
    if (message.username === null || colon <= 0) return false;
    const peer = this.#byUfrag.get(message.username.slice(0, colon));
    return peer?.bindingRequest(message, path, nowMs) ?? false;
  }
}
