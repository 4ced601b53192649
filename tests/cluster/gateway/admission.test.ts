import { SignJWT } from 'jose';
import { describe, expect, it } from 'vitest';
import { issueToken, verifyToken } from '../../../cluster/gateway/tokens.ts';
import { openTestGateway, TOKEN_SECRET } from './open-test-gateway.ts';
import { TestClient } from './test-client.ts';

const GRANT = { room: 'tea', identity: 'ada', name: 'Ada', publish: true, subscribe: true };
const CLOSED = { admission: { tokenSecret: TOKEN_SECRET, open: false } };

async function tryJoin(url: string, join: object): Promise<TestClient> {
  const client = new TestClient(url);
  await client.open();
  client.send({ type: 'join', token: null, room: null, name: null, resume: null, ...join });
  return client;
}

describe('a token', () => {
  it('says what it was made to say', async () => {
    expect(await verifyToken(await issueToken(GRANT, TOKEN_SECRET, 60), TOKEN_SECRET)).toEqual(GRANT);
  });

  const sign = (payload: Record<string, unknown>, secret = TOKEN_SECRET, expires = '1h') =>
    new SignJWT(payload)
      .setProtectedHeader({ alg: 'HS256' })
      .setExpirationTime(expires)
      .sign(new TextEncoder().encode(secret));
  const unsigned = `${btoa('{"alg":"none"}')}.${btoa('{"room":"tea","exp":9999999999}')}.`;

  it.each([
    ['none', async () => ''],
    ['not a token', async () => 'rubbish'],
    ['unsigned', async () => unsigned],
    ['of another secret', () => sign({ room: 'tea' }, 'another secret of 32 characters!!')],
    ['expired', () => sign({ room: 'tea' }, TOKEN_SECRET, '-1h')],
    ['for no room', () => sign({ publish: true })],
    ['for a room that is none', () => sign({ room: '../x' })],
    [
      'without an end',
      () =>
        new SignJWT({ room: 'tea' }).setProtectedHeader({ alg: 'HS256' }).sign(new TextEncoder().encode(TOKEN_SECRET)),
    ],
  ])('that is %s lets nobody in', async (_, make) => {
    const { url, gateway, logged } = await openTestGateway(1, CLOSED);
    const token = await make();
    const client = await tryJoin(url, { token, room: 'tea', name: 'Eve' });
    expect((await client.next('error')).code).toBe('unauthorized');
    await client.closed();
    const headers = { 'content-type': 'application/sdp', authorization: `Bearer ${token}` };
    const whip = await fetch(`${url}whip/tea`, { method: 'POST', body: 'v=0\r\n', headers });
    expect(whip.status).toBe(401);
    expect(whip.headers.get('www-authenticate')).toBe('Bearer');
    expect(gateway.conference.rooms.size).toBe(0);
    if (token !== '') expect(JSON.stringify(logged)).not.toContain(token);
  });

  it('opens its own room alone', async () => {
    const { url } = await openTestGateway(1, CLOSED);
    const token = await issueToken(GRANT, TOKEN_SECRET, 60);
    const wrong = await tryJoin(url, { token, room: 'coffee' });
    expect((await wrong.next('error')).code).toBe('forbidden');
    const right = await tryJoin(url, { token });
    expect(await right.next('joined')).toMatchObject({ room: 'tea', participant: { name: 'Ada' } });
    right.close();
  });

  it('permits what it permits', async () => {
    const { url, sfus } = await openTestGateway(1, CLOSED);
    const listener = await tryJoin(url, {
      token: await issueToken({ ...GRANT, publish: false }, TOKEN_SECRET, 60),
    });
    expect(await listener.next('joined')).toMatchObject({ publish: false, subscribe: true });
    const tracks = [{ mid: '0', source: 'camera', muted: false }];
    listener.send({ type: 'offer', id: 1, sdp: 'v=0', tracks });
    expect((await listener.next('error')).code).toBe('forbidden');
    listener.send({ type: 'offer', id: 2, sdp: 'v=0', tracks: [] });
    await listener.next('answer');
    expect(sfus[0].offers.map(({ body }) => body['publish'])).toEqual([false]);
    listener.close();
  });

  it('brings its owner in once: who comes again takes the place', async () => {
    const { url, gateway } = await openTestGateway(1, CLOSED);
    const token = await issueToken(GRANT, TOKEN_SECRET, 60);
    const first = await tryJoin(url, { token });
    await first.next('joined');
    const second = await tryJoin(url, { token });
    await second.next('joined');
    expect((await first.next('error')).code).toBe('forbidden');
    await first.closed();
    expect(gateway.conference.participants).toBe(1);
    second.close();
  });
});

