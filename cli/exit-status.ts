/** What the program's end says to whoever called it. */
export const ExitStatus = {
  done: 0,
  /** A threshold given with `--fail-on` is crossed. */
  thresholdCrossed: 1,
  /** Wrong usage, or input that cannot be read. */
  badUsage: 2,
} as const;
export type ExitStatus = (typeof ExitStatus)[keyof typeof ExitStatus];

/** A mistake in the command line: what is wrong, and what to do about it. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
  readonly code = 'bad-usage';
  readonly hint: string;

  constructor(message: string, hint: string) {
    super(message);
    this.hint = hint;
  }
}

/** A user's mistake, as opposed to a defect of ours: it carries a stable code and a hint. */
export interface KnownError extends Error {
  readonly code: string;
  readonly hint: string;
}

export function isKnownError(error: unknown): error is KnownError {
  return error instanceof Error && 'code' in error && 'hint' in error && typeof error.hint === 'string';
}

/** Runs a command. A mistake of the user is one line on standard error; a defect of ours is thrown. */
export async function withKnownErrorsTold(run: () => Promise<ExitStatus>): Promise<ExitStatus> {
  try {
    return await run();
  } catch (error) {
    if (!isKnownError(error)) throw error;
    const stop = /[?!]$/.test(error.message) ? '' : '.';
    process.stderr.write(`rtcscope: ${error.message}${stop} ${error.hint}\n`);
    return ExitStatus.badUsage;
  }
}
