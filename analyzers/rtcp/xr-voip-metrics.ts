import { type XrBlock, XrBlockType, xrDefectOf } from './extended-report.ts';
import { readUint16, readUint32 } from './network-order.ts';
import type { RtcpDefect } from './rtcp-packet.ts';

/**
 * VoIP metrics (RFC 3611, 4.7), after the block header.
 *
 *   |                        SSRC of source                         |
 *   |   loss rate   | discard rate  | burst density |  gap density  |
 *   |       burst duration          |         gap duration          |
 *   |     round trip delay          |       end system delay        |
 *   | signal level  |  noise level  |     RERL      |     Gmin      |
 *   |   R factor    | ext. R factor |    MOS-LQ     |    MOS-CQ     |
 *   |   RX config   |   reserved    |          JB nominal           |
 *   |          JB maximum           |          JB abs max           |
 */
export interface XrVoipMetrics {
  readonly ssrc: number;
  /** Rates and densities as shares, 0 to 1; the wire has them in 1/256. */
  readonly lossRate: number;
  readonly discardRate: number;
  readonly burstDensity: number;
  readonly gapDensity: number;
  readonly burstDurationMs: number;
  readonly gapDurationMs: number;
  readonly roundTripDelayMs: number;
  readonly endSystemDelayMs: number;
  /** In dBm0 and dB; 127 on the wire is unavailable. */
  readonly signalLevelDbm: number | null;
  readonly noiseLevelDbm: number | null;
  readonly residualEchoReturnLossDb: number | null;
  readonly gmin: number;
  readonly rFactor: number | null;
  readonly externalRFactor: number | null;
  readonly mosListening: number | null;
  readonly mosConversational: number | null;
  readonly receiverConfiguration: number;
  readonly jitterBufferNominalMs: number;
  readonly jitterBufferMaximumMs: number;
  readonly jitterBufferAbsoluteMaximumMs: number;
}

export function decodeXrVoipMetrics(block: XrBlock): XrVoipMetrics | RtcpDefect {
  const defect = xrDefectOf(block, XrBlockType.voipMetrics, 36);
  if (defect !== null) return defect;
  const { bytes, offset: at } = block;
  return {
    ssrc: readUint32(bytes, at + 4),
    lossRate: bytes[at + 8] / 256,
    discardRate: bytes[at + 9] / 256,
    burstDensity: bytes[at + 10] / 256,
    gapDensity: bytes[at + 11] / 256,
    burstDurationMs: readUint16(bytes, at + 12),
    gapDurationMs: readUint16(bytes, at + 14),
    roundTripDelayMs: readUint16(bytes, at + 16),
    endSystemDelayMs: readUint16(bytes, at + 18),
    signalLevelDbm: unlessUnavailable((bytes[at + 20] << 24) >> 24, 127),
    noiseLevelDbm: unlessUnavailable((bytes[at + 21] << 24) >> 24, 127),
    residualEchoReturnLossDb: unlessUnavailable(bytes[at + 22], 127),
    gmin: bytes[at + 23],
    rFactor: unlessUnavailable(bytes[at + 24], 127),
    externalRFactor: unlessUnavailable(bytes[at + 25], 127),
    mosListening: tenths(unlessUnavailable(bytes[at + 26], 127)),
    mosConversational: tenths(unlessUnavailable(bytes[at + 27], 127)),
    receiverConfiguration: bytes[at + 28],
    jitterBufferNominalMs: readUint16(bytes, at + 30),
    jitterBufferMaximumMs: readUint16(bytes, at + 32),
    jitterBufferAbsoluteMaximumMs: readUint16(bytes, at + 34),
  };
}

function unlessUnavailable(value: number, unavailable: number): number | null {
  return value === unavailable ? null : value;
}

function tenths(value: number | null): number | null {
  return value === null ? null : value / 10;
}
