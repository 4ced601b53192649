import { once } from 'node:events';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { Log } from '../../../cluster/sfu/log.ts';
import { counts, MediaOfParticipant } from '../../../cluster/sfu/room/participant-media.ts';
import { type RunningSfu, runSfu } from '../../../cluster/sfu/run-sfu.ts';
import { UdpSocket } from '../../../cluster/sfu/transport/udp-socket.ts';
import { builtProgram } from '../../cli/program.ts';
import { until } from '../gateway/open-test-gateway.ts';
import { type Closing, gatewayOf, metric, startLoad } from './conference-of-sfus.ts';
import { SECRET, startSfu } from './sfu-process.ts';

const program = builtProgram();
const closing: Closing = [];
afterEach(async () => {
  vi.restoreAllMocks();
  for (const close of closing.splice(0).toReversed()) await close();
});

async function sfuHere(id: string): Promise<RunningSfu> {
  const running = await runSfu({
    ...{ id, addresses: ['127.0.0.1'], udpPort: 0, tcpPort: null, capacityPps: null, lastN: 10 },
    ...{ mostRooms: 10, mostParticipants: 2, tap: null, health: null, secret: SECRET, graceMs: 0 },
    control: { host: '127.0.0.1', port: 0 },
    log: new Log('silent', {}, () => {}),
  });
  closing.push(() => running.drain());
  return running;
}

describe('a room that is too large for one SFU', () => {
  it('is carried by two, and everybody gets all that everybody sends', { timeout: 120_000 }, async () => {
    const sfus = await Promise.all(
      ['a', 'b'].map((id) => startSfu(program.path, ['--id', id, '--most-participants', '3'])),
    );
    for (const sfu of sfus) closing.push(() => sfu.stop());
    const result = await startLoad(
      program,
      await gatewayOf(
        sfus.map(({ control }) => control),
        closing,
      ),
      { participants: 6, seconds: 6 },
      closing,
    );
    expect(result).toMatchObject({ joined: 6, failed: 0, packetsLost: 0 });
    const sent = result.clients.map(({ streams }) => streams.filter(({ direction }) => direction === 'sent'));
    for (const { streams } of result.clients) {
      const received = streams.filter(({ direction }) => direction === 'received');
      // Sound and picture of five others, one stream each, with all that was sent since it was asked for.
      expect(received.map(({ kind }) => kind).toSorted()).toEqual([
        ...Array(5).fill('audio'),
        ...Array(5).fill('video'),
      ]);
      for (const { packets, lost } of received) {
        expect(lost).toBe(0);
        expect(packets).toBeGreaterThan(50);
      }
    }
    expect(sent.flat().length).toBe(12);
    // Each publisher went from one SFU to the other once: had each subscriber caused a stream of its own, there were more.
    for (const sfu of sfus) {
      expect(await metric(sfu, 'joins_total')).toBe(3);
      expect(await metric(sfu, 'broken_relays_total')).toBe(0);
    }
  });

  it('loses nothing where packets between the two are lost', { timeout: 120_000 }, async () => {
    const sfus = [await sfuHere('a'), await sfuHere('b')];
    const ports = new Set(sfus.map(({ announcement }) => announcement.media.udpPort));
    const before = { ...counts };
    const goodbyes = vi.spyOn(MediaOfParticipant.prototype, 'goodbye');
    let seen = 0;
    let dropped = 0;
    const send = UdpSocket.prototype.send;
    // What one SFU sends to the port of the other, of the pictures (their payload type stands in the clear); none of the last
    // packets, which nothing would show to be missing.
    vi.spyOn(UdpSocket.prototype, 'send').mockImplementation(function (this: UdpSocket, buffer, length, port, address) {
      const isPicture = buffer[0] >> 6 === 2 && (buffer[1] & 0x7f) === 96;
      if (dropped < 8 && ports.has(port) && isPicture && ++seen % 20 === 10) {
        dropped++;
        return true;
      }
      return send.call(this, buffer, length, port, address);
    });
    const result = await startLoad(
      program,
      await gatewayOf(
        sfus.map(({ announcement }) => announcement.control),
        closing,
      ),
      { participants: 4, seconds: 8 },
      closing,
    );
    expect(dropped).toBe(8);
    expect(result).toMatchObject({ joined: 4, failed: 0 });
    // Who leaves says so of every SSRC that he sent with.
    const ended = new Set(goodbyes.mock.calls.map(([ssrc]) => ssrc));
    for (const { streams } of result.clients) {
      for (const { ssrc, direction } of streams) if (direction === 'sent') expect(ended).toContain(ssrc);
    }
    // Where the first packet of a picture came late, what had followed it comes by RTX.
    for (const { streams } of result.clients) {
      for (const { lost, recovered } of streams.filter(({ kind }) => kind === 'video')) {
        expect((lost ?? 0) - (recovered ?? 0)).toBeLessThanOrEqual(0);
      }
    }
    // Asked of the other SFU, and sent by it again; whoever received saw little of it.
    expect(counts.nacksSent - before.nacksSent).toBeGreaterThanOrEqual(dropped);
    expect(counts.retransmitted - before.retransmitted).toBeGreaterThanOrEqual(dropped);
  });

  it('finds together again when one of its SFUs is killed', { timeout: 240_000 }, async () => {
    const sfus = await Promise.all(
      ['a', 'b', 'c'].map((id) => startSfu(program.path, ['--id', id, '--most-participants', '2'])),
    );
    for (const sfu of sfus) closing.push(() => sfu.stop());
    const enough = new AbortController();
    const loaded = startLoad(
      program,
      await gatewayOf(
        sfus.map(({ control }) => control),
        closing,
      ),
      { participants: 4, seconds: 100, signal: enough.signal },
      closing,
    );
    const people = () => Promise.all(sfus.map((sfu) => metric(sfu, 'participants')));
    await until(async () => (await people()).toSorted().join() === '0,2,2');
    const used = await people();
    const victim = used.indexOf(2);
    const spare = used.indexOf(0);
    const other = sfus.findIndex((_, index) => index !== victim && index !== spare);
    // Everybody has joined: media has come for a while.
    for (const index of [victim, other]) {
      await until(async () => (await metric(sfus[index], 'forwarded_packets_total')) > 1000);
      expect(await metric(sfus[index], 'relays')).toBe(1);
    }
    sfus[victim].child.kill('SIGKILL');
    await until(async () => (await metric(sfus[spare], 'participants')) === 2);
    await until(async () => (await metric(sfus[spare], 'relays')) === 1);
    // What comes from the other SFU gets through, four streams for each of the two.
    await until(async () => (await metric(sfus[spare], 'forwarded_packets_total')) > 400);
    enough.abort();
    const result = await loaded;
    expect(result).toMatchObject({ joined: 4, failed: 0, rejoins: 2 });
    for (const { streams } of result.clients) {
      expect(streams.filter(({ direction }) => direction === 'received').length).toBeGreaterThanOrEqual(6);
    }
  });
});

