import type { SfuEvent, SfuStatus } from '../signalling/control-messages.ts';
import { type Candidate, type FreshLoad, NO_FRESH_LOAD } from './placement.ts';
import { SfuControl } from './sfu-control.ts';

/** Told what a link learns of its SFU. */
export interface SfuLinkListener {
  /** The SFU is there, for the first time or again. @param present who is there, as `presenceKey` makes it. */
  linked(link: SfuLink, present: ReadonlySet<string>): void;
  event(link: SfuLink, event: SfuEvent): void;
  /** The SFU is gone, or does not answer. Told once until it is there again. */
  lost(link: SfuLink): void;
}

export const presenceKey = (room: string, participantId: string): string => `${room} ${participantId}`;

/** An SFU tells its status once a second; after so long without it is held for lost. */
const SILENCE_MS = 3000;
const FIRST_RETRY_MS = 100;
const LONGEST_RETRY_MS = 1000;
/** How long a broken connection may take to come back before the SFU is held for lost. */
const RECONNECT_MS = 700;

/** Follows one SFU for as long as the gateway uses it: what it says, whether it is there, what it was given. */
export class SfuLink {
  readonly control: SfuControl;
  freshLoad: FreshLoad = NO_FRESH_LOAD;
  /** What it said last, or null while it is lost or was never seen. */
  status: SfuStatus | null = null;
  /** Whether it answered a request for a relay, or for chat, as unknown. */
  knowsRelays = true;
  knowsChat = true;
  readonly #listener: SfuLinkListener;
  readonly #stop = new AbortController();
  #brokenAtMs: number | null = null;

  constructor(controlUrl: string, secret: string | null, listener: SfuLinkListener) {
    this.control = new SfuControl(controlUrl, secret);
    this.#listener = listener;
    void this.#follow();
  }

  /** Its own id once it has told one. */
  get id(): string {
    return this.control.controlUrl;
  }

  get candidate(): Candidate {
    const { id, freshLoad, status } = this;
    return { id, freshLoad, eligible: status?.state === 'ready', capacity: status?.capacity ?? 1 };
  }

  /** It refused somebody for want of room: nothing more for it until it says otherwise. */
  full(): void {
    if (this.status !== null) this.status = { ...this.status, state: 'overloaded' };
  }

  /** Follows it no longer; nothing more is told. */
  end(): void {
    this.#stop.abort();
  }

  async #follow(): Promise<void> {
    let retryMs = FIRST_RETRY_MS;
    while (!this.#stop.signal.aborted) {
      const answered = await this.#readEvents();
      if (this.#stop.signal.aborted) return;
      if (answered) retryMs = FIRST_RETRY_MS;
      this.#brokenAtMs ??= performance.now();
      if (performance.now() - this.#brokenAtMs >= RECONNECT_MS) this.#lose();
      await wait(retryMs, this.#stop.signal);
      retryMs = Math.min(LONGEST_RETRY_MS, retryMs * 1.7);
    }
  }

  /** @returns whether it told its status. */
  async #readEvents(): Promise<boolean> {
    const silent = new AbortController();
    let timer = setTimeout(() => silent.abort(), SILENCE_MS);
    let answered = false;
    const present = new Set<string>();
    try {
      for await (const event of this.control.events(AbortSignal.any([silent.signal, this.#stop.signal]))) {
        clearTimeout(timer);
        timer = setTimeout(() => silent.abort(), SILENCE_MS);
        if (this.#stop.signal.aborted) return answered;
        if (event.type !== 'status') {
          if (!answered && 'participantId' in event) present.add(presenceKey(event.room, event.participantId));
          this.#listener.event(this, event);
          continue;
        }
        this.status = event.status;
        if (!answered) this.#listener.linked(this, present);
        answered = true;
        this.#brokenAtMs = null;
        this.#listener.event(this, event);
      }
    } catch {
      // Broken off, refused or silent: whatever it was, it is tried again.
    } finally {
      clearTimeout(timer);
    }
    // Silence was waited for long enough already.
    if (silent.signal.aborted) this.#lose();
    return answered;
  }

  #lose(): void {
    if (this.status === null || this.#stop.signal.aborted) return;
    this.status = null;
    this.#listener.lost(this);
  }
}

function wait(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal.addEventListener('abort', done, { once: true });
  });
}
