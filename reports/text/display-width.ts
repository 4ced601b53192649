/*
 * Columns that a string takes in a terminal (Unicode Standard Annex 11, coarse): East Asian wide and fullwidth characters
 * and emoji take two, combining marks none. For strings that went through `visible` only.
 */
const COMBINING = /\p{M}/u;
const WIDE =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\u33ff\u3400-\u4dbf\u4e00-\u9fff\ua000-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe4f\uff00-\uff60\uffe0-\uffe6\u{1f300}-\u{1faff}\u{20000}-\u{3fffd}]/u;

export function displayWidth(text: string): number {
  let width = 0;
  for (const character of text) width += characterWidth(character);
  return width;
}

/** Cut to `width` columns, with `ellipsis` in place of what was cut: at the end, or in the middle for addresses. */
export function shorten(text: string, width: number, ellipsis: string, where: 'end' | 'middle' = 'end'): string {
  if (displayWidth(text) <= width) return text;
  const room = Math.max(0, width - displayWidth(ellipsis));
  if (where === 'end') return take([...text], room) + ellipsis;
  // An address is told apart by its end (host part and port) rather than by its beginning.
  const tailRoom = Math.ceil(room * 0.6);
  const tail = take([...text].reverse(), tailRoom);
  return take([...text], room - tailRoom) + ellipsis + [...tail].reverse().join('');
}

export function padStart(text: string, width: number): string {
  return ' '.repeat(Math.max(0, width - displayWidth(text))) + text;
}

export function padEnd(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - displayWidth(text)));
}

function take(characters: readonly string[], width: number): string {
  let taken = '';
  let used = 0;
  for (const character of characters) {
    used += characterWidth(character);
    if (used > width) break;
    taken += character;
  }
  return taken;
}

function characterWidth(character: string): number {
  if (COMBINING.test(character)) return 0;
  return WIDE.test(character) ? 2 : 1;
}
