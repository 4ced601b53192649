import { createHmac, timingSafeEqual } from 'node:crypto';
import { crc32 } from 'node:zlib';

/** STUN Binding (RFC 8489, RFC 8445 section 7.3) as an ICE-lite side needs it: requests in, answers out. */

const COOKIE = 0x2112a442;
const FINGERPRINT_XOR = 0x5354554e;
const USERNAME = 0x0006;
const MESSAGE_INTEGRITY = 0x0008;
const XOR_MAPPED_ADDRESS = 0x0020;
const USE_CANDIDATE = 0x0025;
const FINGERPRINT = 0x8028;
const LONGEST_USERNAME = 513;

export interface BindingRequest {
  readonly message: Buffer;
  /** Before the colon of USERNAME: the fragment of the side that is asked. */
  readonly localUfrag: string;
  readonly remoteUfrag: string;
  readonly useCandidate: boolean;
  readonly integrityAt: number;
}

/** @returns null for what is no well-formed Binding request with credentials. */
export function decodeBindingRequest(message: Buffer): BindingRequest | null {
  if (message.length < 20 || message.readUInt16BE(0) !== 0x0001 || message.readUInt32BE(4) !== COOKIE) return null;
  if (message.readUInt16BE(2) !== message.length - 20 || message.length % 4 !== 0) return null;
  let username = '';
  let useCandidate = false;
  let integrityAt = 0;
  for (let at = 20; at + 4 <= message.length; ) {
    const type = message.readUInt16BE(at);
    const length = message.readUInt16BE(at + 2);
    if (at + 4 + length > message.length) return null;
    // Only FINGERPRINT counts behind MESSAGE-INTEGRITY (RFC 8489 section 14.5).
    if (integrityAt === 0) {
      if (type === USERNAME && length <= LONGEST_USERNAME)
        username = message.toString('latin1', at + 4, at + 4 + length);
      else if (type === USE_CANDIDATE) useCandidate = true;
      else if (type === MESSAGE_INTEGRITY && length === 20) integrityAt = at;
    }
    if (type === FINGERPRINT) {
      if (length !== 4 || (crc32(message.subarray(0, at)) ^ FINGERPRINT_XOR) >>> 0 !== message.readUInt32BE(at + 4))
        return null;
    }
    at += 4 + length + ((4 - (length % 4)) % 4);
  }
  const colon = username.indexOf(':');
  if (colon <= 0 || integrityAt === 0) return null;
  return {
    message,
    localUfrag: username.slice(0, colon),
    remoteUfrag: username.slice(colon + 1),
    useCandidate,
    integrityAt,
  };
}

/** Whether the request was made by somebody who knows the password. */
export function isAuthentic({ message, integrityAt }: BindingRequest, password: string): boolean {
  const head = Buffer.from(message.subarray(0, integrityAt));
  // The length counts as if the attribute were the last (RFC 8489 section 14.5).
  head.writeUInt16BE(integrityAt + 24 - 20, 2);
  const digest = createHmac('sha1', password).update(head).digest();
  return timingSafeEqual(digest, message.subarray(integrityAt + 4, integrityAt + 24));
}

export function encodeBindingSuccess(request: BindingRequest, password: string, address: string, port: number): Buffer {
  const bytes = addressBytes(address);
  const message = Buffer.alloc(20 + 8 + bytes.length + 24 + 8);
  message.writeUInt16BE(0x0101, 0);
  message.writeUInt32BE(COOKIE, 4);
  request.message.copy(message, 8, 8, 20);
  message.writeUInt16BE(XOR_MAPPED_ADDRESS, 20);
  message.writeUInt16BE(4 + bytes.length, 22);
  message[25] = bytes.length === 4 ? 1 : 2;
  message.writeUInt16BE(port ^ (COOKIE >>> 16), 26);
  for (let index = 0; index < bytes.length; index++) message[28 + index] = bytes[index] ^ message[4 + index];
  const integrityAt = 28 + bytes.length;
  message.writeUInt16BE(integrityAt + 24 - 20, 2);
  message.writeUInt16BE(MESSAGE_INTEGRITY, integrityAt);
  message.writeUInt16BE(20, integrityAt + 2);
  createHmac('sha1', password)
    .update(message.subarray(0, integrityAt))
    .digest()
    .copy(message, integrityAt + 4);
  message.writeUInt16BE(message.length - 20, 2);
  const fingerprintAt = integrityAt + 24;
  message.writeUInt16BE(FINGERPRINT, fingerprintAt);
  message.writeUInt16BE(4, fingerprintAt + 2);
  message.writeUInt32BE((crc32(message.subarray(0, fingerprintAt)) ^ FINGERPRINT_XOR) >>> 0, fingerprintAt + 4);
  return message;
}

/** The bytes of an address in text, as sockets give it; IPv4-mapped IPv6 counts as IPv4. */
export function addressBytes(address: string): Uint8Array {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address);
  const plain = mapped === null ? address : mapped[1];
  if (!plain.includes(':')) return Uint8Array.from(plain.split('.').map(Number));
  const [before, after] = plain.split('%')[0].split('::');
  const words = (text: string | undefined) => (text === undefined || text === '' ? [] : text.split(':'));
  const head = words(before);
  const tail = words(after);
  const all = [...head, ...new Array(Math.max(0, 8 - head.length - tail.length)).fill('0'), ...tail];
  return Uint8Array.from(
    all.slice(0, 8).flatMap((word) => [Number.parseInt(word, 16) >> 8, Number.parseInt(word, 16) & 0xff]),
  );
}
