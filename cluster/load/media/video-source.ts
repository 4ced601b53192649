import type { VideoClip } from './clips.ts';

const KEY_FRAME_HEADER_BYTES = 10;
/** A key frame is asked for by many at once, and given at most so often. */
const KEY_FRAMES_AT_LEAST_APART_FRAMES = 5;

/**
 * Plays a clip as a camera would: a frame each time, from the beginning again after the end, from a key frame where one is asked for.
 *
 * Where more bits are wanted than the clip has, frames are padded behind their last partition: its size is not written
 * anywhere (RFC 6386, section 9.5), it ends where the frame ends, and a decoder reads no further than it needs. So the picture is
 * the same, and any rate can be had from one small clip. The rate is held over each loop.
 */
export class VideoSource {
  readonly #clip: VideoClip;
  readonly #meanBytes: number;
  #at: number;
  #debtBytes = 0;
  #keyFrameWanted = false;
  #sinceKeyFrame = KEY_FRAMES_AT_LEAST_APART_FRAMES;
  /** The frame after {@link next}, and how many bytes it is with its padding. */
  frame: Uint8Array = new Uint8Array(0);
  paddedBytes = 0;
  isKeyFrame = false;

  /**
   * @param kbps bits of payload in thousands a second.
   * @param from the key frame to begin at, any number: so that not all participants send the same at the same time.
   */
  constructor(clip: VideoClip, kbps: number, from: number) {
    this.#clip = clip;
    this.#meanBytes = (kbps * 1000) / 8 / clip.framesPerSecond;
    this.#at = clip.keyFrames[from % clip.keyFrames.length];
  }

  get frameMs(): number {
    return 1000 / this.#clip.framesPerSecond;
  }

  /** Jumps to a key frame with the next frame, unless there was one just now. */
  requestKeyFrame(): void {
    this.#keyFrameWanted = true;
  }

  next(): void {
    const { frames, keyFrames } = this.#clip;
    if (this.#keyFrameWanted && this.#sinceKeyFrame >= KEY_FRAMES_AT_LEAST_APART_FRAMES) {
      this.#keyFrameWanted = false;
      this.#at = keyFrames.find((at) => at >= this.#at) ?? 0;
    }
    this.frame = frames[this.#at];
    this.isKeyFrame = keyFrames.includes(this.#at);
    this.#sinceKeyFrame = this.isKeyFrame ? 0 : this.#sinceKeyFrame + 1;
    this.#at = (this.#at + 1) % frames.length;
    // A frame that is larger than its share, as key frames are, is paid for by those after it.
    const share = this.#meanBytes - this.#debtBytes;
    this.paddedBytes = Math.max(this.frame.length, Math.min(Math.round(share), 4 * Math.ceil(this.#meanBytes)));
    this.#debtBytes = Math.min(this.#debtBytes + this.paddedBytes - this.#meanBytes, frames.length * this.#meanBytes);
  }

  /** Width and height as a key frame says them (RFC 6386, section 9.1); null where this is none. */
  static sizeOf(frame: Uint8Array): { width: number; height: number } | null {
    if (frame.length < KEY_FRAME_HEADER_BYTES || (frame[0] & 1) !== 0) return null;
    return { width: (frame[6] | (frame[7] << 8)) & 0x3fff, height: (frame[8] | (frame[9] << 8)) & 0x3fff };
  }
}
