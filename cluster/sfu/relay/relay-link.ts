import type { WebSocket } from 'ws';
import { isRefusal } from '../../signalling/shape.ts';
import type { Room } from '../room/room.ts';
import type { Peer } from '../transport/peer.ts';
import { Relay } from './relay.ts';
import type { RelayDial } from './relay-dial.ts';
import { parseRelayMessage, type RelayMessage } from './relay-messages.ts';

const MOST_UNREAD_BYTES = 16 * 1024 * 1024;
/** WebSocket statuses (RFC 6455 section 7.4): over as it should be, refused, and broken so that it is to be dialled again. */
export const NORMAL = 1000;
export const REFUSED = 1008;
export const BROKEN = 4000;

/** One relay from the first word to the last: its WebSocket, and the media once both said where it goes. */
export class RelayLink {
  readonly socket: WebSocket;
  /** Null where the other side dialled. */
  readonly dial: RelayDial | null;
  relay: Relay | null = null;
  readonly #over: (link: RelayLink) => void;
  #isOver = false;

  /** @param take told what the other side says. @param over told once, when all of it is let go. */
  constructor(
    socket: WebSocket,
    dial: RelayDial | null,
    take: (message: RelayMessage, link: RelayLink) => void,
    over: (link: RelayLink) => void,
  ) {
    this.socket = socket;
    this.dial = dial;
    this.#over = over;
    socket.on('error', () => {});
    socket.on('close', () => this.#end());
    socket.on('message', (data, isBinary) => {
      if (this.#isOver) return;
      const message = isBinary ? { problem: 'binary' } : parseRelayMessage(String(data));
      if (isRefusal(message)) this.close(REFUSED);
      else take(message, this);
    });
  }

  tell(message: RelayMessage): void {
    if (this.socket.readyState !== this.socket.OPEN) return;
    if (this.socket.bufferedAmount > MOST_UNREAD_BYTES) this.socket.terminate();
    else this.socket.send(JSON.stringify(message));
  }

  /** Both sides are agreed: the room's tracks go there from now on. */
  establish(id: string, room: Room, peer: Peer): void {
    this.relay = new Relay(id, room, peer, (message) => this.tell(message));
    room.addRelay(id, this.relay);
  }

  close(code: number): void {
    this.socket.close(code);
    this.#end();
  }

  #end(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    const { relay } = this;
    if (relay !== null) {
      const { room, id } = relay;
      if (room.relays.get(id) === relay) room.relays.delete(id);
      relay.close();
    }
    this.dial?.close();
    this.#over(this);
  }
}
