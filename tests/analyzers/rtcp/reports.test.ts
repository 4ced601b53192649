import { describe, expect, it } from 'vitest';
import {
  decodeApplicationDefined,
  decodeGoodbye,
  decodeReceiverReport,
  decodeSenderReport,
  decodeSourceDescription,
  middleOfNtp,
} from '../../../analyzers/index.ts';
import { concat, hex } from '../../captures/packets/decoding.ts';
import { onlyPacket, walkCompound } from './rtcp-packets.ts';

const REPORT_BLOCK = hex(`
  0a0b0c0d // SSRC of the source reported on
  40       // a quarter lost
  fffffe   // -2 in all: duplicates
  0001 ffff // one cycle, highest 65535
  00000123 // jitter
  b4054333 // LSR
  00018000 // DLSR, 1.5 s`);

const SENDER_REPORT = concat(
  hex(`
  81 c8 000c // SR of 52 bytes, one report
  deadbeef   // SSRC
  ec1bb405   // NTP seconds
  43334333   // NTP fraction
  80000001   // RTP timestamp
  00000064   // packets
  ffffffff   // octets`),
  REPORT_BLOCK,
);

const BLOCK = {
  ssrc: 0x0a0b0c0d,
  fractionLost: 64,
  cumulativeLost: -2,
  highestSequence: 0x1ffff,
  jitter: 0x123,
  lastSenderReport: 0xb4054333,
  delaySinceLastSenderReport: 98304,
};

describe('sender and receiver reports (RFC 3550, 6.4)', () => {
  it('reads an SR', () => {
    expect(decodeSenderReport(onlyPacket(SENDER_REPORT))).toEqual({
      ssrc: 0xdeadbeef,
      ntpSeconds: 0xec1bb405,
      ntpFraction: 0x43334333,
      rtpTimestamp: 0x80000001,
      packetCount: 100,
      octetCount: 0xffffffff,
      reports: [BLOCK],
    });
    expect(middleOfNtp(0xec1bb405, 0x43334333)).toBe(0xb4054333);
  });

  it('reads an RR with two reports and an extension of a profile', () => {
    const bytes = concat(hex('82 c9 000e 00000001'), REPORT_BLOCK, REPORT_BLOCK, hex('01020304'));
    expect(decodeReceiverReport(onlyPacket(bytes))).toEqual({ ssrc: 1, reports: [BLOCK, BLOCK] });
  });

  it('reads the cumulative loss at the ends of its 24 bits', () => {
    for (const [bytes, lost] of [
      ['7fffff', 8388607],
      ['800000', -8388608],
    ] as const) {
      const listing = `81 c9 0007 00000001 00000002 00 ${bytes} 00000000 00000000 00000000 00000000`;
      expect(decodeReceiverReport(onlyPacket(hex(listing)))).toMatchObject({ reports: [{ cumulativeLost: lost }] });
    }
  });

  it('says what is wrong: too few bytes, or more reports than bytes', () => {
    expect(decodeSenderReport(onlyPacket(hex('80c80001 deadbeef')))).toBe('too-short');
    expect(decodeReceiverReport(onlyPacket(hex('81c90001 deadbeef')))).toBe('bad-length');
    expect(decodeReceiverReport(onlyPacket(hex('80c90000')))).toBe('too-short');
  });

  it('keeps of a snapped report the blocks that are whole', () => {
    const cut = walkCompound(SENDER_REPORT, 40, SENDER_REPORT.length).packets[0];
    expect(decodeSenderReport(cut)).toMatchObject({ packetCount: 100, reports: [] });
    expect(decodeSenderReport(walkCompound(SENDER_REPORT, 27, SENDER_REPORT.length).packets[0])).toBe('cut');
  });
});

describe('source description (RFC 3550, 6.5)', () => {
  const SDES = hex(`
    82 ca 0008 // two chunks
    00000001
    01 03 61 c3 a4 // CNAME "aä"
    06 02 78 ff    // TOOL "x" and a byte that is no UTF-8
    00             // end, and the chunk ends with a word
    00 00
    00000002
    01 04 3c 62 3e 26 // CNAME "<b>&"
    0f 01 30          // MID "0"
    00 00 00`);

  it('reads chunks and items, text as it is', () => {
    expect(decodeSourceDescription(onlyPacket(SDES))).toEqual([
      {
        ssrc: 1,
        items: [
          { type: 1, text: 'aä' },
          { type: 6, text: 'x\ufffd' },
        ],
      },
      {
        ssrc: 2,
        items: [
          { type: 1, text: '<b>&' },
          { type: 15, text: '0' },
        ],
      },
    ]);
  });

  it('fills a chunk up to the word even where its list ends with one', () => {
    const bytes = hex('82 ca 0005 00000001 01 02 61 61 00000000 00000002 01 01 62 00');
    expect(decodeSourceDescription(onlyPacket(bytes))).toEqual([
      { ssrc: 1, items: [{ type: 1, text: 'aa' }] },
      { ssrc: 2, items: [{ type: 1, text: 'b' }] },
    ]);
  });

  it('says what is wrong, and keeps what was before a cut', () => {
    expect(decodeSourceDescription(onlyPacket(hex('81ca0002 00000001 01096161')))).toBe('bad-length');
    expect(decodeSourceDescription(onlyPacket(hex('82ca0001 00000001')))).toBe('too-short');
    expect(decodeSourceDescription(walkCompound(SDES, 14, SDES.length).packets[0])).toEqual([
      { ssrc: 1, items: [{ type: 1, text: 'aä' }] },
    ]);
  });
});

describe('goodbye (RFC 3550, 6.6) and application-defined (6.7)', () => {
  it('reads who leaves and why', () => {
    const bytes = hex('82 cb 0004 00000001 00000002 04 68 61 6e 67 000000');
    expect(decodeGoodbye(onlyPacket(bytes))).toEqual({ ssrcs: [1, 2], reason: 'hang' });
    expect(decodeGoodbye(onlyPacket(hex('81cb0001 00000001')))).toEqual({ ssrcs: [1], reason: null });
    expect(decodeGoodbye(onlyPacket(hex('80cb0000')))).toEqual({ ssrcs: [], reason: null });
    expect(decodeGoodbye(onlyPacket(hex('81cb0002 00000001 04616161')))).toBe('bad-length');
    expect(decodeGoodbye(onlyPacket(hex('82cb0001 00000001')))).toBe('too-short');
  });

  it('reads the name and leaves the data alone', () => {
    const bytes = hex('85 cc 0003 00000009 71 74 73 69 0001 0002');
    expect(decodeApplicationDefined(onlyPacket(bytes))).toEqual({
      subtype: 5,
      ssrc: 9,
      name: 'qtsi',
      data: Uint8Array.of(0, 1, 0, 2),
    });
    expect(decodeApplicationDefined(onlyPacket(hex('80cc0001 00000009')))).toBe('too-short');
  });
});
