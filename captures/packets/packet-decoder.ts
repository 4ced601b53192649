import type { RecordCursor } from '../records/record-cursor.ts';
import { Datagram, type DatagramSink, Transport } from './datagram.ts';
import type { FlowTable } from './flow-table.ts';
import { FragmentTable } from './fragment-table.ts';
import { LayerCounts } from './layer-counts.ts';
import { LayerWalk, readUint32 } from './layer-walk.ts';
import { enterIpProtocol } from './layers/ip-protocol.ts';
import { walkExtensionHeaders } from './layers/ipv6.ts';
import { Layer } from './layers/layer.ts';
import { firstLayerOf } from './layers/link-type.ts';
import { enterUdpTunnel, TUNNEL_PORTS, VXLAN_FLAGS } from './layers/udp-tunnel.ts';
import { decodeLayer } from './layers/walk-layer.ts';
import { fold, observationPlace, observationPoint } from './observation-point.ts';
import { TcpTable } from './tcp/tcp-table.ts';
import { UndecodedCounts, type UndecodedReason } from './undecoded.ts';

/** More layers than this in one packet are an attack on the reader, not a network. */
const MOST_LAYERS = 32;

/** Link types whose usual packets take the short way. LINKTYPE_ values. */
const ETHERNET = 1;
const RAW = 101;
const SLL = 113;
const SLL2 = 276;

/** Stacks of the short way: by link type and IP version. `node` counts, `stack` hashes as the long way would. */
interface ShortStack {
  readonly node: number;
  readonly stack: number;
}

/**
 * From packets to datagrams. Nearly all packets of a call are UDP in IP in Ethernet, or in Linux's cooked header: those are
 * decoded in one straight line without an allocation. Everything else, and everything odd, goes layer by layer.
 */
export class PacketDecoder {
  /** Packets given to `packet`. */
  packets = 0;
  /** Datagrams given to the sink. */
  datagrams = 0;
  readonly #flows: FlowTable;
  readonly #sink: DatagramSink;
  readonly #datagram = new Datagram();
  readonly #counts = new LayerCounts();
  readonly #undecoded = new UndecodedCounts();
  readonly #walk = new LayerWalk(this.#counts);
  readonly #fragments = new FragmentTable(this.#undecoded);
  readonly #tcpStreams: TcpTable;
  #originSeconds: number | null = null;

