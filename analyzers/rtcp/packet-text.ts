const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

/**
 * Text out of a packet: UTF-8, what is not valid replaced by U+FFFD. It is somebody else's: nothing reads a meaning into
 * it, and whoever prints it escapes it. The length octet before such texts bounds them to 255 bytes.
 */
export function decodePacketText(bytes: Uint8Array, start: number, end: number): string {
  return decoder.decode(bytes.subarray(start, end));
}
