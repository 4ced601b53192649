import { LIMITS } from './limits.ts';
import { type Shape, textLike } from './shape.ts';

/** Names that stand in URLs, logs and metrics: nothing in them needs to be escaped anywhere. */
const ROOM = new RegExp(`^[A-Za-z0-9](?:[A-Za-z0-9._-]{0,${LIMITS.roomCharacters - 2}}[A-Za-z0-9])?$`);
const ID = new RegExp(`^[A-Za-z0-9_-]{1,${LIMITS.idCharacters}}$`);
const MID = new RegExp(`^[A-Za-z0-9!#$%&'*+.^_\`{|}~-]{1,${LIMITS.midCharacters}}$`);

export const room: Shape<string> = textLike(
  ROOM,
  `a room: 1 to ${LIMITS.roomCharacters} letters, digits, dots, dashes and underscores, with a letter or digit at both ends`,
);
export const id: Shape<string> = textLike(ID, `an identifier of 1 to ${LIMITS.idCharacters} letters, digits, - and _`);
/** A token of RFC 4566 (section 9), as `a=mid` carries. */
export const mid: Shape<string> = textLike(MID, `a mid of 1 to ${LIMITS.midCharacters} characters`);

export const isRoom = (value: string): boolean => ROOM.test(value);

/** A name to show: without control characters and characters that turn the direction of text, trimmed, cut to length. */
export function shownParticipantName(name: string): string {
  const plain = name
    .normalize('NFC')
    .replace(/\s/g, ' ')
    .replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}\p{Zl}\p{Zp}]/gu, (character) => (character === '\u200d' ? character : ''))
    .replace(/ +/g, ' ')
    .trim();
  // Half as many code points are never too many UTF-16 units.
  return /[\p{L}\p{N}\p{S}\p{P}]/u.test(plain) ? [...plain].slice(0, LIMITS.nameCharacters / 2).join('') : 'Guest';
}
