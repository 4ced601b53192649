/**
 * Made-up RTP traffic as a pcap file: the same bytes for the same plan, so that a benchmark compares like with like, and
 * with the truth known, so that it can first check that what it times is right.
 */
export interface TrafficPlan {
  /** Packets of the capture, RTP and other together. */
  readonly packets: number;
  /** RTP streams, each on a flow of its own. */
  readonly streams: number;
  /** Flows of opaque UDP datagrams beside them, which get every fifth packet. */
  readonly otherFlows: number;
  /** Bytes of RTP payload. Up to 400 the streams are G.711 audio, above it video of several packets a frame. */
  readonly payloadBytes: number;
  readonly seed: number;
}

/** What a reader should find for one stream. */
export interface StreamTruth {
  readonly ssrc: number;
  packets: number;
  /** Numbers between the first and the highest sent that are not in the capture. */
  lost: number;
  /** Packets that stand behind their successor. */
  late: number;
}

const CHUNK_BYTES = 1024 * 1024;
const RECORD_HEADER_BYTES = 16;
const ETHERNET_BYTES = 14;
const RTP_AT = ETHERNET_BYTES + 20 + 8;
const OTHER_BYTES = 60;
const START_SECONDS = 1_700_000_000;
/** Loss by a two-state chain: seldom into a burst, then every second packet, out of it after three on average. */
const INTO_BURST = 0.001;
const OUT_OF_BURST = 0.3;
const SWAP = 0.002;

interface Packet {
  sequence: number;
  timestamp: number;
  marker: boolean;
}

interface Stream {
  readonly truth: StreamTruth;
  readonly source: number;
  readonly destination: number;
  readonly ports: number;
  sendUs: number;
  arrivalUs: number;
  inBurst: boolean;
  lostSinceSent: number;
  framePacketsLeft: number;
  readonly made: Packet;
  /** The packet that its successor overtakes; it is next where `heldBack` is set. */
  readonly held: Packet;
  heldBack: boolean;
}

/** Xorshift: 32 bits of state are plenty for traffic. */
class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = (seed | 0) === 0 ? 0x9e3779b9 | 0 : seed | 0;
  }

  /** 0 (included) to 1 (excluded). */
  next(): number {
    let state = this.#state;
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    this.#state = state;
    return (state >>> 0) / 4294967296;
  }
}

/** Makes the capture chunk by chunk; `truth` is complete once `chunks()` has ended. */
export class Traffic {
  readonly truth: readonly StreamTruth[];
  readonly #plan: TrafficPlan;
  readonly #random: Random;
  readonly #isVideo: boolean;
  /** Binary heap of the streams, the one whose packet arrives first on top. */
  readonly #heap: Stream[] = [];
  readonly #noise = new Uint8Array(64 * 1024);

