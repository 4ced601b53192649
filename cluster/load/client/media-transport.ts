import { createSocket, type Socket } from 'node:dgram';
import { performance } from 'node:perf_hooks';
import type { DtlsCertificate } from '../../dtls/dtls-certificate.ts';
import type { DtlsSession } from '../../dtls/dtls-session.ts';
import { IceAgent, type IceCandidate, newCredentials } from '../../ice/ice-agent.ts';
import { DelayLine } from '../impairment/delay-line.ts';
import { type Impairment, impairsAnything } from '../impairment/impairment.ts';
import type { SeededRandom } from '../plan/random.ts';
import { isRtcp, RTP_HEADER_BYTES, ssrcOf } from '../rtp/rtp-packet.ts';
import { openDtls, type PacketProtection } from './dtls-endpoint.ts';
import type { ServerAnswer } from './server-answer.ts';

export interface TransportHandlers {
  connected(): void;
  failed(reason: string): void;
  /** A plain packet in a buffer that is used again. */
  rtp(packet: Buffer, length: number, arrivalMs: number): void;
  rtcp(packet: Buffer, length: number, arrivalMs: number): void;
  /** An RTP packet that came a second time (or so late that this cannot be told). */
  replayed(ssrc: number): void;
}

export interface TransportOptions {
  /** Address to send from; null for any. */
  readonly bind: string | null;
  readonly certificate: DtlsCertificate;
  readonly sendImpairment: Impairment;
  readonly receiveImpairment: Impairment;
  readonly random: SeededRandom;
  /** Told lines of an NSS key log, by which others decrypt what is captured. */
  readonly keyLog?: ((line: string) => void) | undefined;
}

const LONGEST_PACKET = 1500;
const ROOM_BEHIND = 32;
const RECEIVE_BUFFER_BYTES = 1 << 20;
const REPLAY = -4;

type Lookup = (
  name: string,
  options: unknown,
  done: (error: Error | null, address: string, family: number) => void,
) => void;
/** All names here are addresses: the system's resolver, and a turn of the event loop a packet, are left out. */
const noLookup: Lookup = (name, _options, done) => done(null, name, name.includes(':') ? 6 : 4);

/**
 * The way of one participant's packets: one UDP socket with ICE, DTLS and SRTP on it, and the network's faults between it
 * and the socket. Faults touch RTP; RTCP shares the delay; STUN and DTLS are left alone.
 */
export class MediaTransport {
  readonly ice: IceAgent;
  readonly #options: TransportOptions;
  readonly #handlers: TransportHandlers;
  readonly #sendLine: DelayLine;
  readonly #receiveLine: DelayLine;
  readonly #impairsSend: boolean;
  readonly #impairsReceive: boolean;
  readonly #scratch = Buffer.alloc(LONGEST_PACKET + ROOM_BEHIND);
  #socket: Socket | null = null;
  #dtls: DtlsSession | null = null;
  #protection: PacketProtection | null = null;
  #selected: IceCandidate | null = null;
  #isActive = false;
  #fingerprint = '';
  #isConnectedSocket = false;
  #closed = false;
  localAddress: string | null = null;
  remoteAddress: string | null = null;
  /** Datagrams that the system did not take, and packets refused by SRTP. */
  sendErrors = 0;
  refused = 0;

  constructor(options: TransportOptions, handlers: TransportHandlers) {
    this.#options = options;
    this.#handlers = handlers;
    this.#impairsSend = impairsAnything(options.sendImpairment.options);
    this.#impairsReceive = impairsAnything(options.receiveImpairment.options);
    this.#sendLine = new DelayLine((bytes) => this.#leave(bytes));
    this.#receiveLine = new DelayLine((bytes) => this.#media(bytes, performance.now()));
    this.ice = new IceAgent(newCredentials(), options.random, {
      send: (message, to) => this.#sendTo(Buffer.from(message), to),
      nominated: (candidate) => this.#nominated(candidate),
      failed: (reason) => this.#fail(reason),
    });
  }

