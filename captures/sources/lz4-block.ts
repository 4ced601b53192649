/*
 * An LZ4 block (lz4 block format): sequences of
 *
 *   token(1): literals(4 bits) match(4 bits)  [more literal length] literals  offset(2) [more match length]
 *
 * A length of 15 goes on with bytes that are added until one is below 255; a match is at least 4 bytes long. The last
 * sequence ends with its literals.
 */
const SHORTEST_MATCH = 4;

export interface Lz4Block {
  /** Where the decompressed bytes end. */
  readonly end: number;
  /** True where the block is cut or damaged; what was decompressed before stands. */
  readonly damaged: boolean;
}

/**
 * Decompresses `input[from..to)` into `output` from `at`, not beyond `limit`.
 *
 * @param history where the bytes begin, at or before `at`, that matches may refer to.
 */
export function decodeLz4Block(
  input: Uint8Array,
  from: number,
  to: number,
  output: Uint8Array,
  at: number,
  limit: number,
  history: number,
): Lz4Block {
  let next = from;
  let end = at;
  while (next < to) {
    const token = input[next++];
    let literals = token >> 4;
    if (literals === 15) {
      let more = 255;
      while (more === 255 && next < to) {
        more = input[next++];
        literals += more;
      }
    }
    const present = Math.min(literals, to - next, limit - end);
    // Most runs are short: a loop beats a call into the runtime there.
    if (present < 32) for (let index = 0; index < present; index++) output[end + index] = input[next + index];
    else output.set(input.subarray(next, next + present), end);
    end += present;
    next += present;
    if (present < literals) return { end, damaged: true };
    if (next === to) return { end, damaged: false };

    if (to - next < 2) return { end, damaged: true };
    const offset = input[next] | (input[next + 1] << 8);
    next += 2;
    if (offset === 0 || offset > end - history) return { end, damaged: true };
    let length = (token & 15) + SHORTEST_MATCH;
    if ((token & 15) === 15) {
      let more = 255;
      while (more === 255 && next < to) {
        more = input[next++];
        length += more;
      }
    }
    const copied = Math.min(length, limit - end);
    // Byte by byte where the match overlaps what it writes: that is how a run is repeated.
    if (offset >= copied && copied >= 32) output.copyWithin(end, end - offset, end - offset + copied);
    else for (let index = 0; index < copied; index++) output[end + index] = output[end + index - offset];
    end += copied;
    if (copied < length) return { end, damaged: true };
  }
  // A block cannot end with a match; an empty one has nothing to decompress.
  return { end, damaged: from < to };
}
