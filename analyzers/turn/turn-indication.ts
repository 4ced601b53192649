import { StunAttribute } from '../ice/stun-attribute-type.ts';
import { StunAttributeWalk } from '../ice/stun-attribute-walk.ts';
import { hasMagicCookie, isStun, STUN_HEADER_BYTES } from '../ice/stun-message.ts';

/** Message types (RFC 8656, 11.1): Send goes to the server, Data comes from it. */
export const SEND_INDICATION = 0x0016;
export const DATA_INDICATION = 0x0017;

/** Whether a STUN message is one of them, by its type alone. */
export function isDataOrSend(bytes: Uint8Array, offset: number): boolean {
  return bytes[offset] === 0 && (bytes[offset + 1] === SEND_INDICATION || bytes[offset + 1] === DATA_INDICATION);
}

/** Family, port and address of XOR-PEER-ADDRESS at most. */
const LONGEST_PEER_BYTES = 20;

/**
 * Finds the application data and the peer in Send and Data indications. Media may go by these throughout a call, so it is
 * one instance, filled again for each, and the peer's address stays as bytes.
 */
export class TurnIndication {
  dataOffset = 0;
  /** On the wire. */
  dataLength = 0;
  dataCapturedLength = 0;
  /** Where XOR-PEER-ADDRESS's value begins. */
  peerOffset = 0;
  peerLength = 0;
  readonly #walk = new StunAttributeWalk();

  /** @returns false where the bytes are no Send or Data indication with both a peer and data. */
  decode(bytes: Uint8Array, offset: number, length: number, capturedLength: number): boolean {
    if (capturedLength < STUN_HEADER_BYTES || !isDataOrSend(bytes, offset)) return false;
    if (!hasMagicCookie(bytes, offset) || !isStun(bytes, offset, length, capturedLength)) return false;
    const walk = this.#walk;
    this.dataOffset = this.peerOffset = -1;
    walk.begin(bytes, offset + STUN_HEADER_BYTES, offset + capturedLength, offset + length);
    while (walk.next()) {
      if (walk.type === StunAttribute.data && this.dataOffset < 0) {
        this.dataOffset = walk.offset;
        this.dataLength = walk.length;
        this.dataCapturedLength = walk.capturedLength;
      } else if (walk.type === StunAttribute.xorPeerAddress && this.peerOffset < 0) {
        if (walk.capturedLength < walk.length) return false;
        this.peerOffset = walk.offset;
        this.peerLength = Math.min(walk.length, LONGEST_PEER_BYTES);
      }
    }
    return !walk.malformed && this.dataOffset >= 0 && this.peerOffset >= 0;
  }
}
