import { createSecretKey, type KeyObject, randomBytes } from 'node:crypto';
import type { DtlsCertificate } from '../../dtls/dtls-certificate.ts';
import { DtlsSession } from '../../dtls/dtls-session.ts';
import { readUint32 } from '../../srtp/protection.ts';
import { rtpHeaderLength } from '../../srtp/rtp-header-length.ts';
import { SrtpFanOut } from '../../srtp/srtp-fan-out.ts';
import { SrtpSession } from '../../srtp/srtp-session.ts';
import { hasIntegrity } from '../../stun/message-integrity.ts';
import type { StunMessage } from '../../stun/stun-message.ts';
import { StunWriter } from '../../stun/stun-writer.ts';
import type { Path, PathOwner, Wiretap } from './path.ts';

const stun = new StunWriter();
const MOST_PATHS = 8;
const BUFFER_BYTES = 2048;

/** What a peer's packets are given to, once they are known to be from it. */
export interface PeerHandlers {
  connected(): void;
  /** Decrypted, in a buffer that is used again. */
  rtp(bytes: Buffer, length: number, nowMs: number): void;
  rtcp(bytes: Buffer, length: number, nowMs: number): void;
  data(bytes: Uint8Array): void;
  closed(reason: 'closed' | 'failed', text: string): void;
}

// One for all peers: it is free again when a packet is sent, or it is replaced.
let outgoing = Buffer.allocUnsafeSlow(BUFFER_BYTES);

/** The buffer in which the next packet is written; to be asked for anew for each. */
export const packetBuffer = (): Buffer => outgoing;

/** Packets of one publisher on their way to all who get them: written into its `packet`, then {@link Peer.fanOutRtp}. */
export const fanOut = new SrtpFanOut<Peer>((peer, packet, length) => peer.sendProtected(packet, length));
/** Long enough for the kernel to take what it left in a socket's queue. */
const HOLD_MS = 2000;
let heldUntilMs = 0;

/** The transport of one participant: ICE-lite, DTLS-SRTP, and the counts of what went through it. */
export class Peer implements PathOwner {
  localUfrag = '';
  localPassword = '';
  #key!: KeyObject;
  readonly fingerprint: string;
  readonly #handlers: PeerHandlers;
  readonly #certificate: DtlsCertificate;
  readonly #paths = new Set<Path>();
  readonly #onPath: (path: Path) => void;
  readonly #tap: Wiretap | null;
  readonly #keyLines: string[] = [];
  #path: Path | null = null;
  #role: 'server' | 'client' = 'server';
  #dtls: DtlsSession | null = null;
  #srtp: SrtpSession | null = null;
  #ended = false;
  /** Of the last packet that was surely from the peer; when it was made, before any. */
  lastHeardMs: number;
  refused = 0;
  packetsSent = 0;
  bytesSent = 0;

  /** @param onPath told of each address that becomes the peer's. */
  constructor(
    certificate: DtlsCertificate,
    fingerprint: string,
    nowMs: number,
    onPath: (path: Path) => void,
    handlers: PeerHandlers,
    tap: Wiretap | null = null,
  ) {
    this.#certificate = certificate;
    this.fingerprint = fingerprint;
    this.lastHeardMs = nowMs;
    this.#onPath = onPath;
    this.#handlers = handlers;
    this.#tap = tap;
    this.renewCredentials();
  }

  /** Another ICE user name fragment and password, as at an ICE restart. */
  renewCredentials(): void {
    this.localUfrag = randomBytes(6).toString('hex');
    this.localPassword = randomBytes(18).toString('hex');
    this.#key = createSecretKey(Buffer.from(this.localPassword));
  }

