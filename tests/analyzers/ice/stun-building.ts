const COOKIE = [0x21, 0x12, 0xa4, 0x42];

/** Attribute with its padding (RFC 8489, 14). */
export function attribute(type: number, value: Uint8Array | readonly number[]): Uint8Array {
  const padded = new Uint8Array(4 + Math.ceil(value.length / 4) * 4);
  padded.set([type >>> 8, type & 255, value.length >>> 8, value.length & 255]);
  padded.set(value, 4);
  return padded;
}

export const text = (type: number, value: string): Uint8Array => attribute(type, new TextEncoder().encode(value));

/** XOR-*-ADDRESS of an IPv4 endpoint. */
export function xorAddress(type: number, endpoint: string): Uint8Array {
  const [address, port] = endpoint.split(':');
  const octets = address.split('.').map((octet, index) => Number(octet) ^ COOKIE[index]);
  return attribute(type, [0, 1, (Number(port) >>> 8) ^ COOKIE[0], (Number(port) & 255) ^ COOKIE[1], ...octets]);
}

/** ERROR-CODE. */
export function errorCode(code: number, reason = ''): Uint8Array {
  return attribute(0x0009, [0, 0, Math.floor(code / 100), code % 100, ...new TextEncoder().encode(reason)]);
}

/** A STUN message; the transaction id is `transaction` in its last bytes. */
export function stun(type: number, transaction: number, ...attributes: Uint8Array[]): Uint8Array {
  const length = attributes.reduce((sum, { length }) => sum + length, 0);
  const bytes = new Uint8Array(20 + length);
  bytes.set([type >>> 8, type & 255, length >>> 8, length & 255, ...COOKIE]);
  bytes.set([transaction >>> 24, (transaction >>> 16) & 255, (transaction >>> 8) & 255, transaction & 255], 16);
  let at = 20;
  for (const one of attributes) {
    bytes.set(one, at);
    at += one.length;
  }
  return bytes;
}
