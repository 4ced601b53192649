import { createSecretKey } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { afterEach, describe, expect, it } from 'vitest';
import { SeededRandom } from '../../../cluster/load/plan/random.ts';
import type { RunningSfu } from '../../../cluster/sfu/run-sfu.ts';
import { StunWriter } from '../../../cluster/stun/stun-writer.ts';
import { until } from '../gateway/open-test-gateway.ts';
import { AUDIO, offerOf, VIDEO } from './offers.ts';
import { control, RawClient, sfuHere } from './raw-client.ts';
import { SECRET } from './sfu-process.ts';

const open: { close(): unknown }[] = [];
afterEach(async () => {
  for (const one of open.splice(0).toReversed()) await one.close();
});

async function start(onLog?: (line: string) => void): Promise<RunningSfu> {
  const sfu = await sfuHere(onLog === undefined ? {} : { onLog });
  open.push({ close: () => sfu.drain() });
  return sfu;
}

async function join(sfu: RunningSfu, room: string, id: string): Promise<RawClient> {
  // Room for what all others send.
  const client = await RawClient.join(sfu, room, id, 2);
  open.push({ close: () => client.close() });
  return client;
}

/** Changes some bytes, cuts or lengthens. */
function mutated(bytes: Buffer, random: SeededRandom): Buffer {
  let copy = Buffer.from(bytes);
  for (let changes = 1 + random.below(4); changes > 0; changes--) copy[random.below(copy.length)] = random.below(256);
  if (random.below(4) === 0) copy = copy.subarray(0, 1 + random.below(copy.length));
  if (random.below(8) === 0) copy = Buffer.concat([copy, copy.subarray(0, random.below(copy.length))]);
  return copy;
}

const randomBytes = (random: SeededRandom, first: number): Buffer =>
  Buffer.from(Array.from({ length: 1 + random.below(300) }, (_, at) => (at === 0 ? first : random.below(256))));

/** Lets the event loop take what was sent, so that no queue overflows. */
const breathe = () => new Promise((resolve) => setImmediate(resolve));

/** What ada sends now reaches bob: nothing that was sent before has broken anything. */
async function stillThere(ada: RawClient, bob: RawClient, words: string): Promise<void> {
  let sequence = 20_000 + bob.rtp.length;
  await until(() => {
    ada.sendRtp(ada.packet(sequence++, words));
    return bob.rtp.some(({ payload }) => payload === words);
  });
}

describe('an SFU goes on for all others', () => {
  it('whatever datagrams strangers send', { timeout: 120_000 }, async () => {
    const sfu = await start();
    const [ada, bob] = [await join(sfu, 'tea', 'ada'), await join(sfu, 'tea', 'bob')];
    const stranger = createSocket('udp4');
    open.push({ close: () => stranger.close() });
    await new Promise<void>((resolve) => stranger.bind(0, '127.0.0.1', resolve));
    const random = new SeededRandom(31);
    const key = createSecretKey(Buffer.from('x'));
    const request = {
      ...{ username: `${ada.remoteUfrag}:x`, priority: 1, useCandidate: true },
      ...{ role: 'controlling' as const, tieBreaker: 1n },
    };
    const check = Buffer.from(new StunWriter().bindingRequest(request, key));
    for (let index = 0; index < 2000; index++) {
      // STUN, DTLS, RTP and what is nothing (RFC 7983).
      const kind = random.below(4);
      const bytes =
        kind === 0 ? mutated(check, random) : randomBytes(random, [0, 20 + random.below(44), 128, 255][kind]);
      ada.send(bytes, stranger);
      // From the address of a participant as well, where it comes to its association.
      if (kind !== 0) ada.send(bytes);
      if (index % 20 === 0) await breathe();
    }
    await stillThere(ada, bob, 'still there');
    expect(await control(sfu, 'GET', '/v1/status')).toMatchObject({ status: 200, body: { participants: 2 } });
  });

  it('whatever RTP and RTCP a participant protects with its keys', { timeout: 120_000 }, async () => {
    const sfu = await start();
    const [ada, bob, eve] = await Promise.all(['ada', 'bob', 'eve'].map((id) => join(sfu, 'tea', id)));
    const random = new SeededRandom(32);
    const reports = [
      '80c8000600000001e000000080000000000177000000000a00000064',
      '81c9000700000001000000020a00000500000007000000080000000900000010',
      '81cd000300000001000000020001ffff',
      '8fcd00050000000100000002000100040000000020010000',
      '8fce0005000000010000000052454d42010003e800000002',
      '81ce00020000000100000002',
      '81ca000300000001010561646140000000000000',
      '81cb000100000001',
    ].map((hex) => Buffer.from(hex, 'hex'));
    for (let index = 0; index < 3000; index++) {
      if (random.below(2) === 0) {
        const packet = mutated(eve.packet(index, 'of eve'), random);
        // SRTP takes what has a header.
        if (packet.length >= 12 && packet[0] >> 6 === 2) eve.sendRtp(packet);
      } else {
        const report = mutated(reports[random.below(reports.length)], random);
        if (report.length >= 8) eve.sendRtcp(report);
      }
      if (index % 20 === 0) await breathe();
    }
    await stillThere(ada, bob, 'still there');
    expect(await control(sfu, 'GET', '/v1/status')).toMatchObject({ status: 200, body: { state: 'ready' } });
  });

  it('whatever is offered to it: each offer is taken, or refused as bad', { timeout: 120_000 }, async () => {
    const sfu = await start();
    const [ada, bob] = [await join(sfu, 'tea', 'ada'), await join(sfu, 'tea', 'bob')];
    const random = new SeededRandom(33);
    const good = offerOf(AUDIO('0', 'sendonly'), VIDEO('1', 'sendrecv', ['a=ssrc:11 cname:x']));
    const statuses = new Map<number, number>();
    for (let index = 0; index < 300; index++) {
      const sdp = index === 0 ? good : mutated(Buffer.from(good), random).toString('latin1');
      const { status } = await control(sfu, 'POST', `/v1/rooms/fuzz/participants/p${index % 50}/offer`, {
        ...{ sdp, name: 'x', publish: true, subscribe: true, tracks: [] },
      });
      statuses.set(status, (statuses.get(status) ?? 0) + 1);
    }
    expect([...statuses.keys()].toSorted()).toEqual([200, 400]);
    await stillThere(ada, bob, 'still there');
  });
});

