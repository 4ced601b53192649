import type { ArrivalSamples } from './arrival-samples.ts';

/*
 * RTX without SDP (RFC 4588, section 4): a retransmission has an SSRC and payload type of its own, and the timestamp of
 * the packet that it repeats. Timestamps begin at random (RFC 3550, 5.1), so a stream whose timestamps are found in
 * another stream of the flow, and come later there, repeats it. Senders that probe for bandwidth send padding as RTX,
 * with timestamps of the same clock that no packet had: then a few repeated ones and the common clock are enough.
 */
const FEWEST_PACKETS = 2;
const SHARE = 0.5;
const SHARE_OF_CLOCK = 0.8;
/** Two clocks that begin at random are this close by chance once in ten thousand times at 90 kHz. */
const SAME_CLOCK_SECONDS = 2;

/** A stream as pairing sees it. */
export interface PairingStream {
  readonly row: number;
  readonly ssrc: number;
  readonly flow: number;
  readonly payloadTypes: readonly number[];
  readonly packets: number;
  readonly clockRate: number | null;
  /** Start second of the samples' times, so that two streams' times compare. */
  readonly startSeconds: number;
  readonly samples: ArrivalSamples;
}

/**
 * Finds for each stream the one of its flow that it repeats.
 *
 * @returns the repeated stream's SSRC, by row of the repeating one.
 */
export function pairRepairs(streams: readonly PairingStream[]): Map<number, number> {
  const byFlow = new Map<number, PairingStream[]>();
  for (const stream of streams) {
    const others = byFlow.get(stream.flow);
    if (others === undefined) byFlow.set(stream.flow, [stream]);
    else others.push(stream);
  }
  const pairs = new Map<number, number>();
  for (const group of byFlow.values()) {
    if (group.length < 2 || group.length > 64) continue;
    const arrivals = new Map<PairingStream, Map<number, number>>();
    for (const stream of group) {
      if (stream.packets < FEWEST_PACKETS) continue;
      for (const other of group) {
        if (other === stream || other.packets < stream.packets * 2) continue;
        if (other.payloadTypes.some((type) => stream.payloadTypes.includes(type))) continue;
        const times = arrivals.get(other) ?? firstArrivals(other);
        arrivals.set(other, times);
        if (repeats(stream, other, times)) pairs.set(stream.row, other.ssrc);
      }
    }
  }
  return pairs;
}

/** Arrival of the first sampled packet with each timestamp, in ns since the stream's start second. */
function firstArrivals({ samples }: PairingStream): Map<number, number> {
  const times = new Map<number, number>();
  for (let at = samples.count - 1; at >= 0; at--) times.set(samples.timestamp[at], samples.arrivalNs[at]);
  return times;
}

function repeats(stream: PairingStream, other: PairingStream, times: ReadonlyMap<number, number>): boolean {
  const { samples } = stream;
  const shiftNs = (stream.startSeconds - other.startSeconds) * 1e9;
  let found = 0;
  let later = 0;
  let near = 0;
  for (let at = 0; at < samples.count; at++) {
    if (isNear(other, samples.timestamp[at], samples.arrivalNs[at] + shiftNs)) near++;
    const firstNs = times.get(samples.timestamp[at]);
    if (firstNs === undefined) continue;
    found++;
    if (samples.arrivalNs[at] + shiftNs >= firstNs) later++;
  }
  if (found === 0 || later < found * SHARE) return false;
  // Where the other stream is thinned, only so many of its timestamps are there to be found.
  return found >= (samples.count * SHARE) / other.samples.stride || near >= samples.count * SHARE_OF_CLOCK;
}

/** Whether a timestamp is about what the other stream's clock shows at this moment. */
function isNear({ samples, clockRate }: PairingStream, timestamp: number, arrivalNs: number): boolean {
  if (clockRate === null) return false;
  const elapsedTicks = ((arrivalNs - samples.arrivalNs[0]) / 1e9) * clockRate;
  const ticks = (timestamp - samples.timestamp[0] - Math.round(elapsedTicks)) | 0;
  return Math.abs(ticks) <= SAME_CLOCK_SECONDS * clockRate;
}
