const HEADER = 12;
/** A certificate message is the longest by far. */
const MAX_MESSAGE_BYTES = 16_384;
/** Messages ahead of the one that is missing: a flight has at most six. */
const MAX_AHEAD = 8;

interface Unfinished {
  readonly type: number;
  readonly body: Buffer;
  /** Which bytes have come. */
  readonly has: Uint8Array;
  missing: number;
}

/**
 * Puts handshake messages together from fragments that come in any order, more than once, or overlapping, and hands them out in
 * order (RFC 6347 section 4.2.3). At most 8 messages of 16 KiB are kept.
 */
export class HandshakeAssembly {
  /** message_seq of the message that is handed out next. */
  next = 0;
  readonly #unfinished = new Map<number, Unfinished>();

  /**
   * Takes the fragments in a record.
   *
   * @returns 'repeated' where one belongs to a message handed out before, which means that the peer sends its flight again
   */
  take(fragments: Buffer): 'taken' | 'repeated' | 'malformed' {
    let result: 'taken' | 'repeated' = 'taken';
    let at = 0;
    while (at < fragments.length) {
      if (at + HEADER > fragments.length) return 'malformed';
      const type = fragments[at];
      const length = fragments.readUIntBE(at + 1, 3);
      const sequence = fragments.readUInt16BE(at + 4);
      const offset = fragments.readUIntBE(at + 6, 3);
      const size = fragments.readUIntBE(at + 9, 3);
      const from = at + HEADER;
      at = from + size;
      if (at > fragments.length || offset + size > length || length > MAX_MESSAGE_BYTES) return 'malformed';
      if (sequence < this.next) {
        result = 'repeated';
        continue;
      }
      if (sequence >= this.next + MAX_AHEAD) continue;
      let message = this.#unfinished.get(sequence);
      if (message === undefined) {
        message = { type, body: Buffer.alloc(length), has: new Uint8Array(length), missing: length };
        this.#unfinished.set(sequence, message);
      } else if (message.type !== type || message.body.length !== length) return 'malformed';
      for (let i = 0; i < size; i++) {
        if (message.has[offset + i] !== 0) continue;
        message.has[offset + i] = 1;
        message.body[offset + i] = fragments[from + i];
        message.missing--;
      }
    }
    return result;
  }

  /** The next message if it is whole. It stays until `accept` or `discard`. */
  peek(): { readonly type: number; readonly body: Buffer } | null {
    const message = this.#unfinished.get(this.next);
    return message !== undefined && message.missing === 0 ? message : null;
  }

  /** Goes on to the next message. */
  accept(): void {
    this.#unfinished.delete(this.next);
    this.next++;
  }

  /** Waits for another message of the same number. */
  discard(): void {
    this.#unfinished.delete(this.next);
  }

  clear(): void {
    this.#unfinished.clear();
  }
}
