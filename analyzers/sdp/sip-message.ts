/*
 * SIP messages (RFC 3261, section 7): start line, headers, blank line, body. Text from the network: lengths and counts are
 * bounded, nothing is taken for granted.
 */
export interface SipMessage {
  /** `INVITE`, ...; of the request that a response answers, by its CSeq. */
  readonly method: string;
  /** Null for a request. */
  readonly status: number | null;
  readonly callId: string | null;
  /** URI of the From header, without display name and parameters. */
  readonly from: string | null;
  readonly to: string | null;
  /** A tag in To marks what happens inside a dialog that exists (RFC 3261, 12.2). */
  readonly toTag: boolean;
  readonly sequence: number | null;
  /** The session descriptions of the body, as text. */
  readonly descriptions: readonly string[];
}

export type SipRefusal = 'not-sip' | 'no-end-of-headers' | 'too-many-headers';

const METHODS = [
  'INVITE',
  'ACK',
  'BYE',
  'CANCEL',
  'OPTIONS',
  'REGISTER',
  'PRACK',
  'SUBSCRIBE',
  'NOTIFY',
  'PUBLISH',
  'INFO',
  'REFER',
  'MESSAGE',
  'UPDATE',
];
const METHOD_STARTS = METHODS.map((method) => [...`${method} `].map((letter) => letter.charCodeAt(0)));
const RESPONSE_START = [...'SIP/2.0 '].map((letter) => letter.charCodeAt(0));
const VERSION = [...' SIP/2.0'].map((letter) => letter.charCodeAt(0));

const LONGEST_START_LINE = 4096;
const LONGEST_MESSAGE = 512 * 1024;
const MOST_HEADERS = 300;
const LONGEST_VALUE = 4096;
const LONGEST_KEPT = 256;
const MOST_DESCRIPTIONS = 16;

/** RFC 3261, 7.3.3 and 20: the letters that stand for the headers which are read. */
const COMPACT = new Map([
  ['i', 'call-id'],
  ['f', 'from'],
  ['t', 'to'],
  ['c', 'content-type'],
  ['l', 'content-length'],
]);
const READ = new Set(['call-id', 'from', 'to', 'cseq', 'content-type', 'content-length']);

/** @returns whether these bytes begin a SIP request or response; a glance, without allocation. */
export function isSip(bytes: Uint8Array, offset: number, length: number): boolean {
  const end = Math.min(bytes.length, offset + length);
  if (startsWith(bytes, offset, end, RESPONSE_START)) {
    return (
      end - offset >= 11 && isDigit(bytes[offset + 8]) && isDigit(bytes[offset + 9]) && isDigit(bytes[offset + 10])
    );
  }
  for (const start of METHOD_STARTS) {
    if (!startsWith(bytes, offset, end, start)) continue;
    const limit = Math.min(end, offset + LONGEST_START_LINE);
    let lineEnd = offset;
    while (lineEnd < limit && bytes[lineEnd] !== 10 && bytes[lineEnd] !== 13) lineEnd++;
    if (lineEnd === limit) return false;
    return (
      lineEnd - offset > start.length + VERSION.length && startsWith(bytes, lineEnd - VERSION.length, lineEnd, VERSION)
    );
  }
  return false;
}

function startsWith(bytes: Uint8Array, at: number, end: number, text: readonly number[]): boolean {
  if (end - at < text.length) return false;
  for (let index = 0; index < text.length; index++) if (bytes[at + index] !== text[index]) return false;
  return true;
}

function isDigit(byte: number): boolean {
  return byte >= 48 && byte <= 57;
}

