import { LogHistograms } from '../statistics/log-histogram.ts';
import { Columns } from './columns.ts';

/*
 * Video frames, told by what is in clear even under SRTP: packets of one frame share their timestamp, and the last
 * carries the marker (RFC 6184 5.1, RFC 7741 4.1, RFC 9628 and the AV1 payload format say the same).
 *
 * A freeze is counted as W3C webrtc-stats freezeCount does, on arrival in place of rendering: a gap between complete
 * frames above max(3 d, d + 150 ms), d being the mean of the 30 gaps before it.
 */
const RING = 30;
const FREEZE_EXTRA_NS = 150e6;

export interface FrameSummary {
  readonly frames: number;
  readonly meanBytes: number;
  readonly p95Bytes: number;
  readonly maxBytes: number;
  readonly damaged: number;
  readonly freezes: number;
  readonly freezeNs: number;
  readonly longestFreezeNs: number;
  /** Arrival of the first and last frame's last packet, for the frame rate. */
  readonly firstNs: number;
  readonly lastNs: number;
}

/** Frames of many streams, one a row. Fed with packets in order; late ones only repair. */
export class Frames extends Columns {
  #timestamp = new Int32Array(0);
  #bytes = new Float64Array(0);
  #lastNs = new Float64Array(0);
  #marker = new Int32Array(0);
  #damage = new Int32Array(0);
  #frames = new Float64Array(0);
  #sumBytes = new Float64Array(0);
  #maxBytes = new Float64Array(0);
  #damaged = new Float64Array(0);
  #firstNs = new Float64Array(0);
  #frameNs = new Float64Array(0);
  #gapSum = new Float64Array(0);
  #freezes = new Float64Array(0);
  #freezeNs = new Float64Array(0);
  #longestNs = new Float64Array(0);
  #rings = new Float64Array(0);
  readonly #sizes = new LogHistograms();

  protected override grow(rows: number): void {
    this.#timestamp = this.int32(this.#timestamp, rows);
    this.#bytes = this.float64(this.#bytes, rows);
    this.#lastNs = this.float64(this.#lastNs, rows);
    this.#marker = this.int32(this.#marker, rows);
    this.#damage = this.int32(this.#damage, rows);
    this.#frames = this.float64(this.#frames, rows);
    this.#sumBytes = this.float64(this.#sumBytes, rows);
    this.#maxBytes = this.float64(this.#maxBytes, rows);
    this.#damaged = this.float64(this.#damaged, rows);
    this.#firstNs = this.float64(this.#firstNs, rows);
    this.#frameNs = this.float64(this.#frameNs, rows);
    this.#gapSum = this.float64(this.#gapSum, rows);
    this.#freezes = this.float64(this.#freezes, rows);
    this.#freezeNs = this.float64(this.#freezeNs, rows);
    this.#longestNs = this.float64(this.#longestNs, rows);
    this.#rings = this.float64(this.#rings, rows * RING);
    this.#sizes.ensure(rows);
  }

  start(row: number, arrivalNs: number, timestamp: number, marker: number, bytes: number): void {
    this.#timestamp[row] = timestamp;
    this.#bytes[row] = bytes;
    this.#lastNs[row] = arrivalNs;
    this.#marker[row] = marker;
    this.#damage[row] = 0;
  }

  /** @param gap how many numbers were left out just before this packet. */
  packet(row: number, arrivalNs: number, timestamp: number, marker: number, bytes: number, gap: number): void {
    if (timestamp === this.#timestamp[row]) {
      this.#bytes[row] += bytes;
      this.#lastNs[row] = arrivalNs;
      this.#marker[row] |= marker;
      if (gap > 0) this.#damage[row] = 1;
      return;
    }
    // Numbers left out between two frames: with the marker missing they were the end of the first, else they belong
    // to the second or to frames of which nothing came.
    const endMissing = gap > 0 && this.#marker[row] === 0;
    if (endMissing) this.#damage[row] = 1;
    this.#close(row);
    this.#timestamp[row] = timestamp;
    this.#bytes[row] = bytes;
    this.#lastNs[row] = arrivalNs;
    this.#marker[row] = marker;
    this.#damage[row] = gap > 0 && !endMissing ? 1 : 0;
  }

  #close(row: number): void {
    const bytes = this.#bytes[row];
    const at = this.#lastNs[row];
    this.#sumBytes[row] += bytes;
    if (bytes > this.#maxBytes[row]) this.#maxBytes[row] = bytes;
    this.#sizes.add(row, bytes);
    if (this.#damage[row]) this.#damaged[row]++;
    const frames = this.#frames[row]++;
    if (frames === 0) this.#firstNs[row] = at;
    else this.#gap(row, frames - 1, at - this.#frameNs[row]);
    this.#frameNs[row] = at;
  }

  #gap(row: number, gaps: number, gapNs: number): void {
    const known = Math.min(gaps, RING);
    const mean = known === 0 ? 0 : this.#gapSum[row] / known;
    if (known > 0 && gapNs > Math.max(3 * mean, mean + FREEZE_EXTRA_NS)) {
      this.#freezes[row]++;
      this.#freezeNs[row] += gapNs;
      if (gapNs > this.#longestNs[row]) this.#longestNs[row] = gapNs;
    }
    const slot = row * RING + (gaps % RING);
    this.#gapSum[row] += gapNs - (gaps >= RING ? this.#rings[slot] : 0);
    this.#rings[slot] = gapNs;
  }

  /** The frame at hand counts as it stands. */
  summary(row: number): FrameSummary {
    const closed = this.#frames[row];
    const open = this.#bytes[row];
    return {
      frames: closed + 1,
      meanBytes: (this.#sumBytes[row] + open) / (closed + 1),
      p95Bytes: Math.min(this.#sizes.quantile(row, 0.95) ?? open, Math.max(this.#maxBytes[row], open)),
      maxBytes: Math.max(this.#maxBytes[row], open),
      damaged: this.#damaged[row] + this.#damage[row],
      freezes: this.#freezes[row],
      freezeNs: this.#freezeNs[row],
      longestFreezeNs: this.#longestNs[row],
      firstNs: closed > 0 ? this.#firstNs[row] : this.#lastNs[row],
      lastNs: this.#lastNs[row],
    };
  }

  override clear(row: number): void {
    for (const column of [
      this.#frames,
      this.#sumBytes,
      this.#maxBytes,
      this.#damaged,
      this.#gapSum,
      this.#freezes,
      this.#freezeNs,
      this.#longestNs,
    ]) {
      column[row] = 0;
    }
    this.#sizes.clear(row);
  }
}
