/** Why an input cannot be analysed; stable, for programs to tell apart. */
export type CaptureInputErrorCode =
  | 'not-found'
  | 'not-readable'
  | 'is-a-folder'
  | 'is-empty'
  | 'not-a-capture'
  | 'no-captures-in-folder'
  | 'no-match'
  /** What keeps captures elsewhere gives none, or is not described rightly. */
  | 'bad-storage';

/** A mistake in what was given to read: one line that says what and where, and a hint that says what to do. */
export class CaptureInputError extends Error {
  override readonly name = 'CaptureInputError';
  readonly code: CaptureInputErrorCode;
  readonly hint: string;

  constructor(code: CaptureInputErrorCode, message: string, hint: string) {
    super(message);
    this.code = code;
    this.hint = hint;
  }
}

/** A file name as it may be shown: a name is any bytes, and a terminal obeys some of them. */
export function shownName(name: string): string {
  if (name === '-') return 'standard input';
  return name.replace(
    // C0, DEL and C1 controls; what turns the reading direction round; line separators.
    /[\u0000-\u001f\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** The error for what the operating system answered, or the error itself where it is none of the user's. */
export function inputErrorOf(error: unknown, path: string): unknown {
  if (!(error instanceof Error) || !('code' in error)) return error;
  const shown = shownName(path);
  switch (error.code) {
    case 'ENOENT':
    case 'ENOTDIR':
      return new CaptureInputError('not-found', `${shown}: no such file`, 'Check the path and the folder you are in.');
    case 'EACCES':
    case 'EPERM':
      return new CaptureInputError(
        'not-readable',
        `${shown}: you have no permission to read it`,
        'Captures made as root belong to root: chown the file, or run as its owner.',
      );
    case 'EISDIR':
      return new CaptureInputError('is-a-folder', `${shown}: is a folder`, 'Name the capture files in it.');
    case 'ELOOP':
    case 'ENAMETOOLONG':
    case 'EINVAL':
    case 'EIO':
    case 'ENXIO':
    case 'ESTALE':
    case 'EMFILE':
    case 'ENFILE':
    case 'ERR_INVALID_ARG_VALUE':
      return new CaptureInputError(
        'not-readable',
        `${shown}: cannot be read (${error.code})`,
        'Check the file itself.',
      );
    default:
      return error;
  }
}
