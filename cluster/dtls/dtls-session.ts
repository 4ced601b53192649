import type { X509Certificate } from 'node:crypto';
import { ReplayWindow } from '../srtp/replay-window.ts';
import { PROFILE_SIZES, type SrtpKeys, type SrtpProfile } from '../srtp/srtp-profile.ts';
import type { DtlsCertificate } from './dtls-certificate.ts';
import { CONTENT_TYPE, DtlsRecord, RECORD_HEADER_BYTES, recordBytes } from './dtls-record.ts';
import { HandshakeAssembly } from './handshake-assembly.ts';
import { certificateOf, equalBytes, isSignedBy, keyExchangeParts, sameFingerprint } from './peer-proof.ts';
import {
  handshakeMessage,
  verifyDataClient,
  verifyDataServer,
  type WeriftSocket,
  weriftSocket,
} from './werift-internals.ts';

export interface DtlsHandlers {
  /** Sends a datagram to the peer. */
  send(datagram: Uint8Array): void;
  /** The peer has proved to be the one with the fingerprint. */
  connected(keys: SrtpKeys, remoteCertificateFingerprint: string): void;
  /** No connection comes of it, for a reason in words. Nothing is called afterwards. */
  failed(reason: string): void;
  /** Application data: SCTP, for data channels. */
  data(bytes: Uint8Array): void;
  /** The peer closed, after it was connected. */
  closed(): void;
}

export interface DtlsOptions {
  /** What to offer or take, best first. By default counter mode first, which costs this program less. */
  readonly profiles?: readonly SrtpProfile[];
  /** Gets the line of an NSS key log (`CLIENT_RANDOM ...`) once the keys are there, with which Wireshark decrypts. */
  readonly keyLog?: (line: string) => void;
}

const MESSAGE = {
  CLIENT_HELLO: 1,
  SERVER_HELLO: 2,
  HELLO_VERIFY_REQUEST: 3,
  CERTIFICATE: 11,
  SERVER_KEY_EXCHANGE: 12,
  CERTIFICATE_REQUEST: 13,
  SERVER_HELLO_DONE: 14,
  CERTIFICATE_VERIFY: 15,
  CLIENT_KEY_EXCHANGE: 16,
  FINISHED: 20,
} as const;

/** What may come after what. A full handshake with the certificates of both, nothing else (RFC 6347 section 4.2.4, figure 1). */
const ORDER = {
  server: new Map<number, readonly number[]>([
    [0, [MESSAGE.CLIENT_HELLO]],
    [MESSAGE.CLIENT_HELLO, [MESSAGE.CLIENT_HELLO, MESSAGE.CERTIFICATE]],
    [MESSAGE.CERTIFICATE, [MESSAGE.CLIENT_KEY_EXCHANGE]],
    [MESSAGE.CLIENT_KEY_EXCHANGE, [MESSAGE.CERTIFICATE_VERIFY]],
    [MESSAGE.CERTIFICATE_VERIFY, [MESSAGE.FINISHED]],
  ]),
  client: new Map<number, readonly number[]>([
    [0, [MESSAGE.HELLO_VERIFY_REQUEST, MESSAGE.SERVER_HELLO]],
    [MESSAGE.HELLO_VERIFY_REQUEST, [MESSAGE.SERVER_HELLO]],
    [MESSAGE.SERVER_HELLO, [MESSAGE.CERTIFICATE]],
    [MESSAGE.CERTIFICATE, [MESSAGE.SERVER_KEY_EXCHANGE]],
    [MESSAGE.SERVER_KEY_EXCHANGE, [MESSAGE.CERTIFICATE_REQUEST, MESSAGE.SERVER_HELLO_DONE]],
    [MESSAGE.CERTIFICATE_REQUEST, [MESSAGE.SERVER_HELLO_DONE]],
    [MESSAGE.SERVER_HELLO_DONE, [MESSAGE.FINISHED]],
  ]),
};

