import fc from 'fast-check';
import { expect, it } from 'vitest';
import { pictureHeight } from '../../../cluster/sfu/forwarding/picture-height.ts';
import type { CodecName } from '../../../cluster/sfu/sdp/codec.ts';

/*
 * Heads of pictures of 320 by 180 pixels by encoders that ffmpeg has, as RTP carries them. 180 lines are no multiple of 16, so an encoder of
 * blocks codes 192 and says that 12 are left out.
 */
const PICTURES: readonly (readonly [string, CodecName, string])[] = [
  // Sequence parameter sets, with bytes that keep start codes away.
  ['x264, high profile', 'h264', '6764000cacd941419f9f011000000300100000030140f1429960'],
  ['x264, baseline profile', 'h264', '6742c00bd901419f9f011000000300100000030140f142a480'],
  // STAP-A: a delimiter of two bytes, and the set of 26.
  ['a packet of several units', 'h264', '78000209f0001a6764000cacd941419f9f011000000300100000030140f1429960'],
  // Payload descriptor with B alone, then the frame.
  ['libvpx, 4:2:0', 'vp9', '08824983420013f00b360c38241c184a0005e07fcdfa3c771f'],
  ['libvpx, 4:4:4', 'vp9', '08a249834200027e0166c1870483830940012e7fd1fa3e8f6b'],
  // I with 15 bits, L without F, B, E, V: picture id, layer, TL0PICIDX; one layer, its size, one picture in a group.
  ['a scalability structure', 'vp9', 'ae81230001180140 00b4 01 04 824983'.replaceAll(' ', '')],
  // Two layers, of 90 and 180 lines.
  ['two spatial layers', 'vp9', 'ae812300013000a0005a014000b4824983'],
  // Aggregation header with N: the delimiter and the sequence header with their sizes, as elements of told length.
  ['libaom', 'av1', '0802 1200 0d 0a0b000000043cfeccdaf90040'.replaceAll(' ', '')],
  // W = 1: one element that goes to the end of the packet, without a size of its own.
  ['SVT-AV1', 'av1', '18 08000000043cfeccfbf90040'.replaceAll(' ', '')],
];

it.each(PICTURES)('%s (%s) tells 180 lines', (_, codec, hex) => {
  const bytes = Buffer.from(`ffff${hex}`, 'hex');
  expect(pictureHeight(codec, bytes, 2, bytes.length)).toBe(180);
});

it.each(PICTURES)('%s (%s) cut short tells nothing that is not so', (_, codec, hex) => {
  const bytes = Buffer.from(hex, 'hex');
  for (let end = 1; end < bytes.length; end++) {
    expect([null, 180]).toContain(pictureHeight(codec, bytes.subarray(0, end), 0, end));
  }
});

it('of whatever bytes there are it takes no more than those, and tells a height or none', () => {
  const codecs = fc.constantFrom<CodecName>('vp8', 'vp9', 'h264', 'av1', 'opus');
  fc.assert(
    fc.property(codecs, fc.uint8Array({ minLength: 1, maxLength: 64 }), (codec, bytes) => {
      const height = pictureHeight(codec, bytes, 0, bytes.length);
      if (height !== null) expect(Number.isInteger(height) && height > 0 && height <= 16_384).toBe(true);
    }),
    { numRuns: 2000 },
  );
});
