import { createSecretKey, type KeyObject, randomBytes } from 'node:crypto';
import { hasIntegrity } from '../stun/message-integrity.ts';
import { StunMessage } from '../stun/stun-message.ts';
import { STUN_TYPE } from '../stun/stun-type.ts';
import { StunWriter } from '../stun/stun-writer.ts';

export interface IceCandidate {
  readonly address: string;
  readonly port: number;
}

export interface IceCredentials {
  readonly ufrag: string;
  readonly pwd: string;
}

/** Where the variation of intervals comes from. */
export interface IceRandom {
  between(from: number, to: number): number;
}

export interface IceHandlers {
  /** The message is used again after the call. */
  send(message: Buffer, to: IceCandidate): void;
  /** The first pair that works. */
  nominated(candidate: IceCandidate): void;
  failed(reason: string): void;
  /** The peer answered a check, so it is there. */
  answered?(nowMs: number): void;
}

const CHECK_EVERY_MS = 100;
const CHECKS_FOR_MS = 10_000;
/** RFC 7675, section 5.1: a request each 5 s, varied by 20 %; consent is gone 30 s after the last valid answer. */
const CONSENT_EVERY_MS = 5000;
const CONSENT_RETRY_MS = 500;
const CONSENT_RETRIES = 6;
const CONSENT_EXPIRES_MS = 30_000;
const OUTSTANDING_AT_MOST = 256;
/** Host candidate, component 1 (RFC 8445, section 5.1.2.1). */
const PRIORITY = 126 * 2 ** 24 + 65_535 * 2 ** 8 + 255;

/** Of ice-char (RFC 8839, section 5.4): letters, digits, + and /. */
export function newCredentials(): IceCredentials {
  return { ufrag: randomBytes(6).toString('base64'), pwd: randomBytes(18).toString('base64') };
}

/** The controlling side of ICE (RFC 8445) with one local candidate: checks, nomination, consent. Owns no socket and no clock. */
export class IceAgent {
  readonly local: IceCredentials;
  readonly #handlers: IceHandlers;
  readonly #random: IceRandom;
  readonly #tieBreaker = randomBytes(8).readBigUInt64BE();
  readonly #message = new StunMessage();
  readonly #writer = new StunWriter();
  readonly #localKey: KeyObject;
  #remoteKey: KeyObject | null = null;
  readonly #outstanding = new Map<string, { readonly to: IceCandidate; readonly sentMs: number }>();
  #remote: IceCredentials | null = null;
  #candidates: readonly IceCandidate[] = [];
  #startMs = 0;
  #nextMs = 0;
  #lastAnswerMs = 0;
  #retries = 0;
  #selected: IceCandidate | null = null;
  #over = false;
  /** Of the last answered check; null before. */
  roundTripMs: number | null = null;

  constructor(local: IceCredentials, random: IceRandom, handlers: IceHandlers) {
    this.local = local;
    this.#localKey = createSecretKey(Buffer.from(local.pwd));
    this.#random = random;
    this.#handlers = handlers;
  }

  start(remote: IceCredentials, candidates: readonly IceCandidate[], nowMs: number): void {
    this.#remote = remote;
    this.#remoteKey = createSecretKey(Buffer.from(remote.pwd));
    this.#candidates = candidates;
    this.#startMs = nowMs;
    this.#nextMs = nowMs;
    this.tick(nowMs);
  }

  tick(nowMs: number): void {
    if (this.#over || this.#remote === null || nowMs < this.#nextMs) return;
    if (this.#selected === null) {
      if (nowMs - this.#startMs > CHECKS_FOR_MS) {
        this.#fail('no answer to the connectivity checks');
        return;
      }
      for (const candidate of this.#candidates) this.#check(candidate, nowMs);
      this.#nextMs = nowMs + CHECK_EVERY_MS;
      return;
    }
    if (nowMs - this.#lastAnswerMs > CONSENT_EXPIRES_MS) {
      this.#fail('consent expired');
      return;
    }
    this.#check(this.#selected, nowMs);
    // Asked again soon while no answer has come, so that one lost datagram is not half of an expiry.
    const again = this.#retries++ < CONSENT_RETRIES && this.#outstanding.size > 0;
    this.#nextMs = nowMs + (again ? CONSENT_RETRY_MS : CONSENT_EVERY_MS * this.#random.between(0.8, 1.2));
  }

  /** @param bytes a datagram that begins as STUN does. */
  datagram(bytes: Buffer, from: IceCandidate, nowMs: number): void {
    const remoteKey = this.#remoteKey;
    const message = this.#message;
    if (this.#over || remoteKey === null || message.decode(bytes, bytes.length) !== null) return;
    if (message.type === STUN_TYPE.BINDING_REQUEST) {
      if (!hasIntegrity(message, this.#localKey)) return;
      this.#handlers.send(this.#writer.bindingSuccess(bytes, from.address, from.port, this.#localKey), from);
      return;
    }
    if (message.type !== STUN_TYPE.BINDING_SUCCESS || !hasIntegrity(message, remoteKey)) return;
    const key = bytes.toString('latin1', 8, 20);
    const sent = this.#outstanding.get(key);
    // RFC 8445, section 7.2.5.2.1: an answer from elsewhere than where the check went does not count.
    if (sent === undefined || sent.to.address !== from.address || sent.to.port !== from.port) return;
    this.#outstanding.clear();
    this.#lastAnswerMs = nowMs;
    this.#retries = 0;
    this.roundTripMs = nowMs - sent.sentMs;
    this.#handlers.answered?.(nowMs);
    this.#nextMs = nowMs + CONSENT_EVERY_MS * this.#random.between(0.8, 1.2);
    if (this.#selected !== null) return;
    this.#selected = sent.to;
    this.#handlers.nominated(sent.to);
  }

  #check(to: IceCandidate, nowMs: number): void {
    const remote = this.#remote!;
    const transaction = randomBytes(12);
    if (this.#outstanding.size >= OUTSTANDING_AT_MOST) this.#outstanding.clear();
    this.#outstanding.set(transaction.toString('latin1'), { to, sentMs: nowMs });
    const request = {
      username: `${remote.ufrag}:${this.local.ufrag}`,
      priority: PRIORITY,
      // Nominated at once: towards an ICE-lite agent the controlling one may (RFC 8445, section 8.1.1).
      useCandidate: true,
      role: 'controlling' as const,
      tieBreaker: this.#tieBreaker,
    };
    this.#handlers.send(this.#writer.bindingRequest(request, this.#remoteKey!, transaction), to);
  }

  #fail(reason: string): void {
    this.#over = true;
    this.#handlers.failed(reason);
  }
}