const PROFILE_IDS: Readonly<Record<SrtpProfile, number>> = { SRTP_AES128_CM_HMAC_SHA1_80: 1, SRTP_AEAD_AES_128_GCM: 7 };
const DEFAULT_PROFILES: readonly SrtpProfile[] = ['SRTP_AES128_CM_HMAC_SHA1_80', 'SRTP_AEAD_AES_128_GCM'];

const FIRST_RETRANSMISSION_MS = 200;
const LAST_RETRANSMISSION_MS = 3_200;
const HANDSHAKE_LIMIT_MS = 20_000;
const MAX_DATAGRAM_BYTES = 1_200;
/** Records of the next epoch that came before the keys. */
const MAX_EARLY_RECORDS = 4;
/** Flights sent again because the peer sent its own again; what a forger could make of one datagram is bounded by it. */
const MAX_PROVOKED_FLIGHTS = 20;

/**
 * One DTLS 1.2 association for SRTP keys and data (RFC 6347, RFC 5764). werift makes and reads the messages; here is what stands between it
 * and the network: record and fragment checks, the order of messages, proof of the peer, retransmission, replay protection, time
 * limits. Nothing a peer sends makes `receive` throw.
 */
export class DtlsSession {
  readonly #role: 'server' | 'client';
  readonly #expectedFingerprint: string;
  readonly #handlers: DtlsHandlers;
  readonly #keyLog: ((line: string) => void) | undefined;
  readonly #socket: WeriftSocket;
  readonly #record = new DtlsRecord();
  readonly #window = new ReplayWindow();
  #assembly: HandshakeAssembly | null = new HandshakeAssembly();
  #state: 'handshake' | 'connected' | 'over' = 'handshake';
  #last = 0;
  #busy = false;
  #problem: string | null = null;
  #remoteCertificate: X509Certificate | null = null;
  #early: Buffer[] = [];
  #flight: Buffer[] = [];
  #provoked = 0;
  #timer: NodeJS.Timeout | null = null;
  #waitMs = FIRST_RETRANSMISSION_MS;
  #waitedMs = 0;
  #plainSequence = 64;
  #sequence = 64;

  /** @param expectedFingerprint SHA-256, from the peer's SDP */
  constructor(
    role: 'server' | 'client',
    certificate: DtlsCertificate,
    expectedFingerprint: string,
    handlers: DtlsHandlers,
    options: DtlsOptions = {},
  ) {
    this.#role = role;
    this.#expectedFingerprint = expectedFingerprint;
    this.#handlers = handlers;
    this.#keyLog = options.keyLog;
    this.#socket = weriftSocket(
      role,
      {
        transport: {
          send: async (datagram) => {
            if (this.#state === 'handshake') this.#sendFlight([datagram], false);
          },
          close: () => {},
        },
        cert: certificate.certificatePem,
        key: certificate.keyPem,
        signatureHash: certificate.signatureHash,
        srtpProfiles: (options.profiles ?? DEFAULT_PROFILES).map((profile) => PROFILE_IDS[profile]),
        extendedMasterSecret: true,
        certificateRequest: role === 'server',
      },
      (records, isLast) => this.#sendFlight(records, isLast),
    );
  }

