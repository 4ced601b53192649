import { performance } from 'node:perf_hooks';
import { SignJWT } from 'jose';
import { DtlsCertificate } from '../dtls/dtls-certificate.ts';
import { Participant } from './client/participant.ts';
import { signallingUrl } from './client/signalling-channel.ts';
import { Impairment, type ImpairmentOptions, impairsAnything } from './impairment/impairment.ts';
import { type ClientReport, type CountsBySsrc, type LoadCounts, type LoadResult, summarise } from './load-result.ts';
import { MachineWatch } from './machine-health.ts';
import { openSpeechClip, openVideoClip } from './media/clips.ts';
import { type LoadEvent, planOf } from './plan/plan.ts';
import { SeededRandom } from './plan/random.ts';

export interface LoadOptions {
  /** Address of the gateway. */
  readonly url: string;
  readonly rooms: number;
  /** In each room. */
  readonly participants: number;
  readonly seconds: number;
  readonly rampSeconds: number;
  /** Whether the ramp fills one room after the other; else all alike. */
  readonly roomByRoom?: boolean;
  readonly seed: number;
  readonly churn: number;
  /** Null for no video. */
  readonly videoKbps: number | null;
  readonly impairment: ImpairmentOptions;
  readonly bind: ((client: number) => string) | null;
  /** Whether media go over TCP, as where UDP is blocked. */
  readonly overTcp?: boolean;
  /** Rooms are called by it and a number. */
  readonly roomPrefix: string;
  /** To sign room tokens with; null for a gateway in open mode. */
  readonly tokenSecret: string | null;
  readonly joinWithinSeconds: number;
}

/** A line of load.jsonl (docs/run-format.md). */
export type LoadLine = Readonly<Record<string, unknown>> & { readonly time: string; readonly event: string };

/** How it stands. `joined` are those who are there now. */
export interface LoadState extends LoadCounts {
  readonly elapsedSeconds: number;
  readonly bytesReceived: number;
  /** Mean over all streams that are received; null without any. */
  readonly jitterMs: number | null;
}

export interface LoadObserver {
  line?(line: LoadLine): void;
  /** Lines of an NSS key log: who has them can decrypt what was captured. */
  keys?(line: string): void;
  /** Each session description of a client. */
  described?(client: string, kind: 'offer' | 'answer', sdp: string): void;
  /** Once a second. */
  state?(state: LoadState): void;
}

interface Client {
  readonly number: number;
  readonly name: string;
  readonly room: string;
  readonly participant: Participant;
  readonly send: Impairment;
  readonly receive: Impairment;
  present: boolean;
}

const TICK_MS = 5;
/** Injected delays are kept to about so much. */
const FINE_TICK_MS = 1;
/** Without faults before a participant leaves, so that the last packets of its streams arrive. */
const SETTLE_MS = 500;
const TOKEN_SPARE_SECONDS = 3600;

/**
 * Runs a load by its plan until its end, or until the signal; then all leave.
 *
 * @returns what was counted. Who could not join is in it; it does not throw for that.
 * @throws TypeError where the URL is none.
 */
export async function runLoad(options: LoadOptions, observer: LoadObserver, signal: AbortSignal): Promise<LoadResult> {
  const load = new Load(options, observer, await DtlsCertificate.create());
  return load.run(signal);
}

class Load {
  readonly #options: LoadOptions;
  readonly #observer: LoadObserver;
  readonly #url: string;
  readonly #certificate: DtlsCertificate;
  readonly #random: SeededRandom;
  readonly #speech = openSpeechClip();
  readonly #video: { clip: ReturnType<typeof openVideoClip>; kbps: number } | null;
  readonly #clients = new Map<number, Client>();
  readonly #leaving: Promise<void>[] = [];
  readonly #leavesAtMs = new Map<number, number>();
  #startMs = 0;
  #settledAtMs: number | null = null;
  #presentSeconds = 0;

  constructor(options: LoadOptions, observer: LoadObserver, certificate: DtlsCertificate) {
    this.#options = options;
    this.#observer = observer;
    this.#certificate = certificate;
    this.#url = signallingUrl(options.url);
    this.#random = new SeededRandom(options.seed);
    const { videoKbps } = options;
    this.#video = videoKbps === null ? null : { clip: openVideoClip(videoKbps), kbps: videoKbps };
  }

