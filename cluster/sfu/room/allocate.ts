import type { Participant } from './participant.ts';
import type { Section } from './section.ts';
import { chooseEncoding, connect } from './subscription.ts';

/** Shares what a subscriber can receive among the pictures that come in several encodings; the others take what they need. */
export function allocate(participant: Participant, nowMs: number): void {
  const choosable: Section[] = [];
  let wanted = 0;
  let left = participant.estimate.bps * 0.9;
  for (const section of participant.sections) {
    const track = section.subscribed;
    if (track === null || !section.wish.on) continue;
    track.order();
    wanted += chooseEncoding(track, section.wish.maxHeight, Number.POSITIVE_INFINITY, nowMs)?.bitrateBps ?? 0;
    if (track.encodings.length > 1) choosable.push(section);
    else left -= track.encodings[0]?.bitrateBps ?? 0;
  }
  participant.estimate.wantedBps = wanted;
  for (const [index, section] of choosable.entries()) {
    const track = section.subscribed!;
    const share = Math.max(0, left / (choosable.length - index));
    connect(section, track, share, nowMs);
    left -= section.outgoing?.target?.bitrateBps ?? 0;
  }
}
