import { decodeBindingRequest } from './binding-request.ts';
import type { PacketSink, Path, Wiretap } from './path.ts';
import type { Peer } from './peer.ts';

/** Finds whose each packet is: by ICE user name before an address is known, by address then. */
export class Demultiplexer implements PacketSink {
  readonly #byUfrag = new Map<string, Peer>();
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
    this.#tap?.received(bytes, path, nowMs);
    if (bytes[0] > 3) {
      if (path.peer === null) this.strays++;
      else path.peer.packet(bytes, nowMs);
      return;
    }
    const request = decodeBindingRequest(bytes);
    const peer = request === null ? undefined : this.#byUfrag.get(request.localUfrag);
    if (request === null || !peer?.bindingRequest(request, path, nowMs)) this.strays++;
  }
}