  async run(signal: AbortSignal): Promise<LoadResult> {
    const { rooms, participants, seconds, rampSeconds, roomByRoom = false, churn, seed, impairment } = this.#options;
    const plan = planOf({ rooms, participantsPerRoom: participants, seconds, rampSeconds, roomByRoom, churn }, seed);
    const cpuBefore = process.cpuUsage();
    const watch = new MachineWatch();
    this.#startMs = performance.now();
    for (const event of plan) if (event.kind === 'leave') this.#leavesAtMs.set(event.client, event.atMs);
    let next = 0;
    let nextSecond = 1;
    const tickMs = impairsAnything(impairment) ? FINE_TICK_MS : TICK_MS;
    let fault: unknown = null;
    let ended = () => {};
    const timer = setInterval(() => {
      try {
        const nowMs = performance.now();
        const elapsedMs = nowMs - this.#startMs;
        const isOver = next >= plan.length || elapsedMs > seconds * 1000 + 1000 || signal.aborted;
        while (!isOver && next < plan.length && plan[next].atMs <= elapsedMs) this.#do(plan[next++]);
        for (const client of this.#clients.values()) this.#tick(client, nowMs, elapsedMs);
        if (isOver && this.#isSettled(nowMs)) return ended();
        for (; elapsedMs >= nextSecond * 1000; nextSecond++) this.#second(elapsedMs / 1000);
      } catch (error) {
        fault ??= error;
        ended();
      }
    }, tickMs);
    try {
      await new Promise<void>((resolve) => {
        ended = resolve;
      });
      if (fault === null) {
        for (const number of this.#clients.keys()) this.#leave(number);
        await Promise.all(this.#leaving);
      }
    } finally {
      clearInterval(timer);
    }
    const machine = watch.take();
    if (fault !== null) throw fault;
    const { user, system } = process.cpuUsage(cpuBefore);
    const cpuMs = (user + system) / 1000;
    const reports = [...this.#clients.values()].map(reportOf);
    for (const report of reports) this.#line('stats', statsOf(report));
    return summarise(reports, this.#presentSeconds === 0 ? null : cpuMs / this.#presentSeconds, machine);
  }

  #tick({ number, participant, send, receive }: Client, nowMs: number, elapsedMs: number): void {
    const leavesAtMs = this.#leavesAtMs.get(number);
    if (leavesAtMs !== undefined && elapsedMs > leavesAtMs - SETTLE_MS) send.settled = receive.settled = true;
    participant.tick(nowMs);
  }

  /** Where faults are injected, the last packets of those who are still there go without: nobody could tell that they are missing. */
  #isSettled(nowMs: number): boolean {
    if (!impairsAnything(this.#options.impairment)) return true;
    const present = [...this.#clients.values()].filter((client) => client.present);
    if (present.length === 0) return true;
    if (this.#settledAtMs === null) {
      for (const { send, receive } of present) send.settled = receive.settled = true;
      this.#settledAtMs = nowMs + SETTLE_MS;
    }
    return nowMs >= this.#settledAtMs;
  }

  #do(event: LoadEvent): void {
    if (event.kind === 'join') {
      this.#join(event.client, event.room);
      return;
    }
    if (event.kind === 'leave') {
      this.#leave(event.client);
      return;
    }
    const participant = this.#clients.get(event.client)?.participant;
    if (event.kind === 'talk') participant?.talk(event.on);
    else participant?.mute(event.on);
  }

  #join(number: number, roomNumber: number): void {
    const { roomPrefix, impairment, bind, tokenSecret, joinWithinSeconds } = this.#options;
    const room = `${roomPrefix}-${roomNumber + 1}`;
    const name = `load-${number + 1}`;
    const random = this.#random.fork(number);
    const send = new Impairment(impairment, random.fork(1));
    const receive = new Impairment(impairment, random.fork(2));
    const make = (token: string | null) => {
      const participant: Participant = new Participant(
        {
          url: this.#url,
          room,
          name,
          token,
          joinWithinMs: joinWithinSeconds * 1000,
          bind: bind === null ? null : bind(number),
          overTcp: this.#options.overTcp ?? false,
          certificate: this.#certificate,
          sendImpairment: send,
          receiveImpairment: receive,
          random: random.fork(3),
          keyLog: this.#observer.keys === undefined ? undefined : (line) => this.#observer.keys?.(line),
          speech: this.#speech,
          video: this.#video,
          publishes: true,
        },
        {
          joined: (joinMs) => this.#line('join', { client: name, room, joinMs }),
          failed: (reason) => this.#line('failed', { client: name, room, reason }),
          described: (kind, sdp) => this.#observer.described?.(name, kind, sdp),
        },
      );
      return participant;
    };
    const client = { number, name, room, send, receive, present: true };
    if (tokenSecret === null) {
      const participant = make(null);
      this.#clients.set(number, { ...client, participant });
      participant.join();
      return;
    }
    this.#leaving.push(
      this.#token(room, name, tokenSecret).then((token) => {
        const participant = make(token);
        this.#clients.set(number, { ...client, participant });
        participant.join();
      }),
    );
  }

  #token(room: string, name: string, secret: string): Promise<string> {
    return new SignJWT({ room, name, publish: true, subscribe: true })
      .setProtectedHeader({ alg: 'HS256', typ: 'JWT' })
      .setSubject(name)
      .setIssuedAt()
      .setExpirationTime(Math.floor(Date.now() / 1000 + this.#options.seconds + TOKEN_SPARE_SECONDS))
      .sign(new TextEncoder().encode(secret));
  }

  #leave(number: number): void {
    const client = this.#clients.get(number);
    if (client === undefined || !client.present) return;
    client.present = false;
    const { participant, name, room } = client;
    // A participant that is still on its way when all ends has not joined.
    if (participant.joinMs === null && participant.failure === null) {
      participant.failure = 'left before it had joined';
      this.#line('failed', { client: name, room, reason: participant.failure });
    }
    this.#leaving.push(participant.leave());
    if (participant.joinMs !== null) this.#line('leave', { client: name, room });
  }

  #second(elapsedSeconds: number): void {
    const present = [...this.#clients.values()].filter(
      (client) => client.present && client.participant.failure === null,
    );
    const joined = present.filter(({ participant }) => participant.joinMs !== null);
    this.#presentSeconds += joined.length;
    const rooms = new Set(joined.map(({ room }) => room)).size;
    this.#line('load', { participants: joined.length, rooms, received: receivedNow(present) });
    if (this.#observer.state === undefined) return;
    const counts = { packetsSent: 0, packetsReceived: 0, packetsLost: 0, bytesReceived: 0 };
    let jitterSum = 0;
    let jitterCount = 0;
    for (const { participant } of present) {
      for (const stream of participant.session?.outgoing ?? [])
        counts.packetsSent += stream.packets + stream.rtxPackets;
      for (const stream of participant.session?.incoming.values() ?? []) {
        counts.packetsReceived += stream.packets;
        counts.packetsLost += stream.lost;
        counts.bytesReceived += stream.bytes;
        if (stream.jitterMs === null) continue;
        jitterSum += stream.jitterMs;
        jitterCount++;
      }
    }
    this.#observer.state({
      elapsedSeconds,
      participants: this.#options.rooms * this.#options.participants,
      joined: joined.length,
      failed: [...this.#clients.values()].filter(({ participant }) => participant.failure !== null).length,
      ...counts,
      jitterMs: jitterCount === 0 ? null : jitterSum / jitterCount,
    });
  }

  #line(event: string, fields: Readonly<Record<string, unknown>>): void {
    this.#observer.line?.({ time: new Date().toISOString(), event, ...fields });
  }
}

