import { type ChannelKind, decodeOpen, encodeAck, encodeOpen, PROTOCOL_ID } from './data-channel-messages.ts';
import { isSoundSctp } from './sctp-check.ts';
import { type WeriftSctp, weriftSctp } from './werift-sctp.ts';

export interface DataMessage {
  readonly kind: ChannelKind;
  readonly isText: boolean;
  readonly bytes: Buffer;
}

export interface DataChannelHandlers {
  /** Sends an SCTP packet to the peer, over DTLS. */
  send(packet: Uint8Array): void;
  message(message: DataMessage): void;
  /** The channel is open in both directions. */
  opened?(kind: ChannelKind): void;
}

const PORT = 5000;
const MOST_CHANNELS = 16;
/** Packets that wait for the one before. */
const MOST_WAITING = 512;
/** Bytes that wait for a receiver who is slow, beyond which messages to it are left out. */
const MOST_QUEUED_BYTES = 1024 * 1024;
/** What may lie here unfinished: far below it no message of the permitted size is. */
const LEAST_WINDOW_BYTES = 256 * 1024;

interface Channel {
  readonly streamId: number;
  readonly kind: ChannelKind;
}

/** The data channels of one DTLS connection (RFC 8831): an SCTP association, and the channels that either side opened in it. */
export class DataChannels {
  readonly #handlers: DataChannelHandlers;
  readonly #sctp: WeriftSctp;
  readonly #longest: number;
  readonly #channels = new Map<number, Channel>();
  /** RFC 8832 section 6: the DTLS client takes even stream ids, the server odd ones. */
  #nextStreamId: number;
  #work: Promise<void> = Promise.resolve();
  #waiting = 0;
  #isOver = false;
  /** Packets and messages that were refused, and messages left out for a slow receiver. */
  refused = 0;

  /** @param longest bytes of a message, in either direction. */
  constructor(role: 'client' | 'server', longest: number, handlers: DataChannelHandlers) {
    this.#handlers = handlers;
    this.#longest = longest;
    this.#nextStreamId = role === 'client' ? 0 : 1;
    this.#sctp = weriftSctp(role, PORT, (packet) => this.#isOver || handlers.send(packet));
    this.#sctp.onReceive.subscribe((streamId, protocolId, data) => this.#receive(streamId, protocolId, data));
    this.#sctp.onReconfigStreams.subscribe((streamIds) => {
      for (const id of streamIds) this.#channels.delete(id);
    });
    void this.#sctp.start(PORT).catch(() => {});
  }

  get isConnected(): boolean {
    return !this.#isOver && this.#sctp.state === 'connected';
  }

  /** Takes the plain text of a DTLS record. Nothing that a peer sends makes it throw. */
  receive(packet: Uint8Array): void {
    if (this.#isOver) return;
    const { lastReceivedTsn } = this.#sctp;
    const isFull = this.#sctp.advertisedRwnd < LEAST_WINDOW_BYTES;
    if (isFull || this.#waiting >= MOST_WAITING || !isSoundSctp(packet, lastReceivedTsn ?? null)) {
      this.refused++;
      // Nothing that keeps to the limits leaves so much unfinished.
      if (isFull) this.close();
      return;
    }
    const copy = Buffer.from(packet);
    this.#waiting++;
    this.#work = this.#work
      .then(() => (this.#isOver ? undefined : this.#sctp.handleData(copy)))
      .catch(() => {
        this.refused++;
      })
      .finally(() => {
        this.#waiting--;
      });
  }

  #receive(streamId: number, protocolId: number, data: Buffer): void {
    if (protocolId === PROTOCOL_ID.DCEP) {
      this.#establish(streamId, data);
      return;
    }
    const isEmpty = protocolId === PROTOCOL_ID.EMPTY_TEXT || protocolId === PROTOCOL_ID.EMPTY_BINARY;
    const isText = protocolId === PROTOCOL_ID.TEXT || protocolId === PROTOCOL_ID.EMPTY_TEXT;
    const channel = this.#channels.get(streamId);
    const isKnown = isText || isEmpty || protocolId === PROTOCOL_ID.BINARY;
    if (channel === undefined || !isKnown || data.length > this.#longest) {
      this.refused++;
      return;
    }
    this.#handlers.message({ kind: channel.kind, isText, bytes: isEmpty ? Buffer.alloc(0) : data });
  }

  #establish(streamId: number, data: Buffer): void {
    const kind = decodeOpen(data);
    if (kind === null) return;
    if (this.#channels.size >= MOST_CHANNELS && !this.#channels.has(streamId)) {
      this.refused++;
      return;
    }
    this.#channels.set(streamId, { streamId, kind });
    this.#send(streamId, PROTOCOL_ID.DCEP, encodeAck(), { ordered: true });
    this.#handlers.opened?.(kind);
  }

  /** Opens a channel; messages may follow at once. @returns whether there was room for it. */
  open(kind: ChannelKind): boolean {
    if (!this.isConnected || this.#channels.size >= MOST_CHANNELS) return false;
    const streamId = this.#nextStreamId;
    this.#nextStreamId += 2;
    this.#channels.set(streamId, { streamId, kind });
    this.#send(streamId, PROTOCOL_ID.DCEP, encodeOpen(kind), { ordered: true });
    return true;
  }

  /** Sends on the channel of this label, which is opened where it is not there. */
  send({ kind, isText, bytes }: DataMessage): void {
    if (!this.isConnected) return;
    const find = () => [...this.#channels.values()].find((channel) => channel.kind.label === kind.label);
    let channel = find();
    if (channel === undefined && this.open(kind)) channel = find();
    if (channel === undefined || bytes.length > this.#longest || this.#queuedBytes > MOST_QUEUED_BYTES) {
      this.refused++;
      return;
    }
    const { TEXT, BINARY, EMPTY_TEXT, EMPTY_BINARY } = PROTOCOL_ID;
    const isEmpty = bytes.length === 0;
    const protocolId = isText ? (isEmpty ? EMPTY_TEXT : TEXT) : isEmpty ? EMPTY_BINARY : BINARY;
    const { ordered, maxRetransmits, maxLifetimeMs } = channel.kind;
    // SCTP has no empty messages: one byte stands for none (RFC 8831 section 6.6).
    this.#send(channel.streamId, protocolId, isEmpty ? Buffer.alloc(1) : Buffer.from(bytes), {
      ordered,
      ...(maxRetransmits === null ? {} : { maxRetransmits }),
      ...(maxLifetimeMs === null ? {} : { expiry: Date.now() / 1000 + maxLifetimeMs / 1000 }),
    });
  }

  get #queuedBytes(): number {
    let bytes = 0;
    for (const { userData } of this.#sctp.outboundQueue) bytes += userData.length;
    return bytes;
  }

  #send(streamId: number, protocolId: number, data: Buffer, options: Parameters<WeriftSctp['send']>[3]): void {
    this.#sctp.send(streamId, protocolId, data, options).catch(() => {
      this.refused++;
    });
  }

  close(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#channels.clear();
    void this.#sctp.stop().catch(() => {});
  }
}
