import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CompiledFilter } from '../../../analyzers/filter/compiled-filter.ts';
import { parseFilter } from '../../../analyzers/filter/parse-filter.ts';
import { Verdict } from '../../../analyzers/filter/subject.ts';
import { FlowTable, Transport } from '../../../captures/index.ts';

const ipv4 = (a: number, b: number, c: number, d: number) => ((a << 24) | (b << 16) | (c << 8) | d) >>> 0;

const flows = new FlowTable();
/** 10.0.0.1:5004 to 192.0.2.7:40000. */
const UDP = flows.internIpv4(ipv4(10, 0, 0, 1), ipv4(192, 0, 2, 7), (5004 << 16) | 40000, Transport.udp);
/** The same addresses over TCP, from 9 to 554. */
const TCP = flows.internIpv4(ipv4(10, 0, 0, 1), ipv4(192, 0, 2, 7), (9 << 16) | 554, Transport.tcp);
const wide = new Uint8Array(32);
wide.set([0x20, 0x01, 0x0d, 0xb8], 0);
wide[15] = 1;
wide.set([0x20, 0x01, 0x0d, 0xb8], 16);
wide[31] = 2;
/** [2001:db8::1]:1000 to [2001:db8::2]:2000. */
const IPV6 = flows.internIpv6(wide, 0, (1000 << 16) | 2000, Transport.udp);

function compiled(text: string): CompiledFilter {
  const filter = parseFilter(text);
  if (!(filter instanceof CompiledFilter)) throw new Error(`${filter.error} at ${filter.position}`);
  return filter;
}

const flowVerdict = (text: string, flow = UDP) => compiled(text).flow(flows, flow);

describe('filters on flows', () => {
  it.each([
    ['ip.addr == 10.0.0.1', true],
    ['ip.addr == 192.0.2.7', true],
    ['ip.src == 192.0.2.7', false],
    ['ip.dst eq 192.0.2.7', true],
    ['ip.addr == 10.0.0.0/8', true],
    ['ip.addr == 10.0.0.1/32', true],
    ['ip.src == 10.0.0.0/31', true],
    ['ip.src == 10.0.0.2/31', false],
    ['ip.dst == 0.0.0.0/0', true],
    ['ip.addr != 10.0.0.1', false],
    ['ip.addr != 10.0.0.9', true],
    ['ip.src >= 10.0.0.1 and ip.src < 10.0.0.2', true],
    ['ip.addr in {10.0.0.5, 192.0.2.0/24}', true],
    ['ip.addr in {10.0.0.2..10.0.0.9}', false],
    ['ip.addr == 2001:db8::1', false],
    ['udp.port == 5004', true],
    ['udp.dstport == 5004', false],
    ['udp.srcport==0x138c', true],
    ['tcp.port == 5004', false],
    ['tcp.port != 5004', false],
    ['port != 5004', false],
    ['port > 39999', true],
    ['port in {1 2 5000..5010}', true],
    ['port in {1,2, 5005.. 5010}', false],
    ['port not in {5004}', false],
    ['udp', true],
    ['tcp or ipv6', false],
    ['ip && !turn', true],
    ['not not udp', true],
    ['!(udp.port == 1 || udp.port == 2)', true],
    ['UDP AND IP.ADDR == 10.0.0.1', true],
  ])('%s: %s', (text, expected) => {
    expect(flowVerdict(text)).toBe(expected ? Verdict.yes : Verdict.no);
  });

  it('knows IPv6 however it is written', () => {
    expect(flowVerdict('ipv6.src == 2001:0DB8:0:0:0:0:0:1', IPV6)).toBe(Verdict.yes);
    expect(flowVerdict('ip.addr == 2001:db8::/32', IPV6)).toBe(Verdict.yes);
    expect(flowVerdict('ip.addr == 2001:db9::/32', IPV6)).toBe(Verdict.no);
    expect(flowVerdict('ip.addr == 0.0.0.0/0', IPV6)).toBe(Verdict.no);
  });

  it('binds and before or, not before and', () => {
    expect(flowVerdict('tcp && ip || udp')).toBe(Verdict.yes);
    expect(flowVerdict('tcp && (ip || udp)')).toBe(Verdict.no);
    expect(flowVerdict('!tcp && udp')).toBe(Verdict.yes);
  });

  it('answers for the flow that is asked about, also in another table', () => {
    const filter = compiled('tcp.dstport == 554');
    expect([UDP, TCP, UDP, TCP].map((flow) => filter.flow(flows, flow))).toEqual([0, 1, 0, 1]);
    const other = new FlowTable();
    const first = other.internIpv4(1, 2, (3 << 16) | 554, Transport.tcp);
    expect([first, filter.flow(other, first), filter.flow(flows, UDP)]).toEqual([UDP, Verdict.yes, Verdict.no]);
    const many = new FlowTable();
    for (let port = 0; port < 3000; port++) many.internIpv4(1, 2, (port << 16) | 554, Transport.tcp);
    expect(filter.flow(many, 2999)).toBe(Verdict.yes);
  });
});