describe('the way to a relay', () => {
  it('is closed without the secret, and for what is no SFU', { timeout: 60_000 }, async () => {
    const sfu = await startSfu(program.path);
    closing.push(() => sfu.stop());
    const body = (controlUrl: string) => ({ room: 'tea', peer: { controlUrl } });
    const ask = async (url: string, secret?: string) =>
      (await sfu.request('POST', '/v1/relays', body(url), secret)).status;
    expect(await ask('http://127.0.0.1:9', 'wrong')).toBe(401);
    expect(await ask('ftp://127.0.0.1:9')).toBe(400);
    expect(await ask('http://user:password@127.0.0.1:9')).toBe(400);
    expect(await ask('http://127.0.0.1:9')).toBe(503);
    // To itself.
    expect(await ask(sfu.control)).toBe(503);
    const upgrade = async (headers: Record<string, string>) => {
      const socket = new (await import('ws')).WebSocket(`${sfu.control.replace('http', 'ws')}/v1/relays`, { headers });
      const outcome = await Promise.race([
        once(socket, 'unexpected-response').then(([, response]) => response.statusCode as number),
        once(socket, 'open').then(() => 101),
      ]);
      return { socket, outcome };
    };
    expect((await upgrade({})).outcome).toBe(401);
    expect((await upgrade({ authorization: 'Bearer wrong' })).outcome).toBe(401);
    const { socket, outcome } = await upgrade({ authorization: `Bearer ${SECRET}` });
    expect(outcome).toBe(101);
    const closed = once(socket, 'close');
    socket.send(JSON.stringify({ type: 'hello', room: '../x', sfu: 'x', ice: {}, fingerprint: '' }));
    expect((await closed)[0]).toBe(1008);
    expect((await sfu.request('GET', '/v1/status')).body.state).toBe('ready');
  });
});
