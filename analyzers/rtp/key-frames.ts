import type { Datagram } from '../../captures/index.ts';
import { type KeyFrameCodec, keyFrameCodec, startsKeyFrame, VP8, VP9 } from './key-frame-payload.ts';
import { KEPT_AT, MOST_UNKNOWN } from './row-layout.ts';
import { ROW_FIELDS, type Rows } from './rows.ts';
import { CSRC_COUNT, EXTENSION, FIRST_DYNAMIC_TYPE, FIXED_HEADER_BYTES } from './rtp-header.ts';

const UNWATCHED = 0;
/** RFC 2198: the last block, alone as a rule, begins behind one byte with the F bit clear and the payload type within. */
const REDUNDANCY = /^red$/i;
const LAST_TYPE = 127;
/** Not known by name: it may show itself by the start code of VP8 or VP9. */
const UNKNOWN = 255;
/** Payloads looked into for a codec. */
const LOOKED = KEPT_AT + 1;

/** What the payloads of a stream are looked into for. */
export const Watch = { nothing: 0, keyFrames: 1, codec: 2 } as const;
export type Watch = (typeof Watch)[keyof typeof Watch];

/** Key frames of many streams, where the payload tells them. Whether it is in clear is for the caller to know. */
export class KeyFrames {
  #codec = new Uint8Array(64);
  #recognised = new Uint8Array(64);
  /** Where the codec is wrapped in redundancy: the payload type within. */
  #wrapped = new Uint8Array(64);
  #unreadable = new Uint8Array(64);
  #frames = new Float64Array(64);
  #timestamp = new Float64Array(64);
  readonly #rows: Rows;

  constructor(rows: Rows) {
    this.#rows = rows;
  }

  /** Begins a row anew. */
  open(row: number): void {
    if (row >= this.#codec.length) this.#grow(row + 1);
    this.#codec[row] = UNWATCHED;
    this.#recognised[row] = 0;
    this.#wrapped[row] = 0;
    this.#unreadable[row] = 0;
    this.#frames[row] = 0;
    this.#rows.fields[row * ROW_FIELDS + LOOKED] = 0;
    this.#timestamp[row] = Number.NaN;
  }

  /** @param codec as in SDP; null for a payload type that nothing describes. */
  expect(row: number, codec: string | null): void {
    if (codec !== null && !REDUNDANCY.test(codec)) this.#codec[row] = keyFrameCodec(codec);
    else this.#codec[row] = this.#recognised[row] === 0 ? UNKNOWN : this.#recognised[row];
  }

  ignore(row: number): void {
    this.#codec[row] = UNWATCHED;
  }

  watches(row: number): boolean {
    return this.#codec[row] !== UNWATCHED;
  }

  watch(row: number): Watch {
    const codec = this.#codec[row];
    return codec === UNWATCHED ? Watch.nothing : codec === UNKNOWN ? Watch.codec : Watch.keyFrames;
  }

  packet(row: number, datagram: Datagram, timestamp: number): void {
    const bytes = datagram.bytes;
    const end = datagram.offset + datagram.capturedLength;
    const first = bytes[datagram.offset];
    let at = datagram.offset + FIXED_HEADER_BYTES + (first & CSRC_COUNT) * 4;
    if ((first & EXTENSION) !== 0) at = at + 4 > end ? end : at + 4 + ((bytes[at + 2] << 8) | bytes[at + 3]) * 4;
    if (at >= end) {
      if (datagram.capturedLength < datagram.length) this.#unreadable[row] = 1;
      return;
    }
    const codec = this.#codec[row];
    if (codec === UNKNOWN) {
      this.#recognise(row, bytes, at, end, timestamp);
      return;
    }
    const wrapped = this.#wrapped[row];
    if (wrapped !== 0) {
      if (bytes[at] !== wrapped) return;
      at++;
    }
    if (startsKeyFrame(codec as KeyFrameCodec, bytes, at, end)) this.#count(row, timestamp);
  }

  #recognise(row: number, bytes: Uint8Array, at: number, end: number, timestamp: number): void {
    if (++this.#rows.fields[row * ROW_FIELDS + LOOKED] > MOST_UNKNOWN) this.#codec[row] = UNWATCHED;
    let codec = provenCodec(bytes, at, end);
    const type = bytes[at];
    if (codec === 0 && type >= FIRST_DYNAMIC_TYPE && type <= LAST_TYPE) {
      codec = provenCodec(bytes, at + 1, end);
      if (codec !== 0) this.#wrapped[row] = type;
    }
    if (codec === 0) return;
    this.#codec[row] = this.#recognised[row] = codec;
    this.#count(row, timestamp);
  }

  /** The packets and spatial layers of one picture share its timestamp. */
  #count(row: number, timestamp: number): void {
    if (timestamp === this.#timestamp[row]) return;
    this.#timestamp[row] = timestamp;
    this.#frames[row]++;
  }

  /** Codec that the payload itself has shown, null where it has not. */
  recognised(row: number): string | null {
    const codec = this.#recognised[row];
    return codec === VP8 ? 'VP8' : codec === VP9 ? 'VP9' : null;
  }

  /** @returns null where the codec is none that tells, or packets were cut before their payload. */
  count(row: number): number | null {
    const codec = this.#codec[row];
    if (codec === UNWATCHED || codec === UNKNOWN || this.#unreadable[row] !== 0) return null;
    return this.#frames[row];
  }

  #grow(rows: number): void {
    const length = Math.max(rows, this.#codec.length * 2);
    this.#codec = widened(this.#codec, new Uint8Array(length));
    this.#recognised = widened(this.#recognised, new Uint8Array(length));
    this.#wrapped = widened(this.#wrapped, new Uint8Array(length));
    this.#unreadable = widened(this.#unreadable, new Uint8Array(length));
    this.#frames = widened(this.#frames, new Float64Array(length));
    this.#timestamp = widened(this.#timestamp, new Float64Array(length));
  }
}

function provenCodec(bytes: Uint8Array, at: number, end: number): typeof VP8 | typeof VP9 | 0 {
  if (startsKeyFrame(VP8, bytes, at, end, true)) return VP8;
  return startsKeyFrame(VP9, bytes, at, end, true) ? VP9 : 0;
}

function widened<T extends Uint8Array | Float64Array>(from: T, to: T): T {
  to.set(from);
  return to;
}
