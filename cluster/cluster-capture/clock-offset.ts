import type { ClusterAccess } from '../kubernetes-client/cluster-access.ts';
import { ExecSession } from '../kubernetes-client/exec-session.ts';
import type { CapturePlace } from './capture-place.ts';
import { TELL_TIME } from './pod-programs.ts';

export interface ClockOffset {
  /** Added to a time of that machine, it is one of ours. */
  readonly offsetSeconds: number;
  /** By how much that may be wrong: half of the quickest way there and back. */
  readonly errorSeconds: number;
}

const QUESTIONS = 15;
const WITHIN_MS = 20_000;

/** One question: asked and answered by our clock, and the time in between by theirs. All in microseconds. */
export interface ClockExchange {
  readonly askedUs: number;
  readonly theirsUs: number;
  readonly answeredUs: number;
}

/**
 * The offset by the quickest exchange, as in NTP (RFC 5905, section 8, with one server time for both of its own): the answer was given
 * somewhere between asking and getting it, taken to be in the middle.
 */
export function offsetOf(exchanges: readonly ClockExchange[]): ClockOffset | null {
  const quickest = exchanges.toSorted((a, b) => a.answeredUs - a.askedUs - (b.answeredUs - b.askedUs))[0];
  if (quickest === undefined) return null;
  const { askedUs, theirsUs, answeredUs } = quickest;
  return {
    offsetSeconds: Math.round((askedUs + answeredUs) / 2 - theirsUs) / 1e6,
    errorSeconds: Math.ceil((answeredUs - askedUs) / 2) / 1e6,
  };
}

/** Asks the clock of the machine that a container runs on. @returns null where it does not answer. */
export async function measureClock(access: ClusterAccess, place: CapturePlace): Promise<ClockOffset | null> {
  const exchanges: ClockExchange[] = [];
  const nowUs = () => Math.round((performance.timeOrigin + performance.now()) * 1000);
  let askedUs = 0;
  let answered: () => void = () => {};
  const session = await ExecSession.open(access, {
    ...place,
    command: ['node', '-e', TELL_TIME],
    onOutput: (bytes) => {
      const theirsUs = Number(bytes.toString('latin1').trim());
      if (Number.isSafeInteger(theirsUs) && theirsUs > 0) exchanges.push({ askedUs, theirsUs, answeredUs: nowUs() });
      answered();
    },
  });
  const deadline = setTimeout(() => session.close(), WITHIN_MS);
  void session.ended.then(() => answered());
  try {
    for (let count = 0; count < QUESTIONS; count++) {
      const answer = new Promise<void>((resolve) => {
        answered = resolve;
      });
      askedUs = nowUs();
      session.send('\n');
      await Promise.race([answer, session.ended]);
    }
  } finally {
    clearTimeout(deadline);
    session.close();
  }
  await session.ended;
  return offsetOf(exchanges);
}
