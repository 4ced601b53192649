/*
 * Where the numbers of a stream stand that tell of its clock (see `clock-rate-inference.ts`). Constants alone: the usual packet's path
 * (`analyzers/steady`) is compiled with this very file.
 */

/** Integer columns of a stream. */
export const LAST_TIMESTAMP = 0;
export const WINDOWS = 1;
export const FRAME_PACKETS = 2;
export const LAST_MARKER = 3;
export const FIRST_MARKER = 4;
export const FRAMES = 5;
export const SHARED_FRAMES = 6;
export const SHARED_FRAMES_ENDED = 7;
export const SINGLE_FRAMES_MARKED = 8;
export const WINDOW_TIMESTAMP = 9;
export const FIRST_TIMESTAMP = 10;
export const WINDOWS_OUTSIDE = 11;
export const STEPS = 12;
export const STEP_SLOTS = 4;
export const STEP_COUNTS = STEPS + STEP_SLOTS;
export const INTEGERS = STEP_COUNTS + STEP_SLOTS;

/** Floating columns of a stream. */
export const WINDOW_START = 0;
export const LAST_CHANGE = 1;
export const FIRST_CHANGE = 2;
export const PAYLOAD_BYTES = 3;
/** Arrival of the packet at hand: a number handed on in a call would be put on the heap, packet by packet. */
export const ARRIVAL = 4;
export const FLOATS = 5;

/** A pause this long is a window of its own: where the clock stood still meanwhile, it spoils no other window. */
export const PAUSE_NS = 0.4e9;
export const WINDOW_NS = 1e9;
