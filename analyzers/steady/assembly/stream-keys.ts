/*
 * Finds the row of an RTP stream by addresses, ports and SSRC at once. Rows are learnt from JavaScript, whose flow and
 * stream tables stay the truth; a key that is not found costs time only.
 *
 * A key: 0 kind (0 for none, 4 or 6), 4 ports, 8 SSRC, 16 addresses. Numbers as they stand in packets.
 */
import { addressesAt, ports, wide } from './datagram';

const KEY_BYTES: usize = 64;
const MOST_PROBES: i32 = 16;
let keys: usize = 0;
/** Row + 1 by hash, 0 where there is none. */
let slots: usize = 0;
let mask: u32 = 0;
/** Odd, as are those made of it. */
let multiplier: u64 = 1;

/** @param slotMask number of slots, a power of two, less one. @param hashSeed as of the other tables. */
export function placeKeys(keysAt: usize, slotsAt: usize, slotMask: u32, hashSeed: u32): void {
  keys = keysAt;
  slots = slotsAt;
  mask = slotMask;
  multiplier = ((<u64>hashSeed + 0x632be5ab) * 0x9e3779b97f4a7c15) | 1;
}

export function findRow(ssrc: u32): i32 {
  let slot = hash(ssrc);
  for (let probe = 0; probe < MOST_PROBES; probe++) {
    const row = load<i32>(slots + ((<usize>(slot & mask)) << 2)) - 1;
    if (row < 0) return -1;
    if (isKey(keys + <usize>row * KEY_BYTES, ssrc)) return row;
    slot++;
  }
  return -1;
}

/** Gives the datagram decoded last, and all like it, to a row. */
export function learnRow(row: i32, ssrc: u32): void {
  const key = keys + <usize>row * KEY_BYTES;
  store<u32>(key, wide ? 6 : 4);
  store<u32>(key, ports, 4);
  store<u32>(key, ssrc, 8);
  memory.copy(key + 16, addressesAt, wide ? 32 : 8);
  const home = hash(ssrc);
  let free = home;
  for (let probe: u32 = 0; probe < <u32>MOST_PROBES; probe++) {
    const other = load<i32>(slots + ((<usize>((home + probe) & mask)) << 2)) - 1;
    if (other >= 0 && other != row && load<u32>(keys + <usize>other * KEY_BYTES) != 0) continue;
    free = home + probe;
    break;
  }
  store<i32>(slots + ((<usize>(free & mask)) << 2), row + 1);
}

/** The row's stream is known no more. */
export function forgetRow(row: i32): void {
  store<u32>(keys + <usize>row * KEY_BYTES, 0);
}

function isKey(key: usize, ssrc: u32): bool {
  if (load<u32>(key, 8) != ssrc || load<u32>(key, 4) != ports) return false;
  if (!wide) return load<u32>(key) == 4 && load<u64>(key, 16) == load<u64>(addressesAt);
  return (
    load<u32>(key) == 6 &&
    load<u64>(key, 16) == load<u64>(addressesAt) &&
    load<u64>(key, 24) == load<u64>(addressesAt, 8) &&
    load<u64>(key, 32) == load<u64>(addressesAt, 16) &&
    load<u64>(key, 40) == load<u64>(addressesAt, 24)
  );
}

/** Products side by side, with multipliers that nobody can guess. */
function hash(ssrc: u32): u32 {
  let sum =
    ((<u64>ports << 32) | <u64>ssrc) * multiplier ^ load<u64>(addressesAt) * (multiplier ^ 0x9e3779b97f4a7c14);
  if (wide) {
    sum ^= load<u64>(addressesAt, 8) * (multiplier ^ 0xc2b2ae3d27d4eb4e);
    sum ^= load<u64>(addressesAt, 16) * (multiplier ^ 0x165667b19e3779f8);
    sum ^= load<u64>(addressesAt, 24) * (multiplier ^ 0x27d4eb2f165667c4);
  }
  return <u32>(sum >> 32) ^ <u32>(sum >> 47);
}
