import { connect } from 'node:net';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AddressLimits } from '../../../cluster/gateway/address-limits.ts';
import { sendingTracks } from '../../../cluster/gateway/whip.ts';
import { openTestGateway, until } from './open-test-gateway.ts';
import { TestClient } from './test-client.ts';

const metrics = async (url: string) => (await fetch(`${url}metrics`)).text();

/** Bytes on a connection of their own; resolves when the gateway closed it, or answered. */
const sendRaw = (url: string, bytes: Uint8Array) =>
  new Promise<void>((resolve) => {
    const socket = connect(Number(new URL(url).port), '127.0.0.1', () => socket.end(bytes));
    socket.setTimeout(5000, () => socket.destroy());
    socket.on('data', () => {}).on('error', () => {});
    socket.on('close', () => resolve());
  });

describe('a gateway', () => {
  it('survives HTTP that is none', async () => {
    const { url } = await openTestGateway(1);
    const request = Buffer.from('POST /whip/tea HTTP/1.1\r\nHost: x\r\nContent-Type: application/sdp\r\n\r\nv=0\r\n');
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.nat(request.length - 1), fc.nat(255)), { maxLength: 8 }),
        async (changes) => {
          const bytes = Uint8Array.from(request);
          for (const [at, value] of changes) bytes[at] = value;
          await sendRaw(url, bytes);
        },
      ),
      { numRuns: 60 },
    );
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 300 }), (bytes) => sendRaw(url, bytes)),
      { numRuns: 30 },
    );
    expect((await fetch(`${url}healthz`)).status).toBe(200);
  });

  it('survives WebSocket messages of every kind, and others in the room notice nothing', async () => {
    const { url, gateway } = await openTestGateway(1);
    const ada = await TestClient.joined(url, 'tea', 'Ada');
    const types = fc.constantFrom('join', 'offer', 'mute', 'subscribe', 'chat', 'leave', 'ping', 'toString');
    const members = fc.dictionary(
      fc.constantFrom('id', 'sdp', 'tracks', 'trackId', 'muted', 'on', 'text', 'token', 'room', '__proto__'),
      fc.oneof(fc.jsonValue(), fc.constant('coffee'), fc.constant([]), fc.integer(), fc.boolean()),
    );
    const messages = fc.array(
      fc.oneof(
        fc.string(),
        fc.json(),
        fc.tuple(types, members).map(([type, rest]) => JSON.stringify({ ...rest, type })),
      ),
      { minLength: 1, maxLength: 12 },
    );
    await fc.assert(
      fc.asyncProperty(messages, async (sent) => {
        const eve = new TestClient(url);
        await eve.open();
        for (const message of sent) eve.send(message);
        eve.send(Buffer.from([0, 1, 2]).toString('latin1'));
        eve.socket.close();
        await eve.closed();
      }),
      { numRuns: 60 },
    );
    ada.send({ type: 'ping' });
    await ada.next('pong');
    expect(ada.heard.filter(({ type }) => type === 'error')).toEqual([]);
    await until(() => gateway.conference.participants === 1);
    ada.close();
  });

  it('closes on who goes on sending what is refused, and counts it', async () => {
    const { url } = await openTestGateway(1);
    const eve = new TestClient(url);
    await eve.open();
    for (let index = 0; index < 20; index++) eve.send('{"type":"no"}');
    await eve.closed();
    expect(eve.closeCode).toBe(1008);
    expect(eve.heard.filter(({ type }) => type === 'error').length).toBeLessThan(10);
    expect(await metrics(url)).toMatch(/refusals_total\{code="bad-message"\} [1-9]/);
  });

  it('closes on messages larger than any may be', async () => {
    const { url } = await openTestGateway(1);
    const eve = new TestClient(url);
    await eve.open();
    eve.send(JSON.stringify({ type: 'chat', text: 'x'.repeat(2 << 20) }));
    await eve.closed();
    expect(eve.closeCode).toBe(1009);
  });

  it('closes on a flood of good messages, and not on others', async () => {
    const { url } = await openTestGateway(1);
    const eve = await TestClient.joined(url, 'tea', 'Eve');
    const ada = await TestClient.joined(url, 'coffee', 'Ada');
    for (let index = 0; index < 2000; index++) eve.send({ type: 'ping' });
    await eve.closed();
    expect(eve.closeCode).toBe(1008);
    ada.send({ type: 'ping' });
    await ada.next('pong');
    expect(await metrics(url)).toMatch(/refusals_total\{code="too-many"\} [1-9]/);
    ada.close();
  });

  it('refuses a flood of joins from one address and lets others in', async () => {
    const { url, gateway } = await openTestGateway(1, { joinsPerSecond: 1, behindProxy: true });
    const flood = Array.from({ length: 60 }, () => new TestClient(url, { 'x-forwarded-for': '192.0.2.1' }));
    const opened = await Promise.all(
      flood.map((client) =>
        client.open().then(
          () => true,
          () => false,
        ),
      ),
    );
    const accepted = opened.filter(Boolean).length;
    expect(accepted).toBeGreaterThanOrEqual(10);
    expect(accepted).toBeLessThan(60);
    const other = new TestClient(url, { 'x-forwarded-for': '198.51.100.7' });
    await other.open();
    other.send({ type: 'join', token: null, room: 'tea', name: 'Ada', resume: null });
    await other.next('joined');
    expect(gateway.conference.participants).toBe(1);
    for (const client of [...flood, other]) client.close();
  });

  it('keeps rooms and participants within their limits', async () => {
    const { url } = await openTestGateway(1, { limits: { rooms: 2, participantsInRoom: 2 } });
    const people = [await TestClient.joined(url, 'a', '1'), await TestClient.joined(url, 'a', '2')];
    people.push(await TestClient.joined(url, 'b', '3'));
    for (const [room, code] of [
      ['a', 'room-full'],
      ['c', 'no-capacity'],
    ]) {
      const late = new TestClient(url);
      await late.open();
      late.send({ type: 'join', token: null, room, name: 'late', resume: null });
      expect((await late.next('error')).code).toBe(code);
      await late.closed();
    }
    for (const person of people) person.close();
  });
});

