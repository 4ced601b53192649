import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseIvf } from './ivf.ts';
import { parseOggOpus } from './ogg-opus.ts';

export interface VideoClip {
  readonly framesPerSecond: number;
  readonly frames: readonly Uint8Array[];
  /** Which frames decode without any before them. The first always does. */
  readonly keyFrames: readonly number[];
}

export interface SpeechClip {
  /** Opus packets of 20 ms. */
  readonly packets: readonly Uint8Array[];
  /** Their levels in -dBov, 0 the loudest, 127 silence (RFC 6464). */
  readonly levels: Uint8Array;
}

/** Rates at which the picture was encoded, lowest first; what is asked for beyond is padding (see PaddedVideo). */
const VIDEO_KBPS = [60, 120] as const;

function clipFolder(): string {
  const here = dirname(fileURLToPath(import.meta.url));
  const places = [join(here, 'clips'), join(here, 'load-clips'), join(here, '..', 'load-clips')];
  const found = places.find((place) => existsSync(join(place, 'speech.opus')));
  if (found === undefined) throw new Error('the clips of the load are missing: run npm run build');
  return found;
}

/** VP8 (RFC 6386, section 9.1): the lowest bit of the first octet is 0 in a key frame. */
const isKeyFrame = (frame: Uint8Array) => (frame[0] & 1) === 0;

/** @param kbps what is to be sent: the richest clip that does not exceed it, or the poorest. */
export function openVideoClip(kbps: number): VideoClip {
  const rate = VIDEO_KBPS.findLast((candidate) => candidate <= kbps) ?? VIDEO_KBPS[0];
  const { frames, framesPerSecond } = parseIvf(readFileSync(join(clipFolder(), `picture-${rate}kbps.ivf`)));
  return { frames, framesPerSecond, keyFrames: frames.flatMap((frame, at) => (isKeyFrame(frame) ? [at] : [])) };
}

export function openSpeechClip(): SpeechClip {
  const folder = clipFolder();
  const packets = parseOggOpus(readFileSync(join(folder, 'speech.opus')));
  const levels = new Uint8Array(readFileSync(join(folder, 'speech.levels')));
  // The encoder's look-ahead fills one packet more than were put in.
  return { packets: packets.slice(0, levels.length), levels };
}
