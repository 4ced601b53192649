import type { IceCredentials } from '../../ice/ice-agent.ts';

export const PAYLOAD_TYPES = { opus: 111, vp8: 96, rtx: 97 } as const;
export const EXTENSION_URIS = {
  mid: 'urn:ietf:params:rtp-hdrext:sdes:mid',
  audioLevel: 'urn:ietf:params:rtp-hdrext:ssrc-audio-level',
  transportSequence: 'http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01',
} as const;
const EXTENSION_IDS = { mid: 1, audioLevel: 2, transportSequence: 3 } as const;

/** A section of the session description, in its order. A section that receives only has no SSRC. */
export interface OfferedSection {
  readonly mid: string;
  readonly kind: 'audio' | 'video';
  readonly sends: { readonly ssrc: number; readonly rtxSsrc: number | null } | null;
}

export interface OfferOptions {
  readonly sessionId: string;
  /** Rises with each offer of a session (RFC 8866, section 5.2). */
  readonly version: number;
  readonly ice: IceCredentials;
  /** SHA-256 of the certificate, as `a=fingerprint` has it. */
  readonly fingerprint: string;
  readonly cname: string;
  readonly sections: readonly OfferedSection[];
}

const AUDIO = [
  `a=rtpmap:${PAYLOAD_TYPES.opus} opus/48000/2`,
  `a=fmtp:${PAYLOAD_TYPES.opus} minptime=10;useinbandfec=1`,
  `a=rtcp-fb:${PAYLOAD_TYPES.opus} transport-cc`,
  `a=extmap:${EXTENSION_IDS.audioLevel} ${EXTENSION_URIS.audioLevel}`,
];
const VIDEO = [
  `a=rtpmap:${PAYLOAD_TYPES.vp8} VP8/90000`,
  ...['nack', 'nack pli', 'ccm fir', 'transport-cc'].map((kind) => `a=rtcp-fb:${PAYLOAD_TYPES.vp8} ${kind}`),
  `a=rtpmap:${PAYLOAD_TYPES.rtx} rtx/90000`,
  `a=fmtp:${PAYLOAD_TYPES.rtx} apt=${PAYLOAD_TYPES.vp8}`,
];

/** An offer (RFC 8829) of one bundle; candidates are not in it, since an ICE-lite server answers whoever checks. */
export function writeOffer(options: OfferOptions): string {
  const { sessionId, version, ice, fingerprint, cname, sections } = options;
  const lines = [
    'v=0',
    `o=- ${sessionId} ${version} IN IP4 127.0.0.1`,
    's=-',
    't=0 0',
    `a=group:BUNDLE ${sections.map(({ mid }) => mid).join(' ')}`,
    'a=extmap-allow-mixed',
    'a=msid-semantic: WMS *',
  ];
  for (const { mid, kind, sends } of sections) {
    const audio = kind === 'audio';
    const types = audio ? `${PAYLOAD_TYPES.opus}` : `${PAYLOAD_TYPES.vp8} ${PAYLOAD_TYPES.rtx}`;
    lines.push(
      `m=${kind} 9 UDP/TLS/RTP/SAVPF ${types}`,
      'c=IN IP4 0.0.0.0',
      'a=rtcp:9 IN IP4 0.0.0.0',
      `a=ice-ufrag:${ice.ufrag}`,
      `a=ice-pwd:${ice.pwd}`,
      'a=ice-options:trickle',
      `a=fingerprint:sha-256 ${fingerprint}`,
      'a=setup:actpass',
      `a=mid:${mid}`,
      `a=extmap:${EXTENSION_IDS.mid} ${EXTENSION_URIS.mid}`,
      `a=extmap:${EXTENSION_IDS.transportSequence} ${EXTENSION_URIS.transportSequence}`,
      `a=${sends === null ? 'recvonly' : 'sendonly'}`,
      'a=rtcp-mux',
      'a=rtcp-rsize',
      ...(audio ? AUDIO : VIDEO),
    );
    if (sends === null) continue;
    lines.push(`a=msid:${cname} ${cname}-${mid}`);
    // The stream itself before its repairs: there are readers who take the first as the main one.
    if (sends.rtxSsrc !== null) lines.push(`a=ssrc-group:FID ${sends.ssrc} ${sends.rtxSsrc}`);
    lines.push(`a=ssrc:${sends.ssrc} cname:${cname}`);
    if (sends.rtxSsrc !== null) lines.push(`a=ssrc:${sends.rtxSsrc} cname:${cname}`);
  }
  return `${lines.join('\r\n')}\r\n`;
}