it('a session description of any kind gets its sections read, or a reason', () => {
  const lines = fc.constantFrom(
    'm=audio 9 X 0',
    'm=video 0 X',
    'a=mid:0',
    'a=mid:',
    'a=sendonly',
    'a=recvonly',
    'm=',
    '',
  );
  fc.assert(
    fc.property(fc.array(fc.oneof(lines, fc.string()), { maxLength: 60 }), (text) => {
      try {
        expect(sendingTracks(['v=0', ...text].join('\r\n')).length).toBeLessThanOrEqual(16);
      } catch (error) {
        expect(error).toMatchObject({ code: 'bad-message' });
      }
    }),
  );
});

it('addresses are told apart by network, and forgotten when they are too many', () => {
  const limits = new AddressLimits(1, 2);
  expect([1, 2, 3].map(() => limits.take('2001:db8:1:2::1', 0))).toEqual([true, true, false]);
  expect(limits.take('2001:db8:1:2:ffff::9', 0)).toBe(false);
  expect(limits.take('2001:db8:1:3::1', 0)).toBe(true);
  expect([limits.take('::ffff:192.0.2.1', 0), limits.take('192.0.2.1', 0), limits.take('192.0.2.1', 0)]).toEqual([
    true,
    true,
    false,
  ]);
  expect(limits.take('192.0.2.1', 1000)).toBe(true);
  for (let index = 0; index < 30_000; index++) limits.take(`10.${index >> 16}.${(index >> 8) & 255}.${index & 255}`, 0);
  expect(limits.size).toBeLessThanOrEqual(10_000);
});
