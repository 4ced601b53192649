/*
 * UDP in IP in Ethernet (with a VLAN tag or without), Linux's cooked headers or nothing: a twin of
 * captures/packets/short-way.ts, whose order of stacks this one has.
 */
const ETHERNET: i32 = 1;
const RAW: i32 = 101;
const RAW_AS_DLT: i32 = 12;
const IPV4: i32 = 228;
const IPV6: i32 = 229;
const SLL: i32 = 113;
const SLL2: i32 = 276;

/** The datagram decoded last: its payload, and the IP addresses, 8 or 32 bytes of them. */
export let payloadAt: usize = 0;
export let payloadLength: i32 = 0;
export let payloadPresent: i32 = 0;
export let addressesAt: usize = 0;
export let wide: bool = false;
/** Both ports as they stand in memory. */
export let ports: u32 = 0;
/** Its observation point, and its stack of layers by number. */
export let point: i32 = 0;
export let stack: i32 = 0;

let linkType: i32 = -1;
let place: i32 = 0;
let stacks: usize = 0;
let tunnelPorts: usize = 0;

/**
 * @param interfacePlace what `observationPlace` says of the interface.
 * @param stacksAt hashes of the stacks of layers, 4 bytes each. @param tunnelPortsAt a byte for each port.
 */
export function setLink(link: i32, interfacePlace: i32, stacksAt: usize, tunnelPortsAt: usize): void {
  linkType = link;
  place = interfacePlace;
  stacks = stacksAt;
  tunnelPorts = tunnelPortsAt;
  pointHops = -1;
}

export function decode(at: usize, end: usize): bool {
  let from = place;
  let ip: usize;
  let short: i32;
  if (linkType == ETHERNET) {
    ip = at + 14;
    short = 0;
    if (ip + 4 <= end && load<u16>(at, 12) == 0x0081) {
      ip = at + 18;
      short = 8;
    }
  } else if (linkType == RAW || linkType == RAW_AS_DLT || linkType == IPV4 || linkType == IPV6) {
    ip = at;
    short = 2;
  } else if (linkType == SLL) {
    ip = at + 16;
    if (ip > end) return false;
    from = fold(from, <i32>bswap<u16>(load<u16>(at)));
    short = 4;
  } else if (linkType == SLL2) {
    ip = at + 20;
    if (ip > end) return false;
    from = fold(fold(from, <i32>bswap<u32>(load<u32>(at, 4))), <i32>load<u8>(at, 10));
    short = 6;
  } else {
    return false;
  }
  if (ip + 28 > end) return false;
  const etherType = short == 2 ? <u16>0 : load<u16>(short == 6 ? at : ip - 2);
  const first = load<u8>(ip);
  let udp: usize;
  let udpRoom: i32;
  let hops: i32;
  if (first == 0x45) {
    if (short != 2 && etherType != 0x0008) return false;
    if (load<u8>(ip, 9) != 17 || ((<i32>load<u8>(ip, 6) & 0x3f) | <i32>load<u8>(ip, 7)) != 0) return false;
    udp = ip + 20;
    udpRoom = <i32>bswap<u16>(load<u16>(ip, 2)) - 20;
    hops = <i32>load<u8>(ip, 8);
    addressesAt = ip + 12;
    wide = false;
  } else if (first >> 4 == 6) {
    if (short != 2 && etherType != 0xdd86) return false;
    if (ip + 48 > end || load<u8>(ip, 6) != 17) return false;
    short++;
    udp = ip + 40;
    udpRoom = <i32>bswap<u16>(load<u16>(ip, 4));
    hops = <i32>load<u8>(ip, 7);
    addressesAt = ip + 8;
    wide = true;
  } else {
    return false;
  }
  const udpLength = <i32>bswap<u16>(load<u16>(udp, 4));
  if (udpLength < 8 || udpLength > udpRoom) return false;
  const payload = udp + 8;
  const length = udpLength - 8;
  const present = <i32>(end - payload);
  ports = load<u32>(udp);
  if (load<u8>(tunnelPorts + bswap<u16>(load<u16>(udp))) | load<u8>(tunnelPorts + bswap<u16>(load<u16>(udp, 2)))) {
    return false;
  }
  payloadAt = payload;
  payloadLength = length;
  payloadPresent = present < length ? present : length;
  stack = short;
  // The same again as a rule: all that passes one place.
  if (from != pointFrom || hops != pointHops || short != pointStack) setPoint(from, hops, short);
  return true;
}

/** What `point` was made of. */
let pointFrom: i32 = 0;
let pointHops: i32 = -1;
let pointStack: i32 = 0;

function setPoint(from: i32, hops: i32, stack: i32): void {
  pointFrom = from;
  pointHops = hops;
  pointStack = stack;
  const hash =
    (from ^ load<i32>(stacks + ((<usize>stack) << 2)) ^ ((fold(0, hops) + 1) * <i32>0xc2b2ae35)) * 0x165667b1;
  point = hash ^ <i32>(<u32>hash >> 15);
}

/** As `fold` in captures/packets/observation-point.ts. */
function fold(hash: i32, fact: i32): i32 {
  return ((hash << 5) ^ <i32>(<u32>hash >> 27) ^ fact) * <i32>0x85ebca6b;
}
