/** Longest string that a report shows of what a packet brought; the rest is cut with a word. */
const LONGEST_CHARACTERS = 300;

/** Of a sentence that was written here around such strings. */
export const LONGEST_SENTENCE = 2000;

/*
 * What a terminal obeys, an editor hides or a reader's eye is misled by: C0 and C1 controls, DEL, soft hyphen, the
 * bidirectional marks, embeddings, overrides and isolates, zero-width characters, line and paragraph separators, the
 * byte order mark, interlinear annotation, tags, and halves of surrogate pairs.
 */
const UNSAFE =
  /[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\u{e0000}-\u{e007f}\p{Cs}]/gu;

/**
 * A string from a packet or a file name as one line that shows everything and does nothing: characters that control a
 * terminal or reorder text stand as `\u{1b}`.
 */
export function visible(text: string, longest = LONGEST_CHARACTERS): string {
  const shown = text.length > longest ? `${text.slice(0, longest)}… (cut)` : text;
  return shown.replace(UNSAFE, (character) => `\\u{${(character.codePointAt(0) as number).toString(16)}}`);
}
