import { CounterModeProtection } from './counter-mode-protection.ts';
import {
  applyKeystream,
  bytes,
  clearLanes,
  digestAt,
  digestLanes,
  FAN_OUT_PLACES,
  type HmacState,
  MAX_PACKET_BYTES,
  PLACE_BYTES,
  placeAt,
  setLane,
} from './packet-memory.ts';
import { writeUint32 } from './protection.ts';
import type { SrtpSender } from './srtp-session.ts';

const FIRST = 4;
const LANES = 4;
const TAG = 10;

// The places are the process's, as the memory is, and so are those which a socket still reads from.
const places = Array.from({ length: FAN_OUT_PLACES }, (_, place) =>
  Buffer.from(bytes.buffer, placeAt(FIRST + place), PLACE_BYTES),
);
/** Of each place the packet that it held last: packets of a picture are alike in length, so there is often nothing to make. */
const views = [...places];
const held = new Uint8Array(FAN_OUT_PLACES);
let heldCount = 0;
let place = 0;

function viewOf(taken: number, length: number): Buffer {
  const view = views[taken];
  return view.length === length ? view : (views[taken] = places[taken].subarray(0, length));
}

/**
 * Protects packets for many receivers, four a digest, which costs a quarter of one by one. Use, within one turn of the event loop:
 *
 * ```
 * for each receiver: write the plain packet into fanOut.packet; fanOut.add(sender, headerLength, length, receiver);
 * fanOut.flush();
 * ```
 *
 * `ready` is called for each packet (a buffer as long as it is), in the order of `add`, from within `add` or `flush`. A packet's bytes stay as they are until there were
 * 60 more: whoever keeps them longer copies them, or calls `hold`.
 */
export class SrtpFanOut<Receiver> {
  readonly #ready: (receiver: Receiver, packet: Buffer, length: number) => void;
  readonly #place = new Int32Array(LANES);
  readonly #length = new Int32Array(LANES);
  readonly #receivers: (Receiver | null)[] = [null, null, null, null];
  readonly #states: HmacState[] = [];
  #waiting = 0;

  constructor(ready: (receiver: Receiver, packet: Buffer, length: number) => void) {
    this.#ready = ready;
  }

  /** Where the next packet is to be written; at most `MAX_PACKET_BYTES` of it. To be asked for anew for each. */
  get packet(): Buffer {
    return places[place];
  }

  /** Takes the packet that was written, and finishes four packets when there are four. */
  add(sender: SrtpSender, headerLength: number, length: number, receiver: Receiver): void {
    if (length > MAX_PACKET_BYTES || headerLength > length) return;
    const { protection } = sender;
    const taken = place;
    const packet = places[taken];
    const index = sender.indexOf((packet[2] << 8) | packet[3]);
    do place = (place + 1) % FAN_OUT_PLACES;
    while (held[place] !== 0);
    if (!(protection instanceof CounterModeProtection)) {
      this.flush();
      const made = protection.protectRtp(packet, length, headerLength, sender.ssrc, index, null);
      this.#ready(receiver, viewOf(taken, made), made);
      return;
    }
    const cipher = protection.rtpCipher;
    const keystream = cipher.keystream(sender.ssrc, index, length - headerLength, sender.ahead);
    const body = placeAt(FIRST + taken) + headerLength;
    applyKeystream(body, length - headerLength, keystream, cipher.offset);
    writeUint32(packet, length, Math.floor(index / 65536));
    const lane = this.#waiting++;
    this.#place[lane] = taken;
    this.#length[lane] = length;
    this.#states[lane] = protection.rtpHmac;
    this.#receivers[lane] = receiver;
    if (this.#waiting === LANES) this.flush();
  }

  /** Finishes what waits. */
  flush(): void {
    const count = this.#waiting;
    if (count === 0) return;
    this.#waiting = 0;
    for (let lane = 0; lane < count; lane++)
      setLane(lane, this.#states[lane], placeAt(FIRST + this.#place[lane]), this.#length[lane] + 4);
    clearLanes(count);
    digestLanes();
    for (let lane = 0; lane < count; lane++) {
      const from = digestAt(lane);
      bytes.copyWithin(placeAt(FIRST + this.#place[lane]) + this.#length[lane], from, from + TAG);
    }
    for (let lane = 0; lane < count; lane++) {
      const receiver = this.#receivers[lane]!;
      this.#receivers[lane] = null;
      const length = this.#length[lane] + TAG;
      this.#ready(receiver, viewOf(this.#place[lane], length), length);
    }
  }

  /**
   * Keeps a packet's place out of use until `release`, since a socket still reads from it.
   *
   * @returns false where too many are kept: then a copy is to be sent
   */
  hold(packet: Buffer): boolean {
    if (heldCount >= FAN_OUT_PLACES - 2 * LANES) return false;
    const at = (packet.byteOffset - placeAt(FIRST)) / PLACE_BYTES;
    if (held[at] === 0) heldCount++;
    held[at] = 1;
    return true;
  }

  /** Whether `hold` would take another one. */
  get mayHold(): boolean {
    return heldCount < FAN_OUT_PLACES - 2 * LANES;
  }

  /** How many places are held. */
  get heldCount(): number {
    return heldCount;
  }

  /** Gives back all places held. */
  release(): void {
    held.fill(0);
    heldCount = 0;
  }
}
