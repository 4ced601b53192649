import type { Peer } from './peer.ts';

export type Quality = 'good' | 'fair' | 'poor' | 'unknown';

/** What one stream did since it was looked at last; null for what is not known. */
export interface StreamFigures {
  readonly direction: 'in' | 'out';
  /** Of a received stream the track's id, of a sent one its section. */
  readonly trackId: string;
  readonly kind: string;
  readonly bitrateKbps: number | null;
  readonly lostPercent: number | null;
  readonly jitterMs: number | null;
  readonly picture: string | null;
  readonly frames: number | null;
  readonly framesPerSecond: number | null;
}

interface Before {
  readonly atMs: number;
  readonly bytes: number;
  readonly packets: number;
  readonly lost: number;
}

/** Names of W3C webrtc-stats, as far as they are used here. */
interface RtpStats {
  readonly id: string;
  readonly type: string;
  readonly kind?: string;
  readonly mid?: string;
  readonly timestamp: number;
  readonly bytesReceived?: number;
  readonly bytesSent?: number;
  readonly packetsReceived?: number;
  readonly packetsLost?: number;
  readonly jitter?: number;
  readonly frameWidth?: number;
  readonly frameHeight?: number;
  readonly framesPerSecond?: number;
  readonly framesDecoded?: number;
  readonly framesEncoded?: number;
  readonly state?: string;
  readonly nominated?: boolean;
  readonly currentRoundTripTime?: number;
}

/** Looks at a connection's getStats again and again, and tells what happened in between. */
export class Statistics {
  readonly #before = new Map<string, Before>();
  roundTripMs: number | null = null;

  async look(peer: Peer): Promise<StreamFigures[]> {
    const figures: StreamFigures[] = [];
    const seen = new Set<string>();
    this.roundTripMs = null;
    const report = await peer.connection.getStats();
    report.forEach((stats: RtpStats) => {
      if (stats.type === 'candidate-pair' && stats.nominated && stats.currentRoundTripTime !== undefined) {
        this.roundTripMs = stats.currentRoundTripTime * 1000;
      }
      if (stats.type !== 'inbound-rtp' && stats.type !== 'outbound-rtp') return;
      const isIn = stats.type === 'inbound-rtp';
      const trackId = (isIn ? peer.subscriptions : peer.published)[stats.mid ?? ''];
      if (trackId === undefined) return;
      seen.add(stats.id);
      figures.push(this.#figuresOf(stats, isIn, trackId));
    });
    for (const id of this.#before.keys()) if (!seen.has(id)) this.#before.delete(id);
    return figures;
  }

  #figuresOf(stats: RtpStats, isIn: boolean, trackId: string): StreamFigures {
    const now: Before = {
      atMs: stats.timestamp,
      bytes: (isIn ? stats.bytesReceived : stats.bytesSent) ?? 0,
      packets: stats.packetsReceived ?? 0,
      lost: stats.packetsLost ?? 0,
    };
    const before = this.#before.get(stats.id);
    this.#before.set(stats.id, now);
    const { frameWidth, frameHeight, framesPerSecond } = stats;
    const expected = before === undefined ? 0 : now.packets - before.packets + (now.lost - before.lost);
    const hasTime = before !== undefined && now.atMs > before.atMs;
    return {
      direction: isIn ? 'in' : 'out',
      trackId,
      kind: stats.kind ?? '',
      bitrateKbps: hasTime ? ((now.bytes - before.bytes) * 8) / (now.atMs - before.atMs) : null,
      lostPercent:
        isIn && before !== undefined && expected > 0 ? Math.max(0, ((now.lost - before.lost) / expected) * 100) : null,
      jitterMs: isIn && stats.jitter !== undefined ? stats.jitter * 1000 : null,
      picture: frameWidth && frameHeight ? `${frameWidth}×${frameHeight}` : null,
      frames: (isIn ? stats.framesDecoded : stats.framesEncoded) ?? null,
      framesPerSecond: framesPerSecond ?? null,
    };
  }
}

/** One word for what arrives from somebody. A silent or muted stream says nothing. */
export function qualityOf(streams: readonly StreamFigures[]): Quality {
  const known = streams.filter(({ lostPercent }) => lostPercent !== null);
  if (known.length === 0) return 'unknown';
  const lost = Math.max(...known.map(({ lostPercent }) => lostPercent ?? 0));
  const jitter = Math.max(...known.map(({ jitterMs }) => jitterMs ?? 0));
  if (lost > 5 || jitter > 100) return 'poor';
  return lost > 1 || jitter > 40 ? 'fair' : 'good';
}
