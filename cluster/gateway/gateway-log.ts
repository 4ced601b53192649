export type LogFields = Readonly<Record<string, string | number | boolean | null>>;

/** Where lines of the log go: one JSON object each. Never tokens, secrets, session descriptions or what people write. */
export type Log = (level: 'info' | 'warn' | 'error', text: string, fields?: LogFields) => void;

export const logTo =
  (write: (line: string) => void): Log =>
  (level, text, fields = {}) =>
    write(`${JSON.stringify({ time: new Date().toISOString(), level, text, role: 'gateway', ...fields })}\n`);
