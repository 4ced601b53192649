import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AV1, H264, H265, startsKeyFrame, VP8, VP9 } from '../../../analyzers/rtp/key-frame-payload.ts';
import { missingCaptures, sharedCapture } from '../../shared-captures.ts';
import { analysisOf } from '../analysis-of.ts';

const CODECS = { VP8, VP9, H264, H265, AV1 } as const;

const bytesOf = (hex: string): Uint8Array => Uint8Array.from(Buffer.from(hex.replaceAll(' ', ''), 'hex'));

describe('the payload that begins a key frame', () => {
  it.each([
    // RFC 7741, 4.2: X R N S R PID; I L T K; picture identifier. RFC 6386, 9.1: frame tag, start code, size.
    ['VP8', '10 304500 9d012a 8002', true, 'S, partition 0, P clear'],
    ['VP8', '90 80 e827 304500 9d012a 8002', true, 'with a picture identifier of 15 bits'],
    ['VP8', '90 e0 27 05 20 304500 9d012a', true, 'with picture identifier of 7 bits, TL0PICIDX and TID'],
    ['VP8', '10 314500 9d012a', false, 'P set: an interframe'],
    ['VP8', '00 304500 9d012a', false, 'no start of a partition'],
    ['VP8', '11 304500 9d012a', false, 'the second partition'],
    ['VP8', '10 304500 9d012b', false, 'no start code'],
    // RFC 9628, 4.2: I P L F B E V Z.
    ['VP9', '8a 8001 18 0280 0168 82498342', true, 'B and V set, P clear'],
    ['VP9', 'ca 8001 82498342', false, 'P set'],
    ['VP9', '82 8001 82498342', false, 'not the beginning'],
    ['VP9', 'a8 8001 02 05 82498342', false, 'spatial layer 1'],
    // RFC 6184, 5.4: F NRI type.
    ['H264', '65 88 84', true, 'IDR alone'],
    ['H264', '41 9a 00', false, 'not IDR'],
    ['H264', '78 0002 6742 0002 68ce 0003 658884', true, 'STAP-A: parameter sets and IDR'],
    ['H264', '78 0002 6742 0002 68ce', false, 'STAP-A: parameter sets alone'],
    ['H264', '7c 85 88', true, 'FU-A: first fragment of an IDR'],
    ['H264', '7c 05 88', false, 'FU-A: a later fragment'],
    ['H264', '7c 81 88', false, 'FU-A: first fragment of another'],
    // RFC 7798, 1.1.4: F, type (6), LayerId (6), TID (3).
    ['H265', '26 01 af', true, 'IDR_W_RADL (19)'],
    ['H265', '2a 01 af', true, 'CRA (21)'],
    ['H265', '02 01 d0', false, 'TRAIL_R (1)'],
    ['H265', '60 01 0003 400101 0003 2601af', true, 'AP: VPS and IDR'],
    ['H265', '62 01 93 af', true, 'FU: first fragment of IDR_W_RADL'],
    ['H265', '62 01 13 af', false, 'FU: a later fragment'],
    // AV1 RTP payload format, 4.4: Z Y W W N.
    ['AV1', '18 0a0b', true, 'N set'],
    ['AV1', '10 3200', false, 'N clear'],
  ] as const)('%s %s: %s, %s', (codec, hex, begins, _why) => {
    const bytes = bytesOf(hex);
    expect(startsKeyFrame(CODECS[codec], bytes, 0, bytes.length)).toBe(begins);
  });

  it('asks for the start code where the codec has to prove itself', () => {
    const cut = bytesOf('10 304500');
    expect(startsKeyFrame(VP8, cut, 0, cut.length)).toBe(true);
    expect(startsKeyFrame(VP8, cut, 0, cut.length, true)).toBe(false);
    const vp9 = bytesOf('8a 8001 18 0280 0168 01 04 01 82498342');
    expect(startsKeyFrame(VP9, vp9, 0, vp9.length, true)).toBe(true);
    const other = bytesOf('88 8001 82498343');
    expect(startsKeyFrame(VP9, other, 0, other.length, true)).toBe(false);
  });

  it('never throws, ends, and reads nothing behind the end', () => {
    const any = fc.constantFrom(...Object.values(CODECS));
    fc.assert(
      fc.property(
        any,
        fc.uint8Array({ maxLength: 40 }),
        fc.uint8Array({ maxLength: 8 }),
        fc.boolean(),
        (codec, payload, behind, proof) => {
          const whole = Uint8Array.from([...payload, ...behind]);
          if (payload.length === 0) return startsKeyFrame(codec, whole, 0, 0, proof) === false;
          return typeof startsKeyFrame(codec, whole, 0, payload.length, proof) === 'boolean';
        },
      ),
    );
  });
});

describe.skipIf(missingCaptures !== '')(`key frames of captures${missingCaptures}`, () => {
  it.each([
    ['algesten__str0m/tests/data/vp8.pcap', 'VP8', 3],
    ['algesten__str0m/tests/data/vp9.pcap', 'VP9', 1],
    // Wrapped in redundancy (RFC 2198), as the browser sends it.
    ['generated__chrome156/chrome156-loss-vp8.decrypted.pcapng', 'VP8', 1],
    ['generated__chrome156/chrome156-turn-udp-vp9.decrypted.pcapng', 'VP9', 1],
  ])('%s shows its codec, and its key frames', async (path, codec, keyFrames) => {
    const video = (await analysisOf(sharedCapture(path) as string)).streams.filter(({ kind }) => kind === 'video');
    expect(video.length).toBeGreaterThan(0);
    for (const stream of video) {
      expect(stream).toMatchObject({ codec, codecSource: 'packets', kindSource: 'packets', clockRate: 90_000 });
      expect(stream.video?.keyFrames).toBe(keyFrames);
    }
  });

  it.each(['generated__chrome156/chrome156-loss-vp8.pcap', 'generated__chrome156/chrome156-turn-udp-vp9.pcap'])(
    '%s is encrypted: they are not known',
    async (path) => {
      const video = (await analysisOf(sharedCapture(path) as string)).streams.filter(({ kind }) => kind === 'video');
      expect(video.length).toBeGreaterThan(0);
      for (const stream of video) expect(stream).toMatchObject({ codec: null, video: { keyFrames: null } });
    },
  );

  it.each([
    // Begins amid a sequence, without a key frame to show what it is.
    ['algesten__str0m/tests/data/contiguous_vp9.pcap', null],
  ])('%s shows nothing, and nothing is said', async (path, codec) => {
    const { streams } = await analysisOf(sharedCapture(path) as string);
    for (const stream of streams) expect(stream).toMatchObject({ codec, codecSource: null });
  });
});
