import { describe, expect, it } from 'vitest';
import { CLIENT, connect, pair, SERVER } from './dtls-pair.ts';

const settledOrNot = async (condition: () => boolean) => {
  for (let i = 0; i < 2000 && !condition(); i++) await new Promise((resolve) => setImmediate(resolve));
  return condition();
};

describe('a handshake', () => {
  it("gives both ends the same keys, the other's fingerprint, and a key log that agrees", async () => {
    const lines: string[] = [];
    const keyLog = (line: string) => lines.push(line);
    const { server, client } = await connect({ server: { keyLog }, client: { keyLog } });
    expect(server.reason ?? client.reason).toBeNull();
    expect(client.keys!.profile).toBe('SRTP_AES128_CM_HMAC_SHA1_80');
    expect(Buffer.from(client.keys!.localKey)).toEqual(Buffer.from(server.keys!.remoteKey));
    expect(Buffer.from(client.keys!.remoteSalt)).toEqual(Buffer.from(server.keys!.localSalt));
    expect(client.keys!.localSalt).toHaveLength(14);
    expect(server.fingerprint).toBe(CLIENT.fingerprint);
    expect(client.fingerprint).toBe(SERVER.fingerprint);
    expect(lines[0]).toMatch(/^CLIENT_RANDOM [0-9a-f]{64} [0-9a-f]{96}$/);
    expect(lines).toEqual([lines[0], lines[0]]);
  });

  it('takes the profile that the server prefers and the client offers', async () => {
    const both = await connect({ server: { profiles: ['SRTP_AEAD_AES_128_GCM', 'SRTP_AES128_CM_HMAC_SHA1_80'] } });
    expect(both.server.keys!.profile).toBe('SRTP_AEAD_AES_128_GCM');
    expect(both.client.keys!.localSalt).toHaveLength(12);
    const one = await connect({ client: { profiles: ['SRTP_AEAD_AES_128_GCM'] } });
    expect(one.server.keys!.profile).toBe('SRTP_AEAD_AES_128_GCM');
  });

  it('carries data both ways, each record once, and a goodbye', async () => {
    const { server, client } = await connect();
    const kept: Buffer[] = [];
    const deliver = client.deliver;
    client.deliver = (datagram) => {
      kept.push(datagram);
      deliver(datagram);
    };
    for (let i = 0; i < 100; i++) client.session.sendData(Buffer.from(`to server ${i}`));
    server.session.sendData(Buffer.from('to client'));
    expect(await settledOrNot(() => server.received.length === 100 && client.received.length === 1)).toBe(true);
    for (const datagram of kept) server.session.receive(datagram);
    expect(server.received).toHaveLength(100);
    client.session.close();
    expect(await settledOrNot(() => server.isClosed)).toBe(true);
    expect(client.isClosed).toBe(false);
  });

  it('comes about when each datagram is lost once, twice delivered, or overtaken', async () => {
    const seen = new Map<string, number>();
    const lossy = await connect({
      network: (datagram, to) => {
        const name = `${to} ${datagram.length}`;
        const count = (seen.get(name) ?? 0) + 1;
        seen.set(name, count);
        return count === 1 ? [] : [datagram];
      },
    });
    expect(lossy.server.keys).not.toBeNull();
    expect(lossy.client.keys).not.toBeNull();

    const doubled = await connect({ network: (datagram) => [datagram, Buffer.from(datagram)] });
    expect(doubled.client.keys).not.toBeNull();

    // Each flight arrives a record a datagram, the last one first.
    const turned = await connect({
      network: (datagram) => {
        const records: Buffer[] = [];
        for (let at = 0; at < datagram.length; ) {
          const end = at + 13 + datagram.readUInt16BE(at + 11);
          records.unshift(datagram.subarray(at, end));
          at = end;
        }
        return records;
      },
    });
    expect(turned.server.keys).not.toBeNull();
    expect(turned.client.keys).not.toBeNull();
  });

  it('takes messages in small fragments', async () => {
    const { server, client } = await connect({
      network: (datagram) => {
        const out: Buffer[] = [];
        for (let at = 0; at < datagram.length; ) {
          const end = at + 13 + datagram.readUInt16BE(at + 11);
          const record = datagram.subarray(at, end);
          at = end;
          if (record[0] !== 22 || record.readUInt16BE(3) !== 0 || record.length < 25) {
            out.push(record);
            continue;
          }
          const body = record.subarray(25);
          for (let from = 0; from < Math.max(body.length, 1); from += 40) {
            const part = body.subarray(from, from + 40);
            const fragment = Buffer.concat([record.subarray(0, 25), part]);
            fragment.writeUInt16BE(12 + part.length, 11);
            fragment.writeUIntBE(from, 19, 3);
            fragment.writeUIntBE(part.length, 22, 3);
            out.push(fragment);
          }
        }
        return out;
      },
    });
    expect(server.keys).not.toBeNull();
    expect(client.keys).not.toBeNull();
  });
});

