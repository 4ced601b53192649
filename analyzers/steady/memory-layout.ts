/*
 * What lies where in the memory that the usual packet's path shares with JavaScript. Only what is written to takes memory. Constants
 * alone: the path is compiled with this very file.
 */

/** Streams at a time that RtpStreams keeps, and one more while it makes room. */
export const ROWS = 65600;
export const KEY_BYTES = 64;
export const SLOTS = 262144;
/** Small enough to stay in the processor's cache beside what is read. */
export const NOTE_BYTES = 131072;
/** The largest record, and what is read at a time. */
export const ROOM_BYTES = 17825792;
/** A sample: arrival, timestamp, jitter, payload type, whether it begins something: a column each. */
export const SAMPLE_BYTES = 18;

export const TOTALS_AT = 65536;
/** How many windows a series may have: one number. */
export const WINDOW_LIMIT_AT = TOTALS_AT + 2048;
export const STACKS_AT = TOTALS_AT + 4096;
export const TUNNELS_AT = TOTALS_AT + 65536;
export const NOTES_AT = TUNNELS_AT + 65536;
/** The delays of one stream while they are summed up, and the line under them: there are no notes then. */
export const DELAYS_AT = NOTES_AT;
export const HULL_AT = DELAYS_AT + 32768;
/** Beside them, values sorted roughly by size, and those of one size. */
export const BUCKETS_AT = HULL_AT + 16384;
export const GATHERED_AT = BUCKETS_AT + 8192;
/** What they come to, and the upper ends of the classes: 8 bytes each. */
export const DELAY_FIGURES_AT = TOTALS_AT + 8192;
export const SLOTS_AT = NOTES_AT + NOTE_BYTES;
export const KEYS_AT = SLOTS_AT + SLOTS * 4;
export const CLOCK_INTEGERS_AT = KEYS_AT + ROWS * KEY_BYTES;
export const CLOCK_FLOATS_AT = CLOCK_INTEGERS_AT + ROWS * 80;
export const CLOCK_SETTLED_AT = CLOCK_FLOATS_AT + ROWS * 40;
export const FRAME_COUNTS_AT = CLOCK_SETTLED_AT + ROWS;
export const FRAME_CLASSES_AT = FRAME_COUNTS_AT + 2048;
export const SAMPLES_AT = FRAME_CLASSES_AT + 2621440;
export const ROOM_AT = SAMPLES_AT + 18874368;
export const ROWS_AT = ROOM_AT + ROOM_BYTES;
/** Behind 65,600 rows of 120 numbers. */
export const THROUGHPUT_COUNTS_AT = ROWS_AT + 62976000;
export const THROUGHPUT_ZEROS_AT = THROUGHPUT_COUNTS_AT + 2048;
export const THROUGHPUT_CLASSES_AT = THROUGHPUT_ZEROS_AT + 2048;
export const FRAME_ZEROS_AT = THROUGHPUT_CLASSES_AT + 2621440;
/** Missing ranges of a stream: how many, and behind those counts of all streams five columns each. */
export const RANGE_COUNTS_AT = FRAME_ZEROS_AT + 2048;
export const RANGE_BYTES = 32;
export const RANGES_AT = RANGE_COUNTS_AT + 2048;
/** 256 streams with 4096 ranges. */
export const SERIES_AT = RANGES_AT + 33554432;
/** Of 64 KiB, as `assembly/steady.options.json` has them. */
export const PAGES = 3008;
