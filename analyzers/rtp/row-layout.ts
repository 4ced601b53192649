/*
 * Where the numbers of a stream's row stand (see `rows.ts`). Constants alone: the WebAssembly twin of the usual packet's
 * path (`analyzers/steady`) is compiled with this very file.
 */
export const SEQUENCE_AT = 0;
export const STREAM_AT = 8;
export const WINDOW_AT = 16;
export const JITTER_AT = 24;
export const DELTA_AT = 32;
export const SILENCE_AT = 34;
export const FRAME_AT = 40;
export const SEQUENCE_RARE_AT = 56;
export const STREAM_RARE_AT = 64;
export const THROUGHPUT_AT = 80;
/** The last gaps between frames, a ring. */
export const FRAME_GAPS_AT = 84;
export const FRAME_GAPS = 30;
/** Samples kept, and payloads looked into for a codec that is not known. */
export const KEPT_AT = 114;
/** Of the series: base windows in one of its, a power of two, and its length. */
export const SERIES_FACTOR = 116;
export const SERIES_LENGTH = 117;
/** A stream that has shown no codec in so many packets is looked at no longer. */
export const MOST_UNKNOWN = 2000;
/** Arrival of the packet at hand, in ns since the stream's first second: handed on here, because a call would box it. */
export const NOW_NS = 23;
/** Numbers in a row: a multiple of eight, which is one cache line. */
export const ROW_FIELDS = 120;
