import { isIPv4, isIPv6 } from 'node:net';

/**
 * Addresses to send from, of `--bind`: one address for all, or a range of IPv4 in CIDR notation of which each client gets its own, in turn.
 * @returns null for what is neither.
 */
export function parseBindRange(text: string): ((client: number) => string) | null {
  const [address, prefix, more] = text.split('/');
  if (more !== undefined) return null;
  if (prefix === undefined) return isIPv4(address) || isIPv6(address) ? () => address : null;
  const bits = Number(prefix);
  if (!isIPv4(address) || !/^\d{1,2}$/.test(prefix) || bits > 32) return null;
  const hosts = 2 ** (32 - bits);
  const given = address.split('.').reduce((number, octet) => number * 256 + Number(octet), 0);
  const base = Math.floor(given / hosts) * hosts;
  // The first and the last are the network's and the broadcast address.
  const usable = hosts > 2 ? hosts - 2 : hosts;
  const first = hosts > 2 ? base + 1 : base;
  return (client) => {
    const value = first + (client % usable);
    return [24, 16, 8, 0].map((shift) => Math.floor(value / 2 ** shift) % 256).join('.');
  };
}
