import type { FlowTable } from '../../captures/index.ts';
import type { StreamKind } from '../analysis.ts';
import { jitterNowNs } from '../rtp/jitter.ts';
import type { PayloadKnowledge } from '../rtp/payload-facts.ts';
import { ROW_FIELDS } from '../rtp/rows.ts';
import { FIRST_DYNAMIC_TYPE } from '../rtp/rtp-header.ts';
import type { RtpStreams } from '../rtp/rtp-streams.ts';
import { transportName } from '../rtp/stream-report.ts';

/** What a stream came to so far, in a few numbers that cost little to ask for. */
export interface LiveStream {
  /** Which of all streams that ever appeared: stays the same for as long as the stream is known. */
  readonly number: number;
  readonly source: string;
  readonly destination: string;
  readonly transport: 'udp' | 'tcp' | 'turn-udp' | 'turn-tcp';
  readonly ssrc: number;
  readonly kind: StreamKind;
  readonly codec: string | null;
  readonly clockRate: number | null;
  /** Unique packets. */
  readonly packets: number;
  /** RTP header and payload of these. */
  readonly bytes: number;
  readonly expected: number;
  /** Sequence numbers that have not come so far; late packets may still lower it. */
  readonly lost: number;
  /** J at the last packet (RFC 3550, A.8); null where no clock rate is known, or only one packet was seen. */
  readonly jitterMs: number | null;
  /** Arrival of the first and the last packet, in seconds since 1970. */
  readonly firstSeconds: number;
  readonly lastSeconds: number;
}

/** Opus is the one codec of WebRTC's with this clock (RFC 7587, 4.1). */
const OPUS_CLOCK = 48_000;

/** @param isWebRtc whether STUN or DTLS was seen on the stream's flow. */
export function liveStream(
  streams: RtpStreams,
  row: number,
  flows: FlowTable,
  knowledge: PayloadKnowledge,
  isWebRtc: boolean,
): LiveStream {
  const at = row * ROW_FIELDS;
  const flow = streams.table.flow(row);
  const { received, expected } = streams.sequence.counts(at);
  const { codec, kind, clockRate, inferredRate, payloadTypes } = knowledge.facts(streams, row, received);
  streams.settleClockRates(row, inferredRate ?? 0);
  const times = streams.times(row);
  const isOpus = isWebRtc && kind === 'audio' && clockRate === OPUS_CLOCK && payloadTypes[0] >= FIRST_DYNAMIC_TYPE;
  const jitterNs = clockRate === null ? null : jitterNowNs(streams.rows.fields, at);
  return {
    number: streams.appearance(row),
    source: flows.source(flow),
    destination: flows.destination(flow),
    transport: transportName(flows.transport(flow)),
    ssrc: streams.table.ssrc(row),
    kind,
    codec: codec ?? (isOpus ? 'opus' : null),
    clockRate,
    packets: received,
    bytes: streams.bytes(row),
    expected,
    lost: expected - received,
    jitterMs: jitterNs === null ? null : jitterNs / 1e6,
    firstSeconds: times.startSeconds + times.startNs / 1e9,
    lastSeconds: times.startSeconds + times.endNs / 1e9,
  };
}
