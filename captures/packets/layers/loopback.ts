import type { LayerWalk } from '../layer-walk.ts';
import { Layer } from './layer.ts';

/*
 * LINKTYPE_NULL: the address family (4) in the byte order of the host that captured, which need not be this one.
 * LINKTYPE_LOOP: the same in network byte order. AF_INET is 2 everywhere; AF_INET6 is 10 on Linux, 24 on NetBSD and OpenBSD,
 * 28 on FreeBSD, 30 on Darwin, 23 on Windows, 26 on Solaris.
 */
export function decodeLoopback(walk: LayerWalk) {
  if (!walk.has(4)) return;
  const word = walk.uint32(0);
  // A family is a small number: where the high half is set, the order is the other one.
  const family = word > 0xffff ? ((word >>> 24) | ((word >>> 8) & 0xff00)) & 0xffff : word;
  switch (family) {
    case 2:
      walk.enter(Layer.ipv4, 4);
      break;
    case 10:
    case 23:
    case 24:
    case 26:
    case 28:
    case 30:
      walk.enter(Layer.ipv6, 4);
      break;
    default:
      walk.stop('unknown-address-family');
  }
}

/** Raw IP (LINKTYPE_RAW, and inside tunnels that say no more than that it is IP): version by the first nibble. */
export function decodeRawIp(walk: LayerWalk) {
  if (!walk.has(1)) return;
  const version = walk.uint8(0) >>> 4;
  if (version === 4) walk.enter(Layer.ipv4);
  else if (version === 6) walk.enter(Layer.ipv6);
  else walk.stop('bad-header');
}
