import type { Datagram, FlowTable, Timestamp } from '../../captures/index.ts';
import type { DtlsAnalysis } from '../analysis.ts';
import { FlowPairColumn } from '../flow-pair-column.ts';
import { RecentMap } from '../recent-map.ts';
import type { TimeText } from '../time-text.ts';
import { DtlsContent, DtlsRecordWalk, isDtls, isDtlsCiphertext } from './dtls-record.ts';
import { Handshake } from './handshake.ts';
import { HandshakeFragments } from './handshake-fragments.ts';
import { decodeClientHello, decodeServerHello } from './hello.ts';

/*
 * Handshake messages in clear (RFC 6347, 4.2.2):
 *
 *   | msg_type 8 | length 24 | message_seq 16 | fragment_offset 24 | fragment_length 24 | body |
 */
const MESSAGE_HEADER_BYTES = 12;
const CLIENT_HELLO = 1;
const SERVER_HELLO = 2;
const HELLO_VERIFY_REQUEST = 3;
const HELLO_REQUEST = 0;

const MOST_HANDSHAKES = 20_000;
/** On one pair of addresses; more are attempts without end. */
const MOST_HANDSHAKES_A_PAIR = 64;
/** Hellos in pieces at the same time, in each of two generations. */
const MOST_IN_PIECES = 64;

interface Pieces {
  readonly fragments: HandshakeFragments;
  readonly startTime: Timestamp;
  /** Record that carried the first piece seen. */
  readonly record: number;
}

/** Follows the DTLS handshakes of a capture, by what of them is in clear. */
export class DtlsObserver {
  readonly #flows: FlowTable;
  readonly #handshakes: Handshake[] = [];
  /** The handshake that stands for each pair of flows at present. */
  readonly #current: FlowPairColumn;
  /** How many handshakes a pair has had; set where records were seen. */
  readonly #attempts: FlowPairColumn;
  readonly #pieces = new RecentMap<Pieces>(MOST_IN_PIECES);
  readonly #walk = new DtlsRecordWalk();
  #records = 0;
  #leftOut = 0;

  constructor(flows: FlowTable) {
    this.#flows = flows;
    this.#current = new FlowPairColumn(flows);
    this.#attempts = new FlowPairColumn(flows);
  }

  /** Whether a datagram is DTLS; ciphertext of 1.3 that says too little of itself counts where DTLS was seen before. */
  isDtls(datagram: Datagram): boolean {
    const { bytes, offset, length, capturedLength } = datagram;
    return (
      isDtls(bytes, offset, length, capturedLength) ||
      (this.hasDtls(datagram.flow) && isDtlsCiphertext(bytes, offset, length, capturedLength))
    );
  }

  /** Takes a datagram for which `isDtls` holds. */
  datagram(datagram: Datagram): void {
    const { bytes, flow } = datagram;
    if (this.#attempts.get(flow) < 0) this.#attempts.set(flow, 0);
    const walk = this.#walk;
    walk.begin(bytes, datagram.offset, datagram.length, datagram.capturedLength);
    while (walk.next()) {
      this.#records++;
      if (walk.epoch === 0 && walk.type === DtlsContent.handshake) {
        this.#messages(datagram);
        continue;
      }
      const handshake = this.#handshakes[this.#current.get(flow)];
      if (handshake === undefined) continue;
      const fromClient = handshake.isFromClient(flow);
      if (walk.type === DtlsContent.ciphertext) {
        handshake.ciphertext(fromClient, walk.epoch, timeOf(datagram));
      } else if (walk.type === DtlsContent.handshake) {
        handshake.finished(fromClient, walk.sequence, timeOf(datagram));
      } else if (walk.type === DtlsContent.applicationData) {
        if (!handshake.completed) handshake.applicationData(timeOf(datagram));
      } else if (walk.type === DtlsContent.alert && walk.epoch === 0 && walk.capturedLength >= 2) {
        handshake.alert(fromClient, bytes[walk.offset], bytes[walk.offset + 1], timeOf(datagram));
      }
    }
  }

  /** The first RTP or RTCP packet of a flow: its sender has the keys, so the handshake is over. */
  media(flow: number, time: Timestamp): void {
    const handshake = this.#handshakes[this.#current.get(flow)];
    if (handshake !== undefined && !handshake.completed) {
      handshake.media({ seconds: time.seconds, nanoseconds: time.nanoseconds });
    }
  }

  /** Whether DTLS was seen on the flow or its opposite direction. */
  hasDtls(flow: number): boolean {
    return this.#attempts.get(flow) >= 0;
  }

  report(timeText: TimeText): DtlsAnalysis {
    return {
      records: this.#records,
      handshakes: this.#handshakes.map((handshake) => handshake.report(this.#flows, timeText)),
      handshakesLeftOut: this.#leftOut,
    };
  }

  /** The messages and fragments in the record at the walk. */
  #messages(datagram: Datagram): void {
    const { bytes, flow } = datagram;
    const walk = this.#walk;
    const end = walk.offset + walk.capturedLength;
    const wireEnd = walk.offset + walk.length;
    for (let at = walk.offset; at + MESSAGE_HEADER_BYTES <= end; ) {
      const type = bytes[at];
      const length = uint24(bytes, at + 1);
      const sequence = (bytes[at + 4] << 8) | bytes[at + 5];
      const fragmentOffset = uint24(bytes, at + 6);
      const fragmentLength = uint24(bytes, at + 9);
      at += MESSAGE_HEADER_BYTES;
      if (fragmentOffset + fragmentLength > length || at + fragmentLength > wireEnd) return;
      if (type === CLIENT_HELLO || type === SERVER_HELLO) {
        const fragment = bytes.subarray(at, Math.min(at + fragmentLength, end));
        if (fragmentLength === length) this.#hello(flow, type, sequence, fragment, walk.sequence, timeOf(datagram));
        else this.#piece(datagram, type, length, sequence, fragmentOffset, fragment);
      } else if (type !== HELLO_REQUEST && fragmentOffset === 0) {
        if (type === HELLO_VERIFY_REQUEST) this.#begun(flow, datagram);
        const handshake = this.#handshakes[this.#current.get(flow)];
        handshake?.message(handshake.isFromClient(flow), sequence, walk.sequence, timeOf(datagram));
      }
      at += fragmentLength;
    }
  }

