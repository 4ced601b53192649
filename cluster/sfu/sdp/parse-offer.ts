import sdpTransform, { type Media, type Session } from 'sdp-transform';
import { type Codec, codecKey, codecName, FEEDBACK, type Feedback, parameter } from './codec.ts';
import {
  EXTENSION_NAMES,
  type ExtensionIds,
  type ExtensionName,
  extensionName,
  noExtensions,
} from './header-extensions.ts';
import type { AnnouncedSource, Direction, Offer, OfferedSection, SectionKind } from './offer.ts';

/** What an offer may hold; more is a mistake or an attack. */
export const OFFER_LIMITS = { characters: 768 * 1024, lines: 40_000, lineCharacters: 4096, sections: 256 } as const;
const MOST_CODECS = 64;
const MOST_SIMULCAST = 4;
const MOST_SOURCES = 8;

export class OfferError extends Error {
  override readonly name = 'OfferError';
}

const refuse = (text: string): never => {
  throw new OfferError(text);
};

/**
 * Reads a client's offer (RFC 8866, RFC 8829).
 *
 * @throws OfferError naming what is missing or wrong. Sections that are merely not understood are marked instead, as an
 * answer can reject them one by one.
 */
export function parseOffer(text: string): Offer {
  if (text.length > OFFER_LIMITS.characters) refuse('the session description is too long');
  if (!text.startsWith('v=0')) refuse('not a session description: it does not begin with v=0');
  const lines = text.split('\n');
  if (lines.length > OFFER_LIMITS.lines) refuse('the session description has too many lines');
  let sectionCount = 0;
  for (const line of lines) {
    if (line.length > OFFER_LIMITS.lineCharacters) refuse('a line of the session description is too long');
    if (line.startsWith('m=')) sectionCount++;
  }
  if (sectionCount === 0) refuse('the session description has no m-section');
  if (sectionCount > OFFER_LIMITS.sections) refuse(`more than ${OFFER_LIMITS.sections} m-sections`);
  const session = sdpTransform.parse(text);
  const bundled = bundledMids(session);
  const sections = session.media.map((media, index) => parseSection(session, media, index, bundled));
  dropContradictions(sections);
  const mids = new Set(sections.map(({ mid }) => mid));
  if (mids.size !== sections.length) refuse('two m-sections have the same a=mid');
  const used = session.media.find((_media, index) => !sections[index].rejected) ?? session.media[0];
  return { ...transportOf(session, used), sections };
}

/**
 * An identifier means one extension in the whole bundle (RFC 9143 section 9.2, RFC 8285 section 5). Where it means two (aiortc numbers
 * each section by itself), only the first one is used, as neither side could tell them apart in packets.
 */
function dropContradictions(sections: readonly OfferedSection[]): void {
  const meaning = new Map<number, ExtensionName>();
  for (const { rejected, extensions } of sections) {
    if (rejected) continue;
    for (const name of EXTENSION_NAMES) {
      const id = extensions[name];
      if (id === 0) continue;
      const first = meaning.get(id) ?? name;
      meaning.set(id, first);
      if (first !== name) extensions[name] = 0;
    }
  }
}

function bundledMids(session: Session): ReadonlySet<string> {
  const group = (session.groups ?? []).find(({ type }) => type === 'BUNDLE');
  return new Set(group === undefined ? [] : String(group.mids ?? '').split(/\s+/));
}

