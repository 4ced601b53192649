/** RFC 7518, section 3.2: a key for HS256 is no shorter than its hash. */
export const SHORTEST_SECRET_BYTES = 32;