  readonly #shortStacks: readonly ShortStack[] = [Layer.ethernet, Layer.raw, Layer.sll, Layer.sll2].flatMap((link) => [
    this.#stackOf(link, Layer.ipv4, Layer.udp),
    this.#stackOf(link, Layer.ipv6, Layer.udp),
  ]);
  readonly #shortStackHashes = Int32Array.from(this.#shortStacks, ({ stack }) => stack);
  readonly #shortPackets = new Float64Array(this.#shortStacks.length);

  constructor(flows: FlowTable, sink: DatagramSink) {
    this.#flows = flows;
    this.#tcpStreams = new TcpTable(flows, this.#undecoded, { tcpFrame: this.#tcpFrame.bind(this) });
    this.#sink = sink;
  }

  /** The second from which `Datagram.arrivalNs` counts: that of the first packet with a time; null before it. */
  get originSeconds(): number | null {
    return this.#originSeconds;
  }

  /** Packets that came to no datagram, by reason. */
  undecoded(): Partial<Record<UndecodedReason, number>> {
    const counts = new UndecodedCounts(this.#undecoded);
    this.#fragments.countWaiting(counts);
    this.#tcpStreams.countWaiting(counts);
    return counts.toRecord();
  }

  /** Packets by stack of layers: `eth` counts all of Ethernet, `eth/ip` what of it was IPv4, `eth/ip/udp` and so on. */
  layers(): Record<string, number> {
    return this.#counts.toRecord(
      this.#shortStacks.map(({ node }, index) => [node, this.#shortPackets[index]] as const),
    );
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
    if (this.#originSeconds === null && cursor.hasTime) this.#originSeconds = seconds;
    datagram.seconds = seconds;
    datagram.nanoseconds = cursor.nanoseconds;
    datagram.arrivalNs = (seconds - (this.#originSeconds ?? seconds)) * 1e9 + cursor.nanoseconds;
    datagram.interfaceIndex = interfaceIndex;
    if (!this.#shortWay(cursor, interfaceIndex)) this.#longWay(cursor, interfaceIndex);
  }

  /** @returns false for whatever is not exactly as usual: the long way then looks at the packet anew. */
  #shortWay(cursor: RecordCursor, interfaceIndex: number): boolean {
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
        break;
      case RAW:
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
    const datagram = this.#datagram;
    datagram.flow =
      (short & 1) === 0
        ? this.#flows.internIpv4(readUint32(bytes, ip + 12), readUint32(bytes, ip + 16), ports, Transport.udp)
        : this.#flows.internIpv6(bytes, ip + 8, ports, Transport.udp);
    datagram.bytes = bytes;
    datagram.offset = payload;
    datagram.length = length;
    datagram.capturedLength = Math.min(present, length);
    datagram.transport = Transport.udp;
    datagram.observationPoint = observationPoint(place, this.#shortStackHashes[short], fold(0, hops));
    this.#shortPackets[short]++;
    this.datagrams++;
    this.#sink.datagram(datagram);
    return true;
  }

  #longWay(cursor: RecordCursor, interfaceIndex: number): void {
    const at = cursor.offset;
    const walk = this.#walk;
    const place = observationPlace(interfaceIndex, cursor.direction);
    walk.start(cursor.bytes, at, at + cursor.capturedLength, at + cursor.originalLength, place);
    const first = firstLayerOf(cursor.linkType);
    if (first === Layer.none) {
      this.#undecoded.add('unknown-link-type');
      return;
    }
    walk.enter(first);
    this.#walkDown();
    while (walk.resumeAt >= 0) {
      walk.resume(cursor.bytes);
      this.#walkDown();
    }
  }

  /** From the layer at `walk.next` down to a datagram or the reason why there is none. */
  #walkDown(): void {
    const walk = this.#walk;
    for (let depth = 0; walk.next !== Layer.none; depth++) {
      if (depth === MOST_LAYERS) walk.stop('too-deep');
      else if (walk.next === Layer.udp) this.#udp(false);
      else if (walk.next === Layer.udpLite) this.#udp(true);
      else if (walk.next === Layer.tcp) this.#tcp();
      else if (walk.next === Layer.fragment) this.#fragment();
      else decodeLayer(walk);
    }
    if (walk.reason !== null) this.#undecoded.add(walk.reason);
    this.#counts.add(walk.node, 1);
  }

  #fragment() {
    const walk = this.#walk;
    walk.next = Layer.none;
    const whole = this.#fragments.add(walk, this.#datagram.seconds);
    if (whole === null) return;
    walk.bytes = whole.bytes;
    walk.at = 0;
    walk.end = whole.bytes.length;
    walk.wireEnd = whole.length;
    if (walk.ipVersion === 4) enterIpProtocol(walk, whole.protocol, 0);
    else walkExtensionHeaders(walk, whole.protocol);
  }

  /**
   * RFC 9293, 3.1: source port(2) destination port(2) sequence number(4) acknowledgment number(4) header's words(4 bits)
   * reserved(4) flags(1) window(2) checksum(2) urgent pointer(2) options.
   */
  #tcp() {
    const walk = this.#walk;
    if (!walk.has(20)) return;
    const headerBytes = (walk.uint8(12) >>> 4) * 4;
    if (headerBytes < 20) return walk.stop('bad-header');
    if (walk.at + headerBytes > walk.wireEnd) return walk.stop('bad-header');
    const { bytes, at } = walk;
    const flow = this.#flowOf(readUint32(bytes, at), Transport.tcp);
    const payload = Math.min(at + headerBytes, walk.end);
    walk.next = Layer.none;
    this.#tcpStreams.segment(
      flow,
      readUint32(bytes, at + 4),
      readUint32(bytes, at + 8),
      bytes[at + 13],
      bytes,
      payload,
      walk.end,
      walk.wireEnd - at - headerBytes,
      this.#datagram.seconds,
      this.#datagram.nanoseconds,
    );
  }

  /** A frame of a TCP stream, in the packet at hand or put together from several. */
  #tcpFrame(
    flow: number,
    bytes: Uint8Array,
    offset: number,
    capturedLength: number,
    length: number,
    seconds: number,
    nanoseconds: number,
  ): void {
    const datagram = this.#datagram;
    const { seconds: packetSeconds, nanoseconds: packetNanoseconds, arrivalNs } = datagram;
    datagram.flow = flow;
    datagram.bytes = bytes;
    datagram.offset = offset;
    datagram.capturedLength = capturedLength;
    datagram.length = length;
    datagram.transport = Transport.tcp;
    datagram.observationPoint = observationPoint(this.#walk.place, this.#walk.stack, this.#walk.hops);
    datagram.seconds = seconds;
    datagram.nanoseconds = nanoseconds;
    datagram.arrivalNs = (seconds - (this.#originSeconds ?? seconds)) * 1e9 + nanoseconds;
    this.datagrams++;
    this.#sink.datagram(datagram);
    // The packet may hold more: its own time is not the frame's.
    datagram.seconds = packetSeconds;
    datagram.nanoseconds = packetNanoseconds;
    datagram.arrivalNs = arrivalNs;
  }

  /** RFC 768: source port(2) destination port(2) length(2) checksum(2). */
  #udp(lite: boolean) {
    const walk = this.#walk;
    if (!walk.has(8)) return;
    // UDP-Lite (RFC 3828, 3.1) has the checksum's coverage there: the IP layer's length is the datagram's.
    const udpLength = lite ? 0 : walk.uint16(4);
    // 0: a jumbogram (RFC 2675, 4) or segmentation offload; the IP layer's length is all there is.
    if (udpLength !== 0) {
      if (udpLength < 8) return walk.stop('bad-header');
      if (walk.at + udpLength < walk.wireEnd) walk.limit(walk.at + udpLength);
    }
    const ports = readUint32(walk.bytes, walk.at);
    walk.at += 8;
    if (enterUdpTunnel(walk, ports >>> 16, ports & 0xffff)) return;
    const datagram = this.#datagram;
    datagram.flow = this.#flowOf(ports, Transport.udp);
    datagram.bytes = walk.bytes;
    datagram.offset = walk.at;
    datagram.length = walk.wireEnd - walk.at;
    datagram.capturedLength = walk.end - walk.at;
    datagram.transport = Transport.udp;
    datagram.observationPoint = observationPoint(walk.place, walk.stack, walk.hops);
    walk.next = Layer.none;
    this.datagrams++;
    this.#sink.datagram(datagram);
  }

  #flowOf(ports: number, transport: Transport): number {
    const { ipBytes, ipAt, ipVersion } = this.#walk;
    return ipVersion === 4
      ? this.#flows.internIpv4(readUint32(ipBytes, ipAt + 12), readUint32(ipBytes, ipAt + 16), ports, transport)
      : this.#flows.internIpv6(ipBytes, ipAt + 8, ports, transport);
  }

  #stackOf(...layers: Layer[]): ShortStack {
    let node: number = LayerCounts.root;
    let stack = 0;
    for (const layer of layers) {
      node = this.#counts.child(node, layer);
      stack = fold(stack, layer);
    }
    return { node, stack };
  }
}
