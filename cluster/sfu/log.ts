export const LOG_LEVELS = ['silent', 'error', 'warn', 'info', 'debug'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** What a line of the log tells besides its text. Never keys, passwords, tokens, fragments of ICE names or SDP. */
export type LogFields = Readonly<Record<string, string | number | boolean | null>>;

/** One JSON object a line, so that whatever gathers logs can read them. */
export class Log {
  readonly #level: number;
  readonly #write: (line: string) => void;
  readonly #source: LogFields;

  constructor(level: LogLevel, source: LogFields, write: (line: string) => void) {
    this.#level = LOG_LEVELS.indexOf(level);
    this.#source = source;
    this.#write = write;
  }

  error(text: string, fields: LogFields = {}): void {
    this.#line('error', text, fields);
  }

  warn(text: string, fields: LogFields = {}): void {
    this.#line('warn', text, fields);
  }

  info(text: string, fields: LogFields = {}): void {
    this.#line('info', text, fields);
  }

  debug(text: string, fields: LogFields = {}): void {
    this.#line('debug', text, fields);
  }

  #line(level: LogLevel, text: string, fields: LogFields): void {
    if (LOG_LEVELS.indexOf(level) > this.#level) return;
    const time = new Date().toISOString();
    this.#write(`${JSON.stringify({ time, level, text, ...this.#source, ...fields })}\n`);
  }
}
