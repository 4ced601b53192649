/*
 * IVF, the container of libvpx's tools: a header of 32 bytes, then frames, each after 12 bytes of its own (little endian):
 *
 *   'DKIF' | version 16 | header bytes 16 | FourCC | width 16 | height 16 | rate 32 | scale 32 | frames 32 | unused 32
 *   frame bytes 32 | presentation time 64 (in units of scale / rate seconds)
 */
export interface IvfClip {
  readonly width: number;
  readonly height: number;
  readonly framesPerSecond: number;
  readonly frames: readonly Uint8Array[];
}

const HEADER_BYTES = 32;
const FRAME_HEADER_BYTES = 12;

/** @throws Error where the bytes are no whole IVF of VP8: clips are part of the program. */
export function parseIvf(bytes: Buffer): IvfClip {
  const magic = bytes.toString('latin1', 0, 4);
  if (magic !== 'DKIF' || bytes.toString('latin1', 8, 12) !== 'VP80') throw new Error('not an IVF file of VP8');
  const frames: Uint8Array[] = [];
  for (let at = bytes.readUInt16LE(6) || HEADER_BYTES; at < bytes.length; ) {
    const length = bytes.readUInt32LE(at);
    at += FRAME_HEADER_BYTES;
    if (at + length > bytes.length) throw new Error('the IVF file is cut short');
    frames.push(bytes.subarray(at, at + length));
    at += length;
  }
  return {
    width: bytes.readUInt16LE(12),
    height: bytes.readUInt16LE(14),
    framesPerSecond: bytes.readUInt32LE(16) / bytes.readUInt32LE(20),
    frames,
  };
}
