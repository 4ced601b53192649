import type { DtlsCertificate } from '../../dtls/dtls-certificate.ts';
import { DtlsSession } from '../../dtls/dtls-session.ts';
import { SrtpSession } from '../../srtp/srtp-session.ts';

/** What RTP and RTCP are protected with; in place, lengths or negative reasons come back. */
export type PacketProtection = Pick<SrtpSession, 'protectRtp' | 'protectRtcp' | 'unprotectRtp' | 'unprotectRtcp'>;

export interface DtlsEndpointOptions {
  readonly role: 'client' | 'server';
  readonly certificate: DtlsCertificate;
  readonly remoteFingerprint: string;
  send(bytes: Uint8Array): void;
  connected(protection: PacketProtection): void;
  failed(reason: string): void;
}

/** DTLS-SRTP (RFC 5764) with the keys put to use. Whoever closes it ends the connection. */
export function openDtls(options: DtlsEndpointOptions): DtlsSession {
  const session = new DtlsSession(options.role, options.certificate, options.remoteFingerprint, {
    send: (datagram) => options.send(datagram),
    connected: (keys) => options.connected(new SrtpSession(keys)),
    failed: (reason) => options.failed(`DTLS: ${reason}`),
    data: () => {},
    closed: () => options.failed('the peer closed DTLS'),
  });
  session.start();
  return session;
}
