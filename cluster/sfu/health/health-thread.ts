import { createServer, type ServerResponse } from 'node:http';
import { parentPort, workerData } from 'node:worker_threads';

/** What the media's thread shares with this one. */
export interface HealthThreadData {
  readonly host: string;
  readonly port: number;
  /** One number: 1 while new rooms are welcome. */
  readonly ready: SharedArrayBuffer;
}

/** The thread that answers questions about health, however busy the one of the media is. */

const METRICS_WITHIN_MS = 2000;
const { host, port, ready } = workerData as HealthThreadData;
const isReady = new Int32Array(ready);
let lastMetrics = '';
let waiting: ServerResponse[] = [];
let timer: NodeJS.Timeout | null = null;

function answer(response: ServerResponse, status: number, text: string, type = 'text/plain'): void {
  response.writeHead(status, { 'content-type': `${type}; charset=utf-8`, 'cache-control': 'no-store' });
  response.end(text);
}

/** With what there is now; a busy media thread makes the figures old, not absent. */
function answerMetrics(): void {
  if (timer !== null) clearTimeout(timer);
  timer = null;
  for (const response of waiting) answer(response, 200, lastMetrics, 'text/plain; version=0.0.4');
  waiting = [];
}

const server = createServer({ requestTimeout: 5000, headersTimeout: 5000 }, (request, response) => {
  const path = (request.url ?? '').split('?')[0];
  if (request.method !== 'GET' && request.method !== 'HEAD') answer(response, 405, 'GET only\n');
  else if (path === '/healthz') answer(response, 200, 'ok\n');
  else if (path === '/readyz') {
    if (Atomics.load(isReady, 0) === 1) answer(response, 200, 'ready\n');
    else answer(response, 503, 'draining\n');
  } else if (path === '/metrics') {
    waiting.push(response);
    timer ??= setTimeout(answerMetrics, METRICS_WITHIN_MS);
    if (waiting.length === 1) parentPort?.postMessage({ metrics: true });
  } else answer(response, 404, 'not found\n');
});
server.maxConnections = 200;
server.on('error', (error) => parentPort?.postMessage({ error: error.message }));
server.listen(port, host, () => parentPort?.postMessage({ port: (server.address() as { port: number }).port }));
parentPort?.on('message', (text: string) => {
  lastMetrics = text;
  answerMetrics();
});
