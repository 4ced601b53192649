import { type XrBlock, XrBlockType, xrDefectOf } from './extended-report.ts';
import { readUint16, readUint32 } from './network-order.ts';
import type { RtcpDefect } from './rtcp-packet.ts';

/**
 * Statistics summary (RFC 3611, 4.6). Flags in the type-specific octet say which figures are meant: L loss (0x80),
 * D duplicates (0x40), J jitter (0x20), and in 0x18 whether time to live (1) or hop limit (2) is reported.
 */
export interface XrStatisticsSummary {
  readonly ssrc: number;
  readonly beginSequence: number;
  readonly endSequence: number;
  readonly lostPackets: number | null;
  readonly duplicatePackets: number | null;
  /** In timestamp units. */
  readonly jitter: {
    readonly min: number;
    readonly max: number;
    readonly mean: number;
    readonly deviation: number;
  } | null;
  readonly hops: {
    readonly min: number;
    readonly max: number;
    readonly mean: number;
    readonly deviation: number;
  } | null;
}

export function decodeXrStatisticsSummary(block: XrBlock): XrStatisticsSummary | RtcpDefect {
  const defect = xrDefectOf(block, XrBlockType.statisticsSummary, 40);
  if (defect !== null) return defect;
  const { bytes, offset, typeSpecific: flags } = block;
  return {
    ssrc: readUint32(bytes, offset + 4),
    beginSequence: readUint16(bytes, offset + 8),
    endSequence: readUint16(bytes, offset + 10),
    lostPackets: flags & 0x80 ? readUint32(bytes, offset + 12) : null,
    duplicatePackets: flags & 0x40 ? readUint32(bytes, offset + 16) : null,
    jitter:
      flags & 0x20
        ? {
            min: readUint32(bytes, offset + 20),
            max: readUint32(bytes, offset + 24),
            mean: readUint32(bytes, offset + 28),
            deviation: readUint32(bytes, offset + 32),
          }
        : null,
    hops:
      flags & 0x18
        ? { min: bytes[offset + 36], max: bytes[offset + 37], mean: bytes[offset + 38], deviation: bytes[offset + 39] }
        : null,
  };
}
