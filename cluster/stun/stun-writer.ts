import { type KeyObject, randomFillSync } from 'node:crypto';
import { isIPv4 } from 'node:net';
import { integrity } from './message-integrity.ts';
import { crc32 } from './stun-message.ts';
import { MAGIC_COOKIE, STUN_ATTRIBUTE, STUN_TYPE } from './stun-type.ts';

/** What a client's check says of itself (RFC 8445 section 7.1). */
export interface BindingRequest {
  /** `receiver's fragment:sender's fragment`. */
  readonly username: string;
  readonly priority: number;
  readonly useCandidate: boolean;
  readonly role: 'controlling' | 'controlled';
  /** 64 bits. */
  readonly tieBreaker: bigint;
}

/** Writes STUN messages, each into the same buffer: it is to be sent or copied before the next one is written. */
export class StunWriter {
  readonly #buffer = Buffer.alloc(768);
  #at = 0;

  /** @param transactionId 12 bytes; made up where not given, then found at bytes 8 to 20 of the message */
  bindingRequest(request: BindingRequest, key: KeyObject, transactionId?: Uint8Array): Buffer {
    const id = transactionId ?? randomFillSync(new Uint8Array(12));
    this.#begin(STUN_TYPE.BINDING_REQUEST, id, 0);
    this.#attribute(STUN_ATTRIBUTE.USERNAME, Buffer.from(request.username, 'latin1'));
    const priority = Buffer.alloc(4);
    priority.writeUInt32BE(request.priority);
    this.#attribute(STUN_ATTRIBUTE.PRIORITY, priority);
    const tieBreaker = Buffer.alloc(8);
    tieBreaker.writeBigUInt64BE(request.tieBreaker);
    const isControlling = request.role === 'controlling';
    this.#attribute(isControlling ? STUN_ATTRIBUTE.ICE_CONTROLLING : STUN_ATTRIBUTE.ICE_CONTROLLED, tieBreaker);
    if (request.useCandidate) this.#attribute(STUN_ATTRIBUTE.USE_CANDIDATE, Buffer.alloc(0));
    return this.#end(key);
  }

  /**
   * @param request the datagram that is answered
   * @param address where it came from, IPv4 or IPv6 in any spelling
   */
  bindingSuccess(request: Uint8Array, address: string, port: number, key: KeyObject): Buffer {
    this.#begin(STUN_TYPE.BINDING_SUCCESS, request, 8);
    const raw = addressBytes(address);
    const value = Buffer.alloc(4 + raw.length);
    value[1] = raw.length === 4 ? 1 : 2;
    value.writeUInt16BE(port ^ (MAGIC_COOKIE >>> 16), 2);
    for (let i = 0; i < raw.length; i++) value[4 + i] = raw[i] ^ this.#buffer[4 + i];
    this.#attribute(STUN_ATTRIBUTE.XOR_MAPPED_ADDRESS, value);
    return this.#end(key);
  }

  /** @param key null where the asker is not known, whose answer then carries no MESSAGE-INTEGRITY (RFC 8489 section 9.1.3) */
  bindingError(request: Uint8Array, code: number, reason: string, key: KeyObject | null, unknown?: number): Buffer {
    this.#begin(STUN_TYPE.BINDING_ERROR, request, 8);
    const text = Buffer.from(reason.slice(0, 100));
    this.#attribute(
      STUN_ATTRIBUTE.ERROR_CODE,
      Buffer.concat([Buffer.from([0, 0, Math.floor(code / 100), code % 100]), text]),
    );
    if (unknown !== undefined)
      this.#attribute(STUN_ATTRIBUTE.UNKNOWN_ATTRIBUTES, Buffer.from([unknown >> 8, unknown & 255]));
    return this.#end(key);
  }

  #begin(type: number, id: Uint8Array, idAt: number): void {
    this.#buffer.writeUInt16BE(type, 0);
    this.#buffer.writeUInt32BE(MAGIC_COOKIE, 4);
    this.#buffer.set(id.subarray(idAt, idAt + 12), 8);
    this.#at = 20;
  }

  #attribute(type: number, value: Uint8Array): void {
    const buffer = this.#buffer;
    buffer.writeUInt16BE(type, this.#at);
    buffer.writeUInt16BE(value.length, this.#at + 2);
    buffer.set(value, this.#at + 4);
    const end = this.#at + 4 + value.length;
    this.#at = (end + 3) & ~3;
    buffer.fill(0, end, this.#at);
  }

  #end(key: KeyObject | null): Buffer {
    const buffer = this.#buffer;
    if (key !== null) this.#attribute(STUN_ATTRIBUTE.MESSAGE_INTEGRITY, integrity(buffer, this.#at, key));
    buffer.writeUInt16BE(this.#at + 8 - 20, 2);
    const fingerprint = Buffer.alloc(4);
    fingerprint.writeUInt32BE((crc32(buffer, this.#at) ^ 0x5354554e) >>> 0);
    this.#attribute(STUN_ATTRIBUTE.FINGERPRINT, fingerprint);
    return buffer.subarray(0, this.#at);
  }
}

/** @returns 4 or 16 bytes. An IPv4 address in IPv6's clothes (`::ffff:1.2.3.4`) is the IPv4 address. */
export function addressBytes(address: string): Uint8Array {
  const plain = address.replace(/^::ffff:(?=\d+\.)/i, '').replace(/%.*$/, '');
  if (isIPv4(plain)) return Uint8Array.from(plain.split('.'), Number);
  const [head, tail] = plain.split('::');
  const groups = (text: string | undefined) => (text ? text.split(':') : []);
  const front = groups(head);
  const back = groups(tail);
  const all = [...front, ...Array(Math.max(0, 8 - front.length - back.length)).fill('0'), ...back];
  const raw = new Uint8Array(16);
  for (let i = 0; i < 8; i++) {
    const group = Number.parseInt(all[i] ?? '0', 16);
    raw[i * 2] = group >> 8;
    raw[i * 2 + 1] = group & 255;
  }
  return raw;
}