describe('WHIP and WHEP', () => {
  const sdp = [
    'v=0',
    'o=- 1 1 IN IP4 127.0.0.1',
    's=-',
    't=0 0',
    'm=audio 9 UDP/TLS/RTP/SAVPF 111',
    'a=mid:a0',
    'a=sendonly',
    'm=video 9 UDP/TLS/RTP/SAVPF 96',
    'a=mid:v0',
    'a=sendonly',
    'm=video 9 UDP/TLS/RTP/SAVPF 96',
    'a=mid:v1',
    'a=recvonly',
    '',
  ].join('\r\n');
  const headers = { 'content-type': 'application/sdp' };
  const post = (url: string, path: string, body = sdp) => fetch(`${url}${path}`, { method: 'POST', body, headers });

  it('make a participant, and end it', async () => {
    const { url, sfus, gateway } = await openTestGateway(1);
    const ada = await TestClient.joined(url, 'tea', 'Ada');
    const created = await post(url, 'whip/tea');
    expect(created.status).toBe(201);
    expect(created.headers.get('content-type')).toBe('application/sdp');
    expect(await created.text()).toMatch(/^v=0/);
    expect(sfus[0].offers[0].body['tracks']).toEqual([
      { mid: 'a0', source: 'microphone', muted: false },
      { mid: 'v0', source: 'camera', muted: false },
    ]);
    expect((await ada.next('participant-joined')).participant.name).toBe('WHIP');
    const location = new URL(created.headers.get('location') ?? '', url);
    const fragment = { 'content-type': 'application/trickle-ice-sdpfrag' };
    const trickled = await fetch(location, { method: 'PATCH', body: 'a=end-of-candidates\r\n', headers: fragment });
    expect(trickled.status).toBe(204);
    const elsewhere = new URL(location.pathname.replace('tea', 'coffee'), url);
    expect((await fetch(elsewhere, { method: 'DELETE' })).status).toBe(404);
    expect((await fetch(location, { method: 'DELETE' })).status).toBe(200);
    expect((await fetch(location, { method: 'DELETE' })).status).toBe(404);
    await ada.next('participant-left');
    expect(gateway.conference.participants).toBe(1);
    ada.close();
  });

  it('WHEP receives only, and gets what comes later by itself', async () => {
    const { url, sfus } = await openTestGateway(1);
    expect((await post(url, 'whep/tea')).status).toBe(201);
    expect(sfus[0].offers[0].body).toMatchObject({ publish: false, subscribe: true, automatic: true, tracks: [] });
  });

  it('are refused with a reason', async () => {
    const { url, gateway } = await openTestGateway(1);
    expect((await post(url, 'whip/..%2f')).status).toBe(404);
    expect((await post(url, 'whip/tea', 'not sdp')).status).toBe(400);
    expect((await post(url, 'whip/tea', `v=0\r\n${'a'.repeat(800_000)}`)).status).toBe(400);
    expect((await fetch(`${url}whip/tea`, { method: 'POST', body: '{}' })).status).toBe(415);
    expect((await fetch(`${url}whip/tea`)).status).toBe(405);
    expect((await fetch(`${url}whip/tea/nothing`, { method: 'DELETE' })).status).toBe(404);
    expect(gateway.conference.rooms.size).toBe(0);
  });

  it('may be used by pages from elsewhere', async () => {
    const { url } = await openTestGateway(1);
    const asked = await fetch(`${url}whip/tea`, { method: 'OPTIONS' });
    expect(asked.status).toBe(204);
    expect(asked.headers.get('access-control-allow-origin')).toBe('*');
    expect(asked.headers.get('accept-post')).toBe('application/sdp');
  });
});

it('the page comes with a policy that lets nothing else in', async () => {
  const { url } = await openTestGateway(1);
  for (const path of ['', 'tea', 'Some.Room-1']) {
    const page = await fetch(`${url}${path}`);
    expect(page.status).toBe(200);
    expect(page.headers.get('content-security-policy')).toContain("default-src 'none'; script-src 'self'");
    expect(await page.text()).toContain('<title>page');
  }
  const script = await fetch(`${url}assets/page.js`);
  const etag = script.headers.get('etag') ?? '';
  expect((await fetch(`${url}assets/page.js`, { headers: { 'if-none-match': etag } })).status).toBe(304);
  for (const path of ['a/b', 'assets/../../etc/passwd', 'a%2fb', 'assets/']) {
    expect((await fetch(`${url}${path}`)).status, path).toBe(404);
  }
  expect((await fetch(url, { method: 'POST', body: 'x' })).status).toBe(405);
});
