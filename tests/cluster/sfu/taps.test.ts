import { Writable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { Taps } from '../../../cluster/sfu/tap/taps.ts';
import type { Path } from '../../../cluster/sfu/transport/path.ts';
import { everyRecord } from '../../captures/records/every-record.ts';

const path = {
  ...{ protocol: 'udp', address: '192.0.2.1', port: 40_000, localAddress: '198.51.100.1', localPort: 3478 },
  ...{ peer: null, send: () => true, close: () => {} },
} as Path;

function collecting(): { stream: Writable; bytes: () => Buffer } {
  const chunks: Buffer[] = [];
  const stream = new Writable({
    write(chunk: Buffer, _encoding, done) {
      chunks.push(chunk);
      done();
    },
  });
  return { stream, bytes: () => Buffer.concat(chunks) };
}

const secretsOf = async (bytes: Uint8Array) =>
  (await everyRecord(bytes)).cursor.secrets.map(({ data }) => new TextDecoder().decode(data).trim());

describe('taps that come and go', () => {
  it('cost nothing while there is none, and see packets both ways while there is one', async () => {
    const taps = new Taps(null);
    expect(taps.isOpen).toBe(false);
    const { stream, bytes } = collecting();
    const close = taps.open(stream, 'sfu-1');
    expect(taps.isOpen).toBe(true);
    taps.received(Uint8Array.of(1, 2, 3), path, performance.now());
    taps.sent(Uint8Array.of(4, 5, 6, 7), 2, path, performance.now());
    await taps.close();
    expect(taps.isOpen).toBe(false);
    close();
    const { records, cursor } = await everyRecord(bytes());
    // After the headers of IPv4 and UDP.
    expect(records.map(({ data, direction }) => [data.slice(28), direction])).toEqual([
      [[1, 2, 3], 1],
      [[4, 5], 2],
    ]);
    expect([cursor.interfaces[0].name, cursor.interfaces[0].droppedPackets]).toEqual(['sfu-1', 0]);
  });

  it('have the keys of the sessions that there are, and of no other', async () => {
    const taps = new Taps(null);
    const log = collecting();
    taps.keys('first');
    taps.keys('second');
    taps.forget('first');
    const { stream, bytes } = collecting();
    taps.open(stream, 'sfu-1');
    taps.openKeys(log.stream);
    taps.keys('third');
    await taps.close();
    expect(await secretsOf(bytes())).toEqual(['second', 'third']);
    expect(log.bytes().toString()).toBe('second\nthird\n');
  });

  it('keep little for a reader that does not read, and count what they leave out', () => {
    const taps = new Taps(null);
    const stalled = new Writable({ write() {} });
    const close = taps.open(stalled, 'sfu-1');
    const packet = new Uint8Array(1200);
    for (let sent = 0; sent < 40_000; sent++) taps.received(packet, path, performance.now());
    expect(stalled.writableLength).toBeLessThan(17 * 1024 * 1024);
    close();
    expect(taps.isOpen).toBe(false);
  });

  it('are four at a time', () => {
    const taps = new Taps(null);
    for (let index = 0; index < 4; index++) {
      expect(taps.hasRoom).toBe(true);
      taps.open(collecting().stream, 'sfu-1');
    }
    expect(taps.hasRoom).toBe(false);
  });
});
