import sdpTransform, { type Media, type Session } from 'sdp-transform';
import { canonicalIpAddress } from '../ip-address.ts';
import { staticPayloadType } from '../rtp/static-payload-types.ts';
import type { SdpDescription, SdpMedia, SdpMediaKind, SdpPayload } from './sdp-description.ts';

export type SdpRefusal =
  /** No `v=` or no usable `m=` line. */
  'not-sdp' | 'too-long' | 'too-many-lines';

/** Bounds on what is parsed; a conference of a hundred takes some 10,000 lines. */
const LONGEST_TEXT = 2 * 1024 * 1024;
const MOST_LINES = 30_000;
/** Longer lines are left out: none that is used here comes near. */
const LONGEST_LINE = 4096;
const MOST_MEDIA = 1000;
const MOST_LISTED = 512;

/**
 * The attributes that are read. All others are left out before sdp-transform sees the text: it tries some fifty
 * expressions on each line, and hostile text need not meet those that nobody asks for.
 */
const ATTRIBUTE =
  /^(?:rtpmap|fmtp|rtcp|extmap|crypto|setup|mid|ptime|ice-ufrag|fingerprint|candidate|ssrc|ssrc-group|group|rid):|^(?:sendrecv|sendonly|recvonly|inactive|rtcp-mux)\s*$/;
const MEDIA_LINE = /^(\w+)[ \t]+(\d{1,5})(?:\/\d+)?[ \t]+([\w/]+)(?:[ \t]+(.*))?$/;
const KINDS: ReadonlySet<string> = new Set(['audio', 'video', 'application', 'image', 'text', 'message']);

/** Reads one session description (RFC 8866). */
export function parseSdp(text: string): SdpDescription | SdpRefusal {
  if (text.length > LONGEST_TEXT) return 'too-long';
  const lines: string[] = [];
  let count = 0;
  let media = 0;
  let version = false;
  for (let start = 0; start < text.length; ) {
    let end = start;
    while (end < text.length && text[end] !== '\n' && text[end] !== '\r') end++;
    if (end > start && ++count > MOST_LINES) return 'too-many-lines';
    const line = end - start > LONGEST_LINE ? '' : text.slice(start, end).trim();
    start = end + 1;
    if (line[1] !== '=') continue;
    if (line.startsWith('v=')) version = true;
    else if (line.startsWith('m=')) {
      if (++media > MOST_MEDIA) return 'too-many-lines';
      lines.push(plainMediaLine(line));
    } else if (line.startsWith('o=') || line.startsWith('c=')) lines.push(line);
    else if (line.startsWith('a=') && ATTRIBUTE.test(line.slice(2))) lines.push(line);
  }
  if (!version || media === 0) return 'not-sdp';
  const session = sdpTransform.parse(lines.join('\n'));
  const sections: SdpMedia[] = [];
  for (const section of session.media) {
    const described = describeMedia(section, session);
    if (described !== null) sections.push(described);
  }
  if (sections.length === 0) return 'not-sdp';
  return {
    originAddress: addressOf(session.origin?.address),
    media: sections,
    bundles: listed(session.groups)
      .filter((group) => group.type === 'BUNDLE')
      .map((group) => String(group.mids).split(/\s+/).slice(0, MOST_MEDIA)),
  };
}

/** sdp-transform knows no number of ports (`m=audio 5004/2 ...`) and one blank only between the fields. */
function plainMediaLine(line: string): string {
  const match = MEDIA_LINE.exec(line.slice(2));
  if (match === null) return 'm=';
  const [, kind, port, protocol, payloads] = match;
  return `m=${kind} ${port} ${protocol} ${payloads ?? ''}`;
}

