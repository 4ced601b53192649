import { closeSync, openSync, writeSync } from 'node:fs';

const ETHERNET = 14;
const UDP_AT = ETHERNET + 20;
const RTP_AT = UDP_AT + 8;
const CAPTURED = RTP_AT + 12;
const RECORD = 16 + CAPTURED;
const PAYLOAD = 160;
const TICK_MS = 20;
/** One packet in so many is lost. */
const LOST_EVERY = 499;

/**
 * A capture of G.711 streams with a snapshot length that keeps the headers alone: an hour of many streams fits on a disk.
 *
 * @returns how many packets are in it.
 */
export function writeHeadersOnly(path: string, startMs: number, seconds: number, streams: number): number {
  const descriptor = openSync(path, 'w');
  const head = Buffer.alloc(24);
  head.writeUInt32LE(0xa1b2c3d4, 0);
  head.writeUInt16LE(2, 4);
  head.writeUInt16LE(4, 6);
  head.writeUInt32LE(CAPTURED, 16);
  head.writeUInt32LE(1, 20);
  writeSync(descriptor, head);
  const tick = Buffer.alloc(streams * RECORD);
  for (let stream = 0; stream < streams; stream++) writeTemplate(tick.subarray(stream * RECORD), stream);
  let packets = 0;
  let random = 1;
  const out = Buffer.alloc(tick.length);
  for (let at = 0; at < (seconds * 1000) / TICK_MS; at++) {
    let length = 0;
    for (let stream = 0; stream < streams; stream++) {
      random = (Math.imul(random, 1_664_525) + 1_013_904_223) >>> 0;
      if (random % LOST_EVERY === 0) continue;
      const from = stream * RECORD;
      const spread = (TICK_MS * 1000) / streams;
      const micros = (at * TICK_MS + startMs) * 1000 + Math.floor(spread * (stream + (random >>> 8) / 2 ** 24));
      tick.writeUInt32LE(Math.floor(micros / 1e6), from);
      tick.writeUInt32LE(micros % 1e6, from + 4);
      tick.writeUInt16BE(at & 0xffff, from + 16 + RTP_AT + 2);
      tick.writeUInt32BE((at * PAYLOAD) >>> 0, from + 16 + RTP_AT + 4);
      tick.copy(out, length, from, from + RECORD);
      length += RECORD;
      packets++;
    }
    writeSync(descriptor, out, 0, length);
  }
  closeSync(descriptor);
  return packets;
}

/** Record header, Ethernet, IPv4, UDP and RTP of a stream; what differs from packet to packet is 0. */
function writeTemplate(into: Buffer, stream: number): void {
  into.writeUInt32LE(CAPTURED, 8);
  into.writeUInt32LE(CAPTURED + PAYLOAD, 12);
  const frame = into.subarray(16);
  frame.writeUInt16BE(0x0800, 12);
  frame[ETHERNET] = 0x45;
  frame.writeUInt16BE(20 + 8 + 12 + PAYLOAD, ETHERNET + 2);
  frame[ETHERNET + 8] = 64;
  frame[ETHERNET + 9] = 17;
  frame.writeUInt32BE(0x0a000100 + stream, ETHERNET + 12);
  frame.writeUInt32BE(0x0a000001, ETHERNET + 16);
  frame.writeUInt16BE(20_000 + stream, UDP_AT);
  frame.writeUInt16BE(5004, UDP_AT + 2);
  frame.writeUInt16BE(8 + 12 + PAYLOAD, UDP_AT + 4);
  frame[RTP_AT] = 0x80;
  frame.writeUInt32BE(0x5eed0000 + stream, RTP_AT + 8);
}