  /** As the side that dials: the path was found by checks of our own, and the handshake is ours to begin. */
  dial(path: Path): void {
    if (this.#ended || this.#path !== null) return;
    this.#role = 'client';
    path.peer = this;
    this.#onPath(path);
    this.#paths.add(path);
    this.#path = path;
    this.#dtlsSession();
  }

  get connected(): boolean {
    return this.#srtp !== null;
  }

  get path(): Path | null {
    return this.#path;
  }

  /** Binds an address to the peer if the request proves that its sender has the password that only the peer was given. */
  bindingRequest(request: StunMessage, path: Path, nowMs: number): boolean {
    if (this.#ended || !hasIntegrity(request, this.#key)) return false;
    this.lastHeardMs = nowMs;
    const { bytes, unknownRequired } = request;
    if (unknownRequired !== null) {
      // RFC 8489 section 6.3.1: what has to be understood and is not.
      const error = stun.bindingError(bytes, 420, 'Unknown Attribute', this.#key, unknownRequired);
      this.#sendOn(path, Buffer.from(error), error.length, nowMs);
      return true;
    }
    if (path.peer !== this) {
      path.peer?.pathClosed(path);
      path.peer = this;
      this.#onPath(path);
      this.#paths.add(path);
      if (this.#paths.size > MOST_PATHS) this.#closeOldest();
    }
    if (this.#path === null || request.useCandidate) this.#path = path;
    // A copy: the kernel may take it later than the next one is written.
    const answer = Buffer.from(stun.bindingSuccess(bytes, path.address, path.port, this.#key));
    this.#sendOn(path, answer, answer.length, nowMs);
    return true;
  }

  #closeOldest(): void {
    for (const path of this.#paths) {
      if (path === this.#path) continue;
      this.#paths.delete(path);
      path.peer = null;
      path.close();
      return;
    }
  }

  pathClosed(path: Path): void {
    this.#paths.delete(path);
    path.peer = null;
    if (this.#path === path) this.#path = this.#paths.values().next().value ?? null;
  }

  /** Takes a datagram from one of the peer's addresses, which is not STUN; told apart as RFC 7983 and RFC 5761 say. */
  packet(bytes: Buffer, nowMs: number): void {
    const first = bytes[0];
    if (first >= 128 && first <= 191) {
      if (this.#srtp === null || bytes.length < 12) return;
      const isRtcp = bytes[1] >= 192 && bytes[1] <= 223;
      const length = isRtcp
        ? this.#srtp.unprotectRtcp(bytes, bytes.length)
        : this.#srtp.unprotectRtp(bytes, bytes.length);
      if (length < 0) {
        this.refused++;
        return;
      }
      this.lastHeardMs = nowMs;
      if (isRtcp) this.#handlers.rtcp(bytes, length, nowMs);
      else this.#handlers.rtp(bytes, length, nowMs);
    } else if (first >= 20 && first <= 63) {
      this.#dtlsSession().receive(bytes);
    }
  }

  #dtlsSession(): DtlsSession {
    if (this.#dtls !== null) return this.#dtls;
    const ended = (reason: 'closed' | 'failed', text: string) => !this.#ended && this.#handlers.closed(reason, text);
    this.#dtls = new DtlsSession(
      this.#role,
      this.#certificate,
      this.fingerprint,
      {
        send: (datagram) => {
          if (this.#path !== null) this.#sendOn(this.#path, Buffer.from(datagram), datagram.length, performance.now());
        },
        connected: (keys) => {
          if (this.#ended) return;
          this.#srtp = new SrtpSession(keys);
          this.#handlers.connected();
        },
        data: (bytes) => this.#handlers.data(bytes),
        failed: (reason) => ended('failed', reason),
        closed: () => ended('closed', 'the peer closed the session'),
      },
      this.#tap === null ? {} : { keyLog: (line) => this.#keys(line) },
    );
    this.#dtls.start();
    return this.#dtls;
  }

  #keys(line: string): void {
    if (this.#ended) return;
    this.#keyLines.push(line);
    this.#tap?.keys(line);
  }

  /** Protects and sends what lies in {@link packetBuffer}. */
  sendRtp(length: number): void {
    if (this.#srtp !== null) this.#send(this.#srtp.protectRtp(outgoing, length));
  }

  /** As {@link sendRtp}, for what lies in `fanOut.packet`; it leaves with the packets of others, at `fanOut.flush()` at last. */
  fanOutRtp(length: number): void {
    if (this.#srtp === null || this.#path === null) return;
    const { packet } = fanOut;
    const headerLength = rtpHeaderLength(packet, length);
    if (headerLength > 0) fanOut.add(this.#srtp.sender(readUint32(packet, 8)), headerLength, length, this);
  }

  /** Sends what the fan-out protected for this peer. */
  sendProtected(packet: Buffer, length: number): void {
    if (this.#path === null) return;
    this.packetsSent++;
    this.bytesSent += length;
    if (this.#tap?.isOpen) this.#tap.sent(packet, length, this.#path, performance.now());
    if (fanOut.heldCount > 0 && performance.now() > heldUntilMs) fanOut.release();
    if (!fanOut.mayHold) {
      this.#path.send(Buffer.from(packet.subarray(0, length)), length);
    } else if (!this.#path.send(packet, length)) {
      fanOut.hold(packet);
      heldUntilMs = performance.now() + HOLD_MS;
    }
  }

  /** As {@link sendRtp}, for a compound RTCP packet. */
  sendRtcp(length: number): void {
    if (this.#srtp !== null) this.#send(this.#srtp.protectRtcp(outgoing, length));
  }

  #send(length: number): void {
    if (length < 0 || this.#path === null) return;
    this.packetsSent++;
    this.bytesSent += length;
    if (this.#tap?.isOpen) this.#tap.sent(outgoing, length, this.#path, performance.now());
    if (!this.#path.send(outgoing, length)) outgoing = Buffer.allocUnsafeSlow(BUFFER_BYTES);
  }

  #sendOn(path: Path, bytes: Buffer, length: number, nowMs: number): void {
    if (this.#tap?.isOpen) this.#tap.sent(bytes, length, path, nowMs);
    path.send(bytes, length);
  }

  sendData(bytes: Uint8Array): void {
    this.#dtls?.sendData(bytes);
  }

  close(): void {
    if (this.#ended) return;
    this.#dtls?.close();
    this.#ended = true;
    for (const line of this.#keyLines) this.#tap?.forget(line);
    for (const path of this.#paths) {
      path.peer = null;
      path.close();
    }
    this.#paths.clear();
    this.#path = null;
    this.#srtp = null;
  }
}
