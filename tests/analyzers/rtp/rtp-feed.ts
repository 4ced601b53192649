import { type PayloadFacts, PayloadKnowledge } from '../../../analyzers/rtp/payload-facts.ts';
import { ROW_FIELDS } from '../../../analyzers/rtp/rows.ts';
import { RtpStreams } from '../../../analyzers/rtp/rtp-streams.ts';
import { measureStream, type StreamMeasurement } from '../../../analyzers/rtp/stream-report.ts';
import { SdpKnowledge } from '../../../analyzers/sdp/sdp-knowledge.ts';
import { Datagram, FlowTable } from '../../../captures/index.ts';

export const SSRC = 0x5eed0001;
/** G.711 A-law (RFC 3551, table 4): 8000 Hz by the static table. */
export const PCMA = 8;
const START_SECONDS = 1_767_225_600;

export interface SentPacket {
  /** Only the low 16 bits travel. */
  readonly sequence: number;
  /** Only the low 32 bits travel. */
  readonly timestamp: number;
  /** Since 2026-01-01T00:00:00Z. */
  readonly atNs: number;
  readonly payloadType?: number;
  readonly marker?: boolean;
  readonly payloadBytes?: number;
  readonly ssrc?: number;
  /** Last byte of the sender's address, 192.0.2.x. */
  readonly sender?: number;
  readonly port?: number;
  readonly point?: number;
}

/** The RTP packet as it travels. */
export function rtpBytes({
  sequence,
  timestamp,
  payloadType = PCMA,
  marker,
  payloadBytes = 160,
  ssrc = SSRC,
}: SentPacket) {
  const bytes = Buffer.alloc(12 + payloadBytes);
  bytes[0] = 0x80;
  bytes[1] = payloadType | (marker ? 0x80 : 0);
  bytes.writeUInt16BE(sequence & 0xffff, 2);
  bytes.writeUInt32BE(timestamp >>> 0, 4);
  bytes.writeUInt32BE(ssrc, 8);
  return bytes;
}

/** Gives packets to the measurement, and asks for figures, as the analyzer does. */
export class RtpFeed {
  readonly flows = new FlowTable();
  readonly knowledge: PayloadKnowledge;
  readonly streams: RtpStreams;

  constructor(windowSeconds = 1, sdp = new SdpKnowledge()) {
    this.knowledge = new PayloadKnowledge(this.flows, sdp);
    this.streams = new RtpStreams(this.knowledge, windowSeconds, (flow) => this.flows.sourceAddress(flow));
  }

  /** @returns the stream's row. */
  send(packet: SentPacket): number {
    const datagram = new Datagram();
    const bytes = rtpBytes(packet);
    datagram.bytes = bytes;
    datagram.length = datagram.capturedLength = bytes.length;
    datagram.seconds = START_SECONDS + Math.floor(packet.atNs / 1e9);
    datagram.nanoseconds = packet.atNs - Math.floor(packet.atNs / 1e9) * 1e9;
    datagram.arrivalNs = packet.atNs;
    datagram.observationPoint = packet.point ?? 1;
    const port = packet.port ?? 5004;
    datagram.flow = this.flows.internIpv4(0xc0000200 | (packet.sender ?? 1), 0xc6336401, (port << 16) | 5004, 0);
    return this.streams.packet(datagram);
  }

  facts(row = 0): PayloadFacts {
    const { received } = this.streams.sequence.summary(row, row * ROW_FIELDS);
    return this.knowledge.facts(this.streams, row, received);
  }

  measure(row = 0): StreamMeasurement {
    const facts = this.facts(row);
    return measureStream(`s${row + 1}`, this.streams, row, this.flows, facts, 9, this.streams.captureLoss.suspected());
  }
}

/** Measures one stream of packets. */
export function measured(packets: Iterable<SentPacket>, windowSeconds = 1): StreamMeasurement {
  const feed = new RtpFeed(windowSeconds);
  for (const packet of packets) feed.send(packet);
  return feed.measure();
}

/** G.711 in packets of 20 ms, in order and on time: as many as asked for, numbered from `first`. */
export function steady(count: number, first = 1000, atNs = 0): SentPacket[] {
  return Array.from({ length: count }, (_, index) => ({
    sequence: first + index,
    timestamp: (first + index) * 160,
    atNs: atNs + index * 20e6,
  }));
}