/** What BUNDLE has once for all sections: in the first that is used, or for the whole session. */
function transportOf(session: Session, media: Media): Pick<Offer, 'iceUfrag' | 'icePwd' | 'fingerprint'> {
  const iceUfrag = String(media.iceUfrag ?? session.iceUfrag ?? '');
  const icePwd = String(media.icePwd ?? session.icePwd ?? '');
  // RFC 8839 section 5.4.
  if (!/^[A-Za-z0-9+/]{4,256}$/.test(iceUfrag)) refuse('a=ice-ufrag is missing or malformed');
  if (!/^[A-Za-z0-9+/]{22,256}$/.test(icePwd)) refuse('a=ice-pwd is missing or malformed');
  const { type, hash } = media.fingerprint ?? session.fingerprint ?? {};
  const fingerprint = String(hash ?? '').toUpperCase();
  if (String(type ?? '').toLowerCase() !== 'sha-256' || !/^[0-9A-F]{2}(:[0-9A-F]{2}){31}$/.test(fingerprint)) {
    refuse('a=fingerprint with sha-256 is missing or malformed');
  }
  const setup = String(media.setup ?? session.setup ?? 'actpass');
  if (setup === 'passive') refuse('a=setup:passive: the SFU is the passive side, offer actpass or active');
  return { iceUfrag, icePwd, fingerprint };
}

const DIRECTIONS: readonly string[] = ['sendrecv', 'sendonly', 'recvonly', 'inactive'];
const KINDS: readonly string[] = ['audio', 'video', 'application'];

