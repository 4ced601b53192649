import { MOST_SAMPLES, STREAMS_WITH_MOST } from './stream-limits.ts';

/** Samples kept of streams beyond the first few hundred, so that memory stays flat. */
const FEW_SAMPLES = 512;
/** So few that a source of a single packet, of which a flood may bring millions, costs next to nothing. */
const FIRST_SAMPLES = 4;
const SECOND_SAMPLES = 32;

/** How many samples the `index`-th stream of a capture may keep. */
export function sampleLimit(index: number): number {
  return index < STREAMS_WITH_MOST ? MOST_SAMPLES : FEW_SAMPLES;
}

/** Columns for the most samples of one stream, in memory that others write to as well. */
export interface SampleColumns {
  readonly arrivalNs: Float64Array;
  readonly timestamp: Int32Array;
  readonly jitterNs: Float32Array;
  readonly payloadType: Uint8Array;
  readonly begins: Uint8Array;
}

/**
 * Arrival, RTP timestamp and jitter of a stream's packets, evenly thinned: what delay variation, clock skew and quantiles
 * are computed from once the whole stream is known. Complete, and hence exact, up to the limit; beyond it a systematic
 * sample (every n-th packet), by which a 95th percentile lies within 0.7 % of its rank (95 % confidence, n >= 2048).
 */
export class ArrivalSamples {
  /** Every how many packets one is kept: 1, 2, 4, ... The caller counts them. */
  stride = 1;
  count = 0;
  arrivalNs: Float64Array;
  timestamp: Int32Array;
  payloadType: Uint8Array;
  /** J after the packet, in ns; below 0 where it has none. */
  jitterNs: Float32Array;
  /** 1 where the stream's numbering, clock or timestamps began anew with this sample. */
  begins: Uint8Array;
  readonly #limit: number;
  readonly #given: boolean;
  #begin = 1;

  /** @param columns of `limit` entries; columns of its own, which grow, where not given. */
  constructor(limit: number, columns: SampleColumns | null = null) {
    this.#limit = limit;
    this.#given = columns !== null;
    const { arrivalNs, timestamp, jitterNs, payloadType, begins } = columns ?? ownColumns(FIRST_SAMPLES);
    this.arrivalNs = arrivalNs;
    this.timestamp = timestamp;
    this.payloadType = payloadType;
    this.jitterNs = jitterNs;
    this.begins = begins;
  }

  /** How many can be kept before the columns grow or are thinned. */
  get room(): number {
    return this.arrivalNs.length - this.count;
  }

  /** Forgets everything: the place goes to another stream. */
  empty(): void {
    this.stride = 1;
    this.count = 0;
    this.#begin = 1;
    if (this.#given || this.arrivalNs.length === FIRST_SAMPLES) return;
    Object.assign(this, ownColumns(FIRST_SAMPLES));
  }

  /**
   * Keeps a packet.
   *
   * @returns how many packets to pass over before the next one to keep.
   */
  add(arrivalNs: number, timestamp: number, payloadType: number, jitterNs: number): number {
    if (this.count === this.arrivalNs.length) {
      if (this.count < this.#limit) this.#grow();
      // The limit is even: the sample at hand is one that the wider stride keeps.
      else this.#thin();
    }
    const at = this.count++;
    this.arrivalNs[at] = arrivalNs;
    this.timestamp[at] = timestamp;
    this.payloadType[at] = payloadType;
    this.jitterNs[at] = jitterNs;
    this.begins[at] = this.#begin;
    this.#begin = 0;
    return this.stride - 1;
  }

  /** J at a share of the samples that have one (nearest rank), in ns; null where none has. */
  jitterQuantileNs(share: number): number | null {
    let count = 0;
    const known = new Float32Array(this.count);
    for (let at = 0; at < this.count; at++) if (this.jitterNs[at] >= 0) known[count++] = this.jitterNs[at];
    if (count === 0) return null;
    return known.subarray(0, count).sort()[Math.max(0, Math.ceil(share * count) - 1)];
  }

  /** The next sample is no continuation of those before it. */
  breakHere(): void {
    this.#begin = 1;
  }

  #grow(): void {
    // In few steps: with many streams, making columns anew costs more than what they hold.
    const grown = ownColumns(Math.min(this.#limit, Math.max(SECOND_SAMPLES, this.arrivalNs.length * 4)));
    grown.arrivalNs.set(this.arrivalNs);
    grown.timestamp.set(this.timestamp);
    grown.jitterNs.set(this.jitterNs);
    grown.payloadType.set(this.payloadType);
    grown.begins.set(this.begins);
    Object.assign(this, grown);
  }

  #thin(): void {
    const half = this.count >>> 1;
    for (let at = 0; at < half; at++) {
      this.arrivalNs[at] = this.arrivalNs[at * 2];
      this.timestamp[at] = this.timestamp[at * 2];
      this.payloadType[at] = this.payloadType[at * 2];
      this.jitterNs[at] = this.jitterNs[at * 2];
      this.begins[at] = this.begins[at * 2] | (at > 0 ? this.begins[at * 2 - 1] : 0);
    }
    this.count = half;
    this.stride *= 2;
  }
}

function ownColumns(size: number): SampleColumns {
  // V8 keeps the smallest arrays where its objects are; larger ones share one piece of memory.
  const memory = size > FIRST_SAMPLES ? new ArrayBuffer(size * 18) : null;
  if (memory !== null) {
    return {
      arrivalNs: new Float64Array(memory, 0, size),
      timestamp: new Int32Array(memory, size * 8, size),
      jitterNs: new Float32Array(memory, size * 12, size),
      payloadType: new Uint8Array(memory, size * 16, size),
      begins: new Uint8Array(memory, size * 17, size),
    };
  }
  return {
    arrivalNs: new Float64Array(size),
    timestamp: new Int32Array(size),
    jitterNs: new Float32Array(size),
    payloadType: new Uint8Array(size),
    begins: new Uint8Array(size),
  };
}
