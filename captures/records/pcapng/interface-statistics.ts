import { readUint32, readUint64 } from '../integers.ts';
import type { OptionWalk } from './options.ts';

/*
 * Interface Statistics Block (draft-ietf-opsawg-pcapng, 4.6).
 *
 *   type(4)=5 length(4) interface(4) timestamp(8) options length(4)
 */
export const SMALLEST_INTERFACE_STATISTICS_BYTES = 24;
const ISB_IFDROP = 5;
const ISB_OSDROP = 7;

export interface InterfaceStatistics {
  /** Number of the interface within its section. */
  readonly interfaceId: number;
  /** Dropped by the interface and by the operating system since the capture began; null where neither is told. */
  readonly droppedPackets: number | null;
}

export function decodeInterfaceStatistics(
  bytes: Uint8Array,
  offset: number,
  end: number,
  littleEndian: boolean,
  options: OptionWalk,
): InterfaceStatistics {
  let dropped: number | null = null;
  options.begin(bytes, offset + 20, end, littleEndian);
  while (options.next()) {
    if ((options.code !== ISB_IFDROP && options.code !== ISB_OSDROP) || options.length < 8) continue;
    const count = readUint64(bytes, options.offset, littleEndian);
    // All bits set is how some writers say that they do not know.
    if (count <= Number.MAX_SAFE_INTEGER) dropped = (dropped ?? 0) + count;
  }
  return { interfaceId: readUint32(bytes, offset + 8, littleEndian), droppedPackets: dropped };
}