function parseSection(session: Session, media: Media, index: number, bundled: ReadonlySet<string>): OfferedSection {
  const kind = KINDS.includes(String(media.type)) ? (String(media.type) as SectionKind) : 'other';
  const protocol = String(media.protocol ?? '');
  const mid = media.mid === undefined ? '' : String(media.mid);
  if (!/^[A-Za-z0-9!#$%&'*+.^_`{|}~-]{1,16}$/.test(mid)) refuse(`m-section ${index + 1} has no usable a=mid`);
  const zeroPort = Number(media.port) === 0 && media.bundleOnly === undefined;
  const direction = String(media.direction ?? session.direction ?? 'sendrecv');
  const isRtp = kind === 'audio' || kind === 'video';
  const codecs = isRtp ? parseCodecs(media) : [];
  const fits = isRtp
    ? protocol === 'UDP/TLS/RTP/SAVPF' && media.rtcpMux !== undefined && codecs.length > 0
    : kind === 'application' && protocol === 'UDP/DTLS/SCTP';
  return {
    kind,
    media: token(media.type),
    protocol: token(media.protocol),
    formats: String(media.payloads ?? '')
      .split(/\s+/)
      .filter((format) => /^[A-Za-z0-9-]{1,32}$/.test(format))
      .join(' '),
    mid,
    rejected: zeroPort || !fits || !bundled.has(mid),
    direction: DIRECTIONS.includes(direction) ? (direction as Direction) : 'inactive',
    codecs,
    extensions: parseExtensions(session, media),
    reducedSizeRtcp: media.rtcpRsize !== undefined,
    rids: isRtp ? parseRids(media) : [],
    sources: isRtp ? parseSources(media) : [],
    sctpPort: boundedNumber(media.sctpPort, 1, 65_535, 5000),
    // RFC 8841 section 6: 64 KiB where not said; 0 means any size.
    maxMessageBytes: boundedNumber(media.maxMessageSize, 1, 2 ** 31, 65_536),
  };
}

function token(value: unknown): string {
  const text = String(value ?? '');
  return /^[A-Za-z0-9/._-]{1,32}$/.test(text) ? text : refuse('an m-line is malformed');
}

function boundedNumber(value: unknown, least: number, most: number, otherwise: number): number {
  const given = Number(value);
  return Number.isInteger(given) && given >= least && given <= most ? given : otherwise;
}

function parseCodecs(media: Media): readonly Codec[] {
  const parametersOf = new Map<number, string>();
  for (const { payload, config } of (media.fmtp ?? []).slice(0, MOST_CODECS)) {
    parametersOf.set(Number(payload), String(config ?? ''));
  }
  const entries = (media.rtp ?? []).slice(0, MOST_CODECS);
  const rtxOf = new Map<number, number>();
  for (const { payload, codec } of entries) {
    if (String(codec).toLowerCase() !== 'rtx') continue;
    const repaired = Number(parameter(parametersOf.get(Number(payload)) ?? '', 'apt'));
    if (isDynamic(Number(payload))) rtxOf.set(repaired, Number(payload));
  }
  const codecs: Codec[] = [];
  for (const entry of entries) {
    const payloadType = Number(entry.payload);
    const name = codecName(String(entry.codec), Number(entry.rate));
    if (name === null || !isDynamic(payloadType)) continue;
    if ((name === 'opus') !== (String(media.type) === 'audio')) continue;
    const parameters = (parametersOf.get(payloadType) ?? '').replace(/[^\x20-\x7e]/g, '');
    codecs.push({
      name,
      encodingName: String(entry.codec),
      payloadType,
      clockRate: Number(entry.rate),
      channels: boundedNumber(entry.encoding, 1, 8, 1),
      parameters,
      key: codecKey(name, parameters),
      rtxPayloadType: rtxOf.get(payloadType) ?? null,
      feedback: parseFeedback(media, payloadType),
    });
  }
  return codecs;
}

/** 96 to 127, and 35 to 63 as browsers use when those are full; none of it looks like RTCP under rtcp-mux (RFC 5761). */
const isDynamic = (payloadType: number): boolean =>
  Number.isInteger(payloadType) &&
  ((payloadType >= 96 && payloadType <= 127) || (payloadType >= 35 && payloadType <= 63));

function parseFeedback(media: Media, payloadType: number): readonly Feedback[] {
  const found = new Set<Feedback>();
  for (const { payload, type, subtype } of media.rtcpFb ?? []) {
    if (payload !== '*' && Number(payload) !== payloadType) continue;
    const name = subtype === undefined || subtype === '' ? String(type) : `${type} ${subtype}`;
    if ((FEEDBACK as readonly string[]).includes(name)) found.add(name as Feedback);
  }
  return [...found];
}

function parseExtensions(session: Session, media: Media): ExtensionIds {
  const ids = noExtensions();
  for (const { value, uri } of [...(session.ext ?? []), ...(media.ext ?? [])].slice(0, 64)) {
    const id = Number(value);
    const name = extensionName(String(uri), id);
    if (name !== null) ids[name] = id;
  }
  return ids;
}

function parseRids(media: Media): readonly string[] {
  const { dir1, list1, dir2, list2 } = media.simulcast ?? {};
  const order = dir1 === 'send' ? list1 : dir2 === 'send' ? list2 : undefined;
  const known = new Set((media.rids ?? []).filter(({ direction }) => direction === 'send').map(({ id }) => String(id)));
  const rids = String(order ?? '')
    .split(';')
    // Alternatives of one encoding are separated by commas; a tilde says that it begins paused (RFC 8853 section 5.1).
    .map((choice) => choice.split(',')[0].replace(/^~/, ''))
    .filter((rid) => /^[A-Za-z0-9_-]{1,16}$/.test(rid) && known.has(rid));
  return [...new Set(rids)].slice(0, MOST_SIMULCAST);
}

function parseSources(media: Media): readonly AnnouncedSource[] {
  const valid = (ssrc: number) => Number.isInteger(ssrc) && ssrc > 0 && ssrc <= 0xffffffff;
  const repairOf = new Map<number, number>();
  for (const { semantics, ssrcs } of (media.ssrcGroups ?? []).slice(0, 32)) {
    const [primary, repair] = String(ssrcs ?? '')
      .split(/\s+/)
      .map(Number);
    if (semantics === 'FID' && valid(primary) && valid(repair)) repairOf.set(primary, repair);
  }
  const repairs = new Set(repairOf.values());
  const primaries = new Set(
    (media.ssrcs ?? []).map(({ id }) => Number(id)).filter((id) => valid(id) && !repairs.has(id)),
  );
  return [...primaries].slice(0, MOST_SOURCES).map((ssrc) => ({ ssrc, rtxSsrc: repairOf.get(ssrc) ?? null }));
}
