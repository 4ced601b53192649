import { afterAll, beforeAll, expect, it } from 'vitest';
import { builtProgram } from '../../cli/program.ts';
import { eventually } from '../drivers/driver-contract.ts';
import { type SfuProcess, startSfu } from './sfu-process.ts';

const BLOCKED_MS = 6000;
/** Lets the event loop of the media stand still at a signal; health is answered in another thread, which this is not for. */
const BLOCK = `
import { isMainThread } from 'node:worker_threads';
import { writeSync } from 'node:fs';
if (isMainThread) process.on('SIGUSR2', () => {
  writeSync(2, 'blocked\\n');
  for (const end = Date.now() + ${BLOCKED_MS}; Date.now() < end;);
});
`;

const program = builtProgram();
let sfu: SfuProcess;
beforeAll(async () => {
  const before = process.env['NODE_OPTIONS'];
  process.env['NODE_OPTIONS'] = `--import data:text/javascript,${encodeURIComponent(BLOCK)}`;
  try {
    sfu = await startSfu(program.path, ['--health', '127.0.0.1:0']);
  } finally {
    if (before === undefined) delete process.env['NODE_OPTIONS'];
    else process.env['NODE_OPTIONS'] = before;
  }
}, 120_000);
afterAll(async () => {
  await sfu.stop();
});

it('is ready, alive and measured while its event loop stands still', async () => {
  process.kill(sfu.pid, 'SIGUSR2');
  await eventually(() => sfu.log.includes('blocked'), 'its event loop stands still');
  const order: string[] = [];
  const control = sfu.request('GET', '/v1/status').then(() => order.push('control'));
  for (const path of ['/readyz', '/healthz', '/metrics']) {
    const { status } = await fetch(sfu.health + path);
    order.push(`${path} ${status}`);
  }
  await control;
  // Figures may be old, as the media thread cannot be asked for new ones.
  expect(order).toEqual(['/readyz 200', '/healthz 200', '/metrics 200', 'control']);
}, 60_000);
