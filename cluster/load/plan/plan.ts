import { SeededRandom } from './random.ts';

export interface PlanOptions {
  readonly rooms: number;
  readonly participantsPerRoom: number;
  readonly seconds: number;
  /** Over how many seconds the joins are spread, evenly but for a seeded shift. */
  readonly rampSeconds: number;
  /** How many leave before the end and come back as somebody new, as a share of all, 0 to 1. */
  readonly churn: number;
  /** Whether one room is filled after the other; else they fill alike. */
  readonly roomByRoom?: boolean;
}

export type LoadEvent =
  | { readonly atMs: number; readonly kind: 'join'; readonly client: number; readonly room: number }
  | { readonly atMs: number; readonly kind: 'leave'; readonly client: number }
  | { readonly atMs: number; readonly kind: 'talk'; readonly client: number; readonly on: boolean }
  | { readonly atMs: number; readonly kind: 'mute'; readonly client: number; readonly on: boolean };

const TURN_SECONDS = { shortest: 2, longest: 12 };
const PAUSE_SECONDS = { shortest: 0.2, longest: 1.5 };
const MUTED_SHARE = 0.3;
/** Who came back for less would be gone before others have seen them. */
const SHORTEST_RETURN_MS = 3000;

/**
 * What a load's participants do and when: who joins, leaves, talks, mutes. Nothing but its arguments goes into it.
 *
 * One talks at a time in a room, in turns of some seconds, now and then two at once. Some mute themselves while others talk, and take
 * the mute off before they speak.
 *
 * @returns events in the order of time. Clients are numbered from 0; each joins once, and leaves at the end at the latest.
 */
export function planOf(options: PlanOptions, seed: number): LoadEvent[] {
  const random = new SeededRandom(seed);
  const endMs = options.seconds * 1000;
  const total = options.rooms * options.participantsPerRoom;
  const stepMs = (Math.min(options.rampSeconds, options.seconds) * 1000) / Math.max(1, total);
  const events: LoadEvent[] = [];
  const presence: { client: number; room: number; fromMs: number; toMs: number }[] = [];
  const churn = random.fork(1);
  let nextClient = total;

  for (let client = 0; client < total; client++) {
    // In turn, a ramp loads all rooms alike; one by one, it adds rooms with media in them.
    const room =
      options.roomByRoom === true ? Math.floor(client / options.participantsPerRoom) : client % options.rooms;
    const joinMs = Math.min(endMs, (client + churn.next()) * stepMs);
    const leavesEarly = churn.next() < options.churn;
    const leaveMs = leavesEarly ? churn.between(joinMs + (endMs - joinMs) * 0.3, endMs) : endMs;
    presence.push({ client, room, fromMs: joinMs, toMs: leaveMs });
    const backMs = leaveMs + 1000;
    if (leavesEarly && backMs + SHORTEST_RETURN_MS <= endMs)
      presence.push({ client: nextClient++, room, fromMs: backMs, toMs: endMs });
  }
  for (const { client, room, fromMs, toMs } of presence) {
    events.push({ atMs: fromMs, kind: 'join', client, room }, { atMs: toMs, kind: 'leave', client });
  }
  for (let room = 0; room < options.rooms; room++) {
    const members = presence.filter((member) => member.room === room);
    events.push(...talkOf(members, endMs, random.fork(1000 + room)));
  }
  return events
    .map((event, at) => ({ event, at }))
    .sort(byTime)
    .map(({ event }) => event);
}

type Placed = { readonly event: LoadEvent; readonly at: number };
const byTime = (one: Placed, other: Placed) => one.event.atMs - other.event.atMs || one.at - other.at;

type Member = { readonly client: number; readonly fromMs: number; readonly toMs: number };

function talkOf(members: readonly Member[], endMs: number, random: SeededRandom): LoadEvent[] {
  const events: LoadEvent[] = [];
  const mutedUntilMs = new Map<number, number>();
  for (let atMs = 0; atMs < endMs; ) {
    const turnMs = random.between(TURN_SECONDS.shortest, TURN_SECONDS.longest) * 1000;
    const present = members.filter((member) => member.fromMs <= atMs && member.toMs > atMs);
    const draw = random.next();
    const muteDraw = random.next();
    const pauseMs = random.between(PAUSE_SECONDS.shortest, PAUSE_SECONDS.longest) * 1000;
    const able = present.filter((member) => (mutedUntilMs.get(member.client) ?? 0) <= atMs);
    if (able.length > 0) {
      const speaker = able[Math.floor(draw * able.length)];
      const untilMs = Math.min(atMs + turnMs, speaker.toMs);
      events.push({ atMs, kind: 'talk', client: speaker.client, on: true });
      if (untilMs < speaker.toMs) events.push({ atMs: untilMs, kind: 'talk', client: speaker.client, on: false });
      const others = able.filter((member) => member !== speaker);
      if (others.length > 0 && muteDraw < MUTED_SHARE) {
        const quiet = others[Math.floor((muteDraw / MUTED_SHARE) * others.length)];
        const backMs = atMs + turnMs;
        events.push({ atMs, kind: 'mute', client: quiet.client, on: true });
        if (backMs < quiet.toMs) events.push({ atMs: backMs, kind: 'mute', client: quiet.client, on: false });
        mutedUntilMs.set(quiet.client, backMs);
      }
    }
    atMs += turnMs + pauseMs;
  }
  return events;
}
