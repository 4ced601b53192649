/** Payload types a stream may use before the rest is left out: more are no stream of this world. */
const MOST_TYPES = 32;

/** Which payload types each stream uses and how often: counted when the type changes, not by packet. */
export class PayloadTypes {
  readonly #current: number[] = [];
  readonly #since: number[] = [];
  readonly #before: (Map<number, number> | null)[] = [];
  readonly #events: (Set<number> | null)[] = [];

  start(row: number, payloadType: number): void {
    this.#before[row] = null;
    this.#events[row] = null;
    this.#current[row] = payloadType;
    this.#since[row] = 0;
  }

  /** @param received packets of the stream, the first one with the new type included. */
  change(row: number, payloadType: number, received: number): void {
    const before = (this.#before[row] ??= new Map());
    this.#add(before, this.#current[row], received - 1 - this.#since[row]);
    this.#current[row] = payloadType;
    this.#since[row] = received - 1;
  }

  /** Whether the stream has used one payload type only. */
  isSingle(row: number): boolean {
    return this.#before[row] === null;
  }

  /** This type of the stream carries telephone events, by the look of its packets. */
  markEvent(row: number, payloadType: number): void {
    (this.#events[row] ??= new Set()).add(payloadType);
  }

  isEvent(row: number, payloadType: number): boolean {
    return this.#events[row]?.has(payloadType) ?? false;
  }

  #add(counts: Map<number, number>, payloadType: number, packets: number): void {
    if (counts.has(payloadType) || counts.size < MOST_TYPES) {
      counts.set(payloadType, (counts.get(payloadType) ?? 0) + packets);
    }
  }

  /** Packets by payload type, most used first. */
  list(row: number, received: number): { payloadType: number; packets: number }[] {
    const counts = new Map(this.#before[row] ?? []);
    this.#add(counts, this.#current[row], received - this.#since[row]);
    return [...counts]
      .map(([payloadType, packets]) => ({ payloadType, packets }))
      .sort((a, b) => b.packets - a.packets || a.payloadType - b.payloadType);
  }
}
