import type { IncomingStream } from '../rtp/incoming-stream.ts';
import type { OutgoingStream } from '../rtp/outgoing-stream.ts';
import type { MediaSession } from './media-session.ts';

/** What a client counted of one SSRC, as webrtc-stats' outbound-rtp and inbound-rtp do; null what it cannot know. */
export interface StreamReport {
  readonly direction: 'sent' | 'received';
  readonly ssrc: number;
  readonly kind: 'audio' | 'video';
  /** The SSRC whose packets this one carries again (RFC 4588), or null. */
  readonly repairs: number | null;
  readonly mid: string | null;
  readonly trackId: string | null;
  readonly localAddress: string | null;
  readonly remoteAddress: string | null;
  /** Received: each once. Sent: as the codec made them, before injected faults. */
  readonly packets: number;
  /** Of payload, without headers and padding. */
  readonly bytes: number;
  /** Received: RFC 3550, appendix A.3, without what retransmissions mended. Sent: as the peer's last report said. */
  readonly lost: number | null;
  readonly jitterMs: number | null;
  readonly duplicates: number | null;
  readonly recovered: number | null;
  readonly nacks: number;
  readonly plis: number;
  readonly frames: number;
  readonly keyFrames: number;
  /** The last, and the shortest: what the way takes where nothing waits. */
  readonly roundTripMs: number | null;
  readonly shortestRoundTripMs: number | null;
}

export function reportStreams(session: MediaSession): StreamReport[] {
  const { localAddress, remoteAddress } = session.transport;
  const addresses = { localAddress, remoteAddress };
  return [
    ...session.outgoing.flatMap((stream) => sent(stream).map((report) => ({ ...report, ...addresses }))),
    ...[...session.incoming.values()].map((stream) => ({ ...received(stream), ...addresses })),
  ];
}

type Unplaced = Omit<StreamReport, 'localAddress' | 'remoteAddress'>;

function sent(stream: OutgoingStream): Unplaced[] {
  const { options, remoteJitter } = stream;
  const own: Unplaced = {
    direction: 'sent',
    ssrc: options.ssrc,
    kind: options.kind,
    repairs: null,
    mid: options.mid,
    trackId: null,
    packets: stream.packets,
    bytes: stream.bytes,
    lost: stream.remoteLost,
    jitterMs: remoteJitter === null ? null : (remoteJitter / options.clockRate) * 1000,
    duplicates: null,
    recovered: null,
    nacks: stream.nacksReceived,
    plis: stream.plisReceived + stream.firsReceived,
    frames: stream.frames,
    keyFrames: stream.keyFrames,
    roundTripMs: stream.roundTripMs,
    shortestRoundTripMs: stream.shortestRoundTripMs,
  };
  if (options.rtx === null || stream.rtxPackets === 0) return [own];
  const repair: Unplaced = {
    ...own,
    ssrc: options.rtx.ssrc,
    repairs: options.ssrc,
    packets: stream.rtxPackets,
    bytes: stream.rtxBytes,
    lost: null,
    jitterMs: null,
    nacks: 0,
    plis: 0,
    frames: 0,
    keyFrames: 0,
  };
  return [own, repair];
}

function received(stream: IncomingStream): Unplaced {
  const { options } = stream;
  return {
    direction: 'received',
    ssrc: options.ssrc,
    kind: options.kind,
    repairs: options.repairs?.options.ssrc ?? null,
    mid: options.mid,
    trackId: stream.trackId,
    packets: stream.packets,
    bytes: stream.bytes,
    lost: stream.lost,
    jitterMs: options.repairs === null ? stream.jitterMs : null,
    duplicates: stream.duplicates,
    recovered: stream.recovered,
    nacks: stream.nacksSent,
    plis: stream.plisSent,
    frames: stream.frames,
    keyFrames: stream.keyFrames,
    roundTripMs: null,
    shortestRoundTripMs: null,
  };
}
