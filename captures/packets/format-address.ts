/** `192.0.2.1:5004` or `[2001:db8::1]:5004`. */
export function formatEndpoint(address: string, port: number): string {
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}

/** @param word the address as a 32-bit number in network order. */
export function formatIpv4(word: number): string {
  return `${word >>> 24}.${(word >>> 16) & 255}.${(word >>> 8) & 255}.${word & 255}`;
}

/**
 * RFC 5952: lower case, the longest run of two or more zero groups (the first of equals) as `::`.
 *
 * @param words four words in network order from `at`.
 */
export function formatIpv6(words: Int32Array, at: number): string {
  const groups: number[] = [];
  for (let word = 0; word < 4; word++) groups.push(words[at + word] >>> 16, words[at + word] & 0xffff);
  let bestStart = -1;
  let bestLength = 1;
  for (let start = 0; start < 8; ) {
    let length = 0;
    while (start + length < 8 && groups[start + length] === 0) length++;
    if (length > bestLength) {
      bestStart = start;
      bestLength = length;
    }
    start += length + 1;
  }
  const hex = groups.map((group) => group.toString(16));
  if (bestStart < 0) return hex.join(':');
  return `${hex.slice(0, bestStart).join(':')}::${hex.slice(bestStart + bestLength).join(':')}`;
}
