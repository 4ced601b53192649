import type { RecordCursor } from '../records/record-cursor.ts';
import { type Datagram, Transport } from './datagram.ts';
import type { FlowTable } from './flow-table.ts';
import { LayerCounts } from './layer-counts.ts';
import { readUint32 } from './layer-walk.ts';
import { Layer } from './layers/layer.ts';
import { TUNNEL_PORTS, VXLAN_FLAGS } from './layers/udp-tunnel.ts';
import { fold, observationPlace, observationPoint } from './observation-point.ts';

/** LINKTYPE_ values of the usual packets. */
const ETHERNET = 1;
const RAW = 101;
const RAW_AS_DLT = 12;
const IPV4 = 228;
const IPV6 = 229;
const SLL = 113;
const SLL2 = 276;

/** The stacks of layers above IP that are decoded here; each counts twice, for IPv4 and for IPv6. */
const LINKS: readonly (readonly Layer[])[] = [
  [Layer.ethernet],
  [Layer.raw],
  [Layer.sll],
  [Layer.sll2],
  [Layer.ethernet, Layer.vlan],
];

/**
 * Nearly all packets of a call are UDP in IP in Ethernet or in Linux's cooked header. They are decoded here in one
 * straight line, without an allocation; the result is what the layers one by one would come to.
 */
export class ShortWay {
  readonly #flows: FlowTable;
  /** Hash of each stack of layers, for observation points. */
  readonly stacks: Int32Array;
  readonly #nodes: readonly number[];
  readonly #packets = new Float64Array(LINKS.length * 2);

  constructor(flows: FlowTable, counts: LayerCounts) {
    const stacks = LINKS.flatMap((link) => [
      [...link, Layer.ipv4, Layer.udp],
      [...link, Layer.ipv6, Layer.udp],
    ]);
    this.#flows = flows;
    this.stacks = Int32Array.from(stacks, (layers) => layers.reduce<number>(fold, 0));
    this.#nodes = stacks.map((layers) =>
      layers.reduce<number>((node, layer) => counts.child(node, layer), LayerCounts.root),
    );
  }

  /** Counts a packet decoded elsewhere as if here. @param stack its place in {@link stacks}. */
  countMany(stack: number, packets: number): void {
    this.#packets[stack] += packets;
  }

  /** Packets decoded here, by node of the layer counts. */
  packetsByNode(): [node: number, packets: number][] {
    return this.#nodes.map((node, index) => [node, this.#packets[index]]);
  }

  /**
   * Fills in what of the datagram comes from the packet's bytes.
   * @returns false for whatever is not exactly as usual: the layers must be looked at one by one.
   */
  decode(cursor: RecordCursor, interfaceIndex: number, datagram: Datagram): boolean {
    const bytes = cursor.bytes;
    const at = cursor.offset;
    const end = at + cursor.capturedLength;
    let place = observationPlace(interfaceIndex, cursor.direction);
    let ip: number;
    let short: number;
    switch (cursor.linkType) {
      case ETHERNET:
        ip = at + 14;
        short = 0;
        // One VLAN tag is as usual as none.
        if (ip + 4 <= end && bytes[at + 12] === 0x81 && bytes[at + 13] === 0) {
          ip = at + 18;
          short = 8;
        }
        break;
      case RAW:
      case RAW_AS_DLT:
      case IPV4:
      case IPV6:
        ip = at;
        short = 2;
        break;
      case SLL:
        ip = at + 16;
        if (ip > end) return false;
        place = fold(place, (bytes[at] << 8) | bytes[at + 1]);
        short = 4;
        break;
      case SLL2:
        ip = at + 20;
        if (ip > end) return false;
        place = fold(fold(place, readUint32(bytes, at + 4)), bytes[at + 10]);
        short = 6;
        break;
      default:
        return false;
    }
    if (ip + 28 > end) return false;
    const etherType = short === 6 ? at : ip - 2;
    const first = bytes[ip];
    let udp: number;
    let udpRoom: number;
    let hops: number;
    if (first === 0x45) {
      if (short !== 2 && (bytes[etherType] !== 0x08 || bytes[etherType + 1] !== 0)) return false;
      // UDP, no fragment.
      if (bytes[ip + 9] !== 17 || ((bytes[ip + 6] & 0x3f) | bytes[ip + 7]) !== 0) return false;
      udp = ip + 20;
      udpRoom = ((bytes[ip + 2] << 8) | bytes[ip + 3]) - 20;
      hops = bytes[ip + 8];
    } else if (first >>> 4 === 6) {
      if (short !== 2 && (bytes[etherType] !== 0x86 || bytes[etherType + 1] !== 0xdd)) return false;
      if (ip + 48 > end || bytes[ip + 6] !== 17) return false;
      short++;
      udp = ip + 40;
      udpRoom = (bytes[ip + 4] << 8) | bytes[ip + 5];
      hops = bytes[ip + 7];
    } else {
      return false;
    }
    const udpLength = (bytes[udp + 4] << 8) | bytes[udp + 5];
    if (udpLength < 8 || udpLength > udpRoom) return false;
    const payload = udp + 8;
    const length = udpLength - 8;
    const present = end - payload;
    const ports = readUint32(bytes, udp);
    // What may be a tunnel is looked at closely.
    if (TUNNEL_PORTS[ports & 0xffff] | TUNNEL_PORTS[ports >>> 16]) return false;
    if (present > 0 && bytes[payload] === VXLAN_FLAGS) return false;
    datagram.flow =
      (short & 1) === 0
        ? this.#flows.internIpv4(readUint32(bytes, ip + 12), readUint32(bytes, ip + 16), ports, Transport.udp)
        : this.#flows.internIpv6(bytes, ip + 8, ports, Transport.udp);
    datagram.bytes = bytes;
    datagram.offset = payload;
    datagram.length = length;
    datagram.capturedLength = Math.min(present, length);
    datagram.transport = Transport.udp;
    datagram.observationPoint = observationPoint(place, this.stacks[short], fold(0, hops));
    this.#packets[short]++;
    return true;
  }
}
