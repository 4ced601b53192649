import type { Timestamp } from '../captures/index.ts';

/** Writes a time as the report wants it: ISO 8601 with the capture's resolution. */
export type TimeText = (time: Timestamp) => string;
