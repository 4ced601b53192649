import { type FirstRows, LogHistograms } from '../statistics/log-histogram.ts';
import type { Sketch } from '../statistics/sketch.ts';
import { FRAME_AT, FRAME_GAPS, FRAME_GAPS_AT, type Rows } from './rows.ts';

/*
 * Video frames, told by what is in clear even under SRTP: packets of one frame share their timestamp, and the last
 * carries the marker (RFC 6184 5.1, RFC 7741 4.1, RFC 9628 and the AV1 payload format say the same).
 *
 * A freeze is counted as W3C webrtc-stats freezeCount does, on arrival in place of rendering: a gap between complete
 * frames above max(3 d, d + 150 ms), d being the mean of the 30 gaps before it.
 */
const RING = FRAME_GAPS;
const FREEZE_EXTRA_NS = 150e6;

const TIMESTAMP = FRAME_AT;
const BYTES = FRAME_AT + 1;
const LAST_NS = FRAME_AT + 2;
/** Bit 0: the frame's marker was seen. Bit 1: a packet of it is missing. */
const FLAGS = FRAME_AT + 3;
const MARKER = 1;
const DAMAGE = 2;
const FRAMES = FRAME_AT + 4;
const SUM_BYTES = FRAME_AT + 5;
const MAX_BYTES = FRAME_AT + 6;
const PREVIOUS_NS = FRAME_AT + 7;
const GAP_SUM = FRAME_AT + 8;
const DAMAGED = FRAME_AT + 9;
const FIRST_NS = FRAME_AT + 10;
const FREEZES = FRAME_AT + 11;
const FREEZE_NS = FRAME_AT + 12;
const LONGEST_NS = FRAME_AT + 13;
const GAP_SLOT = FRAME_AT + 14;

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

/** Frames of many streams. Fed with packets in order; late ones only repair. */
export class Frames {
  readonly #rows: Rows;
  readonly #sizes: LogHistograms;

  /** @param sizes where frame sizes of the first rows are counted. */
  constructor(rows: Rows, sizes?: FirstRows) {
    this.#rows = rows;
    this.#sizes = new LogHistograms(16, sizes);
  }

  start(row: number, at: number, arrivalNs: number, timestamp: number, marker: number, bytes: number): void {
    this.#sizes.ensure(row + 1);
    this.#sizes.clear(row);
    this.#begin(this.#rows.fields, at, arrivalNs, timestamp, marker * MARKER, bytes);
  }

  /** @param gap how many numbers were left out just before this packet. */
  packet(
    row: number,
    at: number,
    arrivalNs: number,
    timestamp: number,
    marker: number,
    bytes: number,
    gap: number,
  ): void {
    const fields = this.#rows.fields;
    if (timestamp === fields[at + TIMESTAMP]) {
      fields[at + BYTES] += bytes;
      fields[at + LAST_NS] = arrivalNs;
      fields[at + FLAGS] |= gap > 0 ? marker | DAMAGE : marker;
      return;
    }
    // Numbers left out between two frames: with the marker missing they were the end of the first, else they belong
    // to the second or to frames of which nothing came.
    const endMissing = gap > 0 && (fields[at + FLAGS] & MARKER) === 0;
    if (endMissing) fields[at + FLAGS] |= DAMAGE;
    this.#close(fields, row, at);
    this.#begin(fields, at, arrivalNs, timestamp, marker | (gap > 0 && !endMissing ? DAMAGE : 0), bytes);
  }

  /** A frame closed elsewhere had this size. */
  addSize(row: number, bytes: number): void {
    this.#sizes.add(row, bytes);
  }

  #begin(fields: Float64Array, at: number, arrivalNs: number, timestamp: number, flags: number, bytes: number): void {
    fields[at + TIMESTAMP] = timestamp;
    fields[at + BYTES] = bytes;
    fields[at + LAST_NS] = arrivalNs;
    fields[at + FLAGS] = flags;
  }

  #close(fields: Float64Array, row: number, at: number): void {
    const bytes = fields[at + BYTES];
    const lastNs = fields[at + LAST_NS];
    fields[at + SUM_BYTES] += bytes;
    if (bytes > fields[at + MAX_BYTES]) fields[at + MAX_BYTES] = bytes;
    this.#sizes.add(row, bytes);
    if ((fields[at + FLAGS] & DAMAGE) !== 0) fields[at + DAMAGED]++;
    const frames = fields[at + FRAMES]++;
    if (frames === 0) fields[at + FIRST_NS] = lastNs;
    else this.#gap(fields, at, frames - 1, lastNs - fields[at + PREVIOUS_NS]);
    fields[at + PREVIOUS_NS] = lastNs;
  }

  #gap(fields: Float64Array, at: number, gaps: number, gapNs: number): void {
    if (gaps > 0) {
      const mean = fields[at + GAP_SUM] / (gaps < RING ? gaps : RING);
      if (gapNs > 3 * mean && gapNs > mean + FREEZE_EXTRA_NS) {
        fields[at + FREEZES]++;
        fields[at + FREEZE_NS] += gapNs;
        if (gapNs > fields[at + LONGEST_NS]) fields[at + LONGEST_NS] = gapNs;
      }
    }
    const next = fields[at + GAP_SLOT];
    const slot = at + FRAME_GAPS_AT + next;
    fields[at + GAP_SLOT] = next === RING - 1 ? 0 : next + 1;
    fields[at + GAP_SUM] += gapNs - (gaps >= RING ? fields[slot] : 0);
    fields[slot] = gapNs;
  }

  /** Sizes of the frames that are complete. */
  sizes(row: number): Sketch {
    return this.#sizes.sketch(row);
  }

  /** The frame at hand counts as it stands. */
  summary(row: number, at: number): FrameSummary {
    const fields = this.#rows.fields;
    const closed = fields[at + FRAMES];
    const open = fields[at + BYTES];
    const maxBytes = Math.max(fields[at + MAX_BYTES], open);
    return {
      frames: closed + 1,
      meanBytes: (fields[at + SUM_BYTES] + open) / (closed + 1),
      p95Bytes: Math.min(this.#sizes.quantile(row, 0.95) ?? open, maxBytes),
      maxBytes,
      damaged: fields[at + DAMAGED] + (fields[at + FLAGS] & DAMAGE ? 1 : 0),
      freezes: fields[at + FREEZES],
      freezeNs: fields[at + FREEZE_NS],
      longestFreezeNs: fields[at + LONGEST_NS],
      firstNs: closed > 0 ? fields[at + FIRST_NS] : fields[at + LAST_NS],
      lastNs: fields[at + LAST_NS],
    };
  }
}
