import { StunAttributeWalk } from './stun-attribute-walk.ts';
import { type StunClass, stunClass, stunMethod } from './stun-type.ts';

/*
 * STUN (RFC 8489, 5). In its first form (RFC 3489) the cookie is the first word of a transaction id of 128 bits.
 *
 *    0                   1                   2                   3
 *   |0 0|     STUN Message Type     |         Message Length        |
 *   |                         Magic Cookie                          |
 *   |                     Transaction ID (96 bits)                  |
 */
export const STUN_HEADER_BYTES = 20;

/** More attributes than this are an attack on the reader: the longest messages of real agents carry some fifteen. */
const MOST_ATTRIBUTES = 64;

export interface StunAttributeValue {
  readonly type: number;
  /** The value as far as the capture holds it: a view, not a copy. */
  readonly value: Uint8Array;
}

/** A STUN message; its values point into the bytes it was decoded from and live as long as these. */
export interface StunMessage {
  readonly type: number;
  readonly class: StunClass;
  readonly method: number;
  /** False for the form of RFC 3489, which has no magic cookie. */
  readonly hasCookie: boolean;
  /** In hex: 24 digits, 32 in the form of RFC 3489. */
  readonly transactionId: string;
  /** In the order of the wire, the first 64. */
  readonly attributes: readonly StunAttributeValue[];
}

/** Why bytes are no STUN message. */
export type NotStun =
  | 'too-short'
  /** One of the first two bits is set, or there is neither the cookie nor a message that RFC 3489 knows. */
  | 'not-stun'
  /** The length is no multiple of four or is not that of what follows. */
  | 'bad-length'
  /** An attribute runs past the end of the message. */
  | 'bad-attribute';

const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));
const walk = new StunAttributeWalk();

/**
 * Whether a datagram is one STUN message, by its header: first two bits zero, a length that is exactly that of the
 * datagram, and the magic cookie. Without the cookie only what RFC 3489 defined is believed, with attributes that fill
 * the message to the byte: a source of other traffic seldom gets there by chance.
 *
 * @param length bytes of the datagram on the wire.
 * @param capturedLength bytes present, where the capture cut the packet.
 */
export function isStun(bytes: Uint8Array, offset: number, length: number, capturedLength = length): boolean {
  if (length < STUN_HEADER_BYTES || capturedLength < STUN_HEADER_BYTES) return false;
  if (offset + STUN_HEADER_BYTES > bytes.length || bytes[offset] > 0x3f) return false;
  if (((bytes[offset + 2] << 8) | bytes[offset + 3]) !== length - STUN_HEADER_BYTES || (length & 3) !== 0) return false;
  return hasMagicCookie(bytes, offset) || isClassicStun(bytes, offset, length, capturedLength);
}

export function hasMagicCookie(bytes: Uint8Array, offset: number): boolean {
  return (
    bytes[offset + 4] === 0x21 && bytes[offset + 5] === 0x12 && bytes[offset + 6] === 0xa4 && bytes[offset + 7] === 0x42
  );
}

/** RFC 3489, 11.1 and 11.2: Binding and Shared Secret only; attributes up to 0x000b, and optional ones of later drafts. */
function isClassicStun(bytes: Uint8Array, offset: number, length: number, capturedLength: number): boolean {
  const type = (bytes[offset] << 8) | bytes[offset + 1];
  if ((type & ~0x0113) !== 0 || (type & 3) === 0 || (type & 3) === 3 || (type & 0x0110) === 0x0010) return false;
  walk.begin(bytes, offset + STUN_HEADER_BYTES, offset + capturedLength, offset + length);
  while (walk.next()) {
    if (walk.type === 0 || (walk.type > 0x000b && walk.type < 0x8000)) return false;
  }
  return !walk.malformed;
}

/** Decodes the STUN message that fills `length` bytes from `offset`. */
export function decodeStunMessage(
  bytes: Uint8Array,
  offset: number,
  length: number,
  capturedLength = length,
): StunMessage | NotStun {
  const present = Math.min(capturedLength, length, bytes.length - offset);
  if (present < STUN_HEADER_BYTES) return 'too-short';
  const type = (bytes[offset] << 8) | bytes[offset + 1];
  if (type > 0x3fff) return 'not-stun';
  if (((bytes[offset + 2] << 8) | bytes[offset + 3]) !== length - STUN_HEADER_BYTES || (length & 3) !== 0) {
    return 'bad-length';
  }
  const hasCookie = hasMagicCookie(bytes, offset);
  if (!hasCookie && !isClassicStun(bytes, offset, length, present)) return 'not-stun';
  const attributes: StunAttributeValue[] = [];
  walk.begin(bytes, offset + STUN_HEADER_BYTES, offset + present, offset + length);
  while (attributes.length < MOST_ATTRIBUTES && walk.next()) {
    attributes.push({ type: walk.type, value: bytes.subarray(walk.offset, walk.offset + walk.capturedLength) });
  }
  if (walk.malformed) return 'bad-attribute';
  let transactionId = '';
  for (let at = offset + (hasCookie ? 8 : 4); at < offset + STUN_HEADER_BYTES; at++) transactionId += HEX[bytes[at]];
  return { type, class: stunClass(type), method: stunMethod(type), hasCookie, transactionId, attributes };
}

/** @returns the first attribute of a type, which is the one that counts (RFC 8489, 14), null where there is none. */
export function stunAttribute(message: StunMessage, type: number): Uint8Array | null {
  for (const attribute of message.attributes) if (attribute.type === type) return attribute.value;
  return null;
}
