import { type Frame, FrameStep, LARGEST_TEXT_BODY_BYTES, LARGEST_TEXT_HEADER_BYTES } from './frame.ts';

const CR = 13;
const LF = 10;
const SPACE = 32;
const DOLLAR = 36;
const LARGEST_METHOD_BYTES = 20;

const SIP_VERSION = ascii('SIP/2.0 ');
const RTSP_VERSIONS = [ascii('RTSP/1.0 '), ascii('RTSP/2.0 ')];
const SIP_TARGETS = ['sip:', 'sips:', 'tel:', 'urn:'].map(ascii);
const RTSP_TARGETS = ['rtsp://', 'rtsps://', 'rtspu://', '* RTSP/'].map(ascii);

function ascii(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

/** Whether `prefix` stands at `at`; null where the bytes end before they tell. */
function startsWith(bytes: Uint8Array, at: number, end: number, prefix: Uint8Array): boolean | null {
  for (let index = 0; index < prefix.length; index++) {
    if (at + index >= end) return null;
    if (bytes[at + index] !== prefix[index]) return false;
  }
  return true;
}

function startsWithAny(bytes: Uint8Array, at: number, end: number, prefixes: readonly Uint8Array[]): boolean | null {
  let answer: boolean | null = false;
  for (const prefix of prefixes) {
    const starts = startsWith(bytes, at, end, prefix);
    if (starts) return true;
    if (starts === null) answer = null;
  }
  return answer;
}

/** Whether a response or request of SIP begins here (RFC 3261, 7.1 and 7.2). @returns null where more bytes must tell. */
export function looksLikeSip(bytes: Uint8Array, at: number, end: number): boolean | null {
  return looksLikeMessage(bytes, skipLineEnds(bytes, at, end), end, [SIP_VERSION], SIP_TARGETS);
}

/** Whether RTSP begins here: a message, or interleaved data of which two frames follow each other. */
export function looksLikeRtsp(bytes: Uint8Array, at: number, end: number): boolean | null {
  if (at < end && bytes[at] === DOLLAR) {
    if (end - at < 5) return null;
    const next = at + 4 + ((bytes[at + 2] << 8) | bytes[at + 3]);
    if (bytes[at + 4] >>> 6 !== 2) return false;
    return next < end ? bytes[next] === DOLLAR : null;
  }
  return looksLikeMessage(bytes, at, end, RTSP_VERSIONS, RTSP_TARGETS);
}

function looksLikeMessage(
  bytes: Uint8Array,
  at: number,
  end: number,
  versions: readonly Uint8Array[],
  targets: readonly Uint8Array[],
): boolean | null {
  const response = startsWithAny(bytes, at, end, versions);
  if (response) return true;
  let method = at;
  while (method < end && bytes[method] !== SPACE) {
    const letter = bytes[method];
    if (letter !== 95 && (letter < 65 || letter > 90)) return response;
    if (method++ - at > LARGEST_METHOD_BYTES) return response;
  }
  if (method === at) return at === end ? null : response;
  return method === end ? null : startsWithAny(bytes, method + 1, end, targets);
}

/** Empty lines before a message are to be ignored (RFC 3261, 7.5), and are keep-alives (RFC 5626, 3.5.1). */
function skipLineEnds(bytes: Uint8Array, at: number, end: number): number {
  while (at < end && (bytes[at] === CR || bytes[at] === LF)) at++;
  return at;
}

/** A message: lines up to an empty one, then as many bytes as Content-Length says (RFC 3261, 18.3). */
export function nextTextMessage(frame: Frame, bytes: Uint8Array, at: number, end: number): FrameStep {
  const start = frame.searched > 0 ? at : skipLineEnds(bytes, at, end);
  if (start > at) {
    frame.set(start - at, at, 0);
    return FrameStep.frame;
  }
  if (at < end && (bytes[at] < 65 || bytes[at] > 90)) return FrameStep.lost;
  const limit = Math.min(end, at + LARGEST_TEXT_HEADER_BYTES);
  const body = endOfHeader(bytes, at + frame.searched, limit);
  if (body < 0) {
    frame.searched = Math.max(0, limit - at - 3); // the empty line may have begun already
    return end - at >= LARGEST_TEXT_HEADER_BYTES ? FrameStep.lost : FrameStep.more;
  }
  const length = body - at + contentLength(bytes, at, body);
  if (length > body - at + LARGEST_TEXT_BODY_BYTES) return FrameStep.lost;
  frame.set(length, at, length);
  return frame.stepWithin(at, end);
}

/** RTSP messages and, between them, `$`, channel(1), length(2) and that many bytes (RFC 7826, 14). */
export function nextRtspFrame(frame: Frame, bytes: Uint8Array, at: number, end: number): FrameStep {
  if (end - at < 1 || bytes[at] !== DOLLAR) return nextTextMessage(frame, bytes, at, end);
  if (end - at < 4) return FrameStep.more;
  const length = (bytes[at + 2] << 8) | bytes[at + 3];
  frame.set(4 + length, at + 4, length);
  return frame.stepWithin(at, end);
}

/** Where the empty line ends, -1 where there is none yet. */
function endOfHeader(bytes: Uint8Array, at: number, end: number): number {
  for (let line = bytes.indexOf(LF, at); line >= 0 && line < end; line = bytes.indexOf(LF, line + 1)) {
    if (line + 1 < end && bytes[line + 1] === LF) return line + 2;
    if (line + 2 < end && bytes[line + 1] === CR && bytes[line + 2] === LF) return line + 3;
  }
  return -1;
}

/** The value of Content-Length, or of its short form `l`; 0 where there is none. */
function contentLength(bytes: Uint8Array, at: number, end: number): number {
  const header = String.fromCharCode(...bytes.subarray(at, Math.min(end, at + 8192)));
  const match = /^(?:content-length|l)[ \t]*:[ \t]*(\d{1,9})[ \t]*\r?$/im.exec(header);
  return match === null ? 0 : Number(match[1]);
}
