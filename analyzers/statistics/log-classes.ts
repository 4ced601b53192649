/* Constants alone: the usual packet's path (`analyzers/steady`) is compiled with this very file. */

/** Steps an octave: a value is known to one part in 64 of its octave, its middle to 0.8 %. */
export const STEPS_BITS = 6;
export const STEPS = 64;
/** From 1 up to 2^40: in nanoseconds 18 minutes, in bits per second a terabit. */
export const OCTAVES = 40;
