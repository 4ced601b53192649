import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { analysisOf } from '../analyzers/analysis-of.ts';
import { missingCaptures, sharedCapture } from '../shared-captures.ts';
import { compareStreams, streamName } from './compare-streams.ts';
import { readTsharkStreams } from './tshark-streams.ts';

const installed = spawnSync('tshark', ['--version']).status === 0;
const skipped = installed ? '' : ' (SKIPPED: no tshark)';

/** With the heuristics that find RTP without signalling; each is on or off by default as the version goes. */
const HEURISTICS = ['rtp_udp', 'rtp_stun'].flatMap((name) => ['--enable-heuristic', name]);

function byTshark(path: string) {
  const { stdout, status } = spawnSync('tshark', ['-n', ...HEURISTICS, '-r', path, '-q', '-z', 'rtp,streams'], {
    encoding: 'utf8',
  });
  expect(status).toBe(0);
  return readTsharkStreams(stdout);
}

const sample = (name: string) => fileURLToPath(new URL(`../../captures/samples/${name}`, import.meta.url));

/** Ways of writing and wrapping that every tshark reads. */
const CAPTURES = [
  'derived__g711a/eth-le-us.pcap',
  'derived__g711a/ng-be-ns.pcapng',
  'derived__g711a/vlan-pppoe-ipv6.pcap',
  'SIPp__sipp/pcap/g711a.pcap',
  'generated__chrome156/chrome156-direct-vp8.pcap',
];

describe(`streams as the installed tshark lists them${skipped}`, () => {
  it.skipIf(!installed)('the sample of a browser call', async () => {
    const theirs = byTshark(sample('call.pcapng'));
    expect(theirs.length).toBeGreaterThan(5);
    expect(compareStreams((await analysisOf(sample('call.pcapng'))).streams, theirs)).toEqual([]);
  });

  it.skipIf(!installed)('the sample of a telephone call, but for the jitter of its telephone events', async () => {
    const theirs = byTshark(sample('voip.pcap'));
    const differences = compareStreams((await analysisOf(sample('voip.pcap'))).streams, theirs);
    expect(theirs.length).toBeGreaterThan(1);
    expect(differences.map(({ figures }) => figures)).toEqual([['jitter']]);
    // `events-apart` in departures.ts: an event repeats its timestamp, and tshark takes that for delay.
    expect(differences[0].tshark?.payload).toContain('telephone-event');
    expect(differences[0].tshark?.maxJitterMs).toBeGreaterThan(differences[0].ours?.jitterMs?.max ?? 10);
  });

  it.skipIf(!installed || missingCaptures !== '').each(CAPTURES)(`%s${missingCaptures}`, async (name) => {
    const path = sharedCapture(name) as string;
    const theirs = byTshark(path);
    expect(theirs.length).toBeGreaterThan(0);
    expect(compareStreams((await analysisOf(path)).streams, theirs)).toEqual([]);
  });
});

/** Each stream's packets by its display filter. Packets of an ICMP error that quotes one are none. */
function selectedByTshark(path: string, filter: string): number {
  const fields = ['-T', 'fields', '-e', 'rtp.seq'];
  const { stdout, status } = spawnSync(
    'tshark',
    ['-n', ...HEURISTICS, '-r', path, '-Y', `(${filter}) && !icmp`, ...fields],
    { encoding: 'utf8' },
  );
  expect(status).toBe(0);
  return stdout.split(/[\n,]/).filter((number) => number !== '').length;
}

describe(`the display filter of a stream, in the installed tshark${skipped}`, () => {
  const FILTERED = ['turn-channeldata.pcap', 'vlan-pppoe-ipv6.pcap', 'gre-ip.pcap'];
  const captures = [sample('call.pcapng'), sample('voip.pcap')];
  if (missingCaptures === '')
    captures.push(...FILTERED.map((name) => sharedCapture(`derived__g711a/${name}`) as string));

  it.skipIf(!installed).each(captures)(
    'selects the packets of each stream: %s',
    async (path) => {
      const { streams } = await analysisOf(path);
      const seen = streams.map((stream) => [streamName(stream), stream.packets + stream.duplicates + stream.copies]);
      const selected = streams.map((stream) => [streamName(stream), selectedByTshark(path, stream.wiresharkFilter)]);
      expect(seen.length).toBeGreaterThan(0);
      expect(selected).toEqual(seen);
    },
    120_000,
  );
});