describe('filters on streams and packets', () => {
  it('depends on the stream where it must, and only there', () => {
    expect(flowVerdict('rtp.ssrc == 7')).toBe(Verdict.depends);
    expect(flowVerdict('rtp.ssrc == 7 && udp.port == 1')).toBe(Verdict.no);
    expect(flowVerdict('rtp.ssrc == 7 || udp.port == 5004')).toBe(Verdict.yes);
    expect(flowVerdict('!(rtp && tcp)')).toBe(Verdict.yes);
  });

  it('tells streams by SSRC and payload type', () => {
    const filter = compiled('rtp.ssrc in {0xDEADBEEF, 10..20} && rtp.p_type == 111');
    expect(filter.stream(flows, UDP, 0xdeadbeef, 111)).toBe(Verdict.yes);
    expect(filter.stream(flows, UDP, 15, 96)).toBe(Verdict.no);
    expect(filter.stream(flows, UDP, 21, 111)).toBe(Verdict.no);
    // Payload types come and go within a stream.
    expect(filter.stream(flows, UDP, 15, -1)).toBe(Verdict.depends);
    expect(filter.stream(flows, UDP, 21, -1)).toBe(Verdict.no);
  });

  it('leaves time to the packet', () => {
    const filter = compiled('rtp && frame.time_relative < 10');
    expect(filter.stream(flows, UDP, 1, 0)).toBe(Verdict.depends);
    expect(filter.packet(flows, UDP, 'rtp', 1, 0, 0, 0, 9.9e9)).toBe(true);
    expect(filter.packet(flows, UDP, 'rtp', 1, 0, 0, 0, 10e9)).toBe(false);
    expect(filter.packet(flows, UDP, 'rtcp', 1, 0, 0, 0, 1e9)).toBe(false);
    expect(filter.stream(flows, UDP, 1, 0)).toBe(Verdict.depends);
  });

  it('compares times to the nanosecond', () => {
    const seconds = Date.UTC(2026, 10, 24, 3, 12, 40) / 1000;
    const passes = (text: string, nanoseconds: number, at = seconds) =>
      compiled(text).packet(flows, UDP, 'other', 0, 0, at, nanoseconds, 0);
    const since = 'frame.time >= "2026-11-24T03:12:40.123456789Z"';
    expect([passes(since, 123456788), passes(since, 123456789), passes(since, 0, seconds + 1)]).toEqual([
      false,
      true,
      true,
    ]);
    expect(passes('frame.time == "2026-11-24 04:12:40+01:00"', 0)).toBe(true);
    expect(passes("frame.time > '2026-11-23'", 0)).toBe(true);
    expect(passes(`frame.time_epoch == ${seconds}.000000001`, 1)).toBe(true);
    expect(passes('frame.time in {"2026-11-24"}', 0)).toBe(false);
  });

  it('has no field of RTP hold for other protocols, equal or not', () => {
    const passes = (text: string) => compiled(text).packet(flows, UDP, 'stun', 5, 5, 0, 0, 0);
    expect(
      ['rtp.ssrc == 5', 'rtp.ssrc != 5', 'rtp.p_type < 100', '!(rtp.ssrc == 5)', 'stun', 'dtls'].map(passes),
    ).toEqual([false, false, false, true, true, false]);
  });
});