describe('a handshake is refused', () => {
  const wrong = Array(32).fill('00').join(':');

  it('where a fingerprint is not the one that was signalled', async () => {
    const byServer = pair({ serverExpects: wrong });
    byServer.server.session.start();
    byServer.client.session.start();
    await byServer.server.settled;
    expect(byServer.server.reason).toBe('the certificate has not the fingerprint that was signalled');
    expect(byServer.server.keys).toBeNull();
    byServer.client.session.close();
    const byClient = pair({ clientExpects: wrong });
    byClient.server.session.start();
    byClient.client.session.start();
    await byClient.client.settled;
    expect(byClient.client.reason).toBe('the certificate has not the fingerprint that was signalled');
    byClient.server.session.close();
  });

  it.each([
    [11, 'the certificate has not the fingerprint that was signalled'],
    [12, 'the key exchange is not signed with the certificate'],
    [15, 'the handshake is not signed with the certificate'],
  ])('where one bit of message %i was changed on the way', async (type, reason) => {
    const { server, client } = pair({
      network: (datagram) => {
        for (let at = 0; at < datagram.length; at += 13 + datagram.readUInt16BE(at + 11)) {
          if (datagram[at] !== 22 || datagram.readUInt16BE(at + 3) !== 0 || datagram[at + 13] !== type) continue;
          datagram[at + 13 + datagram.readUInt16BE(at + 11) - 3] ^= 1;
        }
        return [datagram];
      },
    });
    server.session.start();
    client.session.start();
    await Promise.race([server.settled, client.settled]);
    expect([server.reason, client.reason]).toContain(reason);
    expect(server.keys).toBeNull();
    server.session.close();
    client.session.close();
  });

  it('where Finished comes in clear, as anybody could send it', async () => {
    const { server, client } = pair({
      network: (datagram, to) => {
        if (to !== 'server') return [datagram];
        const finished = Buffer.from('16fefd0000000000000063001814000c000500000000000c000000000000000000000000', 'hex');
        return [finished, datagram];
      },
    });
    server.session.start();
    client.session.start();
    await Promise.all([server.settled, client.settled]);
    // The true one counts.
    expect(server.keys).not.toBeNull();
  });
});

it('is not thrown off its connection by datagrams in clear', async () => {
  const { server, client } = await connect();
  const hello = Buffer.from(`16fefd00000000000000010010${'01000004000000000000000400000000'}`, 'hex');
  for (const forged of [
    hello,
    Buffer.from('15fefd000000000000000200020228', 'hex'),
    Buffer.from('14fefd0000000000000003000101', 'hex'),
  ])
    server.session.receive(forged);
  client.session.sendData(Buffer.from('still here'));
  expect(await settledOrNot(() => server.received.length === 1)).toBe(true);
  expect(server.isClosed).toBe(false);
});
