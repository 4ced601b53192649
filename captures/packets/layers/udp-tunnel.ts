import type { LayerWalk } from '../layer-walk.ts';
import { Layer } from './layer.ts';
import { looksLikeMpls } from './mpls.ts';
import { looksLikeEthernet, looksLikeIp } from './plausible.ts';

/*
 * Tunnels over UDP. The walk stands at the UDP payload. A port alone proves nothing: each takes the payload only where
 * the tunnel's header and what it carries agree with the lengths there are. Otherwise it is a datagram like any other.
 */
const VXLAN_PORT = 4789;
const VXLAN_LINUX_PORT = 8472;
const VXLAN_GPE_PORT = 4790;
const GENEVE_PORT = 6081;
const GTP_U_PORT = 2152;
const TEREDO_PORT = 3544;
const MPLS_PORT = 6635;
const TZSP_PORT = 37008;

/** 1 for the ports above: what goes to or from them may be a tunnel whatever it begins with. */
export const TUNNEL_PORTS = new Uint8Array(65536);
for (const port of [
  VXLAN_PORT,
  VXLAN_LINUX_PORT,
  VXLAN_GPE_PORT,
  GENEVE_PORT,
  GTP_U_PORT,
  TEREDO_PORT,
  MPLS_PORT,
  TZSP_PORT,
]) {
  TUNNEL_PORTS[port] = 1;
}

/** What VXLAN begins with, which is looked for on every port; RTP and its neighbours begin otherwise (RFC 7983). */
export const VXLAN_FLAGS = 0x08;

/**
 * Enters the tunnel whose header stands at the walk's position.
 * @returns false, and the walk untouched, where this is no tunnel.
 */
export function enterUdpTunnel(walk: LayerWalk, sourcePort: number, destinationPort: number): boolean {
  if (walk.end - walk.at < 8) return false;
  switch (destinationPort) {
    case VXLAN_PORT:
    case VXLAN_LINUX_PORT:
      return enterVxlan(walk, false);
    case VXLAN_GPE_PORT:
      return enterVxlanGpe(walk);
    case GENEVE_PORT:
      return enterGeneve(walk);
    case MPLS_PORT:
      return looksLikeMpls(walk) && enter(walk, Layer.mpls, 0);
    case TZSP_PORT:
      return enterTzsp(walk);
  }
  if (destinationPort === GTP_U_PORT || sourcePort === GTP_U_PORT) return enterGtpU(walk);
  if (destinationPort === TEREDO_PORT || sourcePort === TEREDO_PORT) return enterTeredo(walk);
  return enterVxlan(walk, true);
}

function enter(walk: LayerWalk, tunnel: Layer, headerBytes: number): boolean {
  walk.enter(tunnel, headerBytes);
  return true;
}

/** What the tunnel carries follows at once: the tunnel is a layer of its own in name only. */
function enterThrough(walk: LayerWalk, tunnel: Layer, inner: Layer, headerBytes: number): boolean {
  walk.enter(tunnel, headerBytes);
  walk.enter(inner);
  return true;
}

/**
 * RFC 7348, 5: flags(1), of which 0x08 says that the network identifier is valid; reserved(3); identifier(3); reserved(1).
 * The group policy extension uses reserved bits, so only a guess on an unusual port asks them to be zero.
 */
function enterVxlan(walk: LayerWalk, guess: boolean): boolean {
  const flags = walk.uint8(0);
  const fits = guess ? walk.uint32(0) === 0x08000000 && walk.uint8(7) === 0 : (flags & 0x08) !== 0;
  return fits && looksLikeEthernet(walk, 8) && enterThrough(walk, Layer.vxlan, Layer.ethernet, 8);
}

/** draft-ietf-nvo3-vxlan-gpe, 3.1: as VXLAN; flag 0x04 says that the fourth byte is the protocol carried. */
function enterVxlanGpe(walk: LayerWalk): boolean {
  const flags = walk.uint8(0);
  if ((flags & 0x04) === 0) return enterVxlan(walk, false);
  switch (walk.uint8(3)) {
    case 1:
    case 2:
      return looksLikeIp(walk, 8) && enterThrough(walk, Layer.vxlanGpe, Layer.ip, 8);
    case 3:
      return looksLikeEthernet(walk, 8) && enterThrough(walk, Layer.vxlanGpe, Layer.ethernet, 8);
    case 4:
      return enterThrough(walk, Layer.vxlanGpe, Layer.nsh, 8);
    default:
      return false;
  }
}

