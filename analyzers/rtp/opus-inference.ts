import { FIRST_DYNAMIC_TYPE, FIXED_HEADER_BYTES } from './rtp-header.ts';
import type { StreamMeasurement } from './stream-report.ts';

/*
 * Opus without SDP. Its RTP clock is 48 kHz whatever is sampled (RFC 7587, 4.1), and a WebRTC endpoint must speak it (RFC 7874, 3)
 * while nothing else in use there has that clock: G.711, G.722 and comfort noise count 8 kHz. What remains is linear PCM at 48 kHz,
 * whose packets are far larger. So: a dynamic payload type, a clock of 48 kHz that the packets speak for clearly, packets as long
 * as Opus frames, at no more than Opus's highest rate, on a flow with ICE or DTLS.
 */
const CLOCK_RATE = 48_000;
const SURE = 0.9;
const FEWEST_PACKETS = 50;
/** RFC 6716, 2.1.4; several frames a packet up to 120 ms. */
const PACKET_TIMES_MS = [2.5, 5, 10, 20, 40, 60, 80, 100, 120];
/** RFC 6716, 2.1.1: 510 kbit/s. */
const HIGHEST_BPS = 510_000;

/** @param webRtc whether STUN or DTLS was seen on the stream's flow. */
export function speaksForOpus(stream: StreamMeasurement, webRtc: boolean): boolean {
  const { codec, kind, clockRate, clockRateSource, clockRateConfidence, packets, bytes, audio } = stream;
  if (!webRtc || codec !== null || kind !== 'audio' || clockRate !== CLOCK_RATE) return false;
  if (clockRateSource !== 'inferred' || (clockRateConfidence ?? 0) < SURE || packets < FEWEST_PACKETS) return false;
  if (stream.payloadTypes.some((type) => type < FIRST_DYNAMIC_TYPE)) return false;
  const packetTimeMs = audio?.packetTimeMs ?? null;
  if (packetTimeMs === null || !PACKET_TIMES_MS.includes(packetTimeMs)) return false;
  const payloadBytes = bytes / packets - FIXED_HEADER_BYTES;
  return (payloadBytes * 8000) / packetTimeMs <= HIGHEST_BPS;
}
