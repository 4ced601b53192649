import { Datagram, type DatagramSink, type FlowTable } from '../../captures/index.ts';
import type { CompiledFilter } from '../filter/compiled-filter.ts';
import type { RtpStreams } from '../rtp/rtp-streams.ts';
import { DatagramFilter } from './datagram-filter.ts';

/*
 * What a datagram is, by its first byte (RFC 7983, section 7, and RFC 9443) and, for RTP and RTCP, its second (RFC 5761,
 * section 4):
 *
 *   [0..3]      STUN                       [128..191]  RTP or RTCP: RTCP where the second byte lies in [192..223],
 *   [20..63]    DTLS                                   the payload types 64 to 95 with the marker, which no RTP uses
 *   [64..79]    TURN ChannelData
 *
 * The byte alone is no evidence: each protocol is asked whether the rest fits.
 */
const RTP_FIRST = 128;
const RTP_LAST = 191;
const RTCP_FIRST = 192;
const RTCP_LAST = 223;
const STUN_LAST = 3;
const DTLS_FIRST = 20;
const DTLS_LAST = 63;
const CHANNEL_FIRST = 64;
const CHANNEL_LAST = 79;
/** RFC 3550, 6.4.1: an RTCP packet's header and the SSRC. */
const SHORTEST_RTCP = 8;
/** A relay within a relay within a relay is an attack on the reader. */
const MOST_RELAYS = 3;

/** What a flow has been seen to carry, as bits: one protocol vouches for another on the same flow. */
export const Evidence = { stun: 1, dtls: 2, rtcp: 4, relay: 8, rtp: 16, signalled: 32 } as const;

/** Takes part in telling datagrams apart; each keeps what it learns for its own report. */
export interface ProtocolObservers {
  readonly rtcp: { datagram(datagram: Datagram): void };
  readonly stun: { isStun(datagram: Datagram): boolean; message(datagram: Datagram): void };
  readonly turn: { unwrap(datagram: Datagram, into: Datagram): boolean };
  readonly dtls: {
    isDtls(datagram: Datagram): boolean;
    datagram(datagram: Datagram): void;
    media(flow: number, datagram: Datagram): void;
  };
  readonly signalling: { datagram(datagram: Datagram): boolean };
}

export type Protocol = 'rtp' | 'rtcp' | 'stun' | 'turn-channel' | 'turn-indication' | 'dtls' | 'signalling' | 'other';

