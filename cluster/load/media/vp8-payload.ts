/*
 * The VP8 payload descriptor (RFC 7741, section 4.2), with a PictureID of 15 bits:
 *
 *    0 1 2 3 4 5 6 7
 *   |X|R|N|S|R| PID |   X: extensions follow, N: no other picture refers to this one, S: start of a partition
 *   |I|L|T|K| RSV   |   I: PictureID present
 *   |M| PictureID   |   M: 15 bits
 *   |   PictureID   |
 */
export const VP8_DESCRIPTOR_BYTES = 4;
export const PICTURE_ID_MASK = 0x7fff;
const EXTENDED = 0x80;
const START = 0x10;
const PARTITION = 0x07;
const HAS_PICTURE_ID = 0x80;
const HAS_TL0 = 0x40;
const HAS_TID_OR_KEY = 0x30;
const LONG_PICTURE_ID = 0x80;

export function writeVp8Descriptor(target: Uint8Array, at: number, pictureId: number, first: boolean): void {
  target[at] = EXTENDED | (first ? START : 0);
  target[at + 1] = HAS_PICTURE_ID;
  target[at + 2] = LONG_PICTURE_ID | ((pictureId >> 8) & 0x7f);
  target[at + 3] = pictureId & 0xff;
}

/** @returns whether a payload is the beginning of a key frame; false as well where it is too short to tell. */
export function startsVp8KeyFrame(packet: Uint8Array, from: number, to: number): boolean {
  if (from + 1 >= to) return false;
  const first = packet[from];
  if ((first & START) === 0 || (first & PARTITION) !== 0) return false;
  let at = from + 1;
  if ((first & EXTENDED) !== 0) {
    const extensions = packet[at++];
    if ((extensions & HAS_PICTURE_ID) !== 0) {
      if (at >= to) return false;
      at += (packet[at] & LONG_PICTURE_ID) !== 0 ? 2 : 1;
    }
    if ((extensions & HAS_TL0) !== 0) at++;
    if ((extensions & HAS_TID_OR_KEY) !== 0) at++;
  }
  return at < to && (packet[at] & 1) === 0;
}
