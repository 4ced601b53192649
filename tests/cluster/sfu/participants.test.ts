import { createSocket } from 'node:dgram';
import { afterEach, describe, expect, it } from 'vitest';
import type { RunningSfu } from '../../../cluster/sfu/run-sfu.ts';
import { until } from '../gateway/open-test-gateway.ts';
import { control, RawClient, sfuHere } from './raw-client.ts';

const open: { close(): unknown }[] = [];
afterEach(async () => {
  for (const one of open.splice(0).toReversed()) await one.close();
});

async function start(options: Parameters<typeof sfuHere>[0] = {}): Promise<RunningSfu> {
  const sfu = await sfuHere(options);
  open.push({ close: () => sfu.drain() });
  return sfu;
}

async function join(sfu: RunningSfu, room: string, id: string, receive = 1): Promise<RawClient> {
  const client = await RawClient.join(sfu, room, id, receive);
  open.push({ close: () => client.close() });
  return client;
}

/** Sends until the other one hears it: the first packets may come before the SFU has put both together. */
async function heard(from: RawClient, to: RawClient): Promise<void> {
  let sequence = 100;
  await until(() => {
    from.sendRtp(from.packet(sequence++, `first of ${from.id}`));
    return to.rtp.some(({ payload }) => payload === `first of ${from.id}`);
  });
}

const parts = (client: RawClient, type: number) => client.rtcp.flat().filter((part) => part.type === type);

describe('RTCP that a participant gets', () => {
  it('has SR and RR with SDES, and BYE when the other one leaves', { timeout: 120_000 }, async () => {
    const sfu = await start();
    const [ada, bob] = [await join(sfu, 'tea', 'ada'), await join(sfu, 'tea', 'bob')];
    await heard(ada, bob);
    // A sender report: NTP 0xe0000000.80000000 is RTP time 96000; no block.
    const report = Buffer.from('80c8000600000000e000000080000000000177000000000a00000064', 'hex');
    report.writeUInt32BE(ada.ssrc >>> 0, 4);
    ada.sendRtcp(report);
    const { ssrc } = bob.rtp[0];
    await until(() => parts(bob, 200).length > 0 && parts(ada, 201).some(({ count }) => count === 1));
    const [{ words }] = parts(bob, 200);
    expect(words[0]).toBe(ssrc);
    // The publisher's clock, some seconds on at most.
    expect(words[1] - 0xe0000000).toBeLessThan(60);
    expect(words[4]).toBeGreaterThanOrEqual(1);
    // What the publisher is told: of its SSRC, nothing lost, with LSR of its report.
    const block = parts(ada, 201).findLast(({ count }) => count === 1)!.words;
    expect(block[1]).toBe(ada.ssrc >>> 0);
    expect(block[2]).toBe(0);
    await until(() => parts(ada, 201).some(({ count, words: told }) => count === 1 && told[5] === 0x00008000));
    // Every compound begins with a report and names its source (RFC 3550 section 6.1).
    for (const compound of [...ada.rtcp, ...bob.rtcp]) {
      expect([200, 201]).toContain(compound[0].type);
    }
    for (const compound of bob.rtcp.filter(([{ type }]) => type === 200)) expect(compound[1].type).toBe(202);
    expect(parts(bob, 203)).toEqual([]);
    await control(sfu, 'DELETE', '/v1/rooms/tea/participants/ada');
    await until(() => parts(bob, 203).length > 0);
    expect(parts(bob, 203)).toEqual([{ type: 203, count: 1, words: [ssrc] }]);
  });

  it('has BYE when a publisher says it, and what is asked for again is sent, of sound as well', {
    timeout: 120_000,
  }, async () => {
    const sfu = await start();
    const [ada, bob] = [await join(sfu, 'tea', 'ada'), await join(sfu, 'tea', 'bob')];
    await heard(ada, bob);
    const { ssrc, sequence, payload } = bob.rtp.at(-1)!;
    const count = () => bob.rtp.filter((packet) => packet.sequence === sequence).length;
    const before = count();
    const nack = Buffer.from('81cd0003000000010000000000000000', 'hex');
    nack.writeUInt32BE(ssrc, 8);
    nack.writeUInt16BE(sequence, 12);
    // SRTP lets the same packet in once only: by a new association of the receiver it would be seen again, so the SFU's counter tells.
    const { counts } = await import('../../../cluster/sfu/room/participant-media.ts');
    const sent = counts.retransmitted;
    bob.sendRtcp(nack);
    await until(() => counts.retransmitted === sent + 1);
    expect(count()).toBe(before);
    expect(payload).toBe('first of ada');
    const goodbye = Buffer.from('80c900010000000081cb000100000000', 'hex');
    goodbye.writeUInt32BE(ada.ssrc >>> 0, 4);
    goodbye.writeUInt32BE(ada.ssrc >>> 0, 12);
    ada.sendRtcp(goodbye);
    await until(() => parts(bob, 203).length === 1);
    // It begins anew, on the same SSRC for the one who receives.
    ada.sendRtp(ada.packet(5000, 'again'));
    await until(() => {
      ada.sendRtp(ada.packet(5001, 'again'));
      return bob.rtp.some((packet) => packet.payload === 'again' && packet.ssrc === ssrc);
    });
  });
});

