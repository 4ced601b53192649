import type { LayerWalk } from '../layer-walk.ts';
import { Layer } from './layer.ts';
import { looksLikeEthernet, looksLikeIp } from './plausible.ts';

/** Label stacks of real networks have less than ten entries; the bound keeps a hostile one from costing time. */
const MOST_LABELS = 16;

/**
 * RFC 3032, 2.1: label(20 bits) traffic class(3) bottom of stack(1) time to live(8), repeated to the bottom. Nothing says what
 * follows; RFC 4928, 2 explains why the first nibble tells: 4 and 6 are IP, 0 a pseudowire's control word (RFC 4385, 3).
 */
export function decodeMpls(walk: LayerWalk) {
  for (let labels = 0; labels < MOST_LABELS; labels++) {
    if (!walk.has(4)) return;
    const bottom = walk.uint8(2) & 1;
    walk.at += 4;
    if (bottom !== 0) return enterLabelled(walk);
  }
  walk.stop('too-deep');
}

function enterLabelled(walk: LayerWalk) {
  if (!walk.has(1)) return;
  if (looksLikeIp(walk, 0)) return walk.enter(Layer.ip);
  // An Ethernet pseudowire (RFC 4448), with the control word or without.
  if (walk.uint8(0) >>> 4 === 0 && looksLikeEthernet(walk, 4)) return walk.enter(Layer.ethernet, 4);
  if (looksLikeEthernet(walk, 0)) return walk.enter(Layer.ethernet);
  walk.stop('unknown-tunnel-content');
}

/** The same question asked of a UDP payload (RFC 7510), which may as well be something else. */
export function looksLikeMpls(walk: LayerWalk): boolean {
  let offset = 0;
  for (let labels = 0; labels < MOST_LABELS; labels++, offset += 4) {
    if (walk.at + offset + 4 > walk.end) return false;
    if ((walk.uint8(offset + 2) & 1) !== 0) return looksLikeIp(walk, offset + 4) || looksLikeEthernet(walk, offset + 8);
  }
  return false;
}
