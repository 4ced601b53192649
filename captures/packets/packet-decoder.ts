import type { RecordCursor } from '../records/record-cursor.ts';
import { Datagram, type DatagramSink } from './datagram.ts';
import type { FlowTable } from './flow-table.ts';
import { LayerCounts } from './layer-counts.ts';
import { LongWay } from './long-way.ts';
import { ShortWay } from './short-way.ts';
import { UndecodedCounts, type UndecodedReason } from './undecoded.ts';

/** From packets to datagrams: UDP payloads, and frames of media and signalling out of TCP streams. */
export class PacketDecoder {
  /** Packets given to `packet`. */
  packets = 0;
  /** Datagrams given to the sink. */
  datagrams = 0;
  readonly #sink: DatagramSink;
  readonly #datagram = new Datagram();
  readonly #counts = new LayerCounts();
  readonly #undecoded = new UndecodedCounts();
  readonly #shortWay: ShortWay;
  readonly #longWay: LongWay;
  #hasOrigin = false;
  /** In a typed column, so that times are reckoned in floating point from the first packet on. */
  readonly #origin = new Float64Array(1);

  constructor(flows: FlowTable, sink: DatagramSink) {
    const counting: DatagramSink = {
      datagram: (datagram) => {
        this.datagrams++;
        sink.datagram(datagram);
      },
    };
    this.#sink = sink;
    this.#shortWay = new ShortWay(flows, this.#counts);
    this.#longWay = new LongWay(flows, this.#datagram, counting, this.#counts, this.#undecoded);
  }

  /** Hash of each stack of layers that usual packets have, for their observation points. */
  get usualStacks(): Int32Array {
    return this.#shortWay.stacks;
  }

  /** Counts packets decoded elsewhere, each to a datagram. @param stack their place in {@link usualStacks}. */
  countMany(stack: number, packets: number): void {
    this.packets += packets;
    this.datagrams += packets;
    this.#shortWay.countMany(stack, packets);
  }

  /** The second from which `Datagram.arrivalNs` counts: that of the first packet with a time; null before it. */
  get originSeconds(): number | null {
    return this.#hasOrigin ? this.#origin[0] : null;
  }

  /** Packets that came to no datagram, by reason. Those that wait for others count as if nothing more came. */
  undecoded(): Partial<Record<UndecodedReason, number>> {
    const counts = new UndecodedCounts(this.#undecoded);
    this.#longWay.countWaiting(counts);
    return counts.toRecord();
  }

  /** Packets by stack of layers: `eth` counts all of Ethernet, `eth/ip` what of it was IPv4, `eth/ip/udp` and so on. */
  layers(): Record<string, number> {
    return this.#counts.toRecord(this.#shortWay.packetsByNode());
  }

  /**
   * Decodes the packet at the cursor. The cursor's bytes are read during the call only.
   *
   * @param interfaceIndex the packet's interface, counted over all files.
   */
  packet(cursor: RecordCursor, interfaceIndex: number): void {
    const seconds = cursor.seconds;
    const datagram = this.#datagram;
    this.packets++;
    if (!this.#hasOrigin) {
      this.#origin[0] = seconds;
      this.#hasOrigin = cursor.hasTime;
    }
    datagram.seconds = seconds;
    datagram.nanoseconds = cursor.nanoseconds;
    datagram.arrivalNs = (seconds - this.#origin[0]) * 1e9 + cursor.nanoseconds;
    datagram.interfaceIndex = interfaceIndex;
    if (this.#shortWay.decode(cursor, interfaceIndex, datagram)) {
      this.datagrams++;
      this.#sink.datagram(datagram);
    } else {
      this.#longWay.packet(cursor, interfaceIndex);
    }
  }
}
