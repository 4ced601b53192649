/*
 * The message type of STUN (RFC 8489, 5): twelve bits of method with two bits of class between them.
 *
 *    0 0 M11 M10 M9 M8 M7 C1 M6 M5 M4 C0 M3 M2 M1 M0
 */
export type StunClass = 'request' | 'indication' | 'success' | 'error';

const CLASSES: readonly StunClass[] = ['request', 'indication', 'success', 'error'];

export function stunClass(type: number): StunClass {
  return CLASSES[((type >>> 7) & 2) | ((type >>> 4) & 1)];
}

export function stunMethod(type: number): number {
  return (type & 0xf) | ((type & 0xe0) >>> 1) | ((type & 0x3e00) >>> 2);
}

/** Methods by the IANA registry, and one of libwebrtc's own. */
export const StunMethod = {
  binding: 0x001,
  /** RFC 3489 only. */
  sharedSecret: 0x002,
  // TURN: RFC 8656, 17.
  allocate: 0x003,
  refresh: 0x004,
  send: 0x006,
  data: 0x007,
  createPermission: 0x008,
  channelBind: 0x009,
  // TURN with TCP to the peer: RFC 6062, 6.1.
  connect: 0x00a,
  connectionBind: 0x00b,
  connectionAttempt: 0x00c,
  /** A check without attributes by which libwebrtc keeps a pair alive once nothing changes any more (GOOG_PING). */
  googPing: 0x080,
} as const;

/** Message types (RFC 8656, 11.1): Send goes to the server, Data comes from it. */
export const SEND_INDICATION = 0x0016;
export const DATA_INDICATION = 0x0017;

/** Whether a STUN message is one of them, by its type alone. */
export function isDataOrSend(bytes: Uint8Array, offset: number): boolean {
  return bytes[offset] === 0 && (bytes[offset + 1] === SEND_INDICATION || bytes[offset + 1] === DATA_INDICATION);
}
