import { TokenBucket } from '../../rate/token-bucket.ts';
import { DataChannels, type DataMessage } from '../../sctp/data-channels.ts';
import type { MediaSection } from './section.ts';

/** Bytes of one message, as the answer says (`a=max-message-size`). */
export const MAX_DATA_MESSAGE_BYTES = 16 * 1024;
const MESSAGES_PER_SECOND = 100;
const MESSAGES_AT_ONCE = 300;
const BYTES_PER_SECOND = 256 * 1024;
const BYTES_AT_ONCE = 1024 * 1024;

export const dataCounts = { messages: 0, refused: 0 };

/** What data channels need of the participant whose they are. */
export interface DataOwner {
  readonly mayPublish: boolean;
  readonly maySubscribe: boolean;
  readonly sections: readonly (MediaSection & { readonly kind: string; readonly accepted: boolean })[];
  readonly peer: { sendData(bytes: Uint8Array): void };
}

/** The data channels of one participant: what comes on a channel goes to all others of the room, on the channel of the same label. */
export class DataOfParticipant {
  readonly #owner: DataOwner;
  readonly #toRoom: (message: DataMessage) => void;
  readonly #messages = new TokenBucket(MESSAGES_PER_SECOND, MESSAGES_AT_ONCE, performance.now());
  readonly #bytes = new TokenBucket(BYTES_PER_SECOND, BYTES_AT_ONCE, performance.now());
  #channels: DataChannels | null = null;
  #isOver = false;

  constructor(owner: DataOwner, toRoom: (message: DataMessage) => void) {
    this.#owner = owner;
    this.#toRoom = toRoom;
  }

  /** Takes what came in a DTLS record. */
  receive(bytes: Uint8Array): void {
    if (this.#isOver || !this.#owner.sections.some(({ kind, accepted }) => kind === 'application' && accepted)) return;
    this.#channels ??= new DataChannels('server', MAX_DATA_MESSAGE_BYTES, {
      send: (packet) => this.#owner.peer.sendData(packet),
      message: (message) => this.#message(message),
    });
    const before = this.#channels.refused;
    this.#channels.receive(bytes);
    dataCounts.refused += this.#channels.refused - before;
  }

  #message(message: DataMessage): void {
    const nowMs = performance.now();
    const isFine =
      this.#owner.mayPublish && this.#messages.take(nowMs) && this.#bytes.take(nowMs, message.bytes.length);
    if (!isFine) {
      dataCounts.refused++;
      return;
    }
    dataCounts.messages++;
    this.#toRoom(message);
  }

  /** To the participant, where it has data channels. */
  send(message: DataMessage): void {
    if (this.#owner.maySubscribe) this.#channels?.send(message);
  }

  end(): void {
    this.#isOver = true;
    this.#channels?.close();
  }
}
