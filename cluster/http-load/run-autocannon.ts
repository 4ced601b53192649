import { appendFileSync } from 'node:fs';
import type { HttpScenario } from '../scenario/scenario.ts';
import { resultRow } from './http-results.ts';

/**
 * The HTTP load by autocannon, where there is no JMeter. It asks at a rate rather than pausing between requests, which comes
 * to the same while answers are quick.
 */
export async function runAutocannon(
  http: HttpScenario,
  url: string,
  seconds: number,
  resultFile: string,
  signal: AbortSignal,
): Promise<void> {
  const { default: autocannon } = await import('autocannon');
  if (signal.aborted) return;
  const label = `GET ${http.path}`;
  let rows = '';
  const flush = () => {
    if (rows === '') return;
    const text = rows;
    rows = '';
    appendFileSync(resultFile, text);
  };
  let fault: unknown = null;
  const flushing = setInterval(() => {
    try {
      flush();
    } catch (error) {
      fault ??= error;
    }
  }, 1000);
  await new Promise<void>((resolve) => {
    const rate = http.pauseMs > 0 ? { overallRate: Math.max(1, Math.round((http.users * 1000) / http.pauseMs)) } : {};
    const options = { url: `${url}${http.path}`, connections: http.users, duration: Math.max(1, Math.round(seconds)) };
    const instance = autocannon({ ...options, ...rate }, () => resolve());
    const stop = () => (instance as unknown as { stop(): void }).stop();
    signal.addEventListener('abort', stop, { once: true });
    instance.on('response', (_client, status, bytes, elapsedMs) => {
      rows += resultRow(Date.now() - elapsedMs, elapsedMs, label, status, 'autocannon', bytes);
    });
  });
  clearInterval(flushing);
  if (fault !== null) throw fault;
  flush();
}