describe('a large room', () => {
  it('is heard by its loudest speakers alone, and who grows loud is let in', { timeout: 120_000 }, async () => {
    const sfu = await start({ lastN: 2 });
    const listener = await join(sfu, 'hall', 'listener', 4);
    const speakers = await Promise.all(['a', 'b', 'c', 'd'].map((id) => join(sfu, 'hall', id)));
    let sequence = 0;
    const talk = (loudness: readonly number[]) => {
      sequence++;
      speakers.forEach((speaker, index) => {
        speaker.sendRtp(speaker.packet(sequence, `${speaker.id} ${sequence}`, loudness[index]));
      });
    };
    /** Who was heard of the last packets. */
    const audible = () =>
      [...new Set(listener.rtp.slice(-8).map(({ payload }) => payload.split(' ')[0]))].toSorted().join('');
    await until(() => {
      talk([20, 30, 90, 100]);
      return sequence > 30 && audible() === 'ab';
    });
    await until(() => {
      talk([20, 100, 90, 10]);
      return audible() === 'ad';
    });
    // Nobody misses a number: what was left out is no loss.
    for (const ssrc of new Set(listener.rtp.map((packet) => packet.ssrc))) {
      const numbers = listener.rtp.filter((packet) => packet.ssrc === ssrc).map((packet) => packet.sequence);
      expect(Math.max(...numbers) - Math.min(...numbers)).toBe(new Set(numbers).size - 1);
    }
  });
});

describe('an SFU that drains', () => {
  it('keeps who is there until they leave, and takes nobody else', { timeout: 120_000 }, async () => {
    const sfu = await sfuHere({ graceMs: 60_000 });
    const ada = await join(sfu, 'tea', 'ada');
    const bob = await join(sfu, 'tea', 'bob');
    let isOver = false;
    const drained = sfu.drain().then(() => {
      isOver = true;
    });
    await heard(ada, bob);
    await expect(RawClient.join(sfu, 'tea', 'late')).rejects.toThrow('503');
    expect((await control(sfu, 'GET', '/v1/status')).body).toMatchObject({ state: 'draining', participants: 2 });
    for (const id of ['ada', 'bob']) {
      expect(isOver).toBe(false);
      await control(sfu, 'DELETE', `/v1/rooms/tea/participants/${id}`);
    }
    await drained;
  });

  it('ends who stays beyond the grace, with BYE', { timeout: 120_000 }, async () => {
    const sfu = await sfuHere({ graceMs: 100 });
    const ada = await join(sfu, 'tea', 'ada');
    const bob = await join(sfu, 'tea', 'bob');
    await heard(ada, bob);
    await sfu.drain();
    await until(() => parts(bob, 203).length > 0);
  });
});

describe('who is not who he says', () => {
  it('gets no packets and takes no place: neither by address, nor by a check, nor by a copy', {
    timeout: 120_000,
  }, async () => {
    const sfu = await start();
    const [ada, bob] = [await join(sfu, 'tea', 'ada'), await join(sfu, 'tea', 'bob')];
    await heard(ada, bob);
    const eve = createSocket('udp4');
    open.push({ close: () => eve.close() });
    await new Promise<void>((resolve) => eve.bind(0, '127.0.0.1', resolve));
    let taken = 0;
    eve.on('message', () => taken++);
    // Checks for bob with a wrong password, with his own fragment.
    for (let index = 0; index < 20; index++) bob.check(eve, 'not the password at all');
    // A packet of ada's, protected with her keys, from elsewhere; and what is protected with no keys.
    const copy = Buffer.alloc(200);
    const length = ada.packet(9000, 'stolen').copy(copy);
    ada.send(copy.subarray(0, ada.srtp!.protectRtp(copy, length)), eve);
    ada.send(ada.packet(9001, 'plain'));
    ada.send(ada.packet(9002, 'plain'), eve);
    // All of it has come once what ada sends after it has.
    await until(() => {
      ada.sendRtp(ada.packet(9100, 'true'));
      return bob.rtp.some(({ payload }) => payload === 'true');
    });
    expect(bob.rtp.filter(({ payload }) => payload === 'stolen' || payload === 'plain')).toEqual([]);
    expect(taken).toBe(0);
  });

  it('hears nothing of another room, and his packets go nowhere else', { timeout: 120_000 }, async () => {
    const sfu = await start();
    const [ada, bob] = [await join(sfu, 'tea', 'ada'), await join(sfu, 'tea', 'bob')];
    const eve = await join(sfu, 'coffee', 'eve');
    await heard(ada, bob);
    // With the SSRC of another participant of another room.
    eve.sendRtp(eve.packet(1, 'of eve', 30, ada.ssrc));
    eve.sendRtp(eve.packet(2, 'of eve', 30, ada.ssrc));
    eve.sendRtp(eve.packet(3, 'of eve'));
    // Requests for what she does not receive.
    const nack = Buffer.from('81cd0003000000010000000000010000', 'hex');
    nack.writeUInt32BE(bob.rtp[0].ssrc, 8);
    eve.sendRtcp(nack);
    await until(() => {
      ada.sendRtp(ada.packet(300, 'later'));
      return bob.rtp.some(({ payload }) => payload === 'later');
    });
    expect(eve.rtp).toEqual([]);
    expect([...bob.rtp, ...ada.rtp].filter(({ payload }) => payload === 'of eve')).toEqual([]);
  });
});
