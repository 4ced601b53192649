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
let seed: u32 = 0;

/** @param slotMask number of slots, a power of two, less one. @param hashSeed as of the other tables. */
export function placeKeys(keysAt: usize, slotsAt: usize, slotMask: u32, hashSeed: u32): void {
  keys = keysAt;
  slots = slotsAt;
  mask = slotMask;
  seed = hashSeed;
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

function hash(ssrc: u32): u32 {
  let hash = (ports ^ seed) * 0x9e3779b1;
  hash = (hash ^ (hash >> 15) ^ ssrc ^ seed) * 0x85ebca6b;
  const words: usize = wide ? 32 : 8;
  for (let at: usize = 0; at < words; at += 4) {
    hash = (hash ^ (hash >> 13) ^ load<u32>(addressesAt + at)) * 0xc2b2ae35;
  }
  return hash ^ (hash >> 16);
}
