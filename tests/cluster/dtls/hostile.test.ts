import fc from 'fast-check';
import { expect, it } from 'vitest';
import { DtlsSession } from '../../../cluster/dtls/dtls-session.ts';
import { connect, End, pair, SERVER } from './dtls-pair.ts';

/** Datagrams of true handshakes, to be mangled. */
const recorded = await (async () => {
  const datagrams: Buffer[] = [];
  await connect({
    network: (datagram) => {
      datagrams.push(Buffer.from(datagram));
      return [datagram];
    },
  });
  return datagrams;
})();

it('never throws on mangled, repeated and made-up datagrams, in any order, as server or as client', async () => {
  const rejections: unknown[] = [];
  const listen = (reason: unknown) => rejections.push(reason);
  process.on('unhandledRejection', listen);
  const step = fc.record({
    index: fc.nat({ max: recorded.length - 1 }),
    at: fc.nat({ max: 600 }),
    value: fc.nat({ max: 255 }),
    cut: fc.nat({ max: 700 }),
    kind: fc.constantFrom('change', 'cut', 'true', 'noise'),
    noise: fc.uint8Array({ maxLength: 80 }),
  });
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom('server' as const, 'client' as const),
      fc.array(step, { maxLength: 12 }),
      async (role, steps) => {
        const end = new End();
        end.session = new DtlsSession(role, SERVER, SERVER.fingerprint, end);
        end.session.start();
        for (const { index, at, value, cut, kind, noise } of steps) {
          const datagram = Buffer.from(recorded[index]);
          if (kind === 'change') datagram[at % datagram.length] = value;
          const mangled = kind === 'cut' ? datagram.subarray(0, cut) : kind === 'noise' ? Buffer.from(noise) : datagram;
          if (kind === 'noise' && mangled.length > 2) mangled.set([22, 254, 253]);
          end.session.receive(mangled);
          await Promise.resolve();
        }
        await new Promise((resolve) => setImmediate(resolve));
        expect(end.keys).toBeNull();
        end.session.close();
      },
    ),
    { numRuns: 200 },
  );
  process.off('unhandledRejection', listen);
  expect(rejections).toEqual([]);
});

it('survives mangling between two ends: either the true keys or none', async () => {
  await fc.assert(
    fc.asyncProperty(fc.nat(), fc.nat({ max: 7 }), async (seed, turn) => {
      let count = 0;
      const { server, client } = pair({
        network: (datagram) => {
          if (count++ !== turn) return [datagram];
          const changed = Buffer.from(datagram);
          changed[seed % changed.length] ^= 1 << (seed & 7);
          return [changed];
        },
      });
      server.session.start();
      client.session.start();
      for (let i = 0; i < 60 && (server.keys === null || client.keys === null); i++)
        await new Promise((resolve) => setImmediate(resolve));
      if (server.keys && client.keys)
        expect(Buffer.from(server.keys.localKey)).toEqual(Buffer.from(client.keys.remoteKey));
      server.session.close();
      client.session.close();
    }),
    { numRuns: 60 },
  );
});

it('leaves nothing behind of a thousand sessions', async () => {
  const live = new Set<WeakRef<DtlsSession>>();
  const round = async (count: number) => {
    for (let i = 0; i < count; i++) {
      const { server, client } = await connect();
      live.add(new WeakRef(server.session));
      server.session.close();
      client.session.close();
    }
  };
  await round(100);
  const { gc } = globalThis as { gc?: () => void };
  expect(gc).toBeTypeOf('function');
  await new Promise((resolve) => setTimeout(resolve, 20));
  gc!();
  const before = process.memoryUsage().heapUsed;
  await round(400);
  await new Promise((resolve) => setTimeout(resolve, 20));
  gc!();
  const grown = process.memoryUsage().heapUsed - before;
  // Weak references themselves, and what the heap keeps of compiled code: not a kilobyte a session.
  expect(grown / 800).toBeLessThan(1024);
  expect([...live].filter((reference) => reference.deref() !== undefined).length).toBeLessThan(10);
});
