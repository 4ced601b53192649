import type { SpeechClip } from './clips.ts';

export const SILENT_LEVEL = 127;
/** 20 ms of silence, full band, mono: the table-of-contents octet (RFC 6716, section 3.1: configuration 31, one frame) and an empty CELT frame. */
const SILENCE = Uint8Array.of(0xf8, 0xff, 0xfe);

/** Speech while its participant talks; silence while it does not or is muted, as a browser sends it without DTX. */
export class AudioSource {
  readonly #clip: SpeechClip;
  #at: number;
  talking = false;
  muted = false;
  packet: Uint8Array = SILENCE;
  level = SILENT_LEVEL;
  /** The first packet after silence: a talkspurt begins (RFC 7587, section 4.2, on the marker). */
  startsTalkspurt = false;

  /** @param from where in the clip to begin, any number. */
  constructor(clip: SpeechClip, from: number) {
    this.#clip = clip;
    this.#at = from % clip.packets.length;
  }

  next(): void {
    const speaks = this.talking && !this.muted;
    this.startsTalkspurt = speaks && this.packet === SILENCE;
    if (!speaks) {
      this.packet = SILENCE;
      this.level = SILENT_LEVEL;
      return;
    }
    this.packet = this.#clip.packets[this.#at];
    this.level = this.#clip.levels[this.#at];
    this.#at = (this.#at + 1) % this.#clip.packets.length;
  }
}