/** Decodes one message; what a snap length cut off is missing from its body. */
export function decodeSip(bytes: Uint8Array, offset: number, length: number): SipMessage | SipRefusal {
  if (!isSip(bytes, offset, length)) return 'not-sip';
  const end = Math.min(bytes.length, offset + Math.min(length, LONGEST_MESSAGE));
  const text = new TextDecoder().decode(bytes.subarray(offset, end));
  const blank = /\r?\n\r?\n/.exec(text);
  const head = blank === null ? text : text.slice(0, blank.index);
  const body = blank === null ? '' : text.slice(blank.index + blank[0].length);
  const lines = head.split(/\r?\n/, MOST_HEADERS + 2);
  if (lines.length > MOST_HEADERS + 1) return 'too-many-headers';
  const headers = readHeaders(lines);
  if (blank === null && headers.get('call-id') === undefined) return 'no-end-of-headers';

  const start = lines[0];
  const cseq = /^(\d{1,10})\s+([A-Z]+)/.exec(headers.get('cseq') ?? '');
  const isResponse = start.startsWith('SIP/2.0 ');
  return {
    method: isResponse ? (cseq?.[2] ?? '') : start.slice(0, start.indexOf(' ')),
    status: isResponse ? Number(start.slice(8, 11)) : null,
    callId: headers.get('call-id')?.slice(0, LONGEST_KEPT) ?? null,
    from: addressOf(headers.get('from')),
    to: addressOf(headers.get('to')),
    toTag: /;\s*tag\s*=/i.test(headers.get('to') ?? ''),
    sequence: cseq === null ? null : Number(cseq[1]),
    descriptions: descriptionsOf(headers.get('content-type') ?? '', body, headers.get('content-length')),
  };
}

/** The first value of each header that is read, folded lines joined (RFC 3261, 7.3.1). */
function readHeaders(lines: readonly string[]): Map<string, string> {
  const headers = new Map<string, string>();
  let last: string | null = null;
  for (const line of lines.slice(1)) {
    if (line.startsWith(' ') || line.startsWith('\t')) {
      if (last !== null) headers.set(last, `${headers.get(last)} ${line.trim()}`.slice(0, LONGEST_VALUE));
      continue;
    }
    last = null;
    const colon = line.indexOf(':');
    if (colon <= 0) continue;
    const written = line.slice(0, colon).trim().toLowerCase();
    const name = COMPACT.get(written) ?? written;
    if (!READ.has(name) || headers.has(name)) continue;
    headers.set(name, line.slice(colon + 1, colon + 1 + LONGEST_VALUE).trim());
    last = name;
  }
  return headers;
}

/** `"Alice" <sip:alice@example.org>;tag=1` to `sip:alice@example.org`. */
function addressOf(value: string | undefined): string | null {
  if (value === undefined || value === '') return null;
  const open = value.lastIndexOf('<');
  const close = value.indexOf('>', open + 1);
  const address = open >= 0 && close > open ? value.slice(open + 1, close) : value.split(';', 1)[0].trim();
  return address.slice(0, LONGEST_KEPT);
}

function descriptionsOf(contentType: string, rest: string, contentLength: string | undefined): string[] {
  // Octets and characters differ outside ASCII; the body of SDP is ASCII or ends with the datagram anyway.
  const declared = contentLength !== undefined && /^\d{1,9}$/.test(contentLength) ? Number(contentLength) : rest.length;
  const body = declared < rest.length ? rest.slice(0, declared) : rest;
  const type = contentType.split(';', 1)[0].trim().toLowerCase();
  if (type === 'application/sdp') return body === '' ? [] : [body];
  if (!type.startsWith('multipart/')) return [];
  // RFC 5621: the description is one part beside ISUP, PIDF and the like.
  const boundary = /;\s*boundary\s*=\s*(?:"([^"]{1,70})"|([^\s;"]{1,70}))/i.exec(contentType);
  if (boundary === null) return [];
  const found: string[] = [];
  for (const part of body.split(`--${boundary[1] ?? boundary[2]}`, MOST_DESCRIPTIONS + 1).slice(1)) {
    const blank = /\r?\n\r?\n/.exec(part);
    if (blank === null) continue;
    if (/^content-type\s*:\s*application\/sdp\b|^c\s*:\s*application\/sdp\b/im.test(part.slice(0, blank.index))) {
      found.push(part.slice(blank.index + blank[0].length));
    }
  }
  return found;
}
