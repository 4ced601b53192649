export const PACKET_TAKEN: i32 = 0;
/** Something that is not usual: the whole of it is left to JavaScript. */
export const PACKET_OTHER: i32 = 1;
/** As it, and it may be usual once its stream's row is learnt. */
export const PACKET_UNKNOWN_STREAM: i32 = 2;
