/* Constants alone: the usual packet's path (`analyzers/steady`) is compiled with this very file. */

/** Samples kept a stream: all of its packets up to here, then every second, fourth, ... */
export const MOST_SAMPLES = 4096;
/** Of how many streams so many are kept. */
export const STREAMS_WITH_MOST = 256;
