import { fanOut } from '../transport/peer.ts';
import { DelayHistogram } from './delay-histogram.ts';
import type { IncomingStream } from './incoming-stream.ts';
import type { RtpPacket } from './rtp-packet.ts';

export const forwarded = { packets: 0, bytes: 0 };
export const forwardingDelay = new DelayHistogram();

/** Sends a packet to all who receive the stream it is of. */
export function forward(packet: RtpPacket, from: IncomingStream, nowMs: number): void {
  const { outgoing } = from;
  for (let index = 0; index < outgoing.length; index++) {
    const stream = outgoing[index];
    const length = stream.write(packet, from, fanOut.packet, nowMs);
    if (length === 0) continue;
    stream.carrier.peer.fanOutRtp(length);
    forwarded.packets++;
    forwarded.bytes += length;
  }
  fanOut.flush();
  if (outgoing.length > 0) forwardingDelay.observe((performance.now() - nowMs) / 1000);
}
