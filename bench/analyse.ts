import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { generateCapture } from './generate.ts';
import { type Command, isInstalled, peakMemoryMiB, timeAlternating } from './processes.ts';
import { note, printResult } from './result.ts';
import type { StreamTruth, TrafficPlan } from './traffic.ts';

/*
 * `npm run -s bench -- analyse [--json] [--packets N] [--rounds N]`
 *
 * rtcscope beside its peers as whole processes, from start to exit, on the same made-up captures: tshark making its
 * table of streams, a C loop that only counts packets with libpcap, and npm's pcap-parser that only counts.
 * Before anything is timed, the figures of rtcscope must be those that the maker of the capture knows to be true.
 */
const FOLDER = 'bench/.work';
const LIBPCAP_COUNT = `${FOLDER}/libpcap-count`;
const PCAP_PARSER_COUNT =
  "require('pcap-parser').parse(process.argv[1]).on('packet', () => n++).on('end', () => console.log(n)); let n = 0";

const rtcscope = (file: string): Command => ({
  program: process.execPath,
  args: ['dist/main.js', 'analyze', file, '--json=-'],
});
const fromStandardInput = (input: string | Command): Command => ({ ...rtcscope('-'), input });
const tshark = (file: string): Command => ({
  program: 'tshark',
  args: ['-q', '--enable-heuristic', 'rtp_udp', '-z', 'rtp,streams', '-r', file],
});
const generator = (plan: TrafficPlan): Command => ({
  program: process.execPath,
  args: [
    ...['bench/run.mjs', 'generate', '--packets', String(plan.packets), '--streams', String(plan.streams)],
    ...['--other-flows', String(plan.otherFlows), '--payload', String(plan.payloadBytes), '-'],
  ],
});

/** Compiles the C loop. @returns false where there is no compiler or no libpcap to build with. */
function buildLibpcapCount(): boolean {
  try {
    execFileSync('cc', ['-O2', '-o', LIBPCAP_COUNT, 'bench/libpcap-count.c', '-lpcap'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

function run(command: Command): string {
  return execFileSync(command.program, command.args, {
    encoding: 'utf8',
    maxBuffer: 1 << 30,
    stdio: ['ignore', 'pipe', 'ignore'],
  });
}

/** @throws where a stream's figures are not the true ones: the time of a wrong answer is worth nothing. */
function checkAgainstTruth(file: string, truth: readonly StreamTruth[]): void {
  const found = JSON.parse(run(rtcscope(file))) as { streams: readonly StreamTruth[] };
  const bySsrc = new Map(found.streams.map((stream) => [stream.ssrc, stream]));
  for (const stream of truth) {
    const seen = bySsrc.get(stream.ssrc);
    if (seen?.packets !== stream.packets || seen.lost !== stream.lost || seen.late !== stream.late) {
      const said = seen && { packets: seen.packets, lost: seen.lost, late: seen.late };
      throw new Error(`${file}: true is ${JSON.stringify(stream)}, analyze says ${JSON.stringify(said ?? null)}`);
    }
  }
  if (found.streams.length !== truth.length)
    throw new Error(`${file}: ${found.streams.length} streams of ${truth.length}`);
}

/** @throws where tshark does not see the same streams, since it then does not do the same work. */
function checkTshark(file: string, streams: number): void {
  const rows = run(tshark(file)).match(/ 0x[0-9A-F]{8} /g)?.length ?? 0;
  if (rows !== streams) throw new Error(`${file}: tshark lists ${rows} streams of ${streams}`);
}

const ratio = (peer: number | null, own: number | null) => (peer === null || own === null ? null : peer / own);

export async function main(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      json: { type: 'boolean', default: false },
      packets: { type: 'string', default: '1000000' },
      rounds: { type: 'string', default: '5' },
    },
  });
  const packets = Number(values.packets);
  const rounds = Number(values.rounds);
  const plan: TrafficPlan = { packets, streams: 50, otherFlows: 0, payloadBytes: 200, seed: 1 };
  const small = `${FOLDER}/payload200.pcap`;
  const large = `${FOLDER}/payload1100.pcap`;
  const many = `${FOLDER}/many.pcap`;

  mkdirSync(FOLDER, { recursive: true });
  execFileSync('npm', ['run', '--silent', 'build'], { stdio: ['ignore', 'ignore', 'inherit'] });
  const hasTshark = isInstalled('tshark');
  const hasLibpcap = buildLibpcapCount();
  const libpcap = (file: string): Command | null => (hasLibpcap ? { program: LIBPCAP_COUNT, args: [file] } : null);
  try {
    note('making captures');
    checkAgainstTruth(small, generateCapture(small, plan).truth);
    checkAgainstTruth(large, generateCapture(large, { ...plan, payloadBytes: 1100 }).truth);
    const manyPlan = { ...plan, streams: 10_000, otherFlows: 90_000 };
    checkAgainstTruth(many, generateCapture(many, manyPlan).truth);
    if (hasTshark) for (const file of [small, large]) checkTshark(file, plan.streams);

    const seconds = await timeAlternating(
      {
        rtcscope200: rtcscope(small),
        libpcap200: libpcap(small),
        tshark200: hasTshark ? tshark(small) : null,
        pcapParser200: { program: process.execPath, args: ['--no-deprecation', '-e', PCAP_PARSER_COUNT, small] },
        rtcscope1100: rtcscope(large),
        libpcap1100: libpcap(large),
        tshark1100: hasTshark ? tshark(large) : null,
        rtcscopeStdin200: fromStandardInput(small),
        rtcscopeManyFlows: rtcscope(many),
        nodeStart: { program: process.execPath, args: ['-e', '0'] },
        rtcscopeHelp: { program: process.execPath, args: ['dist/main.js', '--help'] },
      },
      rounds,
      note,
    );

    note('peak memory');
    const peaks = {
      peakMiB1M: Math.max(await peakMemoryMiB(rtcscope(small)), await peakMemoryMiB(rtcscope(large))),
      peakMiB10M: await peakMemoryMiB(fromStandardInput(generator({ ...plan, packets: packets * 10 }))),
      peakMiBStdin1M: await peakMemoryMiB(fromStandardInput(small)),
      peakMiBManyFlows: await peakMemoryMiB(rtcscope(many)),
    };
    note('');

    const figures: Record<string, number | null> = { packets, rounds };
    for (const [name, value] of Object.entries(seconds)) figures[`${name}Seconds`] = value;
    const { rtcscope200, rtcscope1100 } = seconds;
    figures.packetsPerSecond200 = ratio(packets, rtcscope200);
    figures.packetsPerSecond1100 = ratio(packets, rtcscope1100);
    Object.assign(figures, peaks);
    printResult(
      {
        name: 'analyse',
        figures,
        ratios: {
          tshark200: ratio(seconds.tshark200, rtcscope200),
          tshark1100: ratio(seconds.tshark1100, rtcscope1100),
          libpcap200: ratio(seconds.libpcap200, rtcscope200),
          libpcap1100: ratio(seconds.libpcap1100, rtcscope1100),
          pcapParser200: ratio(seconds.pcapParser200, rtcscope200),
        },
      },
      values.json,
    );
  } finally {
    for (const file of [small, large, many]) rmSync(file, { force: true });
  }
}
