import { createVerify, timingSafeEqual, X509Certificate } from 'node:crypto';

/*
 * What proves that the peer is who the signalling says (RFC 8827 section 6.5, RFC 5246 sections 7.4.3, 7.4.8 and 7.4.9): its certificate has the
 * fingerprint of the SDP, it signs with that certificate's key, and its Finished fits all that was said. werift checks none of it.
 */

/** @returns the certificate of a Certificate message, the first of its list, or null where it is none. */
export function certificateOf(body: Buffer): X509Certificate | null {
  if (body.length < 6) return null;
  const length = body.readUIntBE(3, 3);
  if (length === 0 || 6 + length > body.length) return null;
  try {
    return new X509Certificate(body.subarray(6, 6 + length));
  } catch {
    return null;
  }
}

export const sameFingerprint = (a: string, b: string): boolean => a.trim().toUpperCase() === b.trim().toUpperCase();

/** HashAlgorithm (RFC 5246 section 7.4.1.4.1), none weaker than SHA-256. */
const HASHES: Readonly<Record<number, string>> = { 4: 'sha256', 5: 'sha384', 6: 'sha512' };

/** A signature with its algorithm before it, in a CertificateVerify or behind the parameters of a ServerKeyExchange. */
export function isSignedBy(certificate: X509Certificate, signature: Buffer, ...signed: readonly Buffer[]): boolean {
  if (signature.length < 4 || signature.length !== 4 + signature.readUInt16BE(2)) return false;
  const hash = HASHES[signature[0]];
  const algorithm = signature[1] === 3 ? 'ec' : signature[1] === 1 ? 'rsa' : null;
  try {
    if (hash === undefined || certificate.publicKey.asymmetricKeyType !== algorithm) return false;
    const verify = createVerify(hash);
    for (const bytes of signed) verify.update(bytes);
    return verify.verify(certificate.publicKey, signature.subarray(4));
  } catch {
    return false;
  }
}

/** @returns the parameters of a ServerKeyExchange and the signature behind them (RFC 8422 section 5.4), or null. */
export function keyExchangeParts(body: Buffer): { parameters: Buffer; signature: Buffer } | null {
  if (body.length < 4 || body[0] !== 3) return null;
  const end = 4 + body[3];
  return end > body.length ? null : { parameters: body.subarray(0, end), signature: body.subarray(end) };
}

export const equalBytes = (a: Uint8Array, b: Uint8Array): boolean => a.length === b.length && timingSafeEqual(a, b);
