import { closeSync, openSync, writeSync } from 'node:fs';

/*
 * Captures that are well formed and yet an attack: as many packets as asked for, each of which wants to be remembered.
 * Written in pieces, since they are large.
 */
const RECORD_BYTES = 16;
const ETHERNET_BYTES = 14;
const UDP_AT = RECORD_BYTES + ETHERNET_BYTES + 20;
const PAYLOAD_AT = UDP_AT + 8;
const PIECE_BYTES = 1024 * 1024;
const START_SECONDS = 1_700_000_000;

/** What a packet of a flood is like; one object is filled again for each. */
export interface FloodPacket {
  source: number;
  destination: number;
  sourcePort: number;
  destinationPort: number;
  readonly payload: Buffer;
  payloadBytes: number;
}

/** @param fill makes the packet of this number; what it does not set stays as it was. */
export function writeFlood(path: string, packets: number, fill: (packet: FloodPacket, number: number) => void): void {
  const descriptor = openSync(path, 'w');
  try {
    const header = Buffer.alloc(24);
    header.writeUInt32LE(0xa1b2c3d4, 0);
    header.set([2, 0, 4, 0], 4);
    header.writeUInt32LE(65535, 16);
    header.writeUInt32LE(1, 20);
    writeSync(descriptor, header);
    const packet: FloodPacket = {
      ...{ source: 0xc0000201, destination: 0xc6336401, sourcePort: 40000, destinationPort: 41000 },
      ...{ payload: Buffer.alloc(1500), payloadBytes: 32 },
    };
    let piece = Buffer.alloc(PIECE_BYTES);
    let at = 0;
    for (let number = 0; number < packets; number++) {
      fill(packet, number);
      if (at + PAYLOAD_AT + packet.payloadBytes > PIECE_BYTES) {
        writeSync(descriptor, piece, 0, at);
        piece = Buffer.alloc(PIECE_BYTES);
        at = 0;
      }
      at = writeFrame(piece, at, packet, number);
    }
    writeSync(descriptor, piece, 0, at);
  } finally {
    closeSync(descriptor);
  }
}

function writeFrame(piece: Buffer, at: number, packet: FloodPacket, number: number): number {
  const length = PAYLOAD_AT - RECORD_BYTES + packet.payloadBytes;
  const microseconds = number * 20;
  piece.writeUInt32LE(START_SECONDS + Math.floor(microseconds / 1e6), at);
  piece.writeUInt32LE(microseconds % 1e6, at + 4);
  piece.writeUInt32LE(length, at + 8);
  piece.writeUInt32LE(length, at + 12);
  piece.writeUInt16BE(0x0800, at + RECORD_BYTES + 12);
  const ip = at + RECORD_BYTES + ETHERNET_BYTES;
  piece.writeUInt16BE(0x4500, ip);
  piece.writeUInt16BE(28 + packet.payloadBytes, ip + 2);
  piece.writeUInt16BE(0x4011, ip + 8);
  piece.writeUInt32BE(packet.source >>> 0, ip + 12);
  piece.writeUInt32BE(packet.destination >>> 0, ip + 16);
  const udp = at + UDP_AT;
  piece.writeUInt16BE(packet.sourcePort, udp);
  piece.writeUInt16BE(packet.destinationPort, udp + 2);
  piece.writeUInt16BE(8 + packet.payloadBytes, udp + 4);
  packet.payload.copy(piece, at + PAYLOAD_AT, 0, packet.payloadBytes);
  return at + PAYLOAD_AT + packet.payloadBytes;
}

/** An RTP header (RFC 3550, 5.1) at the start of the payload. */
export function rtpHeader(payload: Buffer, ssrc: number, sequenceNumber: number, timestamp: number): void {
  payload[0] = 0x80;
  payload[1] = 96;
  payload.writeUInt16BE(sequenceNumber & 0xffff, 2);
  payload.writeUInt32BE(timestamp >>> 0, 4);
  payload.writeUInt32BE(ssrc >>> 0, 8);
}

/*
 * Keys that all fall into one slot of a hash table whose hashes nobody has seeded (hash seed 0): the functions of
 * analyzers/rtp/stream-table.ts and captures/packets/flow-table.ts, backwards.
 */
const C1 = 0x9e3779b1;
const C2 = 0x85ebca6b;
const C3 = 0xc2b2ae35;
const C4 = 0x2545f491;

/** The number that undoes a multiplication by an odd one modulo 2^32, by Newton's method. */
function inverse(odd: number): number {
  let result = odd | 0;
  for (let step = 0; step < 5; step++) result = Math.imul(result, 2 - Math.imul(odd, result));
  return result;
}

const undoShift15 = (value: number) => value ^ (value >>> 15) ^ (value >>> 30);

/** The `index`-th SSRC whose hash on flow 0 has 16 low bits of zero. */
export function collidingSsrc(index: number): number {
  const hash = index << 16;
  const multiplied = undoShift15(Math.imul(hash ^ (hash >>> 16), inverse(C3)));
  return Math.imul(multiplied, inverse(C2)) >>> 0;
}

/** The `index`-th destination, and ports to it, whose hash is the same as all the others'. */
export function collidingFlow(index: number): { destination: number; ports: number } {
  const first = Math.imul(0xc0000201, C1) ^ Math.imul(index, C2);
  const ports = Math.imul(first ^ (first >>> 15) ^ 0x12345678, inverse(C4));
  return { destination: index >>> 0, ports: ports >>> 0 };
}
