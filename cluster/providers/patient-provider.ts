import { ProviderError, ProviderFault } from './provider-fault.ts';

/** How a wait is done: the real one, or none in tests. Resolves early once the signal is aborted. */
export type Wait = (ms: number, signal: AbortSignal) => Promise<void>;

export const realWait: Wait = (ms, signal) =>
  new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const done = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal.addEventListener('abort', done);
  });

/** Thrown between two steps once the user has said stop. */
export class Interrupted extends Error {
  override readonly name = 'Interrupted';
}

export interface Patience {
  readonly title: string;
  readonly tokenVariable: string;
  readonly wait: Wait;
  readonly signal: AbortSignal;
  /** Told of a wait that the provider, or its failing, makes necessary. */
  readonly onWait: (text: string) => void;
}

const FIRST_MS = 2000;
const LONGEST_MS = 30_000;
/** A provider that asks for longer is taken at its word, by giving up with a message. */
const LONGEST_ASKED_MS = 10 * 60_000;
const TRIES = 6;

/**
 * Takes a step that may be taken again until it succeeds, is refused, or has failed six times.
 *
 * @throws ProviderError for what the user has to act on, Interrupted where the signal is aborted between two tries, and ProviderFault
 *   for 404, which is for the caller to judge.
 */
export async function patiently<T>(step: () => Promise<T>, patience: Patience): Promise<T> {
  for (let tried = 1; ; tried++) {
    if (patience.signal.aborted) throw new Interrupted();
    try {
      return await step();
    } catch (fault) {
      if (!(fault instanceof ProviderFault)) throw fault;
      if (!fault.passing) throw fault.status === 404 ? fault : refusal(fault, patience);
      await beforeNext(fault, tried, patience);
    }
  }
}

/** Waits as long as the fault asks for. @throws ProviderError where it was one too many. */
export async function beforeNext(fault: ProviderFault, tried: number, patience: Patience): Promise<void> {
  const { title, wait, signal, onWait } = patience;
  const ms = fault.retryAfterMs ?? Math.min(LONGEST_MS, FIRST_MS * 2 ** (tried - 1));
  if (tried >= TRIES || ms > LONGEST_ASKED_MS) {
    throw new ProviderError(
      `${title}: ${fault.message}${tried > 1 ? `, ${tried} times in a row` : ''}`,
      'Nothing is lost: give the same command again later.',
    );
  }
  onWait(`${title}: ${fault.message}; again in ${Math.ceil(ms / 1000)} s`);
  await wait(ms, signal);
}

/** The words for an answer that will not change by itself. */
export function refusal({ status, message }: ProviderFault, { title, tokenVariable }: Patience): ProviderError {
  if (status === 401) {
    return new ProviderError(
      `${title} does not accept the token in ${tokenVariable}: ${message}`,
      'Make a new one in its console, with read and write access to Kubernetes.',
    );
  }
  if (status === 403) {
    return new ProviderError(
      `${title} does not let this token do that: ${message}`,
      `The token in ${tokenVariable} needs read and write access to Kubernetes, load balancers and volumes.`,
    );
  }
  if (status === 409) {
    return new ProviderError(`${title} is busy with this: ${message}`, 'Give the same command again in a minute.');
  }
  return new ProviderError(`${title} refuses: ${message}`, 'Change what it names; the account may also be at a limit.');
}
