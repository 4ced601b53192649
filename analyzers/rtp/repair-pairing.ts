import type { ArrivalSamples } from './arrival-samples.ts';

/*
 * RTX without SDP (RFC 4588, section 4): a retransmission has an SSRC and payload type of its own, and the timestamp of
 * the packet that it repeats. Timestamps begin at random (RFC 3550, 5.1), so a stream whose timestamps are found in
 * another stream of the flow, and come later there, repeats it.
 */
const FEWEST_PACKETS = 2;
const SHARE = 0.5;

/** A stream as pairing sees it. */
export interface PairingStream {
  readonly row: number;
  readonly ssrc: number;
  readonly flow: number;
  readonly payloadTypes: readonly number[];
  readonly packets: number;
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
  for (let at = 0; at < samples.count; at++) {
    const firstNs = times.get(samples.timestamp[at]);
    if (firstNs === undefined) continue;
    found++;
    if (samples.arrivalNs[at] + shiftNs >= firstNs) later++;
  }
  // Where the other stream is thinned, only so many of its timestamps are there to be found.
  return found >= (samples.count * SHARE) / other.samples.stride && found >= 1 && later >= found * SHARE;
}
