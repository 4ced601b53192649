/** What a load in a pod tells, by the only way out that a pod always has: its log. */
export type LoadMessage =
  | { readonly kind: 'record'; readonly line: string }
  | { readonly kind: 'keys'; readonly line: string }
  | { readonly kind: 'offer' | 'answer'; readonly client: string; readonly sdp: string }
  /** What was counted: the JSON of `rtcscope load --json`. */
  | { readonly kind: 'result'; readonly json: string };

const MARK = 'rtcscope-load';
/** A line of a log is cut in pieces by container runtimes from 16 KiB on. */
const LONGEST_PIECE = 8000;
const LARGEST_MESSAGE = 16 * 1024 * 1024;

/** Writes messages as numbered lines. @param write given whole lines, with their line feeds. */
export function loadStream(write: (text: string) => void): (message: LoadMessage) => void {
  let number = 0;
  return (message) => {
    const text = JSON.stringify(message);
    const lines: string[] = [];
    for (let at = 0; at < text.length; at += LONGEST_PIECE) {
      const isLast = at + LONGEST_PIECE >= text.length;
      lines.push(`${MARK} ${++number} ${isLast ? '.' : '+'} ${text.slice(at, at + LONGEST_PIECE)}\n`);
    }
    write(lines.join(''));
  };
}

export interface LoadStreamListener {
  message(message: LoadMessage): void;
  /** A line of the log that is none of ours, such as an error. */
  other(line: string): void;
}

/**
 * Reads the lines back. A log may be read again from its beginning, as after a connection that broke off: what was read before is passed
 * over, by its number, and lines that are none of ours by how many there were.
 */
export class LoadStreamReader {
  /** Lines of ours that never came: the node had thrown them away. */
  missing = 0;
  readonly #listener: LoadStreamListener;
  #last = 0;
  #pieces = '';
  #others = 0;
  #othersToSkip = 0;

  constructor(listener: LoadStreamListener) {
    this.#listener = listener;
  }

  /** Called before the log is read again. */
  begin(): void {
    this.#othersToSkip = this.#others;
  }

  line(text: string): void {
    const [, digits, more, piece] = /^rtcscope-load (\d{1,15}) ([.+]) (.*)$/s.exec(text) ?? [];
    if (digits === undefined || more === undefined || piece === undefined) {
      if (text === '') return;
      if (this.#othersToSkip > 0) {
        this.#othersToSkip--;
        return;
      }
      this.#others++;
      this.#listener.other(text);
      return;
    }
    const number = Number(digits);
    if (number <= this.#last) return;
    if (number > this.#last + 1) {
      this.missing += number - this.#last - 1;
      this.#pieces = '';
    }
    this.#last = number;
    this.#pieces += piece;
    if (more === '+' && this.#pieces.length <= LARGEST_MESSAGE) return;
    const message = messageOf(this.#pieces);
    this.#pieces = '';
    if (message === null) this.missing++;
    else this.#listener.message(message);
  }
}

/** @returns null where it is not whole: a log is not more to be trusted than any file. */
function messageOf(text: string): LoadMessage | null {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return null;
  }
  if (typeof value !== 'object' || value === null) return null;
  const { kind, line, client, sdp, json } = value as Record<string, unknown>;
  if ((kind === 'record' || kind === 'keys') && typeof line === 'string' && !/[\r\n]/.test(line)) return { kind, line };
  // It becomes part of the name of a file.
  const isClient = typeof client === 'string' && /^[\w.-]{1,80}$/.test(client);
  if ((kind === 'offer' || kind === 'answer') && isClient && typeof sdp === 'string') return { kind, client, sdp };
  if (kind === 'result' && typeof json === 'string') return { kind, json };
  return null;
}
