import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { inspectCapture } from '../../captures/index.ts';
import { missingCaptures, sharedCapture } from '../shared-captures.ts';

const sample = (name: string) => fileURLToPath(new URL(`../../captures/samples/${name}`, import.meta.url));
const hasCapinfos = spawnSync('capinfos', ['--version']).error === undefined;

/** Packets, bytes, first and last time, and time order as Wireshark's capinfos sees them. */
function byCapinfos(path: string) {
  const { stdout } = spawnSync('capinfos', ['-TMrmcdaeo', '-S', path], { encoding: 'utf8' });
  const [packets, bytes, start, end, order] = stdout.trim().split(',').slice(-5);
  return {
    packets: Number(packets),
    bytes: Number(bytes),
    start: nanos(start),
    end: nanos(end),
    order: order === 'True',
  };
}

/** A time as text, with as many places as nanoseconds have. */
function nanos(seconds: string): string {
  const [whole, fraction = ''] = seconds.split('.');
  return `${whole}.${fraction.padEnd(9, '0')}`;
}

function epoch(time: string | null): string | null {
  const parts = /^(.*:\d\d)(?:\.(\d+))?Z$/.exec(time ?? '');
  return parts && nanos(`${Date.parse(`${parts[1]}Z`) / 1000}.${parts[2] ?? ''}`);
}

async function byInspection(path: string) {
  const { packets, bytes, startTime, endTime, inTimeOrder } = await inspectCapture(path);
  return { packets, bytes, start: epoch(startTime), end: epoch(endTime), order: inTimeOrder };
}

const ALL_WRAPPINGS = [
  ...[
    'eth-be-ns.pcap',
    'eth-le-us.pcap',
    'eth-le-us.pcap.gz',
    'eth-snaplen48.pcap',
    'eth-trailer-fcs.pcap',
    'geneve.pcap',
  ],
  ...['ieee80211-qos.pcap', 'ipv6-ext-hdrs.pcap', 'mpls2.pcap', 'ng-be-ns.pcapng', 'ng-be-us.pcapng'],
].map((name) => `derived__g711a/${name}`);

describe.skipIf(!hasCapinfos)(
  `inspection beside capinfos${hasCapinfos ? '' : ' (SKIPPED: capinfos is not installed)'}`,
  () => {
    it.each(['call.pcapng', 'voip.pcap'])('agrees on %s', async (name) => {
      expect(await byInspection(sample(name))).toEqual(byCapinfos(sample(name)));
    });

    describe.skipIf(missingCaptures !== '')(`on shared captures${missingCaptures}`, () => {
      it.each(ALL_WRAPPINGS)('agrees on %s', async (name) => {
        const path = sharedCapture(name) as string;
        expect(path).not.toBeNull();
        expect(await byInspection(path)).toEqual(byCapinfos(path));
      });
    });
  },
);

describe('inspection', () => {
  it('tells sections, interfaces, layers and drops of a pcapng capture', async () => {
    const { format, interfaces, sections, layers, flows, droppedByCapture, problems } = await inspectCapture(
      sample('call.pcapng'),
    );
    expect(format).toBe('pcapng');
    expect(interfaces).toMatchObject([{ name: 'lo', linkType: 'ETHERNET', timeDigits: 9, snapLength: 262_144 }]);
    expect(sections[0].comments).toEqual(['A WebRTC call through a lossy relay, captured at the callee']);
    expect([sections[0].hardware, sections[0].operatingSystem]).toEqual([null, null]);
    expect(Object.keys(layers)).toEqual(['eth', 'eth/ip', 'eth/ip/udp']);
    expect(new Set(Object.values(layers)).size).toBe(1);
    expect({ flows, droppedByCapture, problems }).toEqual({ flows: 2, droppedByCapture: 0, problems: [] });
  });
});
