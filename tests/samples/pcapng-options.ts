const SECTION_HEADER = 0x0a0d0d0a;
const INTERFACE_DESCRIPTION = 1;
/** Bytes of a block before its options: type and length, then what the block always has. */
const FIXED_BYTES = new Map([
  [SECTION_HEADER, 24],
  [INTERFACE_DESCRIPTION, 16],
]);
/** shb_hardware and shb_os, if_os: they tell of the machine that captured, and nothing of the call. */
const MACHINE_OPTIONS = new Map([
  [SECTION_HEADER, [2, 3]],
  [INTERFACE_DESCRIPTION, [12]],
]);

/** A little-endian pcapng file without the options that describe the capturing machine. */
export function withoutMachineOptions(file: Buffer): Buffer {
  const parts: Buffer[] = [];
  for (let at = 0; at < file.length; ) {
    const length = file.readUInt32LE(at + 4);
    parts.push(filtered(file.subarray(at, at + length)));
    at += length;
  }
  return Buffer.concat(parts);
}

function filtered(block: Buffer): Buffer {
  const type = block.readUInt32LE(0);
  const fixed = FIXED_BYTES.get(type);
  if (fixed === undefined) return block;
  const kept = [block.subarray(0, fixed)];
  for (let at = fixed; at + 4 <= block.length - 4; ) {
    const end = at + 4 + Math.ceil(block.readUInt16LE(at + 2) / 4) * 4;
    if (!MACHINE_OPTIONS.get(type)?.includes(block.readUInt16LE(at))) kept.push(block.subarray(at, end));
    at = end;
  }
  kept.push(block.subarray(block.length - 4));
  const whole = Buffer.concat(kept);
  whole.writeUInt32LE(whole.length, 4);
  whole.writeUInt32LE(whole.length, whole.length - 4);
  return whole;
}