/** What present participants have received so far, and how the jitter of their streams is now. */
function receivedNow(present: readonly Client[]): { packets: number; lost: number; jitterP95Ms: number | null } {
  const sum = { packets: 0, lost: 0 };
  const jitters: number[] = [];
  for (const { participant } of present) {
    for (const stream of participant.session?.incoming.values() ?? []) {
      if (stream.options.repairs !== null) continue;
      sum.packets += stream.packets;
      sum.lost += stream.lost;
      if (stream.jitterMs !== null) jitters.push(stream.jitterMs);
    }
  }
  jitters.sort((a, b) => a - b);
  return { ...sum, jitterP95Ms: jitters.length === 0 ? null : jitters[Math.ceil(0.95 * jitters.length) - 1] };
}

function merged(one: ReadonlyMap<number, number>, other: ReadonlyMap<number, number>): CountsBySsrc {
  const sum: Record<string, number> = {};
  for (const [ssrc, count] of [...one, ...other]) sum[ssrc] = (sum[ssrc] ?? 0) + count;
  return sum;
}

function reportOf({ name, room, participant, send, receive }: Client): ClientReport {
  const { loss, delayMs, jitterMs } = send.options;
  return {
    client: name,
    room,
    participantId: participant.participantId,
    joinMs: participant.joinMs,
    connectMs: participant.connectMs,
    failure: participant.failure,
    rejoins: participant.rejoins,
    longestBreakMs: participant.longestBreakMs,
    streams: participant.streams(),
    injected: {
      lossPercent: loss * 100,
      delayMs,
      jitterMs,
      sentJitterMs: send.departures.jitterMs(),
      sentReordered: send.departures.reordered(),
      dropped: merged(send.dropped, receive.dropped),
      duplicated: merged(send.duplicated, receive.duplicated),
      reordered: merged(send.reordered, receive.reordered),
    },
    sendErrors: participant.session?.transport.sendErrors ?? 0,
  };
}

function statsOf({ client, room, streams, injected }: ClientReport): Readonly<Record<string, unknown>> {
  return { client, room, streams, injected };
}
