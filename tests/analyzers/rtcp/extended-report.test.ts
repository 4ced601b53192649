import { describe, expect, it } from 'vitest';
import {
  decodeExtendedReport,
  decodeXrDelaySinceLast,
  decodeXrReceiptTimes,
  decodeXrReferenceTime,
  decodeXrRunLength,
  decodeXrStatisticsSummary,
  decodeXrVoipMetrics,
} from '../../../analyzers/index.ts';
import { hex } from '../../captures/packets/decoding.ts';
import { onlyPacket, xrBlocks } from './rtcp-packets.ts';

const REPORT = hex(`
  80 cf 0028      // XR of 164 bytes
  00000001        // who reports

  01 00 0004      // loss RLE, no thinning
  00000002
  fff0 0010       // 65520 to 15: 32 packets
  4010            // 16 received
  0001            // 1 lost
  ffff            // 15 received
  0000            // end

  03 02 0003      // receipt times, every fourth
  00000002
  0003 0009       // 4 and 8
  00000100        // one of them

  04 00 0002      // receiver reference time
  ec1bb405 43334333

  05 00 0006      // DLRR for two receivers
  00000003 b4054333 00008000
  00000004 00000000 00000000

  06 e8 0009      // statistics: loss, duplicates, jitter, time to live
  00000002
  0000 0064
  00000005 00000006
  00000007 00000008 00000009 0000000a
  3c 40 3e 01

  07 00 0008      // VoIP metrics
  00000002
  40 00 80 01     // loss rate 1/4, no discard, burst density 1/2, gap density 1/256
  0064 03e8       // 100 ms bursts, 1 s gaps
  0050 0028       // round trip 80 ms, end system 40 ms
  e2 c4 7f 10     // signal -30 dBm0, noise -60, echo loss unavailable, Gmin 16
  5d 7f 29 28     // R 93, external R unavailable, MOS 4.1 and 4.0
  30 00 003c      // standard PLC; nominal 60 ms
  0078 00c8       // maximum 120 ms, absolute 200 ms

  63 aa 0000      // a block of a type that is not known`);

describe('extended reports (RFC 3611)', () => {
  const blocks = xrBlocks(REPORT);

  it('walks the blocks, the unknown one included', () => {
    expect(blocks.map(({ type, length }) => [type, length])).toEqual([
      [1, 20],
      [3, 16],
      [4, 12],
      [5, 28],
      [6, 40],
      [7, 36],
      [99, 4],
    ]);
  });

  it('reads each type', () => {
    expect(decodeXrRunLength(blocks[0])).toEqual({
      ssrc: 2,
      thinning: 0,
      beginSequence: 65520,
      endSequence: 16,
      ones: 31,
      zeros: 1,
    });
    expect(decodeXrReceiptTimes(blocks[1])).toMatchObject({ thinning: 2, receiptTimes: [256] });
    expect(decodeXrReferenceTime(blocks[2])).toEqual({ ntpSeconds: 0xec1bb405, ntpFraction: 0x43334333 });
    expect(decodeXrDelaySinceLast(blocks[3])).toEqual([
      { ssrc: 3, lastReceiverReport: 0xb4054333, delaySinceLastReceiverReport: 32768 },
      { ssrc: 4, lastReceiverReport: 0, delaySinceLastReceiverReport: 0 },
    ]);
    expect(decodeXrStatisticsSummary(blocks[4])).toEqual({
      ssrc: 2,
      beginSequence: 0,
      endSequence: 100,
      lostPackets: 5,
      duplicatePackets: 6,
      jitter: { min: 7, max: 8, mean: 9, deviation: 10 },
      hops: { min: 60, max: 64, mean: 62, deviation: 1 },
    });
    expect(decodeXrVoipMetrics(blocks[5])).toEqual({
      ssrc: 2,
      lossRate: 0.25,
      discardRate: 0,
      burstDensity: 0.5,
      gapDensity: 1 / 256,
      burstDurationMs: 100,
      gapDurationMs: 1000,
      roundTripDelayMs: 80,
      endSystemDelayMs: 40,
      signalLevelDbm: -30,
      noiseLevelDbm: -60,
      residualEchoReturnLossDb: null,
      gmin: 16,
      rFactor: 93,
      externalRFactor: null,
      mosListening: 4.1,
      mosConversational: 4,
      receiverConfiguration: 0x30,
      jitterBufferNominalMs: 60,
      jitterBufferMaximumMs: 120,
      jitterBufferAbsoluteMaximumMs: 200,
    });
  });

  it('says other-format of a block of another type', () => {
    expect(decodeXrVoipMetrics(blocks[4])).toBe('other-format');
    expect(decodeXrRunLength(blocks[0], 2)).toBe('other-format');
  });

  it('counts of thinned reports only the packets told', () => {
    // 2 to 20 in steps of 4: 4, 8, 12, 16.
    const [block] = xrBlocks(hex('80cf0006 00000001 01 02 0004 00000002 0002 0014 ffff ffff 0000 0000'));
    expect(decodeXrRunLength(block)).toMatchObject({ thinning: 2, ones: 4, zeros: 0 });
  });

  it('leaves out what the flags of a summary do not mean', () => {
    const [block] = xrBlocks(hex(`80cf000b 00000001 06 00 0009 ${'00000002'.repeat(9)}`));
    expect(decodeXrStatisticsSummary(block)).toMatchObject({ lostPackets: null, jitter: null, hops: null });
  });

  it('refuses a block that runs past the packet, and one too short for its type', () => {
    expect(decodeExtendedReport(onlyPacket(hex('80cf0002 00000001 04000002')))).toBe('bad-length');
    expect(decodeXrReferenceTime(xrBlocks(hex('80cf0002 00000001 04000000'))[0])).toBe('too-short');
  });
});
