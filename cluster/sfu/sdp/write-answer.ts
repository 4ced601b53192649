import type { Codec } from './codec.ts';
import { EXTENSION_NAMES, EXTENSIONS, type ExtensionIds } from './header-extensions.ts';
import type { Direction, OfferedSection } from './offer.ts';

/** Where the SFU's media is reached. */
export interface MediaAddress {
  readonly address: string;
  readonly udpPort: number;
  /** 0 for no ICE-TCP. */
  readonly tcpPort: number;
}

/** The stream that a section carries from the SFU to the client. */
export interface AnsweredStream {
  /** Of the participant who sends it: receivers play what has one stream id in time with each other. */
  readonly streamId: string;
  readonly trackId: string;
  readonly cname: string;
  readonly ssrc: number;
  readonly rtxSsrc: number | null;
}

export interface AnsweredSection {
  readonly offered: OfferedSection;
  readonly accepted: boolean;
  /** From the SFU. */
  readonly direction: Direction;
  readonly codecs: readonly Codec[];
  readonly extensions: ExtensionIds;
  readonly stream: AnsweredStream | null;
}

export interface Answer {
  readonly sessionId: string;
  /** Counts answers of one session up (RFC 3264 section 8). */
  readonly version: number;
  readonly iceUfrag: string;
  readonly icePwd: string;
  /** SHA-256, as in {@link Offer}. */
  readonly fingerprint: string;
  readonly addresses: readonly MediaAddress[];
  readonly sections: readonly AnsweredSection[];
  readonly maxMessageBytes: number;
}

/** Writes an answer (RFC 8829 section 5.3) of an ICE-lite side that is the DTLS server and needs BUNDLE and rtcp-mux. */
export function writeAnswer(answer: Answer): string {
  const accepted = answer.sections.filter((section) => section.accepted);
  const lines = [
    'v=0',
    `o=- ${answer.sessionId} ${answer.version} IN IP4 127.0.0.1`,
    's=-',
    't=0 0',
    'a=ice-lite',
    `a=group:BUNDLE${accepted.map(({ offered }) => ` ${offered.mid}`).join('')}`,
    'a=msid-semantic: WMS *',
  ];
  for (const section of answer.sections) {
    if (!section.accepted) writeRejected(lines, section);
    // The addresses stand in the section whose transport the others share (RFC 9143 section 7.3).
    else writeSection(lines, answer, section, section === accepted[0]);
  }
  return `${lines.join('\r\n')}\r\n`;
}

function writeRejected(lines: string[], { offered }: AnsweredSection): void {
  lines.push(`m=${offered.media} 0 ${offered.protocol} ${offered.formats || '0'}`, 'c=IN IP4 0.0.0.0');
  lines.push('a=inactive', `a=mid:${offered.mid}`);
}

const family = (address: string): string => (address.includes(':') ? 'IP6' : 'IP4');

function writeSection(lines: string[], answer: Answer, section: AnsweredSection, withCandidates: boolean): void {
  const { offered, codecs } = section;
  const { address, udpPort } = answer.addresses[0];
  const formats =
    offered.kind === 'application' ? 'webrtc-datachannel' : codecs.flatMap(payloadTypes).map(String).join(' ');
  lines.push(`m=${offered.media} ${udpPort} ${offered.protocol} ${formats}`, `c=IN ${family(address)} ${address}`);
  if (withCandidates) writeCandidates(lines, answer.addresses);
  lines.push(`a=ice-ufrag:${answer.iceUfrag}`, `a=ice-pwd:${answer.icePwd}`);
  lines.push(`a=fingerprint:sha-256 ${answer.fingerprint}`, 'a=setup:passive', `a=mid:${offered.mid}`);
  if (offered.kind === 'application') {
    lines.push(`a=sctp-port:5000`, `a=max-message-size:${answer.maxMessageBytes}`);
    return;
  }
  lines.push(`a=${section.direction}`, 'a=rtcp-mux');
  if (offered.reducedSizeRtcp) lines.push('a=rtcp-rsize');
  for (const name of EXTENSION_NAMES) {
    const id = section.extensions[name];
    if (id !== 0) lines.push(`a=extmap:${id} ${EXTENSIONS[name]}`);
  }
  for (const codec of codecs) writeCodec(lines, codec);
  if (offered.rids.length > 0 && receives(section.direction)) {
    for (const rid of offered.rids) lines.push(`a=rid:${rid} recv`);
    lines.push(`a=simulcast:recv ${offered.rids.join(';')}`);
  }
  if (section.stream !== null && sends(section.direction)) writeStream(lines, section.stream);
}

export const sends = (direction: Direction): boolean => direction === 'sendrecv' || direction === 'sendonly';
export const receives = (direction: Direction): boolean => direction === 'sendrecv' || direction === 'recvonly';

const payloadTypes = ({ payloadType, rtxPayloadType }: Codec): number[] =>
  rtxPayloadType === null ? [payloadType] : [payloadType, rtxPayloadType];

function writeCodec(lines: string[], codec: Codec): void {
  const { payloadType, rtxPayloadType, clockRate, channels } = codec;
  lines.push(`a=rtpmap:${payloadType} ${codec.encodingName}/${clockRate}${channels > 1 ? `/${channels}` : ''}`);
  if (codec.parameters !== '') lines.push(`a=fmtp:${payloadType} ${codec.parameters}`);
  for (const feedback of codec.feedback) lines.push(`a=rtcp-fb:${payloadType} ${feedback}`);
  if (rtxPayloadType === null) return;
  lines.push(`a=rtpmap:${rtxPayloadType} rtx/${clockRate}`, `a=fmtp:${rtxPayloadType} apt=${payloadType}`);
}

/** RFC 8830 and RFC 5576. */
function writeStream(lines: string[], { streamId, trackId, cname, ssrc, rtxSsrc }: AnsweredStream): void {
  lines.push(`a=msid:${streamId} ${trackId}`);
  if (rtxSsrc !== null) lines.push(`a=ssrc-group:FID ${ssrc} ${rtxSsrc}`);
  lines.push(`a=ssrc:${ssrc} cname:${cname}`);
  if (rtxSsrc !== null) lines.push(`a=ssrc:${rtxSsrc} cname:${cname}`);
}

/** Host candidates alone (RFC 8839 section 5.1; for TCP RFC 6544 section 4.5). UDP is preferred to TCP. */
function writeCandidates(lines: string[], addresses: readonly MediaAddress[]): void {
  addresses.forEach(({ address, udpPort, tcpPort }, index) => {
    const local = 65_535 - index;
    if (udpPort !== 0)
      lines.push(`a=candidate:${index * 2 + 1} 1 udp ${priority(126, local)} ${address} ${udpPort} typ host`);
    if (tcpPort !== 0) {
      const rank = priority(90, local);
      lines.push(`a=candidate:${index * 2 + 2} 1 tcp ${rank} ${address} ${tcpPort} typ host tcptype passive`);
    }
  });
  lines.push('a=end-of-candidates');
}

/** RFC 8445 section 5.1.2.1, for component 1. */
const priority = (type: number, local: number): number => type * 2 ** 24 + local * 2 ** 8 + 255;
