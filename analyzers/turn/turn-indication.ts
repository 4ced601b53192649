import { StunAttribute } from '../ice/stun-attribute-type.ts';
import { StunAttributeWalk } from '../ice/stun-attribute-walk.ts';
import { hasMagicCookie, isStun, STUN_HEADER_BYTES } from '../ice/stun-message.ts';
import { isDataOrSend } from '../ice/stun-type.ts';

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