  /** A client begins; a server waits for it, for 20 s at most. */
  start(): void {
    if (this.#state !== 'handshake' || this.#timer !== null) return;
    if (this.#role === 'server') this.#wait();
    else this.#socket.connect!().catch((error: Error) => this.#fail(error.message));
  }

  /** Takes a datagram whose first byte is 20 to 63 (RFC 7983). What does not belong is dropped. It is not kept. */
  receive(datagram: Uint8Array): void {
    if (this.#state === 'over') return;
    const buffer = Buffer.from(datagram.buffer, datagram.byteOffset, datagram.length);
    const record = this.#record;
    for (let at = 0; this.#isOpen() && record.read(buffer, at); at = record.end) {
      if (record.epoch === 0) this.#takePlain(record.contentType, buffer.subarray(record.fragmentAt, record.end));
      else if (record.epoch === 1) this.#takeProtected(Buffer.from(buffer.subarray(at, record.end)));
    }
  }

  /** Sends application data in one record. Before the connection it is dropped. */
  sendData(bytes: Uint8Array): void {
    if (this.#state === 'connected') this.#handlers.send(this.#protect(CONTENT_TYPE.APPLICATION_DATA, bytes));
  }

  /** Says goodbye with close_notify where connected. No handler is called any more. */
  close(): void {
    if (this.#state === 'connected') this.#handlers.send(this.#protect(CONTENT_TYPE.ALERT, Uint8Array.of(1, 0)));
    this.#end();
  }

  #isOpen(): boolean {
    return this.#state !== 'over';
  }

  #takePlain(contentType: number, fragment: Buffer): void {
    // An alert in clear can be anybody's: it is the reason given when nothing comes of the handshake, and no more.
    if (contentType === CONTENT_TYPE.ALERT && this.#state === 'handshake' && fragment.length === 2)
      this.#problem ??= `the peer sent alert ${fragment[1]}`;
    if (contentType !== CONTENT_TYPE.HANDSHAKE) return;
    if (this.#assembly === null) return;
    const taken = this.#assembly.take(fragment);
    if (taken === 'malformed') this.#problem ??= 'malformed handshake message';
    else if (taken === 'repeated') this.#provoke();
    void this.#advance();
  }

  /** Hands whole messages to werift one after the other, each after its check. */
  async #advance(): Promise<void> {
    if (this.#busy) return;
    this.#busy = true;
    try {
      for (let message = this.#peek(); message !== null; message = this.#peek()) {
        const { type, body } = message;
        if (!ORDER[this.#role].get(this.#last)?.includes(type) || type === MESSAGE.FINISHED) {
          this.#problem ??= `handshake message ${type} out of turn`;
          this.#assembly!.discard();
          return;
        }
        const refused = this.#refusal(type, body);
        if (refused !== null) {
          this.#fail(refused);
          return;
        }
        const sequence = this.#assembly!.next;
        try {
          await this.#socket.onHandleHandshakes([handshakeMessage(type, sequence, body)]);
        } catch (error) {
          // A hello that nothing can be made of may be a forger's: the true one is still waited for.
          this.#problem = `handshake message ${type}: ${(error as Error).message || 'nothing in common'}`;
          if (type === MESSAGE.CLIENT_HELLO || type === MESSAGE.SERVER_HELLO) {
            this.#assembly?.discard();
            return;
          }
          this.#fail(this.#problem);
          return;
        }
        this.#last = type;
        this.#assembly?.accept();
        if (type === MESSAGE.CERTIFICATE_VERIFY || type === MESSAGE.SERVER_HELLO_DONE) this.#takeEarly();
      }
    } finally {
      this.#busy = false;
    }
  }

  #peek(): { readonly type: number; readonly body: Buffer } | null {
    return this.#state === 'handshake' && this.#assembly !== null ? this.#assembly.peek() : null;
  }

  /** @returns why a message does not prove what it should, or null. */
  #refusal(type: number, body: Buffer): string | null {
    const { cipher } = this.#socket;
    switch (type) {
      case MESSAGE.CERTIFICATE: {
        const certificate = certificateOf(body);
        if (certificate === null) return 'the peer sent no certificate';
        if (!sameFingerprint(certificate.fingerprint256, this.#expectedFingerprint))
          return 'the certificate has not the fingerprint that was signalled';
        this.#remoteCertificate = certificate;
        return null;
      }
      case MESSAGE.SERVER_KEY_EXCHANGE: {
        const parts = keyExchangeParts(body);
        const randoms = [cipher.localRandom!.serialize(), cipher.remoteRandom!.serialize()];
        const isSigned =
          parts !== null && isSignedBy(this.#remoteCertificate!, parts.signature, ...randoms, parts.parameters);
        return isSigned ? null : 'the key exchange is not signed with the certificate';
      }
      case MESSAGE.CERTIFICATE_VERIFY:
        return isSignedBy(this.#remoteCertificate!, body, this.#transcript())
          ? null
          : 'the handshake is not signed with the certificate';
      default:
        return null;
    }
  }

  #transcript(): Buffer {
    return Buffer.concat(this.#socket.dtls.sortedHandshakeCache.map((message) => message.serialize()));
  }

  #takeProtected(record: Buffer): void {
    // Before all that precedes Finished has been heard and checked, it waits.
    const isEarly = this.#last !== (this.#role === 'server' ? MESSAGE.CERTIFICATE_VERIFY : MESSAGE.SERVER_HELLO_DONE);
    if (this.#state === 'handshake' && isEarly) {
      if (this.#early.length < MAX_EARLY_RECORDS) this.#early.push(record);
      return;
    }
    const header = new DtlsRecord();
    header.read(record, 0);
    const { contentType, sequenceNumber } = header;
    const isRepeated = !this.#window.isFresh(sequenceNumber);
    // RFC 5288 section 3: an explicit nonce of 8 bytes and a tag of 16.
    if (record.length < RECORD_HEADER_BYTES + 24) return;
    if (isRepeated) {
      // The peer's last flight again, so ours was lost. Sent again as it was, it tells nobody anything new.
      if (contentType === CONTENT_TYPE.HANDSHAKE) this.#provoke();
      return;
    }
    let plain: Buffer;
    try {
      plain = this.#socket.cipher.decryptPacket({
        recordLayerHeader: {
          contentType,
          protocolVersion: { major: 254, minor: header.minorVersion },
          epoch: 1,
          sequenceNumber,
          contentLen: record.length - RECORD_HEADER_BYTES,
        },
        fragment: record.subarray(RECORD_HEADER_BYTES),
      });
    } catch {
      return;
    }
    this.#window.add(sequenceNumber);
    if (contentType === CONTENT_TYPE.HANDSHAKE) this.#takeFinished(plain);
    else if (contentType === CONTENT_TYPE.APPLICATION_DATA && this.#state === 'connected') this.#handlers.data(plain);
    else if (contentType === CONTENT_TYPE.ALERT) this.#takeAlert(plain);
  }

  #takeEarly(): void {
    const early = this.#early;
    this.#early = [];
    for (const record of early) if (this.#isOpen()) this.#takeProtected(record);
  }

  #takeAlert(alert: Buffer): void {
    if (alert.length !== 2 || (alert[0] !== 2 && alert[1] !== 0)) return;
    if (this.#state === 'handshake') {
      this.#fail(`the peer sent alert ${alert[1]}`);
      return;
    }
    this.#end();
    this.#handlers.closed();
  }

  #takeFinished(plain: Buffer): void {
    if (this.#state === 'connected' || this.#assembly === null) {
      this.#provoke();
      return;
    }
    const isServer = this.#role === 'server';
    const expected = ORDER[this.#role].get(this.#last);
    if (plain.length !== 24 || plain[0] !== MESSAGE.FINISHED || !expected?.includes(MESSAGE.FINISHED)) {
      this.#problem ??= 'Finished out of turn';
      return;
    }
    const verifyData = (isServer ? verifyDataClient : verifyDataServer)(
      this.#socket.cipher.masterSecret!,
      this.#transcript(),
    );
    if (!equalBytes(plain.subarray(12), verifyData)) {
      this.#fail('Finished does not fit the handshake');
      return;
    }
    const id = this.#socket.srtp.srtpProfile;
    const profile = DEFAULT_PROFILES.find((name) => PROFILE_IDS[name] === id);
    if (profile === undefined) {
      this.#fail('no SRTP profile in common');
      return;
    }
    const message = handshakeMessage(MESSAGE.FINISHED, plain.readUInt16BE(4), Buffer.from(plain.subarray(12)));
    // The keys are there when werift has sent the last flight; it does so before anything it waits for.
    this.#socket.onHandleHandshakes([message]).then(
      () => this.#connect(profile),
      (error: Error) => this.#fail(error.message),
    );
  }

  #connect(profile: SrtpProfile): void {
    if (this.#state !== 'handshake') return;
    this.#state = 'connected';
    this.#stopTimer();
    this.#assembly = null;
    this.#socket.dtls.handshakeCache = {};
    const { cipher } = this.#socket;
    const sizes = PROFILE_SIZES[profile];
    const { localKey, localSalt, remoteKey, remoteSalt } = this.#socket.extractSessionKeys(sizes.key, sizes.salt);
    const clientRandom = (this.#role === 'client' ? cipher.localRandom : cipher.remoteRandom)!.serialize();
    this.#keyLog?.(`CLIENT_RANDOM ${clientRandom.toString('hex')} ${cipher.masterSecret!.toString('hex')}`);
    const keys = { profile, localKey, localSalt, remoteKey, remoteSalt };
    this.#handlers.connected(keys, this.#remoteCertificate!.fingerprint256);
  }

  #protect(contentType: number, bytes: Uint8Array): Buffer {
    const sequenceNumber = this.#sequence++;
    const { fragment } = this.#socket.cipher.encryptPacket({
      recordLayerHeader: {
        contentType,
        protocolVersion: { major: 254, minor: 253 },
        epoch: 1,
        sequenceNumber,
        contentLen: bytes.length,
      },
      fragment: Buffer.from(bytes),
    });
    return recordBytes(contentType, 1, sequenceNumber, fragment);
  }

  /** Sends a flight and keeps it, in as few datagrams as hold it, until the peer answers. */
  #sendFlight(records: Buffer[], isLast: boolean): void {
    this.#flight = inDatagrams(records);
    this.#waitMs = FIRST_RETRANSMISSION_MS;
    for (const datagram of this.#flight) this.#handlers.send(datagram);
    // The last flight is sent again only when asked for, and so is HelloVerifyRequest, a server's first.
    if (!isLast) this.#wait();
  }

  #wait(): void {
    this.#stopTimer();
    this.#timer = setTimeout(() => {
      this.#timer = null;
      this.#waitedMs += this.#waitMs;
      if (this.#waitedMs >= HANDSHAKE_LIMIT_MS) {
        this.#fail(this.#problem ?? 'the peer did not answer in time');
        return;
      }
      this.#waitMs = Math.min(this.#waitMs * 2, LAST_RETRANSMISSION_MS);
      if (this.#role === 'client' || this.#last >= MESSAGE.CLIENT_HELLO) this.#sendAgain();
      this.#wait();
    }, this.#waitMs);
    this.#timer.unref();
  }

  #provoke(): void {
    if (this.#provoked++ < MAX_PROVOKED_FLIGHTS) this.#sendAgain();
  }

  /** Records in clear get new numbers, as RFC 6347 section 4.2.4 has it; a receiver drops those it has seen. */
  #sendAgain(): void {
    for (const datagram of this.#flight) {
      const record = new DtlsRecord();
      for (let at = 0; record.read(datagram, at); at = record.end)
        if (record.epoch === 0) datagram.writeUIntBE(this.#plainSequence++, at + 5, 6);
      this.#handlers.send(datagram);
    }
  }

  #fail(reason: string): void {
    if (this.#state !== 'handshake') return;
    // RFC 5246 section 7.2.2: fatal, handshake_failure; so that the peer need not wait for its own limit.
    this.#handlers.send(recordBytes(CONTENT_TYPE.ALERT, 0, this.#plainSequence++, Uint8Array.of(2, 40)));
    this.#end();
    this.#handlers.failed(reason);
  }

  #end(): void {
    this.#state = 'over';
    this.#stopTimer();
    this.#assembly = null;
    this.#early = [];
    this.#flight = [];
  }

  #stopTimer(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
  }
}

function inDatagrams(records: readonly Buffer[]): Buffer[] {
  const datagrams: Buffer[] = [];
  let open: Buffer[] = [];
  let size = 0;
  for (const record of records) {
    if (size > 0 && size + record.length > MAX_DATAGRAM_BYTES) {
      datagrams.push(Buffer.concat(open));
      open = [];
      size = 0;
    }
    open.push(record);
    size += record.length;
  }
  if (size > 0) datagrams.push(Buffer.concat(open));
  return datagrams;
}
