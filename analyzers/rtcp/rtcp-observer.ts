import type { Datagram, FlowTable, Timestamp } from '../../captures/index.ts';
import type { ReportedReception, RtcpAnalysis } from '../analysis.ts';
import { CompoundWalk } from './compound-walk.ts';
import { flowAffinity } from './flow-affinity.ts';
import { readUint32 } from './network-order.ts';
import type { ObservedLoss } from './observed-loss.ts';
import { protectionOf } from './protection.ts';
import { readPacket } from './read-packet.ts';
import type { Reception } from './reception.ts';
import { RTCP_KINDS, rtcpKind } from './rtcp-kind.ts';
import { RtcpRegister } from './rtcp-register.ts';
import { countsByName, type RtcpSource } from './rtcp-source.ts';

const CLEAR = 1;
const ENCRYPTED = 2;

/** How often a stream was asked for again, or for a new picture. */
export interface RequestCounts {
  readonly nacks: number;
  /** Distinct sequence numbers. */
  readonly nackedPackets: number;
  readonly plis: number;
  readonly firs: number;
}

/**
 * Follows RTCP, in clear or encrypted, over all flows of a capture. State grows with the pairs of sources that speak and
 * are spoken of, up to a limit; an encrypted datagram costs a lookup and allocates nothing.
 *
 * A report about a stream is matched with it by SSRC first; where several flows carry reports about that SSRC, those
 * count that fit its flow best ({@link flowAffinity}).
 */
export class RtcpObserver {
  #packets = 0;
  #compounds = 0;
  #encrypted = 0;
  #malformed = 0;
  #copies = 0;
  readonly #counts = new Float64Array(RTCP_KINDS);
  readonly #flows: FlowTable;
  readonly #register: RtcpRegister;
  readonly #walk = new CompoundWalk();
  #flowStates = new Uint8Array(256);

  /** @param observed what the capture saw of the streams that are reported on; null: nothing is to be compared. */
  constructor(flows: FlowTable, observed: ObservedLoss | null = null) {
    this.#flows = flows;
    this.#register = new RtcpRegister(flows, observed);
    flows.onForgotten((flow) => {
      if (flow < this.#flowStates.length) this.#flowStates[flow] = 0;
    });
  }

  /** Datagrams that were seen at another point of the capturing host as well; counted once. */
  get copies(): number {
    return this.#copies;
  }

  /** Packets and reports that found no room because there are too many sources. */
  get leftOut(): number {
    return this.#register.leftOut;
  }

  /** @param datagram told to be RTCP or SRTCP by its second byte (RFC 5761, 4). */
  datagram(datagram: Datagram): void {
    const { bytes, offset, capturedLength, length, flow } = datagram;
    const protection = protectionOf(bytes, offset, capturedLength, length);
    if (protection === 'malformed') {
      this.#compounds++;
      this.#malformed++;
      return;
    }
    const source = capturedLength < 8 ? null : this.#register.source(flow, readUint32(bytes, offset + 4));
    if (source !== null) {
      const hash = hashOf(bytes, offset, offset + capturedLength);
      if (source.isCopy(hash, datagram.observationPoint, datagram.arrivalNs)) {
        this.#copies++;
        return;
      }
    }
    this.#compounds++;
    const before = source === null ? 0 : source.clearDatagrams - source.encryptedDatagrams;
    if (protection === 'clear' || (protection === 'cut' && before > 0)) this.#clearDatagram(datagram, source, true);
    else if (protection === 'unsure' && before > 0) this.#malformed++;
    else if (protection === 'cut' && before === 0) this.#clearDatagram(datagram, source, false);
    else this.#encryptedDatagram(datagram, source);
  }

  /** Type and format stand in the part that SRTCP leaves clear; of a compound, those of the first packet. */
  #encryptedDatagram(datagram: Datagram, source: RtcpSource | null): void {
    const { bytes, offset, flow } = datagram;
    const kind = rtcpKind(bytes[offset + 1], bytes[offset] & 31);
    this.#encrypted++;
    this.#packets++;
    this.#counts[kind]++;
    this.#markFlow(flow, ENCRYPTED);
    if (source === null) return;
    source.encryptedDatagrams++;
    source.packets++;
    source.counts[kind]++;
  }