  get isReady(): boolean {
    return this.#protection !== null && !this.#closed;
  }

  start(answer: ServerAnswer): void {
    const [best] = answer.candidates;
    if (best === undefined) {
      this.#fail('the answer has no UDP candidate');
      return;
    }
    const { bind } = this.#options;
    const isV6 = best.address.includes(':');
    const candidates = answer.candidates.filter(({ address }) => address.includes(':') === isV6);
    this.#isActive = answer.setup === 'passive';
    this.#fingerprint = answer.fingerprint;
    const socket = createSocket({ type: isV6 ? 'udp6' : 'udp4', lookup: noLookup as never });
    this.#socket = socket;
    socket.on('error', (error) => {
      this.sendErrors++;
      // Refused by a port that is closed is what a dead server looks like: consent tells (RFC 7675).
      if (!this.#isConnectedSocket && (error as NodeJS.ErrnoException).syscall === 'bind') this.#fail(error.message);
    });
    socket.on('message', (bytes, from) => this.#datagram(bytes, from));
    socket.bind({ port: 0, ...(bind === null ? {} : { address: bind }) }, () => {
      if (this.#closed) return;
      try {
        socket.setRecvBufferSize(RECEIVE_BUFFER_BYTES);
      } catch {
        // The system's own size then.
      }
      this.ice.start(answer.ice, candidates, performance.now());
    });
  }

  tick(nowMs: number): void {
    if (this.#closed) return;
    this.ice.tick(nowMs);
    if (this.#sendLine.length > 0) this.#sendLine.releaseDue(nowMs);
    if (this.#receiveLine.length > 0) this.#receiveLine.releaseDue(nowMs);
  }

  /** Protects and sends; what is given stays as it is. */
  sendRtp(packet: Uint8Array, length: number): void {
    const protection = this.#protection;
    if (protection === null || length > LONGEST_PACKET) return;
    const ssrc = ssrcOf(packet);
    this.#scratch.set(length === packet.length ? packet : packet.subarray(0, length));
    const sent = protection.protectRtp(this.#scratch, length);
    if (sent < 0) {
      this.refused++;
      return;
    }
    if (!this.#impairsSend) {
      this.#toSocket(this.#scratch, sent);
      return;
    }
    const { copies, delayMs } = this.#options.sendImpairment.decide(ssrc);
    if (copies === 0) return;
    const bytes = Buffer.from(this.#scratch.subarray(0, sent));
    for (let copy = 0; copy < copies; copy++) {
      if (delayMs > 0) this.#sendLine.hold(bytes, performance.now() + delayMs);
      else this.#leave(bytes);
    }
  }

  /** What went through the faults goes to the network. */
  #leave(bytes: Buffer): void {
    this.#toSocket(bytes);
    if (!isRtcp(bytes)) this.#options.sendImpairment.departures.left(bytes, performance.now());
  }

  sendRtcp(packet: Uint8Array, length: number): void {
    const protection = this.#protection;
    if (protection === null || length === 0 || length > LONGEST_PACKET) return;
    this.#scratch.set(packet.subarray(0, length));
    const sent = protection.protectRtcp(this.#scratch, length);
    if (sent < 0) {
      this.refused++;
      return;
    }
    const { delayMs } = this.#options.sendImpairment.options;
    if (delayMs > 0) this.#sendLine.hold(Buffer.from(this.#scratch.subarray(0, sent)), performance.now() + delayMs);
    else this.#toSocket(this.#scratch, sent);
  }

  /** Sends what is still held back, and closes. */
  close(): void {
    if (this.#closed) return;
    this.#sendLine.releaseDue(Number.POSITIVE_INFINITY);
    this.#dtls?.close();
    this.#closed = true;
    this.#protection = null;
    try {
      this.#socket?.close();
    } catch {
      // Never bound.
    }
  }

  #datagram(bytes: Buffer, from: { readonly address: string; readonly port: number }): void {
    // RFC 7983, section 7: the first octet tells the protocol.
    const first = bytes[0];
    if (this.#closed || bytes.length === 0) return;
    if (first < 4) {
      this.ice.datagram(bytes, from, performance.now());
      return;
    }
    const selected = this.#selected;
    if (selected === null || from.port !== selected.port || from.address !== selected.address) return;
    if (first >= 20 && first < 64) {
      if (this.#dtls === null) this.#openDtls();
      this.#dtls?.receive(bytes);
      return;
    }
    if (first < 128 || first > 191 || bytes.length < RTP_HEADER_BYTES || this.#protection === null) return;
    if (!this.#impairsReceive) {
      this.#media(bytes, performance.now());
      return;
    }
    if (isRtcp(bytes)) {
      this.#receiveLine.hold(bytes, performance.now() + this.#options.receiveImpairment.options.delayMs);
      return;
    }
    const { copies, delayMs } = this.#options.receiveImpairment.decide(ssrcOf(bytes));
    for (let copy = 0; copy < copies; copy++) {
      const own = copy === 0 ? bytes : Buffer.from(bytes);
      if (delayMs > 0 || copies > 1) this.#receiveLine.hold(own, performance.now() + delayMs);
      else this.#media(own, performance.now());
    }
  }

  #media(bytes: Buffer, arrivalMs: number): void {
    const protection = this.#protection;
    if (protection === null) return;
    if (isRtcp(bytes)) {
      const length = protection.unprotectRtcp(bytes, bytes.length);
      if (length > 0) this.#handlers.rtcp(bytes, length, arrivalMs);
      else this.refused++;
      return;
    }
    const length = protection.unprotectRtp(bytes, bytes.length);
    if (length > 0) this.#handlers.rtp(bytes, length, arrivalMs);
    else if (length === REPLAY) this.#handlers.replayed(ssrcOf(bytes));
    else this.refused++;
  }

  #nominated(candidate: IceCandidate): void {
    this.#selected = candidate;
    const socket = this.#socket!;
    // Towards one address the system needs no look at where each datagram goes, and tells the address it sends from.
    socket.connect(candidate.port, candidate.address, () => {
      if (this.#closed) return;
      this.#isConnectedSocket = true;
      const { address, port } = socket.address();
      this.localAddress = endpoint(address, port);
      this.remoteAddress = endpoint(candidate.address, candidate.port);
      if (this.#dtls === null) this.#openDtls();
    });
  }

  #openDtls(): void {
    this.#dtls = openDtls({
      role: this.#isActive ? 'client' : 'server',
      certificate: this.#options.certificate,
      remoteFingerprint: this.#fingerprint,
      ...(this.#options.keyLog === undefined ? {} : { keyLog: this.#options.keyLog }),
      send: (bytes) => this.#sendTo(bytes, this.#selected!),
      connected: (protection) => {
        if (this.#closed) return;
        this.#protection = protection;
        this.#handlers.connected();
      },
      failed: (reason) => this.#fail(reason),
    });
  }

  #sendTo(bytes: Uint8Array, to: IceCandidate): void {
    const socket = this.#socket;
    if (this.#closed || socket === null) return;
    try {
      if (this.#isConnectedSocket) socket.send(bytes);
      else if (this.#selected === null) socket.send(bytes, to.port, to.address);
    } catch {
      this.sendErrors++;
    }
  }

  /** @param length where `bytes` is the scratch buffer, which is used again: copied where the system does not take it at once. */
  #toSocket(bytes: Buffer, length?: number): void {
    const socket = this.#socket;
    if (this.#closed || socket === null || !this.#isConnectedSocket) return;
    if (length === undefined) socket.send(bytes);
    else if (socket.getSendQueueCount() === 0) socket.send(bytes, 0, length);
    else socket.send(Buffer.from(bytes.subarray(0, length)));
  }

  #fail(reason: string): void {
    if (this.#closed) return;
    this.#handlers.failed(reason);
  }
}

const endpoint = (address: string, port: number) =>
  address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
