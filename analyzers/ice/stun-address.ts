import { formatEndpoint, formatIpv4, formatIpv6 } from '../../captures/index.ts';

/*
 * Addresses (RFC 8489, 14.1 and 14.2). In the XOR form the port is XORed with the high half of the magic cookie, the
 * address with the cookie, and beyond its 32 bits with the transaction id.
 *
 *   | 0 | family 8 | port 16 | address 32 or 128 |
 */
const IPV4 = 1;
const IPV6 = 2;
const COOKIE = 0x2112a442;

export interface StunAddress {
  /** `192.0.2.1` or `2001:db8::1`. */
  readonly address: string;
  readonly port: number;
}

/** Why an attribute holds no address. */
export type NotStunAddress = 'too-short' | 'unknown-family';

/** @param value of MAPPED-ADDRESS, and other addresses as they are. */
export function decodeStunAddress(value: Uint8Array): StunAddress | NotStunAddress {
  return decode(value, 0, null);
}

/**
 * @param value of an attribute of the XOR form.
 * @param transactionId of its message, 24 hex digits.
 */
export function decodeXorStunAddress(value: Uint8Array, transactionId: string): StunAddress | NotStunAddress {
  return decode(value, COOKIE, transactionId);
}

/** `192.0.2.1:5004`, null where it is no address. */
export function stunEndpoint(address: StunAddress | NotStunAddress): string | null {
  return typeof address === 'string' ? null : formatEndpoint(address.address, address.port);
}

function decode(value: Uint8Array, key: number, transactionId: string | null): StunAddress | NotStunAddress {
  if (value.length < 8) return 'too-short';
  const family = value[1];
  const port = ((value[2] << 8) | value[3]) ^ (key >>> 16);
  if (family === IPV4) return { address: formatIpv4(uint32(value, 4) ^ key), port };
  if (family !== IPV6) return 'unknown-family';
  if (value.length < 20) return 'too-short';
  const words = new Int32Array(4);
  for (let word = 0; word < 4; word++) {
    const mask =
      word === 0 || transactionId === null ? key : Number.parseInt(transactionId.slice(word * 8 - 8, word * 8), 16);
    words[word] = uint32(value, 4 + word * 4) ^ mask;
  }
  return { address: formatIpv6(words, 0), port };
}

function uint32(bytes: Uint8Array, at: number): number {
  return (bytes[at] << 24) | (bytes[at + 1] << 16) | (bytes[at + 2] << 8) | bytes[at + 3];
}