/** RFC 8926, 3.4: version(2 bits) options' length in words(6), flags(1), EtherType(2), identifier(3), reserved(1), options. */
function enterGeneve(walk: LayerWalk): boolean {
  const first = walk.uint8(0);
  const headerBytes = 8 + (first & 0x3f) * 4;
  if (first >>> 6 !== 0 || walk.at + headerBytes > walk.end) return false;
  switch (walk.uint16(2)) {
    case 0x6558:
      return looksLikeEthernet(walk, headerBytes) && enterThrough(walk, Layer.geneve, Layer.ethernet, headerBytes);
    case 0x0800:
    case 0x86dd:
      return looksLikeIp(walk, headerBytes) && enterThrough(walk, Layer.geneve, Layer.ip, headerBytes);
    default:
      return false;
  }
}

/**
 * 3GPP TS 29.281, 5.1: version(3 bits) 1, protocol type(1) 1, spare(1), E, S, PN(1 each); message type(1), 255 for user data;
 * length(2) of what follows the first 8 bytes; endpoint identifier(4). With any of E, S, PN: sequence number(2) N-PDU(1)
 * next extension(1). Extensions: length in words(1), content, next extension(1).
 */
function enterGtpU(walk: LayerWalk): boolean {
  const flags = walk.uint8(0);
  if ((flags & 0xf8) !== 0x30 || walk.uint8(1) !== 255) return false;
  if (walk.at + 8 + walk.uint16(2) > walk.wireEnd) return false;
  let headerBytes = 8;
  if ((flags & 7) !== 0) {
    headerBytes = 12;
    if (walk.at + headerBytes > walk.end) return false;
    let extension = (flags & 4) !== 0 ? walk.uint8(11) : 0;
    while (extension !== 0) {
      if (walk.at + headerBytes + 1 > walk.end) return false;
      const bytes = walk.uint8(headerBytes) * 4;
      if (bytes === 0 || walk.at + headerBytes + bytes > walk.end) return false;
      extension = walk.uint8(headerBytes + bytes - 1);
      headerBytes += bytes;
    }
  }
  return looksLikeIp(walk, headerBytes) && enterThrough(walk, Layer.gtpU, Layer.ip, headerBytes);
}

/** RFC 4380, 5.1.1: authentication (0x0001, lengths(2), both values, nonce(8), confirmation(1)), origin (0x0000, 6 bytes), IPv6. */
function enterTeredo(walk: LayerWalk): boolean {
  let headerBytes = 0;
  if (walk.uint16(0) === 1) headerBytes = 13 + walk.uint8(2) + walk.uint8(3);
  if (walk.at + headerBytes + 2 > walk.end) return false;
  if (walk.uint16(headerBytes) === 0) headerBytes += 8;
  if (walk.at + headerBytes + 40 > walk.end || walk.uint8(headerBytes) >>> 4 !== 6) return false;
  if (!looksLikeIp(walk, headerBytes)) return false;
  return enterThrough(walk, Layer.teredo, Layer.ipv6, headerBytes);
}

/** TaZmen Sniffer Protocol: version(1) 1, type(1) 0 or 1, link type(2), 1 for Ethernet; fields up to the one of type 1. */
function enterTzsp(walk: LayerWalk): boolean {
  if (walk.uint8(0) !== 1 || walk.uint8(1) > 1 || walk.uint16(2) !== 1) return false;
  let headerBytes = 4;
  while (walk.at + headerBytes + 2 <= walk.end) {
    const field = walk.uint8(headerBytes++);
    if (field === 1)
      return looksLikeEthernet(walk, headerBytes) && enterThrough(walk, Layer.tzsp, Layer.ethernet, headerBytes);
    if (field !== 0) headerBytes += 1 + walk.uint8(headerBytes);
  }
  return false;
}
