import { createHash } from 'node:crypto';
import { CipherContext, DtlsServer, HashAlgorithm, NamedCurveAlgorithm, SignatureAlgorithm } from 'werift';
import type { SrtpKeys } from '../../srtp/srtp-profile.ts';

const SIGNATURE_HASH = { hash: HashAlgorithm.sha256_4, signature: SignatureAlgorithm.ecdsa_3 };
/** RFC 5764 section 4.1.2 and RFC 7714 section 14.2, in our order of choice. */
const PROFILES = [7, 1];

/** What an SFU shows to all its peers. */
export interface Certificate {
  readonly certificatePem: string;
  readonly keyPem: string;
  readonly fingerprint: string;
}

export async function createCertificate(): Promise<Certificate> {
  const { certPem, keyPem } = await CipherContext.createSelfSignedCertificateWithKey(
    SIGNATURE_HASH,
    NamedCurveAlgorithm.secp256r1_23,
  );
  const der = Buffer.from(certPem.replace(/-----[^-]+-----|\s/g, ''), 'base64');
  return { certificatePem: certPem, keyPem, fingerprint: fingerprintOf(der) };
}

const fingerprintOf = (certificate: Uint8Array): string =>
  createHash('sha256').update(certificate).digest('hex').toUpperCase().match(/../g)!.join(':');

export interface DtlsHandlers {
  send(bytes: Buffer): void;
  connected(keys: SrtpKeys): void;
  data(bytes: Buffer): void;
  closed(reason: 'closed' | 'failed', text: string): void;
}

/** DTLS-SRTP as the server (RFC 5764) with one peer, by werift's handshake. */
export class DtlsSession {
  readonly #server: DtlsServer;
  readonly #handlers: DtlsHandlers;
  #ended = false;

  constructor(certificate: Certificate, expectedFingerprint: string, handlers: DtlsHandlers) {
    this.#handlers = handlers;
    this.#server = new DtlsServer({
      cert: certificate.certificatePem,
      key: certificate.keyPem,
      signatureHash: SIGNATURE_HASH,
      srtpProfiles: PROFILES as never,
      extendedMasterSecret: true,
      certificateRequest: true,
      transport: {
        type: 'dtls',
        address: ['0.0.0.0', 0],
        closed: false,
        onData: () => {},
        send: async (bytes: Buffer) => handlers.send(bytes),
        close: async () => {},
      } as never,
    });
    this.#server.onConnect.once(() => this.#connected(expectedFingerprint));
    this.#server.onData.subscribe((bytes) => !this.#ended && handlers.data(bytes));
    this.#server.onError.subscribe((error) => this.#end('failed', String(error?.message ?? error).slice(0, 200)));
    this.#server.onClose.subscribe(() => this.#end('closed', 'the peer closed the session'));
  }

  /** Takes a datagram whose first byte says DTLS (RFC 7983). */
  receive(bytes: Buffer): void {
    if (this.#ended) return;
    // A Hello within a session asks for renegotiation, which DTLS-SRTP in WebRTC does without.
    if (this.#server.connected && bytes[0] === 22 && bytes[3] === 0 && bytes[4] === 0) return;
    try {
      this.#server.transport.socket.onData?.(bytes, ['0.0.0.0', 0]);
    } catch {
      // A malformed record is dropped (RFC 6347 section 4.1.2.7).
    }
  }

  #connected(expectedFingerprint: string): void {
    const certificate = this.#server.remoteCertificate;
    if (certificate === undefined || fingerprintOf(certificate) !== expectedFingerprint) {
      this.#end('failed', 'the certificate is not that of the offer');
      return;
    }
    const profile = this.#server.srtp.srtpProfile;
    if (profile !== 1 && profile !== 7) {
      this.#end('failed', 'no common SRTP profile');
      return;
    }
    const keys = this.#server.extractSessionKeys(16, profile === 7 ? 12 : 14);
    this.#handlers.connected({
      profile: profile === 7 ? 'SRTP_AEAD_AES_128_GCM' : 'SRTP_AES128_CM_HMAC_SHA1_80',
      ...keys,
    });
  }

  /** Sends application data: SCTP. */
  send(bytes: Buffer): void {
    if (!this.#ended && this.#server.connected) this.#server.send(bytes).catch(() => {});
  }

  close(): void {
    if (this.#ended) return;
    this.#ended = true;
    try {
      this.#server.close();
    } catch {
      // Without a session there is nothing to tell the peer.
    }
  }

  #end(reason: 'closed' | 'failed', text: string): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#handlers.closed(reason, text);
  }
}
