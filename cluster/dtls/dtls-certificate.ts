import { X509Certificate } from 'node:crypto';
import { createSelfSignedCertificate } from './werift-internals.ts';

/** A self-signed ECDSA P-256 certificate, as RFC 8827 section 6.5 asks for. One serves a whole process. */
export class DtlsCertificate {
  /** SHA-256 of the certificate, as `a=fingerprint:sha-256` has it (RFC 8122 section 5). */
  readonly fingerprint: string;
  readonly certificatePem: string;
  readonly keyPem: string;
  readonly signatureHash: { readonly hash: number; readonly signature: number };

  private constructor(made: Awaited<ReturnType<typeof createSelfSignedCertificate>>) {
    this.certificatePem = made.certPem;
    this.keyPem = made.keyPem;
    this.signatureHash = made.signatureHash;
    this.fingerprint = new X509Certificate(made.certPem).fingerprint256;
  }

  static async create(): Promise<DtlsCertificate> {
    return new DtlsCertificate(await createSelfSignedCertificate());
  }
}