function describeMedia(media: Media, session: Session): SdpMedia | null {
  if (media.type === undefined || media.port === undefined) return null;
  const protocol = String(media.protocol);
  const kind = String(media.type).toLowerCase();
  const port = Number(media.port);
  const address = addressOf(media.connection?.ip ?? session.connection?.ip);
  const muxed = media.rtcpMux !== undefined;
  const ptime = Number(media.ptime);
  // Only sections of RTP map payload types; the formats of `UDPTL t38` or `webrtc-datachannel` are words.
  const isRtp = protocol.includes('RTP/');
  return {
    kind: KINDS.has(kind) ? (kind as SdpMediaKind) : 'other',
    address,
    port,
    rtcpAddress: addressOf(media.rtcp?.address) ?? address,
    rtcpPort: numberOrNull(media.rtcp?.port) ?? (port === 0 ? 0 : muxed ? port : port + 1),
    protocol,
    isRtp,
    payloads: isRtp ? payloadsOf(media) : new Map(),
    extensions: extensionsOf(media, session),
    ssrcs: [...new Set(listed(media.ssrcs).flatMap((ssrc) => uint32OrNone(ssrc.id)))],
    ssrcGroups: listed(media.ssrcGroups).map((group) => ({
      semantics: String(group.semantics),
      ssrcs: String(group.ssrcs).trim().split(/\s+/).slice(0, MOST_LISTED).flatMap(uint32OrNone),
    })),
    packetTimeMs: ptime > 0 && ptime < 10_000 ? ptime : null,
    direction: textOrNull(media.direction ?? session.direction) ?? 'sendrecv',
    usernameFragment: textOrNull(media.iceUfrag ?? session.iceUfrag),
    candidates: listed(media.candidates).flatMap((candidate) => {
      const candidateAddress = addressOf(candidate.ip);
      const candidatePort = numberOrNull(candidate.port);
      return candidateAddress === null || candidatePort === null
        ? []
        : [{ address: candidateAddress, port: candidatePort }];
    }),
    encrypted:
      protocol.includes('SAVP') ||
      media.crypto !== undefined ||
      (media.fingerprint ?? session.fingerprint) !== undefined,
    setup: textOrNull(media.setup ?? session.setup),
    mid: textOrNull(media.mid),
    streamIds: listed(media.rids).map((rid) => String(rid.id)),
  };
}

function payloadsOf(media: Media): Map<number, SdpPayload> {
  const payloads = new Map<number, SdpPayload>();
  for (const word of String(media.payloads ?? '').split(/\s+/, 256)) {
    const payloadType = payloadTypeOf(word);
    if (payloadType === null) continue;
    const fixed = staticPayloadType(payloadType);
    if (fixed === null) continue;
    payloads.set(payloadType, { payloadType, ...fixed, fmtp: null, associatedPayloadType: null });
  }
  for (const map of media.rtp ?? []) {
    const payloadType = payloadTypeOf(map.payload);
    if (payloadType === null || map.codec === undefined || String(map.codec) === '') continue;
    const codec = String(map.codec).slice(0, 64);
    const channels = Number(map.encoding);
    payloads.set(payloadType, {
      payloadType,
      codec,
      clockRate: clockRateOf(payloadType, codec, Number(map.rate)),
      channels: channels >= 1 && channels <= 255 ? channels : 1,
      fmtp: null,
      associatedPayloadType: null,
    });
  }
  for (const format of media.fmtp ?? []) {
    const payloadType = payloadTypeOf(format.payload);
    const payload = payloadType === null ? undefined : payloads.get(payloadType);
    if (payload === undefined) continue;
    const fmtp = String(format.config ?? '');
    // RFC 4588, 8.1: which payload type an RTX one repeats.
    const associated = /(?:^|[;\s])apt=(\d{1,3})/i.exec(fmtp);
    payloads.set(payload.payloadType, {
      ...payload,
      fmtp,
      associatedPayloadType: associated && payloadTypeOf(associated[1]),
    });
  }
  return payloads;
}

/** Some devices write the sampling rate of G.722, 16000, where its clock runs at 8000 (RFC 3551, 4.5.2). */
function clockRateOf(payloadType: number, codec: string, written: number): number | null {
  const name = codec.toUpperCase();
  const fixed = staticPayloadType(payloadType);
  if (fixed?.codec.toUpperCase() === name) return fixed.clockRate;
  if (name === 'G722') return 8000;
  return written > 0 && written <= 10_000_000 ? written : null;
}

function extensionsOf(media: Media, session: Session): Map<number, string> {
  const extensions = new Map<number, string>();
  for (const extension of [...listed(session.ext), ...listed(media.ext)]) {
    const id = Number(extension.value);
    if (id >= 1 && id <= 255) extensions.set(id, String(extension.uri));
  }
  return extensions;
}

function listed<Entry>(entries: readonly Entry[] | undefined): readonly Entry[] {
  return entries === undefined ? [] : entries.slice(0, MOST_LISTED);
}

function payloadTypeOf(value: unknown): number | null {
  const text = String(value);
  return /^\d{1,3}$/.test(text) && Number(text) < 128 ? Number(text) : null;
}

function uint32OrNone(value: unknown): number[] {
  const text = String(value);
  return /^\d{1,10}$/.test(text) && Number(text) < 2 ** 32 ? [Number(text)] : [];
}

function numberOrNull(value: unknown): number | null {
  const number = Number(value);
  return value !== undefined && Number.isInteger(number) && number >= 0 && number <= 65_535 ? number : null;
}

function textOrNull(value: unknown): string | null {
  return value === undefined ? null : String(value);
}

/** @returns the address as flows write it, without a multicast's time to live (`224.2.1.1/127`); null for a host name. */
function addressOf(value: unknown): string | null {
  return value === undefined ? null : canonicalIpAddress(String(value).replace(/\/.*$/, ''));
}
