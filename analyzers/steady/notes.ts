import type { RtpStreams } from '../rtp/rtp-streams.ts';

/** Kinds of notes, as in `assembly/notes.ts`. */
const SAMPLE = 0;
const WINDOW = 1;
const FRAME = 3;
const EXTENSION = 4;
const PAYLOAD = 5;
const LOST = 6;
const NUMBERS = 8;

/** Hands on what usual packets add to structures outside their rows, in the order in which they came. */
export function takeNotes(notes: Float64Array, count: number, streams: RtpStreams, memory: Uint8Array): void {
  for (let at = 0; at < count * NUMBERS; at += NUMBERS) {
    const word = notes[at];
    const row = word >>> 3;
    switch (word & 7) {
      case SAMPLE:
        streams.addSample(row, notes[at + 1], notes[at + 2], notes[at + 3], notes[at + 4]);
        break;
      case WINDOW:
        streams.windows.over(row, notes, at + 1, notes[at + 7]);
        break;
      case FRAME:
        streams.frames.addSize(row, notes[at + 1]);
        break;
      case EXTENSION:
        streams.headerExtensions.packet(row, memory, notes[at + 1], notes[at + 2], notes[at + 3]);
        break;
      case LOST:
        streams.sequence.lost(row, notes[at + 1], notes[at + 2], notes[at + 3], notes[at + 4]);
        break;
      case PAYLOAD:
        streams.lookIntoPayload(row, memory, notes[at + 1], notes[at + 2], notes[at + 3], notes[at + 4]);
        break;
    }
  }
}
