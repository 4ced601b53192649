/**
 * Whether an SCTP packet (RFC 9260 section 3) is whole and within what an association of data channels needs. What is read
 * behind it takes lengths as they stand, and keeps what is out of order.
 */

const DATA = 0;
const INIT = 1;
const INIT_ACK = 2;
const SACK = 3;
const HEARTBEAT = 4;
const HEARTBEAT_ACK = 5;
const ABORT = 6;
const SHUTDOWN = 7;
const SHUTDOWN_ACK = 8;
const ERROR = 9;
const COOKIE_ECHO = 10;
const COOKIE_ACK = 11;
const SHUTDOWN_COMPLETE = 14;
const RE_CONFIG = 130;
const FORWARD_TSN = 192;

/** By type of chunk: least bytes of it with its header, and where parameters begin in it (0 for none). */
const SHAPES = new Map<number, readonly [number, number]>([
  [DATA, [17, 0]],
  [INIT, [20, 20]],
  [INIT_ACK, [20, 20]],
  [SACK, [16, 0]],
  [HEARTBEAT, [4, 4]],
  [HEARTBEAT_ACK, [4, 4]],
  [ABORT, [4, 4]],
  [SHUTDOWN, [8, 0]],
  [SHUTDOWN_ACK, [4, 0]],
  [ERROR, [4, 4]],
  [COOKIE_ECHO, [4, 0]],
  [COOKIE_ACK, [4, 0]],
  [SHUTDOWN_COMPLETE, [4, 0]],
  [RE_CONFIG, [4, 4]],
  [FORWARD_TSN, [8, 0]],
]);

/** How far ahead of what came in order a chunk may be: more than the receiver's window holds. */
const MOST_AHEAD = 4096;
const MOST_CHUNKS = 64;

/** @param lastTsn the last that came in order; null before the association. */
export function isSoundSctp(packet: Uint8Array, lastTsn: number | null): boolean {
  const view = new DataView(packet.buffer, packet.byteOffset, packet.length);
  if (packet.length < 16) return false;
  let chunks = 0;
  for (let at = 12; at < packet.length; ) {
    if (at + 4 > packet.length || ++chunks > MOST_CHUNKS) return false;
    const length = view.getUint16(at + 2);
    const shape = SHAPES.get(packet[at]);
    if (shape === undefined || length < shape[0] || at + length > packet.length) return false;
    if (shape[1] > 0 && !hasSoundParameters(view, at + shape[1], at + length)) return false;
    const type = packet[at];
    if (type === SACK && length < 16 + view.getUint16(at + 12) * 4 + view.getUint16(at + 14) * 4) return false;
    if (type === DATA || type === FORWARD_TSN) {
      const ahead = lastTsn === null ? 0 : (view.getUint32(at + 4) - lastTsn) | 0;
      if (lastTsn === null || ahead > MOST_AHEAD) return false;
    }
    at += (length + 3) & ~3;
  }
  return true;
}

function hasSoundParameters(view: DataView, from: number, end: number): boolean {
  for (let at = from; at < end; ) {
    if (at + 4 > end) return false;
    const length = view.getUint16(at + 2);
    if (length < 4 || at + length > end) return false;
    at += (length + 3) & ~3;
  }
  return true;
}
