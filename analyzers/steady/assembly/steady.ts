/*
 * The usual packet's way from the bytes of a pcap record into the row of its RTP stream: a twin, to the last digit, of what
 * captures/records/pcap.ts, captures/packets/short-way.ts and analyzers/rtp do with a packet of a stream that is known: next by its
 * number, behind a gap, or late. Whatever else a packet may be, it is left untouched for them. What they keep in structures of their own
 * (header extensions, runs of losses, all but the rows of streams beyond the first few hundred) is told to them in notes.
 */

import { ROW_FIELDS } from '../../rtp/row-layout';
import { decode, payloadAt, payloadLength, payloadPresent, point, setLink, stack } from './datagram';
import { jitterQuantile, summariseDelays } from './delays';
import { noteCount, notesFull, placeNotes, startNotes } from './notes';
import { PACKET_OTHER, PACKET_TAKEN, PACKET_UNKNOWN_STREAM } from './outcome';
import { rtpPacket, setWindows } from './rtp-row';
import { seedSelection } from './selection';
import { findRow, forgetRow, learnRow, placeKeys } from './stream-keys';

/** What a run came to, for JavaScript to read: numbers of 8 bytes from the address given to `place`. */
let totals: usize = 0;
let rows: usize = 0;
let nsPerUnit: f64 = 1000;
let unitsPerSecond: u32 = 1000000;
const STACKS: i32 = 10;

/** JavaScript takes a packet of a stream that is known, after the notes before it. */
@external('streams', 'handOver')
declare function handOver(row: i32, notes: i32, at: usize, present: i32, length: i32, from: i32, seconds: f64, ns: f64): void;

export { forgetRow, jitterQuantile, summariseDelays, seedSelection, placeKeys, placeNotes, setLink, setWindows };

export function place(rowsAt: usize, totalsAt: usize): void {
  rows = rowsAt;
  totals = totalsAt;
}

export function setClock(nanosecondsPerUnit: f64, units: u32): void {
  nsPerUnit = nanosecondsPerUnit;
  unitsPerSecond = units;
}

/**
 * Takes records from `at` on, as long as they are usual and whole.
 *
 * totals: 0 packets, 1 original bytes, 2 and 3 first time, 4 and 5 last time, 6 notes, 7 why it ended, 8.. packets by stack.
 *
 * @returns where the first record stands that was not taken.
 */
export function run(at: usize, end: usize): usize {
  let packets: i32 = 0;
  let bytes: u64 = 0;
  // Seconds in the upper half, what is beyond them in the lower.
  let lowest: u64 = u64.MAX_VALUE;
  let highest: u64 = 0;
  let outcome = PACKET_OTHER;
  memory.fill(totals + 64, 0, STACKS * 8);
  startNotes();
  while (end - at >= 16 && !notesFull()) {
    const captured = load<u32>(at, 8);
    if (captured > 0x1000000 || <usize>captured > end - at - 16) break;
    const fraction = load<u32>(at, 4);
    if (fraction >= unitsPerSecond) break;
    const packet = at + 16;
    const next = packet + captured;
    if (!decode(packet, next)) break;
    const seconds = <f64>load<u32>(at);
    const ns = <f64>fraction * nsPerUnit;
    outcome = rtp(seconds, ns);
    if (outcome != PACKET_TAKEN) break;
    outcome = PACKET_OTHER;
    const original = load<u32>(at, 12);
    packets++;
    bytes += <u64>(original > captured ? original : captured);
    const counted = totals + 64 + ((<usize>stack) << 3);
    store<f64>(counted, load<f64>(counted) + 1);
    const time = rotl(load<u64>(at), 32);
    if (time > highest) highest = time;
    if (time < lowest) lowest = time;
    at = next;
  }
  store<f64>(totals, <f64>packets);
  store<f64>(totals, <f64>bytes, 8);
  store<f64>(totals, <f64>(lowest >> 32), 16);
  store<f64>(totals, <f64>(<u32>lowest) * nsPerUnit, 24);
  store<f64>(totals, <f64>(highest >> 32), 32);
  store<f64>(totals, <f64>(<u32>highest) * nsPerUnit, 40);
  store<f64>(totals, <f64>noteCount(), 48);
  store<f64>(totals, <f64>outcome, 56);
  return at;
}

/** The stream of the packet at `packet`, which `run` did not know, has this row. */
export function learn(packet: usize, end: usize, row: i32): void {
  if (!decode(packet, end) || payloadPresent < 12) return;
  learnRow(row, load<u32>(payloadAt, 8));
}

function rtp(seconds: f64, ns: f64): i32 {
  if (payloadPresent < 12) return PACKET_OTHER;
  const first = <i32>load<u8>(payloadAt);
  const second = <i32>load<u8>(payloadAt, 1);
  if ((first & 0xc0) != 0x80 || (second >= 192 && second <= 223)) return PACKET_OTHER;
  if ((first & 0x3f) != 0 && !headerFits(first)) return PACKET_OTHER;
  const row = findRow(load<u32>(payloadAt, 8));
  if (row < 0) return PACKET_UNKNOWN_STREAM;
  const fields = rows + <usize>row * (ROW_FIELDS * 8);
  if (!rtpPacket(fields, row, seconds, ns, first, second)) {
    handOver(row, noteCount(), payloadAt, payloadPresent, payloadLength, point, seconds, ns);
    startNotes();
  }
  return PACKET_TAKEN;
}

/** As `headerFits` in analyzers/rtp/rtp-packet.ts (RFC 3550, 5.1 and 5.3.1). */
function headerFits(first: i32): bool {
  let header = 12 + (first & 15) * 4;
  if ((first & 0x10) != 0) {
    if (header + 4 > payloadLength) return false;
    if (header + 4 > payloadPresent) return true;
    header += 4 + <i32>bswap<u16>(load<u16>(payloadAt + header, 2)) * 4;
  }
  return (first & 0x20) != 0 ? header < payloadLength : header <= payloadLength;
}