describe('the control interface', () => {
  it('tells nobody anything without the secret, and refuses what is malformed', { timeout: 60_000 }, async () => {
    const sfu = await start();
    const base = sfu.announcement.control;
    const right = { authorization: `Bearer ${SECRET}` };
    const status = async (path: string, init: RequestInit = {}) => (await fetch(base + path, init)).status;
    for (const headers of [
      {},
      { authorization: SECRET },
      { authorization: 'Bearer wrong' },
      { authorization: 'Bearer ' },
    ]) {
      for (const path of ['/v1/status', '/v1/events', '/v1/tap', '/v1/keys', '/v1/rooms/a/participants/b', '/x'])
        expect(await status(path, { headers })).toBe(401);
      expect(await status('/v1/drain', { method: 'POST', headers })).toBe(401);
    }
    const post = (path: string, body: string) => status(path, { method: 'POST', headers: right, body });
    expect(await post('/v1/rooms/a/participants/b/offer', '{')).toBe(400);
    expect(await post('/v1/rooms/a/participants/b/offer', '{}')).toBe(400);
    expect(await post('/v1/rooms/a%2f..%2fb/participants/b/offer', '{}')).toBe(400);
    expect(await post('/v1/rooms/%zz/participants/b/offer', '{}')).toBe(400);
    expect(await post('/v1/rooms/a/participants/b/mute', '{"trackId":"x","muted":true}')).toBe(404);
    expect(await post('/v1/relays', '{"room":"a","peer":{"controlUrl":7}}')).toBe(400);
    expect(await post('/v1/rooms/a/chat', 'x'.repeat(2 ** 20 + 1))).toBe(400);
    expect(await status('/v1/nothing', { headers: right })).toBe(404);
    expect(await status('/v1/status', { headers: right })).toBe(200);
  });
});

it('no secret stands in the log, whatever happens', { timeout: 120_000 }, async () => {
  const lines: string[] = [];
  const sfu = await start((line) => lines.push(line));
  const [ada, bob] = [await join(sfu, 'tea', 'ada'), await join(sfu, 'tea', 'bob')];
  await stillThere(ada, bob, 'hello');
  ada.check(ada.socket, 'a wrong password of ice');
  const wrong = { headers: { authorization: 'Bearer a wrong secret of control' } };
  await fetch(`${sfu.announcement.control}/v1/status`, wrong);
  await control(sfu, 'POST', '/v1/rooms/tea/participants/cyd/offer', { sdp: 'a=ice-pwd:of-a-broken-offer' });
  await control(sfu, 'DELETE', '/v1/rooms/tea/participants/ada');
  const log = lines.join('');
  expect(log).toContain('"text":"connected"');
  expect(log).toContain('"text":"left"');
  const secrets = [
    SECRET,
    ada.password,
    ada.remotePassword,
    bob.ufrag,
    bob.remoteUfrag,
    'a wrong',
    'of-a-broken-offer',
  ];
  for (const secret of secrets) expect(log).not.toContain(secret);
});