/** Gives each datagram to the protocol that it belongs to. */
export class Demultiplexer implements DatagramSink {
  readonly #flows: FlowTable;
  readonly #streams: RtpStreams;
  readonly #observers: ProtocolObservers;
  readonly #filter: DatagramFilter | null;
  /** Takes the flows of the datagrams at hand, while these have no time of their own. */
  untimedFlows: Set<number> | null = null;
  /** Told of each RTP packet and its stream's row; null where packets are not followed through a forwarder. */
  forwarding: { packet(datagram: Datagram, row: number): void } | null = null;
  /** Datagrams that the filter left out. */
  filtered = 0;
  readonly #counts: Record<Protocol, number> = {
    rtp: 0,
    rtcp: 0,
    stun: 0,
    'turn-channel': 0,
    'turn-indication': 0,
    dtls: 0,
    signalling: 0,
    other: 0,
  };
  #rtp = 0;
  #evidence = new Uint8Array(256);
  readonly #inner: Datagram[] = Array.from({ length: MOST_RELAYS }, () => new Datagram());
  #depth = 0;

  /** @param filter which datagrams count; null for all. */
  constructor(
    flows: FlowTable,
    streams: RtpStreams,
    observers: ProtocolObservers,
    filter: CompiledFilter | null = null,
  ) {
    this.#flows = flows;
    this.#streams = streams;
    this.#observers = observers;
    this.#filter = filter === null ? null : new DatagramFilter(flows, filter);
    flows.onForgotten((flow) => {
      if (flow < this.#evidence.length) this.#evidence[flow] = 0;
    });
  }

  datagram(datagram: Datagram): void {
    if (this.untimedFlows !== null) this.untimedFlows.add(datagram.flow);
    if (this.#filter !== null && !this.#filter.passes(datagram)) {
      this.filtered++;
      return;
    }
    if (datagram.capturedLength >= 2) {
      const first = datagram.bytes[datagram.offset];
      if (first >= RTP_FIRST && first <= RTP_LAST) {
        const second = datagram.bytes[datagram.offset + 1];
        if (second < RTCP_FIRST || second > RTCP_LAST) {
          const row = this.#streams.packet(datagram);
          if (row >= 0) {
            this.#rtp++;
            if (this.forwarding !== null) this.forwarding.packet(datagram, row);
            if (((this.#evidence[datagram.flow] ?? 0) & Evidence.rtp) === 0) this.#firstRtp(datagram);
            return;
          }
        } else if (datagram.length >= SHORTEST_RTCP) {
          this.#saw(datagram.flow, Evidence.rtcp, 'rtcp');
          this.#observers.rtcp.datagram(datagram);
          return;
        }
      } else if (this.#control(datagram, first)) {
        return;
      }
    }
    this.#counts.other++;
  }

  #control(datagram: Datagram, first: number): boolean {
    const observers = this.#observers;
    if (first <= STUN_LAST && observers.stun.isStun(datagram)) {
      this.#saw(datagram.flow, Evidence.stun, 'stun');
      observers.stun.message(datagram);
      this.#relayed(datagram, 'turn-indication');
      return true;
    }
    if (first >= DTLS_FIRST && first <= DTLS_LAST && observers.dtls.isDtls(datagram)) {
      this.#saw(datagram.flow, Evidence.dtls, 'dtls');
      observers.dtls.datagram(datagram);
      return true;
    }
    if (first >= CHANNEL_FIRST && first <= CHANNEL_LAST && this.#relayed(datagram, 'turn-channel')) return true;
    if (observers.signalling.datagram(datagram)) {
      this.#counts.signalling++;
      return true;
    }
    return false;
  }

  /** Hands on what a TURN message carries. */
  #relayed(datagram: Datagram, kind: 'turn-channel' | 'turn-indication'): boolean {
    if (this.#depth === MOST_RELAYS) return false;
    const inner = this.#inner[this.#depth];
    if (!this.#observers.turn.unwrap(datagram, inner)) return false;
    this.#saw(datagram.flow, Evidence.relay, kind);
    this.#depth++;
    try {
      this.datagram(inner);
    } finally {
      this.#depth--;
    }
    return true;
  }

  #firstRtp(datagram: Datagram): void {
    this.#mark(datagram.flow, Evidence.rtp);
    this.#observers.dtls.media(datagram.flow, datagram);
  }

  #saw(flow: number, evidence: number, protocol: Protocol): void {
    this.#counts[protocol]++;
    this.#mark(flow, evidence);
  }

  #mark(flow: number, evidence: number): void {
    if (flow >= this.#evidence.length) {
      const next = new Uint8Array(Math.max(flow + 1, this.#evidence.length * 2));
      next.set(this.#evidence);
      this.#evidence = next;
    }
    this.#evidence[flow] |= evidence;
  }

  /** Counts RTP packets taken elsewhere, of flows known for RTP. */
  countRtp(packets: number): void {
    this.#rtp += packets;
  }

  /** Bits of {@link Evidence} that this flow and its opposite have shown. */
  evidence(flow: number): number {
    const reverse = this.#flows.reverseOf(flow);
    return (this.#evidence[flow] ?? 0) | (reverse < 0 ? 0 : (this.#evidence[reverse] ?? 0));
  }

  counts(): Record<Protocol, number> {
    return { ...this.#counts, rtp: this.#rtp };
  }
}
