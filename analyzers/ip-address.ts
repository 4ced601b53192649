/*
 * IP addresses as text, to compare what SDP and users write with what packets carry. An address is held as eight 16-bit
 * groups; IPv4 as the last two of an IPv4-mapped one (RFC 4291, 2.5.5.2), so that one comparison serves both.
 */
export type IpGroups = readonly number[];

const MAPPED: IpGroups = [0, 0, 0, 0, 0, 0xffff];
const LONGEST_TEXT = 64;

/** @returns null where the text is no IP address. Brackets and a zone (`%eth0`) are taken off. */
export function parseIpAddress(text: string): IpGroups | null {
  if (text.length > LONGEST_TEXT) return null;
  let address = text.startsWith('[') && text.endsWith(']') ? text.slice(1, -1) : text;
  const zone = address.indexOf('%');
  if (zone >= 0) address = address.slice(0, zone);
  return address.includes(':') ? parseIpv6(address) : parseIpv4(address);
}

export function isIpv4(groups: IpGroups): boolean {
  return MAPPED.every((group, index) => groups[index] === group);
}

/** The text of RFC 5952, in which flows name their addresses; null where the text is no IP address. */
export function canonicalIpAddress(text: string): string | null {
  const groups = parseIpAddress(text);
  return groups === null ? null : formatIpAddress(groups);
}

/** True for an address that several networks may use at the same time: RFC 1918, RFC 6598, link-local, loopback. */
export function isPrivateIpAddress(text: string): boolean {
  const groups = parseIpAddress(text);
  if (groups === null) return false;
  if (!isIpv4(groups)) return (groups[0] & 0xfe00) === 0xfc00 || (groups[0] & 0xffc0) === 0xfe80;
  const high = groups[6];
  const first = high >>> 8;
  if (first === 10 || first === 127) return true;
  return (high & 0xfff0) === 0xac10 || high === 0xc0a8 || high === 0xa9fe || (high & 0xffc0) === 0x6440;
}

export function isUnspecifiedIpAddress(text: string): boolean {
  const groups = parseIpAddress(text);
  if (groups === null) return false;
  return groups.every((group, index) => group === 0 || (isIpv4(groups) && index === 5));
}

/** @param prefixBits counted in the address's own family: 0 to 32 or 0 to 128. */
export function isInNetwork(address: IpGroups, network: IpGroups, prefixBits: number): boolean {
  if (isIpv4(address) !== isIpv4(network)) return false;
  let bits = isIpv4(network) ? prefixBits + 96 : prefixBits;
  for (let index = 0; index < 8 && bits > 0; index++, bits -= 16) {
    const mask = bits >= 16 ? 0xffff : (0xffff << (16 - bits)) & 0xffff;
    if (((address[index] ^ network[index]) & mask) !== 0) return false;
  }
  return true;
}

function parseIpv4(text: string): IpGroups | null {
  const match = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(text);
  if (match === null) return null;
  const octets = match.slice(1).map(Number);
  if (octets.some((octet) => octet > 255)) return null;
  return [...MAPPED, (octets[0] << 8) | octets[1], (octets[2] << 8) | octets[3]];
}

function parseIpv6(text: string): IpGroups | null {
  const halves = text.split('::');
  if (halves.length > 2) return null;
  const head = parseGroups(halves[0]);
  if (head === null) return null;
  if (halves.length === 1) return head.length === 8 ? head : null;
  const tail = parseGroups(halves[1]);
  if (tail === null || head.length + tail.length > 7) return null;
  return [...head, ...new Array<number>(8 - head.length - tail.length).fill(0), ...tail];
}

function parseGroups(text: string): number[] | null {
  if (text === '') return [];
  const groups: number[] = [];
  const parts = text.split(':');
  for (const [index, part] of parts.entries()) {
    if (part.includes('.') && index === parts.length - 1) {
      const ipv4 = parseIpv4(part);
      if (ipv4 === null) return null;
      groups.push(ipv4[6], ipv4[7]);
    } else if (/^[0-9a-f]{1,4}$/i.test(part)) {
      groups.push(Number.parseInt(part, 16));
    } else return null;
  }
  return groups;
}

function formatIpAddress(groups: IpGroups): string {
  if (isIpv4(groups)) return `${groups[6] >>> 8}.${groups[6] & 255}.${groups[7] >>> 8}.${groups[7] & 255}`;
  let bestStart = -1;
  let bestLength = 1;
  for (let start = 0; start < 8; start++) {
    let length = 0;
    while (start + length < 8 && groups[start + length] === 0) length++;
    if (length > bestLength) {
      bestStart = start;
      bestLength = length;
    }
  }
  const hex = groups.map((group) => group.toString(16));
  if (bestStart < 0) return hex.join(':');
  return `${hex.slice(0, bestStart).join(':')}::${hex.slice(bestStart + bestLength).join(':')}`;
}
