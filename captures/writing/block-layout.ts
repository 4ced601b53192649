/** An option of a pcapng block (draft-ietf-opsawg-pcapng, 3.5), its value either text or a number of some width. */
export type BlockOption =
  | { readonly code: number; readonly text: Uint8Array }
  | { readonly code: number; readonly width: 1 | 4 | 8; readonly value: number };

/** @returns null, which `finish` leaves out, where there is no text. */
export function textOption(code: number, text: string | undefined): BlockOption | null {
  // An option's length has 16 bits.
  return text === undefined ? null : { code, text: new TextEncoder().encode(text).subarray(0, 0xfffc) };
}

export function numberOption(code: number, width: 1 | 4 | 8, value: number | undefined): BlockOption | null {
  return value === undefined ? null : { code, width, value };
}

const LEADING_BYTES = 8;

/** One pcapng block being laid out: type, length, body padded to 32 bits, options, length again. */
export class BlockLayout {
  readonly #littleEndian: boolean;
  readonly #type: number;
  readonly #bodyBytes: number;
  readonly #body: Uint8Array;
  readonly #view: DataView;

  constructor(littleEndian: boolean, type: number, bodyBytes: number) {
    this.#littleEndian = littleEndian;
    this.#type = type;
    this.#bodyBytes = (bodyBytes + 3) & ~3;
    this.#body = new Uint8Array(this.#bodyBytes);
    this.#view = new DataView(this.#body.buffer);
  }

  uint16(at: number, value: number): void {
    this.#view.setUint16(at, value, this.#littleEndian);
  }

  uint32(at: number, value: number): void {
    this.#view.setUint32(at, value, this.#littleEndian);
  }

  bytes(at: number, bytes: Uint8Array): void {
    this.#body.set(bytes, at);
  }

  finish(options: readonly (BlockOption | null)[]): Uint8Array {
    const present = options.filter((option) => option !== null);
    let optionBytes = present.length === 0 ? 0 : 4;
    for (const option of present) optionBytes += 4 + padded(lengthOf(option));
    const length = LEADING_BYTES + this.#bodyBytes + optionBytes + 4;
    const block = new Uint8Array(length);
    const view = new DataView(block.buffer);
    view.setUint32(0, this.#type, this.#littleEndian);
    view.setUint32(4, length, this.#littleEndian);
    block.set(this.#body, LEADING_BYTES);
    let at = LEADING_BYTES + this.#bodyBytes;
    for (const option of present) {
      view.setUint16(at, option.code, this.#littleEndian);
      view.setUint16(at + 2, lengthOf(option), this.#littleEndian);
      this.#value(block, view, at + 4, option);
      at += 4 + padded(lengthOf(option));
    }
    view.setUint32(length - 4, length, this.#littleEndian);
    return block;
  }

  #value(block: Uint8Array, view: DataView, at: number, option: BlockOption): void {
    if ('text' in option) block.set(option.text, at);
    else if (option.width === 1) view.setUint8(at, option.value);
    else if (option.width === 4) view.setUint32(at, option.value, this.#littleEndian);
    else view.setBigInt64(at, BigInt(option.value), this.#littleEndian);
  }
}

function lengthOf(option: BlockOption): number {
  return 'text' in option ? option.text.length : option.width;
}

function padded(length: number): number {
  return (length + 3) & ~3;
}
