import type { Datagram, FlowTable } from '../../captures/index.ts';
import type { RtpStreams } from '../rtp/rtp-streams.ts';
import { ArrivedTimestamps } from './arrived-timestamps.ts';
import { ForwardingDelays } from './forwarding-delays.ts';
import { isAlike, Measured, REMEMBERED, RecentPackets } from './recent-packets.ts';
import { LONGEST_NS, samePattern } from './same-pattern.ts';

/** Streams that are followed, at some 6 kB each. */
const MOST_STREAMS = 4000;
const MOST_PLACES = 50_000;
/** Packets in a row that must run along before a stream is taken for another's forwarded one. */
const PROOF = 4;
/** Packets in a row that do not before it is looked for anew. */
const MOST_MISSES = 8;
/** Arriving streams that a pattern is looked for in at a time, and in all. */
const MOST_CANDIDATES = 64;
const MOST_PATTERN_WORK = 20_000;
const FIRST_PATTERN_LOOK = 48;

const Source = { unknown: 0, trial: 1, known: 2 } as const;

/** One stream, as one that arrives somewhere and as one that may have been forwarded from there. */
class FollowedStream {
  readonly order: number;
  readonly recent = new RecentPackets();
  /** Numbers of its source's and its destination's address and endpoint. */
  readonly fromAddress: number;
  readonly fromEndpoint: number;
  readonly toAddress: number;
  readonly toEndpoint: number;
  /** Where its packets come from: row and appearance of the arriving stream, and how the numbers follow. */
  state: 0 | 1 | 2 = Source.unknown;
  source = -1;
  sourceOrder = -1;
  sequenceShift = 0;
  timestampShift = 0;
  byPattern = false;
  run = 0;
  misses = 0;
  packets = 0;
  nextLook = FIRST_PATTERN_LOOK;
  lastNs = 0;

  constructor(order: number, places: readonly [number, number, number, number]) {
    this.order = order;
    [this.fromAddress, this.fromEndpoint, this.toAddress, this.toEndpoint] = places;
  }
}

/**
 * Follows packets through a forwarder (an SFU, a media proxy) whose both sides are in the capture: from the arrival of a publisher's packet
 * to that of its copy on the way to a subscriber.
 *
 * A forwarder rewrites SSRC and sequence numbers, often timestamps, and encrypts anew. What stays is how numbers follow each other: sequence
 * number and timestamp of the copy are those of the packet plus constants, the marker is the same, the payload as long but for
 * the SRTP tag. A stream that leaves an address is taken for a copy of one that arrives there once four packets in a row carry the same
 * timestamps (chance: below one in 2^96), or, where timestamps were rewritten, once 32 packets agree in all of lengths, markers and steps
 * and in one way only. From then on each packet is found by its number, and must have the timestamp and marker that follow.
 */
export class ForwardingObserver {
  readonly delays = new ForwardingDelays();
  readonly #flows: FlowTable;
  readonly #streams: RtpStreams;
  readonly #segment: () => number;
  readonly #rows: (FollowedStream | undefined)[] = [];
  readonly #places = new Map<string, number>();
  readonly #arrived = new ArrivedTimestamps();
  /** Rows that arrive at an address. */
  readonly #arriving = new Map<number, number[]>();
  #followed = 0;
  #patternWork = 0;
  #baseSeconds = -1;

  /** @param segment number of the stretch of time at hand. */
  constructor(flows: FlowTable, streams: RtpStreams, segment: () => number) {
    this.#flows = flows;
    this.#streams = streams;
    this.#segment = segment;
  }

