/* Constants alone: the usual packet's path (`analyzers/steady`) is compiled with this very file. */

/** Samples kept a stream: all of its packets up to here, then every second, fourth, ... */
export const MOST_SAMPLES = 4096;
/** Of how many streams so many are kept. */
export const STREAMS_WITH_MOST = 256;

/** Windows kept a stream: an hour of seconds. Beyond it, and with many streams, windows are joined in pairs. */
export const MOST_WINDOWS = 3600;
/** Numbers of a window in a series. */
export const SERIES_FIELDS = 6;

/** Above this many open ranges of missing numbers the oldest is taken for lost: a bound on memory under absurd reordering. */
export const MOST_RANGES = 4096;
/** A number further behind the highest than half the 16-bit space cannot be told from one ahead of it. */
export const REACH = 32768;
/** RFC 3550 A.1: a jump ahead below this is loss. */
export const MAX_DROPOUT = 3000;
