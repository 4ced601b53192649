import type { FlowTable } from '../../captures/index.ts';
import { type Condition, type FilterProtocol, FilterSubject, Verdict } from './subject.ts';

/**
 * A filter that is asked as early as it can tell: once for a flow, then once for a stream, and for each packet only where
 * the answer really depends on the packet.
 */
export class CompiledFilter {
  readonly text: string;
  readonly #condition: Condition;
  #subject: FilterSubject | null = null;

  constructor(text: string, condition: Condition) {
    this.text = text;
    this.#condition = condition;
  }

  /** By addresses, ports and transport alone. */
  flow(flows: FlowTable, flow: number): Verdict {
    const subject = this.#about(flows, flow);
    subject.protocol = null;
    return this.#condition(subject);
  }

  /** By what an RTP stream is, at any time. @param payloadType below 0 where the stream may have several. */
  stream(flows: FlowTable, flow: number, ssrc: number, payloadType: number): Verdict {
    const subject = this.#about(flows, flow);
    subject.protocol = 'rtp';
    subject.ssrc = ssrc;
    subject.payloadType = payloadType;
    return this.#condition(subject);
  }

  /**
   * The last word. Allocates nothing.
   *
   * @param ssrc and `payloadType` of RTP; anything for other protocols.
   * @param relativeNs since the first packet of the capture.
   */
  packet(
    flows: FlowTable,
    flow: number,
    protocol: FilterProtocol,
    ssrc: number,
    payloadType: number,
    seconds: number,
    nanoseconds: number,
    relativeNs: number,
  ): boolean {
    const subject = this.#about(flows, flow);
    subject.protocol = protocol;
    subject.ssrc = ssrc;
    subject.payloadType = payloadType;
    subject.hasTime = true;
    subject.seconds = seconds;
    subject.nanoseconds = nanoseconds;
    subject.relativeNs = relativeNs;
    return this.#condition(subject) === Verdict.yes;
  }

  #about(flows: FlowTable, flow: number): FilterSubject {
    const subject = (this.#subject ??= new FilterSubject(flows));
    subject.flows = flows;
    subject.flow = flow;
    subject.hasTime = false;
    return subject;
  }
}
