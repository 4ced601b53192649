import type { Datagram, FlowTable } from '../../captures/index.ts';
import type { CompiledFilter } from '../filter/compiled-filter.ts';
import type { FilterProtocol } from '../filter/subject.ts';
import { Verdict } from '../filter/subject.ts';

const NO = 1;
const YES = 2;
const DEPENDS = 3;

/** Asks a filter once a flow, and for each datagram only where the flow alone does not decide. */
export class DatagramFilter {
  readonly #flows: FlowTable;
  readonly #filter: CompiledFilter;
  #verdicts = new Uint8Array(256);
  #firstNs = Number.NaN;

  constructor(flows: FlowTable, filter: CompiledFilter) {
    this.#flows = flows;
    this.#filter = filter;
    flows.onForgotten((forgotten) => {
      if (forgotten < this.#verdicts.length) this.#verdicts[forgotten] = 0;
    });
  }

  passes(datagram: Datagram): boolean {
    if (Number.isNaN(this.#firstNs)) this.#firstNs = datagram.arrivalNs;
    const { flow } = datagram;
    const verdict = this.#verdicts[flow] || this.#judge(flow);
    if (verdict !== DEPENDS) return verdict === YES;
    const { bytes, offset, capturedLength } = datagram;
    const protocol = protocolOf(datagram);
    const rtp = protocol === 'rtp' && capturedLength >= 12;
    const ssrc = rtp
      ? ((bytes[offset + 8] << 24) | (bytes[offset + 9] << 16) | (bytes[offset + 10] << 8) | bytes[offset + 11]) >>> 0
      : 0;
    return this.#filter.packet(
      this.#flows,
      flow,
      protocol,
      ssrc,
      rtp ? bytes[offset + 1] & 0x7f : -1,
      datagram.seconds,
      datagram.nanoseconds,
      datagram.arrivalNs - this.#firstNs,
    );
  }

  #judge(flow: number): number {
    if (flow >= this.#verdicts.length) {
      const verdicts = new Uint8Array(Math.max(flow + 1, this.#verdicts.length * 2));
      verdicts.set(this.#verdicts);
      this.#verdicts = verdicts;
    }
    const verdict = this.#filter.flow(this.#flows, flow);
    return (this.#verdicts[flow] = verdict === Verdict.no ? NO : verdict === Verdict.yes ? YES : DEPENDS);
  }
}

/** By the first two bytes (RFC 7983, RFC 5761), which is all that a filter's protocol names ask. */
function protocolOf({ bytes, offset, capturedLength }: Datagram): FilterProtocol {
  if (capturedLength < 2) return 'other';
  const first = bytes[offset];
  if (first >= 128 && first <= 191) return bytes[offset + 1] >= 192 && bytes[offset + 1] <= 223 ? 'rtcp' : 'rtp';
  if (first <= 3) return 'stun';
  if (first >= 20 && first <= 63) return 'dtls';
  return first >= 65 && first <= 90 ? 'sip' : 'other';
}
