/** Reads in network byte order. The caller has made sure that the bytes are there. */
export function readUint16(bytes: Uint8Array, at: number): number {
  return (bytes[at] << 8) | bytes[at + 1];
}

export function readUint24(bytes: Uint8Array, at: number): number {
  return (bytes[at] << 16) | (bytes[at + 1] << 8) | bytes[at + 2];
}

/** Two's complement, -8,388,608 to 8,388,607. */
export function readInt24(bytes: Uint8Array, at: number): number {
  return ((bytes[at] << 24) >> 8) | (bytes[at + 1] << 8) | bytes[at + 2];
}

export function readUint32(bytes: Uint8Array, at: number): number {
  return ((bytes[at] << 24) | (bytes[at + 1] << 16) | (bytes[at + 2] << 8) | bytes[at + 3]) >>> 0;
}
