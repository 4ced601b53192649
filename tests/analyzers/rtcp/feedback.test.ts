import { describe, expect, it } from 'vitest';
import {
  decodeCongestionFeedback,
  decodeFeedbackSubject,
  decodeFullIntraRequest,
  decodeGenericNack,
  decodeMaximumBitrate,
  decodeReceiverBitrate,
  decodeReferencePicture,
  decodeSliceLoss,
  rtcpKind,
  rtcpKindName,
} from '../../../analyzers/index.ts';
import { hex } from '../../captures/packets/decoding.ts';
import { onlyPacket, walkCompound } from './rtcp-packets.ts';

describe('generic NACK (RFC 4585, 6.2.1)', () => {
  const NACK = hex(`
    81 cd 0004
    00000001 00000002
    fffe 8005  // 65534; bit 0: 65535; bit 2: 1; bit 15: 14
    0064 0000  // 100 alone`);

  it('names the packets asked for, across the wrap', () => {
    expect(decodeGenericNack(onlyPacket(NACK))).toEqual({
      senderSsrc: 1,
      mediaSsrc: 2,
      sequenceNumbers: [65534, 65535, 1, 14, 100],
    });
  });

  it('needs one item at least, and keeps those before a cut', () => {
    expect(decodeGenericNack(onlyPacket(hex('81cd0002 00000001 00000002')))).toBe('too-short');
    expect(decodeGenericNack(walkCompound(NACK, 18, NACK.length).packets[0])).toMatchObject({
      sequenceNumbers: [65534, 65535, 1, 14],
    });
  });
});

describe('codec control (RFC 5104) and picture feedback (RFC 4585)', () => {
  it('reads TMMBR: exponent 6, mantissa 17, overhead 9 bits', () => {
    const bytes = hex(`
      83 cd 0004
      00000001 00000000
      00000002
      080fa028 // exponent 2, mantissa 2000, overhead 40: 000010 00000011111010000 000101000`);
    expect(decodeMaximumBitrate(onlyPacket(bytes))).toEqual({
      senderSsrc: 1,
      entries: [{ ssrc: 2, bitrateBps: 2000 * 4, overheadBytes: 40 }],
    });
    expect(decodeMaximumBitrate(onlyPacket(hex('84cd0002 00000001 00000000')))).toEqual({ senderSsrc: 1, entries: [] });
  });

  it('reads FIR', () => {
    const bytes = hex('84 ce 0006 00000001 00000000 00000002 07 000000 00000003 ff 000000');
    expect(decodeFullIntraRequest(onlyPacket(bytes))).toEqual({
      senderSsrc: 1,
      entries: [
        { ssrc: 2, commandNumber: 7 },
        { ssrc: 3, commandNumber: 255 },
      ],
    });
    expect(decodeFullIntraRequest(onlyPacket(hex('84ce0002 00000001 00000000')))).toBe('too-short');
  });

  it('reads PLI, SLI and RPSI', () => {
    expect(decodeFeedbackSubject(onlyPacket(hex('81ce0002 00000001 fffffff0')))).toEqual({
      senderSsrc: 1,
      mediaSsrc: 0xfffffff0,
    });
    // First 8191, 1 macroblock, picture 63.
    expect(decodeSliceLoss(onlyPacket(hex('82ce0003 00000001 00000002 fff8007f')))).toEqual({
      senderSsrc: 1,
      mediaSsrc: 2,
      slices: [{ first: 8191, macroblocks: 1, pictureId: 63 }],
    });
    // 8 padding bits at the end of two bytes of string.
    expect(decodeReferencePicture(onlyPacket(hex('83ce0003 00000001 00000002 08 60 abcd')))).toEqual({
      senderSsrc: 1,
      mediaSsrc: 2,
      payloadType: 96,
      bits: 8,
      bitString: Uint8Array.of(0xab, 0xcd),
    });
    expect(decodeReferencePicture(onlyPacket(hex('83ce0003 00000001 00000002 11 60 abcd')))).toBe('bad-length');
  });
});

describe('REMB (draft-alvestrand-rmcat-remb)', () => {
  it('reads exponent and mantissa, and whom it speaks of', () => {
    const bytes = hex(`
      8f ce 0006
      00000001 00000000
      52454d42 // REMB
      02 0a0001 // two SSRCs; exponent 2 (000010), mantissa 131073 (10 00000000 00000001)
      00000002 00000003`);
    expect(decodeReceiverBitrate(onlyPacket(bytes))).toEqual({ senderSsrc: 1, bitrateBps: 524292, ssrcs: [2, 3] });
  });

  it('stays finite at the largest, and knows what is not REMB', () => {
    expect(decodeReceiverBitrate(onlyPacket(hex('8fce0004 00000001 00000000 52454d42 00ffffff')))).toMatchObject({
      bitrateBps: 262143 * 2 ** 63,
    });
    expect(decodeReceiverBitrate(onlyPacket(hex('8fce0003 00000001 00000000 41424344')))).toBe('other-format');
    expect(decodeReceiverBitrate(onlyPacket(hex('8fce0004 00000001 00000000 52454d42 01ffffff')))).toBe('bad-length');
  });
});

describe('congestion control feedback (RFC 8888)', () => {
  const CCFB = hex(`
    8b cd 0008
    00000001        // SSRC of who reports
    00000002        // stream
    ffff 0003       // from 65535 on, 3 packets
    8001 0000       // received, ECN 0; not received
    e002 0000       // received, congestion experienced; filled up
    00000003
    0005 0000       // a stream of which nothing is told
    12345678        // report timestamp`);

  it('counts received and lost by stream', () => {
    expect(decodeCongestionFeedback(onlyPacket(CCFB))).toMatchObject({
      senderSsrc: 1,
      reportTimestamp: 0x12345678,
      streams: [
        { mediaSsrc: 2, beginSequence: 65535, reports: 3, received: 2, notReceived: 1, congestionMarked: 1 },
        { mediaSsrc: 3, beginSequence: 5, reports: 0, received: 0, notReceived: 0 },
      ],
    });
  });

  it('refuses more reports than bytes, and counts what a cut left', () => {
    const bytes = CCFB.slice();
    bytes[15] = 200;
    expect(decodeCongestionFeedback(onlyPacket(bytes))).toBe('bad-length');
    expect(decodeCongestionFeedback(walkCompound(CCFB, 18, CCFB.length).packets[0])).toMatchObject({
      streams: [{ received: 1, notReceived: 0 }],
      reportTimestamp: null,
    });
  });
});

describe('kinds of packets', () => {
  it.each([
    [200, 0, 'SR'],
    [207, 0, 'XR'],
    [205, 1, 'NACK'],
    [205, 15, 'TWCC'],
    [205, 11, 'CCFB'],
    [205, 30, 'RTPFB'],
    [206, 1, 'PLI'],
    [206, 15, 'AFB'],
    [206, 31, 'PSFB'],
    [196, 0, 'unknown'],
  ])('names type %i, format %i %s', (type, count, name) => {
    expect(rtcpKindName(rtcpKind(type, count))).toBe(name);
  });
});
