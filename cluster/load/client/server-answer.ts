import { isIP } from 'node:net';
import sdpTransform from 'sdp-transform';
import type { IceCandidate, IceCredentials } from '../../ice/ice-agent.ts';
import { type ExtensionIds, NO_EXTENSIONS } from '../rtp/rtp-packet.ts';
import { EXTENSION_URIS, PAYLOAD_TYPES } from './client-offer.ts';

/** A section of the answer, as far as a client needs it. */
export interface AnsweredSection {
  readonly mid: string;
  readonly kind: 'audio' | 'video';
  readonly accepted: boolean;
  /** What the peer sends here; null where the answer does not say, and the MID extension tells. */
  readonly ssrc: number | null;
  readonly rtxSsrc: number | null;
  readonly hasRtx: boolean;
  readonly hasNack: boolean;
  readonly extensions: ExtensionIds;
}

export interface ServerAnswer {
  readonly ice: IceCredentials;
  readonly fingerprint: string;
  /** Who begins the DTLS handshake: the one who is active. */
  readonly setup: 'active' | 'passive';
  /** UDP candidates, the best first. */
  readonly candidates: readonly IceCandidate[];
  /** Passive TCP candidates (RFC 6544), the best first. */
  readonly tcpCandidates: readonly IceCandidate[];
  readonly sections: readonly AnsweredSection[];
}

interface RawMedia {
  readonly type?: unknown;
  readonly port?: unknown;
  readonly mid?: unknown;
  readonly iceUfrag?: unknown;
  readonly icePwd?: unknown;
  readonly setup?: unknown;
  readonly fingerprint?: { readonly type?: unknown; readonly hash?: unknown };
  readonly candidates?: readonly {
    readonly ip?: unknown;
    readonly port?: unknown;
    readonly transport?: unknown;
    readonly component?: unknown;
    readonly priority?: unknown;
    readonly tcptype?: unknown;
  }[];
  readonly rtp?: readonly { readonly payload?: unknown }[];
  readonly rtcpFb?: readonly { readonly payload?: unknown; readonly type?: unknown }[];
  readonly ext?: readonly { readonly value?: unknown; readonly uri?: unknown }[];
  readonly ssrcs?: readonly { readonly id?: unknown }[];
  readonly ssrcGroups?: readonly { readonly semantics?: unknown; readonly ssrcs?: unknown }[];
}

const SECTIONS_AT_MOST = 256;
const CANDIDATES_AT_MOST = 16;

/** @returns what the answer says, or why it cannot be used, in words. */
export function parseAnswer(sdp: string): ServerAnswer | string {
  let session: RawMedia & { readonly media?: readonly RawMedia[] };
  try {
    session = sdpTransform.parse(sdp) as never;
  } catch {
    return 'the answer is no SDP';
  }
  const media = (session.media ?? []).slice(0, SECTIONS_AT_MOST);
  const first = media.find((section) => section.port !== 0 && (section.iceUfrag ?? session.iceUfrag) !== undefined);
  if (first === undefined) return 'the answer accepts no section, or has no ICE credentials';
  const ufrag = first.iceUfrag ?? session.iceUfrag;
  const pwd = first.icePwd ?? session.icePwd;
  const hash = (first.fingerprint ?? session.fingerprint)?.hash;
  if (ufrag === undefined || pwd === undefined || typeof hash !== 'string')
    return 'the answer lacks ICE or DTLS attributes';
  return {
    ice: { ufrag: String(ufrag), pwd: String(pwd) },
    fingerprint: hash.toUpperCase(),
    setup: (first.setup ?? session.setup) === 'active' ? 'active' : 'passive',
    candidates: candidatesOf(first.candidates ?? session.candidates ?? [], 'udp'),
    tcpCandidates: candidatesOf(first.candidates ?? session.candidates ?? [], 'tcp'),
    sections: media.flatMap((section) => sectionOf(section) ?? []),
  };
}

function candidatesOf(given: NonNullable<RawMedia['candidates']>, protocol: 'udp' | 'tcp'): IceCandidate[] {
  return given
    .filter(({ ip, port, transport, component, tcptype }) => {
      if (String(transport).toLowerCase() !== protocol || Number(component) !== 1) return false;
      if (protocol === 'tcp' && tcptype !== 'passive') return false;
      return isIP(String(ip)) !== 0 && Number.isInteger(port) && Number(port) > 0 && Number(port) < 65_536;
    })
    .sort((one, other) => Number(other.priority) - Number(one.priority))
    .slice(0, CANDIDATES_AT_MOST)
    .map(({ ip, port }) => ({ address: String(ip), port: Number(port) }));
}

function sectionOf(section: RawMedia): AnsweredSection | null {
  const { type, mid } = section;
  if ((type !== 'audio' && type !== 'video') || mid === undefined) return null;
  const codec = type === 'audio' ? PAYLOAD_TYPES.opus : PAYLOAD_TYPES.vp8;
  const has = (payload: number) => (section.rtp ?? []).some((entry) => entry.payload === payload);
  const extension = (uri: string) => {
    const id = Number((section.ext ?? []).find((entry) => entry.uri === uri)?.value ?? 0);
    return Number.isInteger(id) && id > 0 && id < 15 ? id : 0;
  };
  const group = (section.ssrcGroups ?? []).find((entry) => entry.semantics === 'FID');
  const [main, repair] = group === undefined ? [] : String(group.ssrcs).split(' ').map(Number);
  return {
    mid: String(mid),
    kind: type,
    accepted: section.port !== 0 && has(codec),
    ssrc: ssrcOf(main ?? section.ssrcs?.[0]?.id),
    rtxSsrc: ssrcOf(repair),
    hasRtx: type === 'video' && has(PAYLOAD_TYPES.rtx),
    hasNack: (section.rtcpFb ?? []).some((entry) => Number(entry.payload) === codec && entry.type === 'nack'),
    extensions: {
      ...NO_EXTENSIONS,
      mid: extension(EXTENSION_URIS.mid),
      audioLevel: extension(EXTENSION_URIS.audioLevel),
      transportSequence: extension(EXTENSION_URIS.transportSequence),
    },
  };
}

function ssrcOf(value: unknown): number | null {
  const ssrc = Number(value);
  return Number.isInteger(ssrc) && ssrc > 0 && ssrc < 2 ** 32 ? ssrc : null;
}