describe('mistakes in filters', () => {
  it.each([
    ['', 0, 'empty'],
    ['ip.adr == 1.2.3.4', 0, 'did you mean ip.addr'],
    ['udp && rtp.src == 1', 7, 'did you mean rtp.ssrc'],
    ['ip.addr = 1.2.3.4', 8, 'write =='],
    ['ip.addr', 7, 'must be followed by'],
    ['ip.addr ==', 10, 'a value is missing'],
    ['ip.addr == 1.2.3.400', 11, 'no IP address'],
    ['ip.addr == 1.2.3.0/33', 18, 'prefix length: 0 to 32'],
    ['ip.addr > 10.0.0.0/8', 10, '== or != only'],
    ['udp.port == 65536', 12, 'at most 65535'],
    ['udp.port == -1', 12, 'whole number'],
    ['rtp.p_type == abc', 14, 'whole number'],
    ['rtp.p_type == 128', 14, 'at most 127'],
    ['frame.time > "yesterday"', 13, 'no time'],
    ['frame.time > "2026-02-31"', 13, 'no time'],
    ['(udp', 0, 'never closed'],
    ['udp)', 3, 'not expected here'],
    ['udp tcp', 4, 'join conditions by && or ||'],
    ['udp &&', 6, 'the filter ends'],
    ['port in 5', 8, 'a set in braces'],
    ['port in {}', 8, 'empty'],
    ['port in {5', 8, 'never closed'],
    ['port not 5', 9, '"not in"'],
    ['frame.time == "2026', 14, 'never closed'],
    ['ip.src == "a\nb\u202e"', 10, '"a?b?" is no IP address'],
    ['udp & tcp', 4, 'no meaning'],
    ['udp; process.exit(1)', 3, 'no meaning'],
    ['constructor', 0, 'unknown field'],
    ['__proto__ == 1', 0, 'unknown field'],
    ['('.repeat(200), 100, 'nested too deeply'],
    ['udp || '.repeat(2000), 10_000, 'too long'],
  ])('%s', (text, position, hint) => {
    const filter = parseFilter(text) as { error: string; position: number };
    expect(filter).toMatchObject({ position, error: expect.stringContaining(hint) });
    expect(filter.error).not.toContain('\n');
  });

  it('never throws, whatever is written or asked', () => {
    const pieces = [
      'ip.addr',
      '==',
      '10.0.0.1',
      'in',
      '{',
      '}',
      '..',
      '(',
      ')',
      '!',
      '&&',
      'or',
      'rtp',
      'port',
      '5',
      ',',
      '"',
      'frame.time',
      'not',
      '\u0000',
      'é',
    ];
    const text = fc.oneof(
      fc.string(),
      fc.array(fc.constantFrom(...pieces), { maxLength: 25 }).map((parts) => parts.join(' ')),
    );
    fc.assert(
      fc.property(text, (written) => {
        const filter = parseFilter(written);
        if (!(filter instanceof CompiledFilter)) {
          expect(filter.position).toBeGreaterThanOrEqual(0);
          expect(filter.position).toBeLessThanOrEqual(written.length);
          return;
        }
        filter.flow(flows, UDP);
        filter.stream(flows, UDP, 1, -1);
        filter.packet(flows, IPV6, 'rtp', 1, 2, 3, 4, 5);
      }),
      { numRuns: 2000 },
    );
  });

  it('agrees with itself: what a flow decides, no packet of it overturns', () => {
    const leaf = fc.constantFrom(
      'udp',
      'tcp',
      'rtp',
      'stun',
      'port == 5004',
      'rtp.ssrc == 7',
      'rtp.p_type > 95',
      'frame.time_relative < 1',
      'ip.addr == 10.0.0.1',
    );
    const { tree } = fc.letrec<{ tree: string }>((tie) => ({
      tree: fc.oneof(
        { depthSize: 'small' },
        leaf,
        fc.tuple(tie('tree'), fc.constantFrom('&&', '||'), tie('tree')).map(([a, op, b]) => `(${a} ${op} ${b})`),
        tie('tree').map((a) => `!(${a})`),
      ),
    }));
    fc.assert(
      fc.property(
        tree,
        fc.constantFrom(UDP, TCP, IPV6),
        fc.constantFrom(7, 8),
        fc.constantFrom(96, 0),
        fc.constantFrom(0, 2e9),
        (text, flow, ssrc, type, at) => {
          const filter = compiled(text);
          const final = filter.packet(flows, flow, 'rtp', ssrc, type, 0, 0, at);
          for (const early of [
            filter.flow(flows, flow),
            filter.stream(flows, flow, ssrc, -1),
            filter.stream(flows, flow, ssrc, type),
          ]) {
            if (early !== Verdict.depends) expect(early === Verdict.yes).toBe(final);
          }
        },
      ),
    );
  });
});
