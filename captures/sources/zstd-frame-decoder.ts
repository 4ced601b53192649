import { Decompress } from 'fzstd';
import { ZLIB_STEP_OPTIONS, ZlibSteps, type ZlibStream } from './zlib-steps.ts';

/** Decodes one Zstandard frame that is given header first, then block by block. */
export interface ZstdFrameDecoder {
  /** True once the bytes were found to be no valid Zstandard. */
  readonly failed: boolean;
  /** @returns what the bytes came to; also what came before the failure, where they fail. */
  push(bytes: Uint8Array, last: boolean): Promise<readonly Uint8Array[]>;
  close(): void;
}

type CreateZstdDecompress = (options: object) => ZlibStream;

/** Node.js 22.15 and 23.8 brought Zstandard to zlib; before, a library in plain JavaScript does it, some five times slower. */
function nativeDecompress(): CreateZstdDecompress | undefined {
  const zlib = process.getBuiltinModule('node:zlib') as unknown as { createZstdDecompress?: CreateZstdDecompress };
  return zlib.createZstdDecompress;
}

/** fzstd moves its whole window for each block, so that many tiny blocks or frames with large windows could take hours. */
const FREE_MOVED_BYTES = 16 * 1024 * 1024 * 1024;
const MOST_MOVED_PER_BYTE = 16 * 1024;

/** What the windows of all frames of one source cost, beside what came out of them. */
export class WindowCost {
  moved = 0;
  produced = 0;

  isAbsurd(): boolean {
    return this.moved > FREE_MOVED_BYTES && this.moved > this.produced * MOST_MOVED_PER_BYTE;
  }
}

/** @param windowBytes what the frame's header asks for. */
export function zstdFrameDecoder(windowBytes: number, cost: WindowCost): ZstdFrameDecoder {
  const createZstdDecompress = nativeDecompress();
  return createZstdDecompress === undefined
    ? new PlainFrameDecoder(windowBytes, cost)
    : new NativeFrameDecoder(createZstdDecompress(ZLIB_STEP_OPTIONS));
}

class NativeFrameDecoder implements ZstdFrameDecoder {
  readonly #steps: ZlibSteps;

  constructor(stream: ZlibStream) {
    this.#steps = new ZlibSteps(stream);
  }

  get failed(): boolean {
    return this.#steps.failed;
  }

  async push(bytes: Uint8Array): Promise<readonly Uint8Array[]> {
    const piece = await this.#steps.step(bytes);
    return piece === null ? [] : [piece];
  }

  close(): void {
    this.#steps.close();
  }
}

class PlainFrameDecoder implements ZstdFrameDecoder {
  failed = false;
  readonly #windowBytes: number;
  readonly #cost: WindowCost;
  readonly #decompressor: Decompress;
  #pieces: Uint8Array[] = [];

  constructor(windowBytes: number, cost: WindowCost) {
    this.#windowBytes = windowBytes;
    this.#cost = cost;
    this.#decompressor = new Decompress((piece) => {
      if (piece.length > 0) this.#pieces.push(piece);
    });
  }

  async push(bytes: Uint8Array, last: boolean): Promise<readonly Uint8Array[]> {
    this.#pieces = [];
    try {
      this.#decompressor.push(bytes, last);
    } catch {
      // The library's word for bytes that are no valid Zstandard.
      this.failed = true;
    }
    for (const piece of this.#pieces) this.#cost.produced += piece.length;
    this.#cost.moved += this.#windowBytes;
    if (this.#cost.isAbsurd()) this.failed = true;
    return this.#pieces;
  }

  close(): void {}
}
