import { applyKeystream, CounterModeProtection } from './counter-mode-protection.ts';
import {
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

const PAYLOAD = placeAt(1);
const FIRST = 4;
const LANES = 4;
const TAG = 10;

// The places are the process's, as the memory is, and so are those which a socket still reads from.
const held = new Uint8Array(FAN_OUT_PLACES);
let heldCount = 0;
let place = 0;

/**
 * Protects one payload for many receivers, each with its own header and keys: four packets a digest. Use:
 *
 * ```
 * fanOut.setPayload(packet, from, to);
 * for each receiver: const at = fanOut.headerAt(); write its header into fanOut.memory from `at`; fanOut.add(sender, headerLength, receiver);
 * fanOut.flush();
 * ```
 *
 * `ready` is called for each packet, in the order of `add`, from within `add` or `flush`. The bytes stay as they are until as many packets
 * more have been added as there are places (64): whoever keeps them longer copies them, or calls `hold`.
 */
export class SrtpFanOut<Receiver> {
  /** In which headers are written and packets lie. */
  readonly memory: Buffer = Buffer.from(bytes.buffer);
  readonly #ready: (receiver: Receiver, at: number, length: number) => void;
  readonly #laneAt = new Int32Array(LANES);
  readonly #laneLength = new Int32Array(LANES);
  readonly #receivers: Receiver[] = [];
  readonly #states: HmacState[] = [];
  #waiting = 0;
  #payloadLength = 0;

  /** @param ready is handed a packet that lies in `memory` from `at` on. */
  constructor(ready: (receiver: Receiver, at: number, length: number) => void) {
    this.#ready = ready;
  }

  /**
   * Takes the payload of the packets that follow. Packets added before are finished first.
   *
   * @returns false where it is longer than a packet may be; then nothing may be added
   */
  setPayload(source: Uint8Array, from: number, to: number): boolean {
    this.flush();
    if (to - from > MAX_PACKET_BYTES - 256) return false;
    bytes.set(source.subarray(from, to), PAYLOAD);
    this.#payloadLength = to - from;
    return true;
  }

  /** Where in `memory` the next header is to be written: 12 to 256 bytes, a multiple of four. */
  headerAt(): number {
    return placeAt(FIRST + place);
  }

  /** Takes the header that was written, and finishes four packets when there are four. */
  add(sender: SrtpSender, headerLength: number, receiver: Receiver): void {
    const at = placeAt(FIRST + place);
    const length = headerLength + this.#payloadLength;
    const { protection } = sender;
    const index = sender.indexOf((bytes[at + 2] << 8) | bytes[at + 3]);
    this.#advance();
    if (!(protection instanceof CounterModeProtection)) {
      this.flush();
      bytes.copyWithin(at + headerLength, PAYLOAD, PAYLOAD + this.#payloadLength);
      const whole = this.memory.subarray(at, at + PLACE_BYTES);
      const protectedLength = protection.protectRtp(whole, length, headerLength, sender.ssrc, index, null);
      this.#ready(receiver, at, protectedLength);
      return;
    }
    const cipher = protection.rtpCipher;
    const keystream = cipher.keystream(sender.ssrc, index, this.#payloadLength, sender.ahead);
    applyKeystream(PAYLOAD, at + headerLength, this.#payloadLength, keystream, cipher.offset);
    writeUint32(bytes, at + length, Math.floor(index / 65536));
    const lane = this.#waiting++;
    this.#states[lane] = protection.rtpHmac;
    this.#laneAt[lane] = at;
    this.#laneLength[lane] = length;
    this.#receivers[lane] = receiver;
    if (this.#waiting === LANES) this.#finish();
  }

  /** Finishes what waits. */
  flush(): void {
    if (this.#waiting === 0) return;
    this.#finish();
  }

  /** Keeps a packet's place out of use until `release`: a socket still reads from it. */
  hold(at: number): void {
    const keep = (at - placeAt(FIRST)) / PLACE_BYTES;
    if (held[keep] !== 0) return;
    held[keep] = 1;
    heldCount++;
  }

  /** @returns how many places are held. At `FAN_OUT_PLACES - 8` whoever holds must copy instead. */
  get heldCount(): number {
    return heldCount;
  }

  /** Gives back all places held. */
  release(): void {
    if (heldCount === 0) return;
    held.fill(0);
    heldCount = 0;
  }

  #advance(): void {
    do place = (place + 1) % FAN_OUT_PLACES;
    while (held[place] !== 0);
  }

  #finish(): void {
    const count = this.#waiting;
    this.#waiting = 0;
    for (let lane = 0; lane < count; lane++)
      setLane(lane, this.#states[lane], this.#laneAt[lane], this.#laneLength[lane] + 4);
    clearLanes(count);
    digestLanes();
    for (let lane = 0; lane < count; lane++) {
      const at = this.#laneAt[lane];
      const from = digestAt(lane);
      bytes.copyWithin(at + this.#laneLength[lane], from, from + TAG);
    }
    for (let lane = 0; lane < count; lane++)
      this.#ready(this.#receivers[lane], this.#laneAt[lane], this.#laneLength[lane] + TAG);
  }
}
