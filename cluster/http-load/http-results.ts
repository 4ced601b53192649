/*
 * JMeter's results as CSV (https://jmeter.apache.org/usermanual/listeners.html), with the columns that a report uses. Both
 * generators write these, so that phases stand in one file.
 */
export const RESULT_COLUMNS = [
  'timeStamp',
  'elapsed',
  'label',
  'responseCode',
  'responseMessage',
  'threadName',
  'success',
  'bytes',
  'Latency',
] as const;
export const RESULT_HEADER = RESULT_COLUMNS.join(',');

/** JMeter 2.13 writes no header row unless told to, and some set-ups not even then. */
export function withoutHeader(text: string): string {
  return text.startsWith('timeStamp,') ? text.slice(text.indexOf('\n') + 1) : text;
}

/** One row of results. @param startMs milliseconds since 1970. */
export function resultRow(
  startMs: number,
  elapsedMs: number,
  label: string,
  status: number,
  thread: string,
  bytes: number,
): string {
  const success = status >= 200 && status < 400;
  const quoted = /[",\n]/.test(label) ? `"${label.replaceAll('"', '""')}"` : label;
  const elapsed = Math.round(elapsedMs);
  const message = success ? 'OK' : 'error';
  return `${Math.round(startMs)},${elapsed},${quoted},${status},${message},${thread},${success},${bytes},${elapsed}\n`;
}