  /** @param certain false for a datagram so cut that it may be encrypted: its packets are counted and not read. */
  #clearDatagram(datagram: Datagram, source: RtcpSource | null, certain: boolean): void {
    const walk = this.#walk;
    let sound = true;
    if (certain) {
      this.#markFlow(datagram.flow, CLEAR);
      if (source !== null) source.clearDatagrams++;
    }
    walk.begin(datagram.bytes, datagram.offset, datagram.capturedLength, datagram.length);
    while (walk.next()) {
      const speaker =
        walk.offset + 8 <= walk.end
          ? this.#register.source(datagram.flow, readUint32(walk.bytes, walk.offset + 4))
          : source;
      let kind = rtcpKind(walk.type, walk.count);
      if (certain) {
        const read = readPacket(walk, datagram, kind, speaker, this.#register);
        if (read < 0) sound = false;
        else kind = read;
      }
      this.#packets++;
      this.#counts[kind]++;
      if (speaker !== null) {
        speaker.packets++;
        speaker.counts[kind]++;
      }
    }
    // What is left of an authenticated datagram after its packets is the trailer, which is no packet.
    if (!sound || walk.defect === 'bad-padding') this.#malformed++;
  }

  #markFlow(flow: number, state: number): void {
    if (flow >= this.#flowStates.length) {
      const grown = new Uint8Array(Math.max(flow + 1, this.#flowStates.length * 2));
      grown.set(this.#flowStates);
      this.#flowStates = grown;
    }
    this.#flowStates[flow] |= state;
  }

  /** Whether RTCP on this flow is SRTCP; null where there was none. */
  isEncrypted(flow: number): boolean | null {
    const state = this.#flowStates[flow] ?? 0;
    if (state === 0) return null;
    return (state & CLEAR) === 0;
  }

  /** The canonical name of a stream's source, by SDES on its own flow or else on one from the same address. */
  cnameOf(flow: number, ssrc: number): string | null {
    const own = this.#register.findSource(flow, ssrc)?.cname ?? null;
    if (own !== null) return own;
    const named = this.#register.sourcesOf(ssrc).filter(({ cname }) => cname !== null);
    const address = this.#flows.sourceAddress(flow);
    const near = named.find((source) => this.#flows.sourceAddress(source.flow) === address);
    if (near !== undefined) return near.cname;
    return named.every(({ cname }) => cname === named[0].cname) ? (named[0]?.cname ?? null) : null;
  }

  /**
   * The stream's clock rate in Hz as its sender's reports tell it, measured: 89,998 where 90,000 is meant. An SFU may
   * send the reports on the stream's flow or on another, so the longest row of reports by this SSRC counts.
   */
  clockRateOf(flow: number, ssrc: number): number | null {
    const own = this.#register.findSource(flow, ssrc)?.clock?.rate() ?? null;
    if (own !== null) return own;
    let most = 0;
    let rate: number | null = null;
    for (const source of this.#register.sourcesOf(ssrc)) {
      if (source.senderReports <= most) continue;
      most = source.senderReports;
      rate = source.clock?.rate() ?? null;
    }
    return rate;
  }

  /** What receivers say of the stream, by the flows that fit it best; the one with the most reports first. */
  addRoundTrips(into: Float64Array): void {
    for (const reception of this.#register.receptions) reception.addRoundTrips(into);
  }

  receptionsOf(mediaSsrc: number, mediaFlow: number): Reception[] {
    const fitting: Reception[] = [];
    let best = 0;
    for (const reception of this.#register.receptionsOf(mediaSsrc)) {
      const affinity = flowAffinity(this.#flows, mediaFlow, reception.flow);
      if (affinity > best) fitting.length = 0;
      best = Math.max(best, affinity);
      if (affinity === best) fitting.push(reception);
    }
    return fitting.sort((a, b) => b.reports - a.reports);
  }

  /**
   * @param clockRate the stream's, in Hz, to turn its jitter into time.
   * @returns null where nobody reported on the stream.
   */
  reportedOf(mediaSsrc: number, mediaFlow: number, clockRate: number | null): ReportedReception | null {
    return this.receptionsOf(mediaSsrc, mediaFlow)[0]?.reported(clockRate) ?? null;
  }

  requestsFor(mediaSsrc: number, mediaFlow: number): RequestCounts {
    const sum = { nacks: 0, nackedPackets: 0, plis: 0, firs: 0 };
    for (const reception of this.receptionsOf(mediaSsrc, mediaFlow)) {
      sum.nacks += reception.nacks;
      sum.nackedPackets += reception.nackedPackets;
      sum.plis += reception.plis;
      sum.firs += reception.firs;
    }
    return sum;
  }

  report(formatTime: (time: Timestamp) => string | null): RtcpAnalysis {
    return {
      packets: this.#packets,
      compounds: this.#compounds,
      encrypted: this.#encrypted,
      malformed: this.#malformed,
      byType: countsByName(this.#counts),
      sources: this.#register.sources.map((source) => source.analysis(this.#flows, formatTime)),
      receptions: this.#register.receptions.map((reception) => reception.analysis(this.#flows)),
    };
  }
}

/** FNV-1a. */
function hashOf(bytes: Uint8Array, start: number, end: number): number {
  let hash = 0x811c9dc5;
  for (let at = start; at < end; at++) hash = Math.imul(hash ^ bytes[at], 0x01000193);
  return hash;
}