  /** Takes an RTP packet of a stream. */
  packet(datagram: Datagram, row: number): void {
    // Sources that never prove themselves may be millions.
    if (!this.#streams.isProved(row)) return;
    const stream = this.#streamOf(datagram, row);
    if (stream === null) return;
    const { bytes, offset } = datagram;
    const sequence = (bytes[offset + 2] << 8) | bytes[offset + 3];
    const timestamp =
      (bytes[offset + 4] << 24) | (bytes[offset + 5] << 16) | (bytes[offset + 6] << 8) | bytes[offset + 7];
    const shape = (payloadLength(datagram) << 1) | (bytes[offset + 1] >> 7);
    if (this.#baseSeconds < 0) this.#baseSeconds = datagram.seconds;
    const nowNs = (datagram.seconds - this.#baseSeconds) * 1e9 + datagram.nanoseconds;
    if (!stream.recent.add(sequence, timestamp, shape, nowNs)) return;
    stream.packets++;
    stream.lastNs = nowNs;
    this.#arrived.put(stream.toEndpoint, timestamp, row);
    if (stream.toAddress !== stream.fromAddress) this.#arrived.put(stream.toAddress, timestamp, row);
    if (stream.state === Source.known) this.#measure(stream, sequence, timestamp, shape, nowNs);
    else this.#recognise(stream, row, sequence, timestamp, shape, nowNs);
  }

  #measure(stream: FollowedStream, sequence: number, timestamp: number, shape: number, nowNs: number): void {
    const cell = this.delays.cell(stream.order, this.#segment());
    const heldNs = this.#heldNs(stream, sequence, timestamp, shape, nowNs);
    if (cell !== null) {
      cell.packets++;
      if (heldNs >= 0) this.delays.count(cell, heldNs, stream.byPattern);
    }
    stream.recent.measured[stream.recent.find(sequence)] = heldNs >= 0 ? Measured.followed : Measured.missed;
    if (heldNs >= 0) {
      stream.misses = 0;
    } else if (++stream.misses >= MOST_MISSES) {
      stream.state = Source.unknown;
      stream.packets = 0;
      stream.nextLook = FIRST_PATTERN_LOOK;
    }
  }

  /** @returns how long the packet was held, by the way its stream is thought to come; below 0 where it did not come so. */
  #heldNs(stream: FollowedStream, sequence: number, timestamp: number, shape: number, nowNs: number): number {
    const source = this.#rows[stream.source];
    if (source === undefined || source.order !== stream.sourceOrder) return -1;
    const { recent } = source;
    const at = recent.find((sequence - stream.sequenceShift) & 0xffff);
    if (at < 0 || ((recent.timestamp[at] + stream.timestampShift) | 0) !== timestamp) return -1;
    if (!isAlike(recent.shape[at], shape)) return -1;
    const heldNs = nowNs - recent.arrivalNs[at];
    return heldNs <= LONGEST_NS ? heldNs : -1;
  }

  #recognise(
    stream: FollowedStream,
    row: number,
    sequence: number,
    timestamp: number,
    shape: number,
    nowNs: number,
  ): void {
    if (stream.state === Source.trial && this.#heldNs(stream, sequence, timestamp, shape, nowNs) >= 0) {
      if (++stream.run >= PROOF) this.#pair(stream, sequence, false);
      return;
    }
    stream.state = Source.unknown;
    let candidate = this.#arrived.get(stream.fromEndpoint, timestamp);
    if (!this.#canForward(candidate, row, stream)) candidate = this.#arrived.get(stream.fromAddress, timestamp);
    if (this.#canForward(candidate, row, stream) && this.#try(stream, candidate, sequence, timestamp, shape, nowNs)) {
      return;
    }
    if (stream.packets >= stream.nextLook) {
      stream.nextLook *= 2;
      this.#lookForPattern(stream, row, sequence);
    }
  }

  /** The packet with the same timestamp in a stream that arrives: a first hint. */
  #try(
    stream: FollowedStream,
    candidate: number,
    sequence: number,
    timestamp: number,
    shape: number,
    nowNs: number,
  ): boolean {
    const source = this.#rows[candidate] as FollowedStream;
    const { recent } = source;
    let found = -1;
    for (let at = 0; at < REMEMBERED; at++) {
      if (recent.sequence[at] < 0 || recent.timestamp[at] !== timestamp || !isAlike(recent.shape[at], shape)) continue;
      const heldNs = nowNs - recent.arrivalNs[at];
      if (heldNs < 0 || heldNs > LONGEST_NS) continue;
      // Packets of one frame that are as long as each other: one that differs will come.
      if (found >= 0 && recent.shape[found] === recent.shape[at] && recent.shape[at] === shape) return false;
      if (found < 0 || recent.shape[at] === shape) found = at;
    }
    if (found < 0) return false;
    stream.state = Source.trial;
    stream.source = candidate;
    stream.sourceOrder = source.order;
    stream.sequenceShift = (sequence - recent.sequence[found]) & 0xffff;
    stream.timestampShift = 0;
    stream.run = 1;
    return true;
  }

  #lookForPattern(stream: FollowedStream, row: number, sequence: number): void {
    const arriving = this.#arriving.get(stream.fromAddress) ?? [];
    let source = -1;
    let shift = { sequence: 0, timestamp: 0 };
    let looked = 0;
    for (let at = arriving.length - 1; at >= 0 && looked < MOST_CANDIDATES; at--) {
      const candidate = arriving[at];
      if (!this.#canForward(candidate, row, stream)) continue;
      const other = this.#rows[candidate] as FollowedStream;
      // What goes back to where it came from may only sound alike: two who read the same text to each other.
      if (other.fromEndpoint === stream.toEndpoint) continue;
      if (stream.lastNs - other.lastNs > LONGEST_NS || this.#patternWork >= MOST_PATTERN_WORK) continue;
      looked++;
      this.#patternWork++;
      const found = samePattern(stream.recent, sequence, other.recent);
      if (found === null) continue;
      if (found === 'ambiguous' || source >= 0) return;
      source = candidate;
      shift = found;
    }
    if (source < 0) return;
    stream.source = source;
    stream.sourceOrder = (this.#rows[source] as FollowedStream).order;
    stream.sequenceShift = shift.sequence;
    stream.timestampShift = shift.timestamp;
    this.#pair(stream, sequence, shift.timestamp !== 0);
  }

  /** From now on it is known where the stream comes from: so it is of the packets that are still remembered. */
  #pair(stream: FollowedStream, sequence: number, byPattern: boolean): void {
    stream.state = Source.known;
    stream.byPattern = byPattern;
    this.delays.sources.set(stream.order, stream.sourceOrder);
    stream.misses = 0;
    const { recent } = stream;
    const cell = this.delays.cell(stream.order, this.#segment());
    for (let back = 0; back < REMEMBERED && cell !== null; back++) {
      const at = recent.find((sequence - back) & 0xffff);
      if (at < 0 || recent.measured[at] === Measured.followed) continue;
      const { timestamp, shape, arrivalNs } = recent;
      const heldNs = this.#heldNs(stream, recent.sequence[at], timestamp[at], shape[at], arrivalNs[at]);
      if (heldNs < 0) continue;
      if (recent.measured[at] !== Measured.missed) cell.packets++;
      recent.measured[at] = Measured.followed;
      this.delays.count(cell, heldNs, byPattern);
    }
  }

  /**
   * A stream can come from one that arrives at the endpoint which it leaves from; or at the same address on another port, unless
   * that one left from this address as well, as all do on a loopback interface.
   */
  #canForward(candidate: number, row: number, stream: FollowedStream): boolean {
    if (candidate < 0 || candidate === row) return false;
    const source = this.#rows[candidate];
    if (source === undefined || source.toAddress !== stream.fromAddress) return false;
    return source.toEndpoint === stream.fromEndpoint || source.fromAddress !== stream.fromAddress;
  }

  #streamOf(datagram: Datagram, row: number): FollowedStream | null {
    const known = this.#rows[row];
    if (known === undefined && this.#followed >= MOST_STREAMS) return null;
    const order = this.#streams.appearance(row);
    if (known !== undefined && known.order === order) return known;
    if (this.#places.size > MOST_PLACES) return null;
    if (known === undefined) this.#followed++;
    const { flow } = datagram;
    const flows = this.#flows;
    const stream = new FollowedStream(order, [
      this.#place(flows.sourceAddress(flow)),
      this.#place(`${flows.sourceAddress(flow)} ${flows.sourcePort(flow)}`),
      this.#place(flows.destinationAddress(flow)),
      this.#place(`${flows.destinationAddress(flow)} ${flows.destinationPort(flow)}`),
    ]);
    this.#rows[row] = stream;
    const arriving = this.#arriving.get(stream.toAddress) ?? [];
    this.#arriving.set(stream.toAddress, arriving);
    if (!arriving.includes(row)) arriving.push(row);
    return stream;
  }

  #place(name: string): number {
    let place = this.#places.get(name);
    if (place === undefined) {
      place = this.#places.size;
      this.#places.set(name, place);
    }
    return place;
  }
}

/** RFC 3550, 5.1 and 5.3.1; padding is part of an encrypted payload. */
function payloadLength({ bytes, offset, length, capturedLength }: Datagram): number {
  let header = 12 + 4 * (bytes[offset] & 0x0f);
  if ((bytes[offset] & 0x10) !== 0 && capturedLength >= header + 4) {
    header += 4 + 4 * ((bytes[offset + header + 2] << 8) | bytes[offset + header + 3]);
  }
  return Math.max(0, length - header);
}
