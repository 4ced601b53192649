import type { OfferedTrack } from '../signalling/tracks.ts';
import type { Source } from './local-media.ts';

const SCREEN_BITRATE_BPS = 2_500_000;
/** A camera is sent in up to three sizes, so that each receiver gets what its way and its tile have room for. */
const CAMERA_ENCODINGS: readonly RTCRtpEncodingParameters[] = [
  { rid: 'q', scaleResolutionDownBy: 4, maxBitrate: 150_000 },
  { rid: 'h', scaleResolutionDownBy: 2, maxBitrate: 450_000 },
  { rid: 'f', scaleResolutionDownBy: 1, maxBitrate: 1_200_000 },
];
/** Of a picture of fewer lines, browsers leave the largest sizes out rather than the smallest. */
const LEAST_LINES_OF_THREE = 540;
/** More than anybody can look at, and than one session description should carry. */
const MOST_RECEIVING = { audio: 100, video: 49 } as const;

/** The one RTCPeerConnection of this participant, for what it sends and what it receives. */
export class Peer {
  readonly connection = new RTCPeerConnection({ bundlePolicy: 'max-bundle', rtcpMuxPolicy: 'require' });
  readonly #sending = new Map<Source, RTCRtpTransceiver>();
  readonly #receiving: Record<'audio' | 'video', RTCRtpTransceiver[]> = { audio: [], video: [] };
  /** Which track a section carries, of those received. */
  subscriptions: Readonly<Record<string, string>> = {};
  /** Track ids of what is sent, by section. */
  published: Readonly<Record<string, string>> = {};

  /** Sends the track, or nothing more from that source. Takes effect with the next offer. */
  send(source: Source, track: MediaStreamTrack | null): void {
    const transceiver = this.#sending.get(source);
    if (transceiver !== undefined) {
      void transceiver.sender.replaceTrack(track);
      transceiver.direction = track === null ? 'inactive' : 'sendonly';
    } else if (track !== null) {
      const encodings = track.kind === 'video' ? { sendEncodings: encodingsOf(source, track) } : {};
      this.#sending.set(source, this.connection.addTransceiver(track, { direction: 'sendonly', ...encodings }));
    }
  }

  /** Makes room for so many tracks of others. Takes effect with the next offer. */
  receive(kind: 'audio' | 'video', count: number): void {
    const sections = this.#receiving[kind];
    while (sections.length < Math.min(count, MOST_RECEIVING[kind])) {
      sections.push(this.connection.addTransceiver(kind, { direction: 'recvonly' }));
    }
  }

  async offer(isMuted: (source: Source) => boolean): Promise<{ sdp: string; tracks: OfferedTrack[] }> {
    await this.connection.setLocalDescription();
    const tracks: OfferedTrack[] = [];
    for (const [source, { mid, direction }] of this.#sending) {
      if (mid !== null && direction === 'sendonly') tracks.push({ mid, source, muted: isMuted(source) });
    }
    return { sdp: this.connection.localDescription?.sdp ?? '', tracks };
  }

  async answer(
    sdp: string,
    published: Readonly<Record<string, string>>,
    subscriptions: Readonly<Record<string, string>>,
  ): Promise<void> {
    await this.connection.setRemoteDescription({ type: 'answer', sdp });
    this.published = published;
    this.subscriptions = subscriptions;
  }

  /** The id under which others know what is sent from the source. */
  publishedId(source: Source): string | null {
    const mid = this.#sending.get(source)?.mid ?? null;
    return mid === null ? null : (this.published[mid] ?? null);
  }

  /** What arrives for a track of somebody else. */
  received(trackId: string): MediaStreamTrack | null {
    for (const transceiver of [...this.#receiving.audio, ...this.#receiving.video]) {
      if (transceiver.mid !== null && this.subscriptions[transceiver.mid] === trackId)
        return transceiver.receiver.track;
    }
    return null;
  }

  close(): void {
    this.connection.close();
  }
}

function encodingsOf(source: Source, track: MediaStreamTrack): RTCRtpEncodingParameters[] {
  if (source === 'screen') return [{ maxBitrate: SCREEN_BITRATE_BPS }];
  const lines = track.getSettings().height ?? 0;
  if (lines >= LEAST_LINES_OF_THREE) return [...CAMERA_ENCODINGS];
  return [{ maxBitrate: 1_200_000 }];
}