  #piece(
    datagram: Datagram,
    type: number,
    length: number,
    sequence: number,
    fragmentOffset: number,
    fragment: Uint8Array,
  ): void {
    const { flow } = datagram;
    const key = `${flow}:${type}:${sequence}`;
    let pieces = this.#pieces.get(key);
    if (pieces === undefined || pieces.fragments.complete || pieces.fragments.bytes.length !== length) {
      const fragments = HandshakeFragments.forMessage(length);
      if (fragments === null) return;
      pieces = { fragments, startTime: timeOf(datagram), record: this.#walk.sequence };
      this.#pieces.set(key, pieces);
    }
    pieces.fragments.add(fragmentOffset, fragment);
    if (pieces.fragments.complete) {
      this.#hello(flow, type, sequence, pieces.fragments.bytes, pieces.record, pieces.startTime);
    }
  }

  #hello(flow: number, type: number, sequence: number, body: Uint8Array, record: number, time: Timestamp): void {
    if (type === SERVER_HELLO) {
      const hello = decodeServerHello(body);
      if (typeof hello === 'string') return;
      const handshake = this.#handshakes[this.#current.get(flow)] ?? this.#add(flow, false, time);
      if (handshake === null || handshake.isFromClient(flow)) return;
      handshake.serverHello(hello);
      handshake.message(false, sequence, record, time);
      return;
    }
    const hello = decodeClientHello(body);
    if (typeof hello === 'string') return;
    let handshake: Handshake | null = this.#handshakes[this.#current.get(flow)] ?? null;
    // message_seq 0 with a new random begins a handshake; the hello that returns a cookie has message_seq 1.
    const begins =
      handshake === null || !handshake.isFromClient(flow) || (sequence === 0 && handshake.random !== hello.random);
    if (begins) handshake = this.#add(flow, true, time);
    handshake?.clientHello(hello);
    handshake?.message(true, sequence, record, time);
  }

  /** A HelloVerifyRequest, which comes from the server, may be the first that a capture has. */
  #begun(flow: number, datagram: Datagram): void {
    if (this.#current.get(flow) < 0) this.#add(flow, false, timeOf(datagram));
  }

  #add(flow: number, flowIsClient: boolean, time: Timestamp): Handshake | null {
    const attempts = this.#attempts.get(flow);
    if (this.#handshakes.length >= MOST_HANDSHAKES || attempts >= MOST_HANDSHAKES_A_PAIR) {
      this.#leftOut++;
      return null;
    }
    this.#flows.hold(flow);
    const handshake = new Handshake(flow, flowIsClient, time);
    this.#current.set(flow, this.#handshakes.push(handshake) - 1);
    this.#attempts.set(flow, attempts + 1);
    return handshake;
  }
}

function uint24(bytes: Uint8Array, at: number): number {
  return (bytes[at] << 16) | (bytes[at + 1] << 8) | bytes[at + 2];
}

function timeOf(datagram: Datagram): Timestamp {
  return { seconds: datagram.seconds, nanoseconds: datagram.nanoseconds };
}
