import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { LoadResult } from '../../../cluster/index.ts';
import { builtProgram } from '../../cli/program.ts';
import { type Conference, startUp } from './running-conference.ts';

const hasTcpdump = spawnSync('tcpdump', ['--version']).error === undefined;
const canCapture = hasTcpdump && process.getuid?.() === 0;
const why = canCapture ? '' : ' (SKIPPED: needs tcpdump and the right to capture)';

interface MeasuredStream {
  readonly ssrc: number;
  readonly source: string;
  readonly destination: string;
  readonly packets: number;
  readonly lost: number;
  readonly duplicates: number;
  readonly jitterMs: { readonly mean: number } | null;
}

/** Clients have addresses of this run alone, so that what others do on the loopback interface is not in the capture. */
const network = `127.${60 + (process.pid % 100)}.${Math.floor(process.pid / 100) % 256}`;

describe.skipIf(!canCapture)(`a capture of a load, on both sides of the SFU${why}`, () => {
  const program = builtProgram();
  const folder = mkdtempSync(join(tmpdir(), 'rtcscope-load-'));
  const capture = join(folder, 'load.pcap');
  let conference: Conference | null = null;
  let result: LoadResult;
  /** Of the SFU, once all have left. */
  let metrics: string;
  let streams: readonly MeasuredStream[];

  beforeAll(async () => {
    conference = await startUp(program);
    const filter = `udp and net ${network}.0/24`;
    const tcpdump = spawn('tcpdump', [
      '-i',
      'lo',
      '-U',
      '--immediate-mode',
      '-s',
      '300',
      '-B',
      '32768',
      '-w',
      capture,
      filter,
    ]);
    const captured = once(tcpdump, 'exit');
    await new Promise<void>((resolve) => {
      tcpdump.stderr.on('data', (text) => String(text).includes('listening') && resolve());
    });
    const load = program.start([
      ...['load', '--url', conference.url, '--participants', '3', '--seconds', '8', '--seed', '11', '--loss', '0.04'],
      ...['--video-kbps', '150', '--bind', `${network}.0/24`, '--record', join(folder, 'load.jsonl'), '--json', '-'],
    ]);
    let output = '';
    load.stdout!.on('data', (text) => (output += text));
    load.stderr!.resume();
    const [status] = await once(load, 'close');
    expect(status).toBe(0);
    result = JSON.parse(output);
    // tcpdump writes a little later than packets pass, and not what it has not written when it is ended.
    for (let size = -1; size !== statSync(capture).size; ) {
      size = statSync(capture).size;
      await delay(1500);
    }
    metrics = await (await fetch(`${conference.sfus[0].health}/metrics`)).text();
    tcpdump.kill('SIGINT');
    await captured;
    const analysis = join(folder, 'analysis.json');
    const analyzed = program.run(['analyze', capture, '--json', analysis, '--quiet']);
    expect(analyzed.stderr).not.toMatch(/error/i);
    streams = JSON.parse(readFileSync(analysis, 'utf8')).streams;
  }, 120_000);

  afterAll(async () => {
    await conference?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const measured = (ssrc: number, endpoint: string) =>
    streams.find((stream) => stream.ssrc === ssrc && [stream.source, stream.destination].includes(endpoint));

  it('shows every packet that clients sent and did not drop, and every one that they dropped as lost', () => {
    let checked = 0;
    for (const { streams: counted, injected } of result.clients) {
      for (const stream of counted.filter(({ direction }) => direction === 'sent')) {
        const seen = measured(stream.ssrc, stream.localAddress!)!;
        const dropped = injected.dropped[stream.ssrc] ?? 0;
        expect(seen.packets).toBe(stream.packets - dropped);
        if (stream.repairs === null) expect(seen.lost).toBe(dropped);
        checked++;
      }
    }
    expect(checked).toBeGreaterThanOrEqual(6);
  });

  it('shows every packet that clients received or dropped on their side, and not the loss behind it', () => {
    let checked = 0;
    for (const { streams: counted, injected } of result.clients) {
      for (const stream of counted.filter(({ direction }) => direction === 'received')) {
        const seen = measured(stream.ssrc, stream.localAddress!)!;
        const dropped = injected.dropped[stream.ssrc] ?? 0;
        expect(seen.packets).toBe(stream.packets + dropped);
        if (stream.repairs === null) expect(stream.lost).toBe(seen.lost + dropped);
        checked++;
      }
    }
    expect(checked).toBeGreaterThanOrEqual(12);
  });

  it('has as many packets from the SFU as the SFU says that it sent', () => {
    const counter = (name: string) => Number(new RegExp(`^rtcscope_sfu_${name} (\\d+)`, 'm').exec(metrics)?.[1]);
    const fromSfu = streams.filter(({ source }) => source === conference?.sfus[0].media);
    const packets = fromSfu.reduce((sum, stream) => sum + stream.packets, 0);
    expect(packets).toBe(counter('forwarded_packets_total') + counter('retransmitted_packets_total'));
    expect(counter('joins_total')).toBe(3);
    expect(counter('leaves_total')).toBe(3);
  });

  it('agrees with the loss that the SFU reported of what it did not get', () => {
    for (const { streams: counted, injected } of result.clients) {
      for (const stream of counted) {
        // Video is mended by retransmissions, which the SFU counts as received.
        if (stream.direction !== 'sent' || stream.kind !== 'audio') continue;
        expect(stream.lost).not.toBe(null);
        expect(stream.lost!).toBeLessThanOrEqual(injected.dropped[stream.ssrc] ?? 0);
      }
    }
  });

  it('records lines as the run format has them', () => {
    const lines = readFileSync(join(folder, 'load.jsonl'), 'utf8').trim().split('\n');
    const events = lines.map((line) => JSON.parse(line));
    const count = (event: string) => events.filter((line) => line.event === event).length;
    expect([count('join'), count('leave'), count('stats'), count('failed')]).toEqual([3, 3, 3, 0]);
    expect(count('load')).toBeGreaterThan(3);
    const total = events
      .filter((line) => line.event === 'stats')
      .flatMap((line) => line.streams)
      .reduce((sum, stream) => sum + (stream.direction === 'received' ? stream.packets : 0), 0);
    expect(total).toBe(result.packetsReceived);
  });
});
