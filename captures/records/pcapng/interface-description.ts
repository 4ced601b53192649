import { readUint16, readUint32 } from '../integers.ts';
import type { CaptureInterface } from '../record-cursor.ts';
import { InterfaceClock, timeDigitsOf } from './interface-clock.ts';
import { type OptionWalk, optionText } from './options.ts';

/*
 * Interface Description Block (draft-ietf-opsawg-pcapng, 4.2).
 *
 *   type(4)=1 length(4) linktype(2) reserved(2) snaplen(4) options length(4)
 */
export const SMALLEST_INTERFACE_DESCRIPTION_BYTES = 20;
const IF_NAME = 2;
const IF_DESCRIPTION = 3;
const IF_TSRESOL = 9;
const IF_FCSLEN = 13;
const IF_TSOFFSET = 14;

const MICROSECONDS = 6;
/** Beyond any date that has a calendar; an offset above it is damage. */
const LARGEST_OFFSET_SECONDS = 2 ** 43;

export interface DescribedInterface {
  readonly description: CaptureInterface;
  readonly clock: InterfaceClock;
  /** True where an option contradicts its layout; it was left out. */
  readonly damaged: boolean;
}

/** @param end where the block's options end. The block must hold at least its fixed part. */
export function decodeInterfaceDescription(
  bytes: Uint8Array,
  offset: number,
  end: number,
  littleEndian: boolean,
  options: OptionWalk,
): DescribedInterface {
  let name: string | null = null;
  let description: string | null = null;
  let resolution = MICROSECONDS;
  let fcsLength: number | null = null;
  let offsetSeconds = 0;
  let damaged = false;
  options.begin(bytes, offset + 16, end, littleEndian);
  while (options.next()) {
    const { code, offset: at, length } = options;
    if (code === IF_NAME) name = optionText(bytes, at, length);
    else if (code === IF_DESCRIPTION) description = optionText(bytes, at, length);
    else if (code === IF_TSRESOL && length >= 1) resolution = bytes[at];
    else if (code === IF_FCSLEN && length >= 1) fcsLength = bytes[at];
    else if (code === IF_TSOFFSET && length >= 8) {
      const value = readInt64(bytes, at, littleEndian);
      if (Math.abs(value) <= LARGEST_OFFSET_SECONDS) offsetSeconds = value;
      else damaged = true;
    }
  }
  return {
    description: {
      linkType: readUint16(bytes, offset + 8, littleEndian),
      name,
      description,
      snapLength: readUint32(bytes, offset + 12, littleEndian),
      fcsLength,
      timeDigits: timeDigitsOf(resolution),
      droppedPackets: null,
    },
    clock: new InterfaceClock(resolution, offsetSeconds),
    damaged: damaged || options.damaged,
  };
}

function readInt64(bytes: Uint8Array, at: number, littleEndian: boolean): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset + at, 8);
  return Number(view.getBigInt64(0, littleEndian));
}
