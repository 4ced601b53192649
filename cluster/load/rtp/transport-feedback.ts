import type { RtcpWriter } from './rtcp-writer.ts';
import { write16, write32 } from './rtp-packet.ts';

/*
 * Transport-wide feedback (draft-holmer-rmcat-transport-wide-cc-extensions-01, section 3.1):
 *
 *   | V FMT=15 PT=205 length | sender SSRC | media SSRC | base sequence 16 | status count 16 |
 *   | reference time 24 (64 ms) | feedback count 8 | status chunks 16 each | deltas: 1 or 2 octets (250 µs) | zero padding
 *
 * Status chunks here are always vectors of two-bit symbols: 1 1 s0 .. s6.
 */
const FORMAT = 15;
const SYMBOLS_A_CHUNK = 7;
const NOT_RECEIVED = 0;
const SMALL_DELTA = 1;
const LARGE_DELTA = 2;
const PACKETS_AT_MOST = 140;
const RING = 1024;

/** Notes when packets came, by their transport-wide number, and writes reports of it. */
export class TransportFeedback {
  readonly #arrivalMs = new Float64Array(RING).fill(-1);
  #base = -1;
  #highest = -1;
  #count = 0;

  packet(sequence: number, arrivalMs: number): void {
    if (this.#highest < 0) {
      this.#base = 65_536 + sequence;
      this.#highest = this.#base - 1;
    }
    const step = ((sequence - this.#highest + 32_768) & 0xffff) - 32_768;
    const extended = this.#highest + step;
    // Reported already as missing, or too far ahead to be of the same row.
    if (extended < this.#base) return;
    if (extended - this.#base >= RING) this.#restart(extended);
    this.#arrivalMs[extended % RING] = arrivalMs;
    this.#highest = Math.max(this.#highest, extended);
  }

  /** Writes one packet for all that came since the last; nothing where nothing did. @returns whether more is to be written. */
  write(writer: RtcpWriter, ownSsrc: number, mediaSsrc: number): boolean {
    while (this.#base <= this.#highest && this.#arrivalMs[this.#base % RING] < 0) this.#base++;
    const count = Math.min(PACKETS_AT_MOST, this.#highest - this.#base + 1);
    if (count <= 0) return false;
    const referenceMs = Math.floor(this.#arrivalMs[this.#base % RING] / 64) * 64;
    const { chunks, deltas } = this.#describe(count, referenceMs);
    const bytes = Math.ceil((20 + 2 * chunks.length + deltas.length) / 4) * 4;
    const at = writer.transportFeedback(FORMAT, bytes);
    const target = writer.bytes;
    target.fill(0, at + 4, at + bytes);
    write32(target, at + 4, ownSsrc);
    write32(target, at + 8, mediaSsrc);
    write16(target, at + 12, this.#base);
    write16(target, at + 14, count);
    write32(target, at + 16, (((referenceMs / 64) & 0xffffff) << 8) | (this.#count++ & 0xff));
    chunks.forEach((chunk, index) => {
      write16(target, at + 20 + 2 * index, chunk);
    });
    target.set(deltas, at + 20 + 2 * chunks.length);
    for (let extended = this.#base; extended < this.#base + count; extended++) this.#arrivalMs[extended % RING] = -1;
    this.#base += count;
    return this.#base <= this.#highest;
  }

  #describe(count: number, referenceMs: number): { chunks: number[]; deltas: number[] } {
    const chunks: number[] = new Array(Math.ceil(count / SYMBOLS_A_CHUNK)).fill(0xc000);
    const deltas: number[] = [];
    let lastTicks = referenceMs * 4;
    for (let index = 0; index < count; index++) {
      const arrivalMs = this.#arrivalMs[(this.#base + index) % RING];
      let symbol = NOT_RECEIVED;
      if (arrivalMs >= 0) {
        const delta = Math.max(-32_768, Math.min(32_767, Math.round(arrivalMs * 4) - lastTicks));
        lastTicks += delta;
        symbol = delta >= 0 && delta <= 255 ? SMALL_DELTA : LARGE_DELTA;
        if (symbol === SMALL_DELTA) deltas.push(delta);
        else deltas.push((delta >> 8) & 0xff, delta & 0xff);
      }
      chunks[Math.floor(index / SYMBOLS_A_CHUNK)] |= symbol << (12 - 2 * (index % SYMBOLS_A_CHUNK));
    }
    return { chunks, deltas };
  }

  #restart(extended: number): void {
    this.#arrivalMs.fill(-1);
    this.#base = extended;
    this.#highest = extended;
  }
}
