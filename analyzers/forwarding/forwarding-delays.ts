import { LogHistograms } from '../statistics/log-histogram.ts';

/** Streams times segments that are told apart; what comes beyond counts in the whole of no segment. */
const MOST_CELLS = 20_000;

export interface ForwardingCell {
  readonly histogram: number;
  /** Packets of the forwarded stream since it was recognised, and those of them that were followed. */
  packets: number;
  followed: number;
  sumNs: number;
  maxNs: number;
  /** Of those followed: where only lengths and steps told, since timestamps were rewritten. */
  byPattern: number;
}

/** Delays by forwarded stream and segment of time. */
export class ForwardingDelays {
  readonly histograms = new LogHistograms();
  /** By a forwarded stream's order of appearance that of the stream it comes from, the last one where they changed. */
  readonly sources = new Map<number, number>();
  readonly #byStream = new Map<number, Map<number, ForwardingCell>>();
  #cells = 0;
  leftOut = 0;

  /** @param stream the stream's order of appearance. @returns null beyond the limit. */
  cell(stream: number, segment: number): ForwardingCell | null {
    let bySegment = this.#byStream.get(stream);
    if (bySegment === undefined) {
      bySegment = new Map();
      this.#byStream.set(stream, bySegment);
    }
    let cell = bySegment.get(segment);
    if (cell === undefined) {
      if (this.#cells >= MOST_CELLS) {
        this.leftOut++;
        return null;
      }
      cell = { histogram: this.#cells++, packets: 0, followed: 0, sumNs: 0, maxNs: 0, byPattern: 0 };
      this.histograms.ensure(this.#cells);
      bySegment.set(segment, cell);
    }
    return cell;
  }

  count(cell: ForwardingCell, delayNs: number, byPattern: boolean): void {
    this.histograms.add(cell.histogram, delayNs);
    cell.followed++;
    cell.sumNs += delayNs;
    if (delayNs > cell.maxNs) cell.maxNs = delayNs;
    if (byPattern) cell.byPattern++;
  }

  /** By segment. */
  of(stream: number): ReadonlyMap<number, ForwardingCell> {
    return this.#byStream.get(stream) ?? new Map();
  }
}
