import * as fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { decodeOpen, encodeOpen } from '../../../cluster/sctp/data-channel-messages.ts';
import { DataChannels, type DataMessage } from '../../../cluster/sctp/data-channels.ts';
import { isSoundSctp } from '../../../cluster/sctp/sctp-check.ts';
import { until } from '../gateway/open-test-gateway.ts';

const KIND = { label: 'notes', protocol: '', ordered: true, maxRetransmits: null, maxLifetimeMs: null };
const open: DataChannels[] = [];
afterEach(() => {
  for (const channels of open.splice(0)) channels.close();
});

/** Two ends of one association. @param spoil what becomes of a packet on its way, by its number: null for lost. */
function pair(spoil: (packet: Uint8Array, count: number) => Uint8Array | null = (packet) => packet) {
  const heard: { client: DataMessage[]; server: DataMessage[] } = { client: [], server: [] };
  let count = 0;
  const way = (to: () => DataChannels) => (packet: Uint8Array) => {
    const copy = spoil(Buffer.from(packet), count++);
    if (copy !== null) setImmediate(() => to().receive(copy));
  };
  const server: DataChannels = new DataChannels('server', 16_384, {
    send: way(() => client),
    message: (message) => heard.server.push(message),
  });
  const client: DataChannels = new DataChannels('client', 16_384, {
    send: way(() => server),
    message: (message) => heard.client.push(message),
  });
  open.push(server, client);
  return { server, client, heard };
}

const text = (words: string): DataMessage => ({ kind: KIND, isText: true, bytes: Buffer.from(words) });

describe('data channels', () => {
  it('carry text, bytes and nothing, both ways, in order, up to the largest message', async () => {
    const { server, client, heard } = pair();
    await until(() => client.isConnected && server.isConnected);
    client.send(text('hello'));
    const large = { kind: KIND, isText: false, bytes: Buffer.alloc(16_384, 7) };
    client.send(large);
    client.send(text(''));
    await until(() => heard.server.length === 3);
    expect(heard.server).toEqual([text('hello'), large, text('')]);
    server.send({ kind: KIND, isText: true, bytes: Buffer.from('back') });
    await until(() => heard.client.length === 1);
    expect(heard.client[0]).toEqual(text('back'));
    // One byte more is not sent.
    client.send({ kind: KIND, isText: false, bytes: Buffer.alloc(16_385) });
    expect(client.refused).toBe(1);
  });

  it('repair what is lost on the way', async () => {
    const { client, heard } = pair((packet, count) => (count % 5 === 4 ? null : packet));
    await until(() => client.isConnected);
    for (let index = 0; index < 40; index++) client.send(text(`message ${index} ${'x'.repeat(900)}`));
    await until(() => heard.server.length === 40);
    expect(heard.server.map(({ bytes }) => bytes.toString().split(' ')[1])).toEqual(
      Array.from({ length: 40 }, (_, index) => String(index)),
    );
  });

  it('outlive packets that are damaged, and hand on nothing of them', async () => {
    const { client, server, heard } = pair((packet, count) => {
      if (count < 4 || count % 3 !== 0) return packet;
      packet[(count * 7919) % packet.length] ^= 1 + (count % 255);
      return packet;
    });
    await until(() => client.isConnected && server.isConnected);
    for (let index = 0; index < 20; index++) client.send(text(`message ${index}`));
    await until(() => heard.server.length === 20);
    expect(heard.server.map(({ bytes }) => bytes.toString())).toEqual(
      Array.from({ length: 20 }, (_, index) => `message ${index}`),
    );
    expect(server.refused + client.refused).toBeGreaterThan(0);
  });
});

describe('SCTP packets of anybody', () => {
  it('neither throw nor hang, whatever they are', async () => {
    const { server } = pair();
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), async (bytes) => {
        server.receive(bytes);
        await new Promise((resolve) => setImmediate(resolve));
      }),
      { numRuns: 300, seed: 7 },
    );
  });

  it('are refused with parameters and chunks without length, and far ahead of what came', () => {
    const packet = (...chunk: number[]) => Uint8Array.from([...new Array(12).fill(0), ...chunk]);
    // INIT with a parameter of no length.
    const init = [1, 0, 0, 24, ...new Array(16).fill(1), 0, 9, 0, 0];
    expect(isSoundSctp(packet(...init), null)).toBe(false);
    init[23] = 4;
    expect(isSoundSctp(packet(...init), null)).toBe(true);
    expect(isSoundSctp(packet(0, 3, 0, 0), 0)).toBe(false);
    const data = (tsn: number) => packet(0, 3, 0, 17, 0, 0, tsn >> 8, tsn & 255, 0, 0, 0, 0, 0, 0, 0, 51, 65, 0, 0, 0);
    expect(isSoundSctp(data(5), 4)).toBe(true);
    expect(isSoundSctp(data(9000), 4)).toBe(false);
    expect(isSoundSctp(data(5), null)).toBe(false);
    expect(isSoundSctp(packet(200, 0, 0, 4), 0)).toBe(false);
  });

  it('open channels as RFC 8832 lays them out', () => {
    const kind = { label: 'größe', protocol: 'x', ordered: false, maxRetransmits: 3, maxLifetimeMs: null };
    const bytes = encodeOpen(kind);
    //                                type  channel type, priority, reliability, lengths
    expect(bytes.subarray(0, 12).toString('hex')).toBe('0381000000000003000700' + '01');
    expect(decodeOpen(bytes)).toEqual(kind);
    expect(decodeOpen(bytes.subarray(0, 14))).toBeNull();
    expect(decodeOpen(encodeOpen({ ...kind, label: 'x'.repeat(129) }))).toBeNull();
  });
});
