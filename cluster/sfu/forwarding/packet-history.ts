const SLOTS = 1024;
const SMALLEST_BYTES = 32 * 1024;
const LARGEST_BYTES = 1024 * 1024;
/** What a receiver may still ask for; older media is too late to be played. */
const KEPT_MS = 1000;

/**
 * The last packets of one stream, as they came, for all who ask for them again: a ring of bytes, found by sequence number. It
 * grows until it holds a second of the stream, or a megabyte.
 */
export class PacketHistory {
  bytes: Uint8Array = new Uint8Array(SMALLEST_BYTES);
  readonly #sequence = new Int32Array(SLOTS).fill(-1);
  readonly #length = new Uint16Array(SLOTS);
  /** Bytes ever written before the packet: what lies more than a ring's length back is overwritten. */
  readonly #position = new Float64Array(SLOTS);
  #written = 0;
  #lapStartMs = 0;
  /** Of the packet that {@link find} found. */
  foundAt = 0;
  foundLength = 0;

  store(packet: Uint8Array, length: number, sequenceNumber: number, nowMs: number): void {
    if (length > 2048) return;
    let at = this.#written % this.bytes.length;
    if (at + length > this.bytes.length) {
      if (this.bytes.length < LARGEST_BYTES && nowMs - this.#lapStartMs < KEPT_MS) {
        // What was kept is let go: packets of less than a second, once or twice in a stream's life.
        this.bytes = new Uint8Array(this.bytes.length * 2);
        this.#sequence.fill(-1);
        this.#written = 0;
        at = 0;
      } else {
        this.#written += this.bytes.length - at;
        at = 0;
      }
      this.#lapStartMs = nowMs;
    }
    this.bytes.set(packet.length === length ? packet : packet.subarray(0, length), at);
    const slot = sequenceNumber & (SLOTS - 1);
    this.#sequence[slot] = sequenceNumber;
    this.#length[slot] = length;
    this.#position[slot] = this.#written;
    this.#written += length;
  }

  /** @returns whether it is still there, at `foundAt` of `bytes`. */
  find(sequenceNumber: number): boolean {
    const slot = sequenceNumber & (SLOTS - 1);
    if (this.#sequence[slot] !== sequenceNumber) return false;
    const position = this.#position[slot];
    if (this.#written - position > this.bytes.length) return false;
    this.foundAt = position % this.bytes.length;
    this.foundLength = this.#length[slot];
    return true;
  }
}
