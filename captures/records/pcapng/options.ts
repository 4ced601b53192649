import { readUint16 } from '../integers.ts';

/*
 * Options (draft-ietf-opsawg-pcapng, section 3.5): a list at the end of most blocks.
 *
 *   code(2) length(2) value(length, padded to 4)    ends with code 0, or with the block
 */
const END_OF_OPTIONS = 0;

/** Walks the options of a block; one instance serves all blocks, so that walking allocates nothing. */
export class OptionWalk {
  code = 0;
  /** Where the value begins. */
  offset = 0;
  length = 0;
  /** True once an option was met that does not fit its block. */
  damaged = false;

  #bytes: Uint8Array = new Uint8Array(0);
  #at = 0;
  #end = 0;
  #littleEndian = true;

  begin(bytes: Uint8Array, from: number, end: number, littleEndian: boolean): void {
    this.#bytes = bytes;
    this.#at = from;
    this.#end = end;
    this.#littleEndian = littleEndian;
    this.damaged = false;
  }

  /** @returns false where there is no further option. */
  next(): boolean {
    const at = this.#at;
    // Section 3.5 wants opt_endofopt; many writers leave it out where the block ends anyway.
    if (this.#end - at < 4) return false;
    const code = readUint16(this.#bytes, at, this.#littleEndian);
    if (code === END_OF_OPTIONS) return false;
    const length = readUint16(this.#bytes, at + 2, this.#littleEndian);
    if (at + 4 + length > this.#end) {
      this.damaged = true;
      return false;
    }
    this.code = code;
    this.offset = at + 4;
    this.length = length;
    this.#at = at + 4 + ((length + 3) & ~3);
    return true;
  }
}

/** Names and comments are for people: this is more than most readers want, and bounds what a hostile capture can make us keep. */
const LONGEST_TEXT_BYTES = 512;

/** The value of a UTF-8 option, cut where it is very long. */
export function optionText(bytes: Uint8Array, at: number, length: number): string {
  let end = at + Math.min(length, LONGEST_TEXT_BYTES);
  // Not zero-terminated by the draft, but some writers count a terminating zero in.
  while (end > at && bytes[end - 1] === 0) end--;
  return new TextDecoder().decode(bytes.subarray(at, end));
}
