import type { DtlsCertificate } from '../../dtls/dtls-certificate.ts';
import { DtlsSession } from '../../dtls/dtls-session.ts';
import { SrtpSession } from '../../srtp/srtp-session.ts';

/** What RTP and RTCP are protected with; in place, lengths or negative reasons come back. */
export type PacketProtection = Pick<SrtpSession, 'protectRtp' | 'protectRtcp' | 'unprotectRtp' | 'unprotectRtcp'>;

export interface DtlsEndpointOptions {
  readonly role: 'client' | 'server';
  readonly certificate: DtlsCertificate;
  readonly remoteFingerprint: string;
  /** Told a line of an NSS key log. */
  readonly keyLog?: (line: string) => void;
  send(bytes: Uint8Array): void;
  connected(protection: PacketProtection): void;
  failed(reason: string): void;
}

/** DTLS-SRTP (RFC 5764) with the keys put to use. Whoever closes it ends the connection. */
export function openDtls(options: DtlsEndpointOptions): DtlsSession {
  const { role, certificate, remoteFingerprint, keyLog } = options;
  const session = new DtlsSession(
    role,
    certificate,
    remoteFingerprint,
    {
      send: (datagram) => options.send(datagram),
      connected: (keys) => options.connected(new SrtpSession(keys)),
      failed: (reason) => options.failed(`DTLS: ${reason}`),
      data: () => {},
      closed: () => options.failed('the peer closed DTLS'),
    },
    keyLog === undefined ? {} : { keyLog },
  );
  session.start();
  return session;
}
