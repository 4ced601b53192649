import { appendFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { HttpScenario } from '../scenario/scenario.ts';
import { resultRow } from './http-results.ts';

/** Of the generator that comes along. */
export function autocannonVersion(): string {
  return (createRequire(import.meta.url)('autocannon/package.json') as { version: string }).version;
}

/**
 * The HTTP load by autocannon, where there is no JMeter. It asks at a rate rather than pausing between requests, which comes
 * to the same while answers are quick. It makes no WHIP sessions: where a server closes a connection, as one does that refuses
 * an offer, it loses count of which answer is whose.
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
    const options = {
      url: new URL(http.path, url).href,
      connections: http.users,
      duration: Math.max(1, Math.round(seconds)),
    };
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
