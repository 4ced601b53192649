import type { RecordCursor } from '../records/record-cursor.ts';
import { type Datagram, type DatagramSink, Transport } from './datagram.ts';
import type { FlowTable } from './flow-table.ts';
import { FragmentTable } from './fragment-table.ts';
import type { LayerCounts } from './layer-counts.ts';
import { LayerWalk, readUint32 } from './layer-walk.ts';
import { enterIpProtocol } from './layers/ip-protocol.ts';
import { walkExtensionHeaders } from './layers/ipv6.ts';
import { Layer } from './layers/layer.ts';
import { firstLayerOf } from './layers/link-type.ts';
import { enterUdpTunnel } from './layers/udp-tunnel.ts';
import { decodeLayer } from './layers/walk-layer.ts';
import { observationPlace, observationPoint } from './observation-point.ts';
import { TcpTable } from './tcp/tcp-table.ts';
import type { UndecodedCounts } from './undecoded.ts';

/** More layers than this in one packet are an attack on the reader, not a network. */
const MOST_LAYERS = 32;

/** Decodes packets layer by layer: any link type, tunnels, fragments, TCP. */
export class LongWay {
  readonly #flows: FlowTable;
  readonly #datagram: Datagram;
  readonly #sink: DatagramSink;
  readonly #counts: LayerCounts;
  readonly #undecoded: UndecodedCounts;
  readonly #walk: LayerWalk;
  readonly #fragments: FragmentTable;
  readonly #tcpStreams: TcpTable;

  /** @param datagram is filled again for each datagram found; its time and interface are the packet's already. */
  constructor(
    flows: FlowTable,
    datagram: Datagram,
    sink: DatagramSink,
    counts: LayerCounts,
    undecoded: UndecodedCounts,
  ) {
    this.#flows = flows;
    this.#datagram = datagram;
    this.#sink = sink;
    this.#counts = counts;
    this.#undecoded = undecoded;
    this.#walk = new LayerWalk(counts);
    this.#fragments = new FragmentTable(undecoded);
    this.#tcpStreams = new TcpTable(flows, undecoded, { tcpFrame: this.#tcpFrame.bind(this) });
  }

  /** Counts what waits for further packets, as if none came. */
  countWaiting(into: UndecodedCounts): void {
    this.#fragments.countWaiting(into);
    this.#tcpStreams.countWaiting(into);
  }

  packet(cursor: RecordCursor, interfaceIndex: number): void {
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
    datagram.arrivalNs = arrivalNs + (seconds - packetSeconds) * 1e9 + (nanoseconds - packetNanoseconds);
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
    this.#sink.datagram(datagram);
  }

  #flowOf(ports: number, transport: Transport): number {
    const { ipBytes, ipAt, ipVersion } = this.#walk;
    return ipVersion === 4
      ? this.#flows.internIpv4(readUint32(ipBytes, ipAt + 12), readUint32(ipBytes, ipAt + 16), ports, transport)
      : this.#flows.internIpv6(ipBytes, ipAt + 8, ports, transport);
  }
}
