/** A mistake or a refusal that the user can act on: one line, and what to do. */
export class ProviderError extends Error {
  override readonly name = 'ProviderError';
  readonly code = 'provider';
  readonly hint: string;

  constructor(message: string, hint: string) {
    super(message);
    this.hint = hint;
  }
}

/**
 * An answer other than success, or none. It carries nothing of the request, in whose header the token stands, so that whatever prints it
 * prints no token.
 */
export class ProviderFault extends Error {
  override readonly name = 'ProviderFault';
  /** Null where there was no answer. */
  readonly status: number | null;
  readonly retryAfterMs: number | null;

  constructor(message: string, status: number | null, retryAfterMs: number | null = null) {
    super(message);
    this.status = status;
    this.retryAfterMs = retryAfterMs;
  }

  /** Whether the same request may succeed later: too many requests, a fault of the provider's, no answer. */
  get passing(): boolean {
    return this.status === null || this.status === 429 || this.status === 408 || this.status >= 500;
  }
}

/** `Retry-After` of RFC 9110, 10.2.3: seconds, or a date. @returns null where it says neither. */
export function retryAfterMsOf(header: unknown, nowMs: number): number | null {
  if (typeof header !== 'string') return null;
  if (/^\d{1,6}$/.test(header)) return Number(header) * 1000;
  const at = Date.parse(header);
  return Number.isNaN(at) ? null : Math.max(0, at - nowMs);
}

const LONGEST_TEXT = 300;

/** What the provider says, as one short line of visible characters that never holds the token. */
export function saidBy(text: unknown, token: string): string {
  const line = String(text ?? '')
    .replaceAll(token, '[token]')
    .replace(/[\p{C}\s]+/gu, ' ')
    .trim();
  return line.length > LONGEST_TEXT ? `${line.slice(0, LONGEST_TEXT)}...` : line;
}
