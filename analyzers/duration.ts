import { elapsedNs, type Timestamp } from '../captures/index.ts';

/** @returns null where the end stands before the start: the capture's clock was set back between them, by how much nobody knows. */
export function durationMs(start: Timestamp, end: Timestamp): number | null {
  const ns = elapsedNs(start, end);
  return ns < 0 ? null : ns / 1e6;
}
