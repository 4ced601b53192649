import { mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { writeHeadersOnly } from './headers-only.ts';
import { type Command, processUse } from './processes.ts';
import { note, printResult } from './result.ts';

/*
 * `npm run -s bench -- report [--json] [--minutes N] [--streams N] [--keep]`
 *
 * What a report of a long run takes beyond the analysis of its captures: the same captures are once analysed by states, and once made a report
 * of, with page, Markdown and JSON. Both as whole processes, by their CPU time.
 */
const FOLDER = 'bench/.work/report-run';
const START_MS = 1_700_000_000_000;
const PHASES = 6;
const REQUESTS_A_SECOND = 20;
const NODES = ['master', 'worker-1', 'worker-2'];
const MOST_PODS = 8;

const timeAt = (second: number) => new Date(START_MS + second * 1000).toISOString();

function writeLines(name: string, lines: Iterable<object>): void {
  const parts: string[] = [];
  for (const line of lines) parts.push(JSON.stringify(line));
  writeFileSync(join(FOLDER, name), `${parts.join('\n')}\n`);
}

/** A run in six phases, of which every second one scales out and in again. */
function writeRun(seconds: number, streams: number): number {
  rmSync(FOLDER, { recursive: true, force: true });
  mkdirSync(join(FOLDER, 'captures'), { recursive: true });
  const packets = writeHeadersOnly(join(FOLDER, 'captures', 'worker-1.pcap'), START_MS, seconds, streams);
  const each = Math.floor(seconds / PHASES);
  const phases = Array.from({ length: PHASES }, (_, at) => ({
    name: at % 2 === 0 ? 'without-hpa' : 'with-hpa',
    repetition: 1 + Math.floor(at / 2),
    ...{ start: timeAt(at * each - (at === 0 ? 1 : 0)), end: timeAt((at + 1) * each), completed: true },
    autoscaling: at % 2 === 1,
  }));
  const captures = [{ file: 'captures/worker-1.pcap', kind: 'node', node: 'worker-1', tool: 'dumpcap' }];
  const description = { schema: 'rtcscope.run/1', name: 'long', complete: true, phases, captures };
  writeFileSync(join(FOLDER, 'run.json'), JSON.stringify(description));
  writeLines('scaling.jsonl', scaling(seconds, each));
  writeLines('metrics.jsonl', metrics(seconds));
  writeLines('load.jsonl', load(seconds, streams));
  const requests: string[] = [];
  for (let at = 0; at < seconds * REQUESTS_A_SECOND; at++) {
    const elapsed = 20 + ((at * 7919) % 83);
    requests.push(`${START_MS + (at * 1000) / REQUESTS_A_SECOND},${elapsed},GET,200,OK,users 1-${at % 40},text,true`);
  }
  writeFileSync(join(FOLDER, 'http.jtl'), `${requests.join('\n')}\n`);
  return packets;
}

function* scaling(seconds: number, each: number) {
  const replicas = (second: number, desired: number, ready: number) => ({
    ...{ time: timeAt(second), event: 'replicas', target: 'sfu', desired, current: desired, ready },
  });
  yield replicas(-1, 1, 1);
  for (let from = each; from < seconds; from += 2 * each) {
    for (let pods = 2; pods <= MOST_PODS; pods++) {
      const at = from + (pods * each) / 20;
      yield { time: timeAt(at), event: 'decision', target: 'sfu', current: pods - 1, desired: pods, reason: 'cpu' };
      yield replicas(at, pods, pods - 1);
      yield replicas(at + 4, pods, pods);
    }
    yield replicas(from + each - 20, 1, MOST_PODS);
    yield replicas(from + each - 5, 1, 1);
  }
}

function* metrics(seconds: number) {
  for (let second = 0; second < seconds; second++) {
    const time = timeAt(second);
    for (const [place, name] of NODES.entries()) {
      const cpuCores = 0.2 + place * 0.3 + ((second * 31) % 17) / 40;
      yield { time, kind: 'node', name, node: name, cpuCores, memoryBytes: 4e8 + second * 1e4, source: 'proc' };
    }
    for (let pod = 0; pod < MOST_PODS; pod++) {
      const cpuCores = ((second * 13 + pod * 5) % 19) / 40;
      yield { time, kind: 'pod', name: `sfu-${pod}`, node: 'worker-1', cpuCores, memoryBytes: 9e7, source: 'cgroup' };
    }
  }
}

function* load(seconds: number, clients: number) {
  for (let second = 0; second < seconds; second++) {
    const time = timeAt(second);
    const participants = Math.min(clients, second);
    const received = { packets: second * 5000, lost: second, jitterP95Ms: 3 };
    yield { time, event: 'load', participants, rooms: 10, received };
    if (second < clients) yield { time, event: 'join', client: `c${second}`, room: 'r', joinMs: 120 + (second % 70) };
  }
}

export async function main(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      json: { type: 'boolean', default: false },
      minutes: { type: 'string', default: '60' },
      streams: { type: 'string', default: '100' },
      keep: { type: 'boolean', default: false },
    },
  });
  const seconds = Math.round(Number(values.minutes) * 60);
  const streams = Number(values.streams);
  note('making the run');
  const packets = writeRun(seconds, streams);
  const rtcscope = (...words: string[]): Command => ({ program: process.execPath, args: ['dist/main.js', ...words] });
  const out = (name: string) => join(FOLDER, name);
  const states = ['--states', out('scaling.jsonl'), '--json', out('analysis.json'), '--quiet'];
  note('analysing its captures');
  const analysis = await processUse(rtcscope('analyze', out('captures'), ...states));
  note('making its report');
  const report = await processUse(rtcscope('report', FOLDER, '--quiet'));
  const { phases } = JSON.parse(readFileSync(out('report.json'), 'utf8')) as { phases: { packets: number }[] };
  const { streams: analysed } = JSON.parse(readFileSync(out('analysis.json'), 'utf8')) as {
    streams: { packets: number }[];
  };
  const sum = (list: readonly { packets: number }[]) => list.reduce((all, one) => all + one.packets, 0);
  if (sum(phases) !== packets || sum(analysed) !== packets || phases.length !== PHASES) {
    throw new Error(
      `the report has ${sum(phases)} packets in ${phases.length} phases, the analysis ${sum(analysed)}, the capture ${packets}`,
    );
  }
  const mib = (name: string) => statSync(out(name)).size / 2 ** 20;
  const figures = {
    packets,
    analysisSeconds: analysis.cpuSeconds,
    reportSeconds: report.cpuSeconds,
    beyondAnalysisSeconds: report.cpuSeconds - analysis.cpuSeconds,
    analysisPeakMiB: analysis.peakMiB,
    reportPeakMiB: report.peakMiB,
    htmlMiB: mib('report.html'),
    jsonMiB: mib('report.json'),
    markdownMiB: mib('report.md'),
  };
  if (!values.keep) rmSync(FOLDER, { recursive: true });
  printResult({ name: 'report', figures, ratios: {} }, values.json);
}
