import { performance } from 'node:perf_hooks';
import type { DtlsCertificate } from '../../dtls/dtls-certificate.ts';
import type { DtlsSession } from '../../dtls/dtls-session.ts';
import { IceAgent, type IceCandidate, newCredentials } from '../../ice/ice-agent.ts';
import { DelayLine } from '../impairment/delay-line.ts';
import { type Impairment, impairsAnything } from '../impairment/impairment.ts';
import type { SeededRandom } from '../plan/random.ts';
import { isRtcp, RTP_HEADER_BYTES, ssrcOf } from '../rtp/rtp-packet.ts';
import { openDtls, type PacketProtection } from './dtls-endpoint.ts';
import { type ChannelHandlers, endpoint, type PacketChannel } from './packet-channel.ts';
import type { ServerAnswer } from './server-answer.ts';
import { TcpChannel } from './tcp-channel.ts';
import { UdpChannel } from './udp-channel.ts';

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
  /** Whether media go over TCP (RFC 6544), as where UDP is blocked. */
  readonly overTcp: boolean;
  readonly certificate: DtlsCertificate;
  readonly sendImpairment: Impairment;
  readonly receiveImpairment: Impairment;
  readonly random: SeededRandom;
  /** Told lines of an NSS key log, by which others decrypt what is captured. */
  readonly keyLog?: ((line: string) => void) | undefined;
}

const LONGEST_PACKET = 1500;
const ROOM_BEHIND = 32;
const REPLAY = -4;

/**
 * The way of one participant's packets: one channel with ICE, DTLS and SRTP on it, and the network's faults between it
 * and the network. Faults touch RTP; RTCP shares the delay; STUN and DTLS are left alone.
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
  #channel: PacketChannel | null = null;
  #dtls: DtlsSession | null = null;
  #protection: PacketProtection | null = null;
  #selected: IceCandidate | null = null;
  #isActive = false;
  #fingerprint = '';
  #closed = false;
  remoteAddress: string | null = null;
  /** Packets refused by SRTP. */
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

  get localAddress(): string | null {
    return this.remoteAddress === null ? null : (this.#channel?.localAddress ?? null);
  }

  /** Datagrams that the system did not take. */
  get sendErrors(): number {
    return this.#channel?.sendErrors ?? 0;
  }

  get isReady(): boolean {
    return this.#protection !== null && !this.#closed;
  }

  start(answer: ServerAnswer): void {
    const { bind, overTcp } = this.#options;
    const given = overTcp ? answer.tcpCandidates : answer.candidates;
    const [best] = given;
    if (best === undefined) {
      this.#fail(`the answer has no ${overTcp ? 'TCP' : 'UDP'} candidate`);
      return;
    }
    const isV6 = best.address.includes(':');
    // A connection goes to one candidate; a UDP socket to all of its family.
    const candidates = overTcp ? [best] : given.filter(({ address }) => address.includes(':') === isV6);
    this.#isActive = answer.setup === 'passive';
    this.#fingerprint = answer.fingerprint;
    const handlers: ChannelHandlers = {
      opened: () => {
        if (!this.#closed) this.ice.start(answer.ice, candidates, performance.now());
      },
      packet: (bytes, from) => this.#datagram(bytes, from),
      failed: (reason) => this.#fail(reason),
    };
    this.#channel = overTcp ? new TcpChannel(best, bind, handlers) : new UdpChannel(isV6, bind, handlers);
    this.#channel.open();
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
    // Copies leave one behind the other.
    const dueMs = performance.now() + delayMs;
    for (let copy = 0; copy < copies; copy++) {
      if (delayMs > 0) this.#sendLine.hold(bytes, dueMs);
      else this.#leave(bytes);
    }
  }

  /** What went through the faults goes to the network. */
  #leave(bytes: Buffer): void {
    // Before it is sent: the kernel may let the receiver run first.
    if (!isRtcp(bytes)) this.#options.sendImpairment.departures.left(bytes, performance.now());
    this.#toSocket(bytes);
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
    this.#channel?.close();
  }

  #datagram(bytes: Buffer, from: IceCandidate): void {
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
    this.#channel?.fix(candidate, () => {
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
    if (!this.#closed) this.#channel?.send(bytes, to);
  }

  /** @param length where `bytes` is the scratch buffer, which is used again: copied where the system does not take it at once. */
  #toSocket(bytes: Buffer, length?: number): void {
    const channel = this.#channel;
    if (this.#closed || channel === null) return;
    if (length === undefined) channel.sendMedia(bytes);
    else if (channel.isBehind) channel.sendMedia(Buffer.from(bytes.subarray(0, length)));
    else channel.sendMedia(bytes.subarray(0, length));
  }

  #fail(reason: string): void {
    if (this.#closed) return;
    this.#handlers.failed(reason);
  }
}
