/*
 * Notes of what packets add to structures of JavaScript's, eight numbers each, in order: kind + 8 * row, then what
 * analyzers/steady/notes.ts says of the kind.
 */
let notes: usize = 0;
let full: usize = 0;
let next: usize = 0;
const NOTE_BYTES: usize = 64;
/** Most notes of one packet. */
const OF_A_PACKET: usize = 5;

export const NOTE_SAMPLE: i32 = 0;
export const NOTE_WINDOW: i32 = 1;
export const NOTE_FRAME: i32 = 3;
export const NOTE_EXTENSION: i32 = 4;
export const NOTE_PAYLOAD: i32 = 5;
export const NOTE_LOST: i32 = 6;

export function placeNotes(at: usize, bytes: usize): void {
  notes = at;
  full = at + bytes - OF_A_PACKET * NOTE_BYTES;
}

export function startNotes(): void {
  next = notes;
}

/** Whether there may be no room for the notes of one more packet. */
export function notesFull(): bool {
  return next > full;
}

export function noteCount(): i32 {
  return <i32>((next - notes) / NOTE_BYTES);
}

export function note4(kind: i32, row: i32, a: f64, b: f64, c: f64, d: f64): void {
  const at = next;
  store<f64>(at, <f64>(kind + row * 8));
  store<f64>(at, a, 8);
  store<f64>(at, b, 16);
  store<f64>(at, c, 24);
  store<f64>(at, d, 32);
  next = at + NOTE_BYTES;
}

/** The window at hand, as its row has it, and the one that follows. */
export function noteWindow(row: i32, windowAt: usize, base: f64): void {
  const at = next;
  store<f64>(at, <f64>(NOTE_WINDOW + row * 8));
  // Base, packets, bytes, jitter's count, sum and maximum stand side by side in the row.
  for (let field: usize = 0; field < 48; field += 8) store<f64>(at + 8 + field, load<f64>(windowAt + field));
  store<f64>(at, base, 56);
  next = at + NOTE_BYTES;
}