  constructor(plan: TrafficPlan) {
    this.#plan = plan;
    this.#random = new Random(plan.seed);
    this.#isVideo = plan.payloadBytes > 400;
    for (let at = 0; at < this.#noise.length; at++) this.#noise[at] = this.#random.next() * 256;
    for (let index = 0; index < plan.streams; index++) this.#heap.push(this.#stream(index));
    this.truth = this.#heap.map((stream) => stream.truth);
    this.#heap.sort((a, b) => a.arrivalUs - b.arrivalUs);
  }

  /** Pieces of the file in order. Each is valid until the next is asked for. */
  *chunks(): Generator<Uint8Array, void> {
    const { packets, otherFlows, payloadBytes } = this.#plan;
    const bytes = new Uint8Array(CHUNK_BYTES);
    const view = new DataView(bytes.buffer);
    const rtpBytes = 12 + payloadBytes;
    const largest = RECORD_HEADER_BYTES + RTP_AT + Math.max(rtpBytes, OTHER_BYTES);
    let at = fileHeader(view);
    let otherSent = 0;
    for (let sent = 0; sent < packets; sent++) {
      if (at + largest > CHUNK_BYTES) {
        yield bytes.subarray(0, at);
        at = 0;
      }
      const stream = this.#heap[0];
      if (otherFlows > 0 && sent % 5 === 4) {
        const flow = otherSent++ % otherFlows;
        at = frame(view, at, stream.arrivalUs, 0xac100000 + flow, 0xac200001, (10000 << 16) | 10000, OTHER_BYTES);
        bytes.set(this.#noise.subarray(flow & 0xfff, (flow & 0xfff) + OTHER_BYTES), at);
        bytes[at] = 0xc0; // Outside the ranges that RFC 7983 gives to RTP and its companions.
        at += OTHER_BYTES;
        continue;
      }
      const packet = this.#nextPacket(stream);
      at = frame(view, at, stream.arrivalUs, stream.source, stream.destination, stream.ports, rtpBytes);
      bytes[at] = 0x80;
      bytes[at + 1] = (packet.marker ? 0x80 : 0) | (this.#isVideo ? 96 : 0);
      view.setUint16(at + 2, packet.sequence);
      view.setUint32(at + 4, packet.timestamp);
      view.setUint32(at + 8, stream.truth.ssrc);
      const noiseAt = (packet.sequence * 37) & 0x7fff;
      bytes.set(this.#noise.subarray(noiseAt, noiseAt + payloadBytes), at + 12);
      at += rtpBytes;
      this.#schedule(stream);
      this.#sink();
    }
    yield bytes.subarray(0, at);
  }

  #stream(index: number): Stream {
    const phaseUs = Math.floor(this.#random.next() * 25_000);
    return {
      truth: { ssrc: (0x10000000 + index * 0x9e37) >>> 0, packets: 0, lost: 0, late: 0 },
      source: 0x0a000001 + (index >>> 4),
      destination: 0x0a800001 + (index & 0xff),
      ports: ((20000 + (index & 15) * 2) << 16) | (30000 + ((index >>> 8) & 0xfff) * 2),
      sendUs: phaseUs,
      arrivalUs: phaseUs,
      inBurst: false,
      lostSinceSent: 0,
      framePacketsLeft: 4,
      made: {
        sequence: Math.floor(this.#random.next() * 0x10000),
        timestamp: Math.floor(this.#random.next() * 0x100000000),
        marker: false,
      },
      held: { sequence: 0, timestamp: 0, marker: false },
      heldBack: false,
    };
  }

  #nextPacket(stream: Stream): Packet {
    const truth = stream.truth;
    truth.packets++;
    if (stream.heldBack) {
      stream.heldBack = false;
      truth.late++;
      truth.lost--;
      return stream.held;
    }
    this.#makeDelivered(stream);
    if (truth.packets > 1) truth.lost += stream.lostSinceSent;
    stream.lostSinceSent = 0;
    if (truth.packets > 1 && this.#random.next() < SWAP) {
      Object.assign(stream.held, stream.made);
      this.#makeDelivered(stream);
      truth.lost += stream.lostSinceSent + 1; // The one held back, until it comes.
      stream.lostSinceSent = 0;
      stream.heldBack = true;
    }
    return stream.made;
  }

  /** Sends packets until one is not lost on the way. */
  #makeDelivered(stream: Stream): void {
    for (;;) {
      this.#make(stream);
      stream.inBurst = stream.inBurst ? this.#random.next() >= OUT_OF_BURST : this.#random.next() < INTO_BURST;
      if (!stream.inBurst || this.#random.next() < 0.5) return;
      stream.lostSinceSent++;
    }
  }

  #make(stream: Stream): void {
    const packet = stream.made;
    packet.sequence = (packet.sequence + 1) & 0xffff;
    if (!this.#isVideo) {
      packet.timestamp = (packet.timestamp + this.#plan.payloadBytes) >>> 0;
      stream.sendUs += this.#plan.payloadBytes * 125;
      return;
    }
    if (stream.framePacketsLeft === 0) {
      packet.timestamp = (packet.timestamp + 3000) >>> 0;
      stream.framePacketsLeft = 2 + Math.floor(this.#random.next() * 6);
      stream.sendUs = Math.ceil((stream.sendUs + 1) / 33_333) * 33_333;
    }
    stream.framePacketsLeft--;
    stream.sendUs += 150;
    packet.marker = stream.framePacketsLeft === 0;
  }

  /** The network: a queue that seldom waits long (exponential, 2 ms on average) and keeps the order. */
  #schedule(stream: Stream): void {
    const queueUs = -2000 * Math.log(1 - this.#random.next());
    stream.arrivalUs = Math.max(stream.arrivalUs + 10, Math.floor(stream.sendUs + queueUs));
  }

  #sink(): void {
    const heap = this.#heap;
    const stream = heap[0];
    let at = 0;
    for (;;) {
      let child = at * 2 + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && heap[child + 1].arrivalUs < heap[child].arrivalUs) child++;
      if (heap[child].arrivalUs >= stream.arrivalUs) break;
      heap[at] = heap[child];
      at = child;
    }
    heap[at] = stream;
  }
}

/** pcap with microseconds, little endian, Ethernet. */
function fileHeader(view: DataView): number {
  view.setUint32(0, 0xa1b2c3d4, true);
  view.setUint16(4, 2, true);
  view.setUint16(6, 4, true);
  view.setUint32(16, 262144, true);
  view.setUint32(20, 1, true);
  return 24;
}

/** Writes record header, Ethernet, IPv4 and UDP. Returns where the payload goes. */
function frame(
  view: DataView,
  start: number,
  arrivalUs: number,
  source: number,
  destination: number,
  ports: number,
  payloadBytes: number,
): number {
  const length = RTP_AT + payloadBytes;
  view.setUint32(start, START_SECONDS + Math.floor(arrivalUs / 1e6), true);
  view.setUint32(start + 4, arrivalUs % 1e6, true);
  view.setUint32(start + 8, length, true);
  view.setUint32(start + 12, length, true);
  const ethernet = start + RECORD_HEADER_BYTES;
  view.setUint32(ethernet, 0x02000000);
  view.setUint32(ethernet + 4, 0x00020200);
  view.setUint32(ethernet + 8, 0x00000001);
  view.setUint16(ethernet + 12, 0x0800);
  const ip = ethernet + ETHERNET_BYTES;
  view.setUint16(ip, 0x4500);
  view.setUint16(ip + 2, 28 + payloadBytes);
  view.setUint32(ip + 4, 0x00004000);
  view.setUint32(ip + 8, 0x40110000);
  view.setUint32(ip + 12, source);
  view.setUint32(ip + 16, destination);
  let sum = 0;
  for (let word = 0; word < 20; word += 2) sum += view.getUint16(ip + word);
  sum = (sum & 0xffff) + (sum >>> 16);
  view.setUint16(ip + 10, ~(sum + (sum >>> 16)));
  view.setUint32(ip + 20, ports);
  view.setUint32(ip + 24, (8 + payloadBytes) << 16); // Checksum 0: not computed, as RFC 768 allows.
  return ip + 28;
}
