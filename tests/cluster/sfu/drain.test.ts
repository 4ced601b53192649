import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, expect, it } from 'vitest';
import { builtProgram } from '../../cli/program.ts';
import { until } from '../gateway/open-test-gateway.ts';
import { type Closing, gatewayOf, metric, startLoad } from './conference-of-sfus.ts';
import { control, RawClient } from './raw-client.ts';
import { type SfuProcess, startSfu } from './sfu-process.ts';

const program = builtProgram();
const closing: Closing = [];
afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close();
});

const participants = (sfu: SfuProcess) => metric(sfu, 'participants');

it('an SFU that is told to end sends its people to another one, takes nobody, and ends once it is empty', {
  timeout: 300_000,
}, async () => {
  const sfus = await Promise.all(['a', 'b'].map((id) => startSfu(program.path, ['--id', id, '--grace', '120'])));
  for (const sfu of sfus) closing.push(() => sfu.stop());
  const url = await gatewayOf(
    sfus.map((sfu) => sfu.control),
    closing,
  );
  const enough = new AbortController();
  const load = { participants: 4, seconds: 200, signal: enough.signal };
  const loaded = startLoad(program, url, load, closing);
  await until(async () => (await Promise.all(sfus.map(participants))).toSorted().join() === '0,4');
  const [draining, other] = (await participants(sfus[0])) === 4 ? sfus : sfus.toReversed();
  await until(async () => (await metric(draining, 'forwarded_packets_total')) > 2000);
  // One of whom the gateway does not know that he could be moved, so that there is something to wait for.
  const staying = await RawClient.join({ announcement: draining }, 'elsewhere', 'staying');
  closing.push(async () => staying.close());
  expect(await participants(draining)).toBe(5);

  const ended = once(draining.child, 'exit');
  draining.child.kill('SIGTERM');
  await until(async () => (await fetch(`${draining.health}/readyz`)).status === 503);
  expect((await fetch(`${draining.health}/healthz`)).status).toBe(200);
  await until(async () => (await participants(other)) === 4);
  await until(async () => (await participants(draining)) === 1);
  const status = await control({ announcement: draining }, 'GET', '/v1/status');
  expect(status.body).toMatchObject({ state: 'draining', participants: 1, rooms: 1 });

  // Nothing new: not when it is asked itself, and not by the gateway, whatever a room's name would choose.
  await expect(RawClient.join({ announcement: draining }, 'new', 'newcomer')).rejects.toThrow(/503 .*no-capacity/);
  const joins = await metric(draining, 'joins_total');
  const newcomers = { participants: 1, rooms: 8, seconds: 2, roomPrefix: 'new' };
  expect(await startLoad(program, url, newcomers, closing)).toMatchObject({ joined: 8, failed: 0 });
  expect(await metric(draining, 'joins_total')).toBe(joins);

  // Those who were moved go on getting what the others send.
  const before = await metric(other, 'forwarded_packets_total');
  await until(async () => (await metric(other, 'forwarded_packets_total')) > before + 1000);
  enough.abort();
  const result = await loaded;
  expect(result).toMatchObject({ joined: 4, failed: 0 });
  // But for what a machine that is too busy did not read.
  expect(result.packetsLost).toBeLessThanOrEqual(result.machine.receiveBufferErrors ?? 0);
  for (const { streams, rejoins, longestBreakMs } of result.clients) {
    expect(rejoins).toBeGreaterThan(0);
    // Sound and picture of three others, before the move and after it; nothing is missing within any of these streams.
    const received = streams.filter(({ direction, repairs }) => direction === 'received' && repairs === null);
    expect(received.length).toBeGreaterThanOrEqual(12);
    expect(longestBreakMs).toBeGreaterThan(0);
  }

  // It waits for who is still there, and needs no second signal.
  await delay(200);
  expect(draining.child.exitCode).toBe(null);
  await control({ announcement: draining }, 'DELETE', '/v1/rooms/elsewhere/participants/staying');
  expect(await ended).toEqual([0, null]);
});
