import type { FlowTable } from '../../captures/index.ts';
import { flowAffinity } from '../rtcp/flow-affinity.ts';
import type { ObservedLoss } from '../rtcp/observed-loss.ts';
import { ROW_FIELDS } from './rows.ts';
import type { RtpStreams } from './rtp-streams.ts';

/** Rows looked at in search of streams whose reports come on another flow: a bound on what made-up reports can cost. */
const MOST_LOOKS = 5_000_000;

/** Tells of the streams of this capture what those who report on them missed or did not. */
export class ObservedStreams implements ObservedLoss {
  readonly #streams: RtpStreams;
  readonly #flows: FlowTable;
  #looks = 0;

  constructor(streams: RtpStreams, flows: FlowTable) {
    this.#streams = streams;
    this.#flows = flows;
  }

  rowOf(mediaSsrc: number, reportFlow: number): number {
    const { table } = this.#streams;
    const reverse = this.#flows.reverseOf(reportFlow);
    const muxed = reverse < 0 ? -1 : table.find(reverse, mediaSsrc | 0);
    if (muxed >= 0 || this.#looks > MOST_LOOKS) return muxed;
    let best = 0;
    let found = -1;
    this.#looks += table.rows;
    for (let row = 0; row < table.rows; row++) {
      if (table.ssrc(row) !== mediaSsrc || !table.isLive(row)) continue;
      const affinity = flowAffinity(this.#flows, table.flow(row), reportFlow);
      if (affinity <= best) continue;
      best = affinity;
      found = row;
    }
    return found;
  }

  flowOf(row: number): number {
    return this.#streams.table.flow(row);
  }

  lostUpTo(row: number, mediaSsrc: number, sequenceNumber: number): number {
    const { table, sequence } = this.#streams;
    // The row may be another stream's by now.
    if (!table.isLive(row) || table.ssrc(row) !== mediaSsrc) return Number.NaN;
    return sequence.lostUpTo(row, row * ROW_FIELDS, sequenceNumber);
  }
}
