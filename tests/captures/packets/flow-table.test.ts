import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FlowTable, Transport } from '../../../captures/index.ts';

const HERE = 0xc0000201;

/** To port `port` of one address. */
const internPort = (table: FlowTable, port: number): number => table.internIpv4(HERE, 0x0a000001, port, Transport.udp);

function internWide(table: FlowTable, port: number): number {
  const bytes = new Uint8Array(32);
  bytes[15] = 1;
  bytes[31] = 2;
  return table.internIpv6(bytes, 0, port, Transport.udp);
}

describe('the table of flows', () => {
  it('forgets the flow that came first and is held by nobody, and says so', () => {
    const table = new FlowTable(1, 4);
    const told: string[] = [];
    table.onForgotten((flow) => told.push(table.destination(flow)));
    for (const port of [1, 2, 3, 4]) expect(internPort(table, port)).toBe(port - 1);
    table.hold(0);
    expect(internPort(table, 5)).toBe(1);
    expect(internPort(table, 1)).toBe(0);
    expect(internPort(table, 6)).toBe(2);
    expect(internPort(table, 2)).toBe(3);
    expect(told).toEqual(['10.0.0.1:2', '10.0.0.1:3', '10.0.0.1:4']);
    expect([table.size, table.seen, table.forgotten]).toEqual([4, 7, 3]);
  });

  it('forgets a flow again once it was let go as often as it was held', () => {
    const table = new FlowTable(1, 4);
    for (const port of [1, 2, 3, 4]) internPort(table, port);
    table.hold(0);
    table.hold(0);
    table.letGo(0);
    expect(internPort(table, 5)).toBe(1);
    table.letGo(0);
    expect([internPort(table, 6), internPort(table, 7), internPort(table, 8)]).toEqual([2, 3, 0]);
  });

  it('grows where most flows are held', () => {
    const table = new FlowTable(1, 4);
    for (let port = 0; port < 1000; port++) table.hold(internPort(table, port));
    expect([table.size, table.forgotten]).toEqual([1000, 0]);
    for (let port = 0; port < 1000; port++) expect(internPort(table, port)).toBe(port);
  });

  it('knows no opposite direction any more that was forgotten', () => {
    const table = new FlowTable(1, 4);
    const there = table.internIpv4(1, 2, (10 << 16) | 20, Transport.udp);
    const back = table.internIpv4(2, 1, (20 << 16) | 10, Transport.udp);
    expect([table.reverseOf(there), table.reverseOf(back)]).toEqual([back, there]);
    table.hold(there);
    for (const port of [1, 2, 3]) internPort(table, port);
    expect(table.reverseOf(there)).toBe(-1);
    expect(table.reverseOf(table.internIpv4(2, 1, (20 << 16) | 10, Transport.udp))).toBe(there);
  });

  it('keeps the flow that relays while it numbers the relayed one', () => {
    const table = new FlowTable(1, 4);
    const relaying = internWide(table, 7);
    for (const port of [1, 2, 3]) internPort(table, port);
    const relayed = table.internRelayed(relaying, '192.0.2.9:5', Transport.turnUdp);
    expect(relayed).not.toBe(relaying);
    expect([table.relayedPeer(relayed), table.source(relayed)]).toEqual(['192.0.2.9:5', table.source(relaying)]);
  });

  it('finds what is there and numbers the rest anew, after any order of coming, holding and letting go', () => {
    const step = fc.record({ port: fc.nat(60), wide: fc.boolean(), hold: fc.boolean() });
    fc.assert(
      fc.property(fc.array(step, { minLength: 100, maxLength: 600 }), fc.integer(), (steps, seed) => {
        const table = new FlowTable(seed, 16);
        const names = new Map<number, string>();
        const held = new Set<number>();
        table.onForgotten((flow) => {
          expect(held.has(flow)).toBe(false);
          expect(names.delete(flow)).toBe(true);
        });
        for (const { port, wide, hold } of steps) {
          const name = `${port} ${wide}`;
          const flow = wide ? internWide(table, port) : internPort(table, port);
          const known = [...names].find(([, other]) => other === name)?.[0] ?? flow;
          expect(flow).toBe(known);
          expect(names.get(flow) ?? name).toBe(name);
          names.set(flow, name);
          expect([table.isIpv6(flow), table.destinationPort(flow)]).toEqual([wide, port]);
          if (held.delete(flow)) table.letGo(flow);
          else if (hold) held.add(flow) && table.hold(flow);
        }
        expect(names.size).toBe(table.size);
      }),
      { numRuns: 60 },
    );
  });
});
