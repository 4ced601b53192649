import { randomBytes } from 'node:crypto';
import { SrtpSession } from '../../srtp/srtp-session.ts';
import { type BindingRequest, encodeBindingSuccess, isAuthentic } from './binding-request.ts';
import { type Certificate, DtlsSession } from './dtls.ts';
import type { Path, PathOwner } from './path.ts';

const MOST_PATHS = 8;
const BUFFER_BYTES = 2048;

/** What a peer's packets are given to, once they are known to be from it. */
export interface PeerHandlers {
  connected(): void;
  /** Decrypted, in a buffer that is used again. */
  rtp(bytes: Buffer, length: number, nowMs: number): void;
  rtcp(bytes: Buffer, length: number, nowMs: number): void;
  data(bytes: Buffer): void;
  closed(reason: 'closed' | 'failed', text: string): void;
}

// One for all peers: it is free again when a packet is sent, or it is replaced.
let outgoing = Buffer.allocUnsafeSlow(BUFFER_BYTES);

/** The buffer in which the next packet is written; to be asked for anew for each. */
export const packetBuffer = (): Buffer => outgoing;

/** The transport of one participant: ICE-lite, DTLS-SRTP, and the counts of what went through it. */
export class Peer implements PathOwner {
  localUfrag = randomBytes(6).toString('hex');
  localPassword = randomBytes(18).toString('hex');
  readonly fingerprint: string;
  readonly #handlers: PeerHandlers;
  readonly #certificate: Certificate;
  readonly #paths = new Set<Path>();
  readonly #onPath: (path: Path) => void;
  #path: Path | null = null;
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
    certificate: Certificate,
    fingerprint: string,
    nowMs: number,
    onPath: (path: Path) => void,
    handlers: PeerHandlers,
  ) {
    this.#certificate = certificate;
    this.fingerprint = fingerprint;
    this.lastHeardMs = nowMs;
    this.#onPath = onPath;
    this.#handlers = handlers;
  }

  get connected(): boolean {
    return this.#srtp !== null;
  }

  get path(): Path | null {
    return this.#path;
  }

  /** Binds an address to the peer if the request proves that its sender has the password that only the peer was given. */
  bindingRequest(request: BindingRequest, path: Path, nowMs: number): boolean {
    if (this.#ended || !isAuthentic(request, this.localPassword)) return false;
    this.lastHeardMs = nowMs;
    if (path.peer !== this) {
      path.peer?.pathClosed(path);
      path.peer = this;
      this.#onPath(path);
      this.#paths.add(path);
      if (this.#paths.size > MOST_PATHS) this.#closeOldest();
    }
    if (this.#path === null || request.useCandidate) this.#path = path;
    const answer = encodeBindingSuccess(request, this.localPassword, path.address, path.port);
    path.send(answer, answer.length);
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
    this.#dtls ??= new DtlsSession(this.#certificate, this.fingerprint, {
      send: (bytes) => this.#path?.send(bytes, bytes.length),
      connected: (keys) => {
        if (this.#ended) return;
        this.#srtp = new SrtpSession(keys);
        this.#handlers.connected();
      },
      data: (bytes) => this.#handlers.data(bytes),
      closed: (reason, text) => !this.#ended && this.#handlers.closed(reason, text),
    });
    return this.#dtls;
  }

  /** Protects and sends what lies in {@link packetBuffer}. */
  sendRtp(length: number): void {
    if (this.#srtp !== null) this.#send(this.#srtp.protectRtp(outgoing, length));
  }

  /** As {@link sendRtp}, for a compound RTCP packet. */
  sendRtcp(length: number): void {
    if (this.#srtp !== null) this.#send(this.#srtp.protectRtcp(outgoing, length));
  }

  #send(length: number): void {
    if (length < 0 || this.#path === null) return;
    this.packetsSent++;
    this.bytesSent += length;
    if (!this.#path.send(outgoing, length)) outgoing = Buffer.allocUnsafeSlow(BUFFER_BYTES);
  }

  sendData(bytes: Buffer): void {
    this.#dtls?.send(bytes);
  }

  close(): void {
    if (this.#ended) return;
    this.#dtls?.close();
    this.#ended = true;
    for (const path of this.#paths) {
      path.peer = null;
      path.close();
    }
    this.#paths.clear();
    this.#path = null;
    this.#srtp = null;
  }
}
