import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { generateCapture } from '../../bench/generate.ts';

/** When made-up captures begin. */
export const RUN_START_MS = 1_700_000_000_000;
export const runTime = (seconds: number) => new Date(RUN_START_MS + seconds * 1000).toISOString();

/** Writes a run of `seconds` (about) with 12 streams: idle, then loaded with one pod scaling out to three. */
export function writeRun(folder: string, streams = 12, packets = 30_000): void {
  mkdirSync(join(folder, 'captures'), { recursive: true });
  generateCapture(join(folder, 'captures', 'worker-1.pcap'), {
    packets,
    streams,
    otherFlows: 0,
    payloadBytes: 160,
    seed: 5,
  });
  const seconds = Math.floor((packets / streams) * 0.02);
  const half = Math.floor(seconds / 2);
  const lines = (list: readonly object[]) => `${list.map((line) => JSON.stringify(line)).join('\n')}\n`;
  const each = <Line>(make: (second: number) => Line[]) => Array.from({ length: seconds }, (_, at) => make(at)).flat();
  const description = {
    schema: 'rtcscope.run/1',
    name: 'thesis',
    driver: 'local',
    startTime: runTime(0),
    endTime: runTime(seconds),
    complete: true,
    scenario: null,
    host: { name: 'bench', os: 'Linux', cpus: 2, memoryBytes: 8e9 },
    versions: { rtcscope: '0.1.0', node: '20.19.0' },
    nodes: [
      { name: 'master', role: 'master' },
      { name: 'worker-1', role: 'worker' },
    ],
    phases: [
      { name: 'idle', repetition: 1, start: runTime(-1), end: runTime(half), autoscaling: false, completed: true },
      {
        name: 'loaded',
        repetition: 1,
        start: runTime(half),
        end: runTime(seconds + 1),
        autoscaling: true,
        completed: true,
      },
    ],
    captures: [
      {
        file: 'captures/worker-1.pcap',
        kind: 'tap',
        node: 'worker-1',
        tool: 'tap',
        clockOffsetSeconds: 0,
        droppedByCapture: 0,
        limits: ['A tap sees what the process sent, not what the card did.'],
      },
      { file: 'captures/worker-2.pcapng', kind: 'node', node: 'worker-2', limits: [] },
    ],
    problems: [{ time: runTime(5), code: 'capture-died', text: 'The capture on worker-2 ended early.' }],
  };
  writeFileSync(join(folder, 'run.json'), JSON.stringify(description));
  const replicas = (at: number, desired: number, ready: number) => ({
    time: runTime(at),
    event: 'replicas',
    target: 'sfu',
    desired,
    current: desired,
    ready,
  });
  writeFileSync(
    join(folder, 'scaling.jsonl'),
    `${lines([
      replicas(-1, 1, 1),
      { time: runTime(1), event: 'autoscaler', active: false, reason: 'no metrics yet' },
      { time: runTime(8), event: 'autoscaler', active: true, reason: null },
      {
        time: runTime(half + 5),
        event: 'decision',
        target: 'sfu',
        current: 1,
        desired: 3,
        reason: 'cpu above target',
        limitedBy: null,
        inputs: {},
      },
      replicas(half + 6, 3, 1),
      replicas(half + 9, 3, 3),
      { time: runTime(half + 12), event: 'autoscaler', active: false, reason: 'no metrics again' },
      { time: runTime(half + 15), event: 'autoscaler', active: true, reason: null },
    ])}{"time":"2023-`,
  );
  writeFileSync(
    join(folder, 'metrics.jsonl'),
    lines(
      each((at) =>
        ['master', 'worker-1'].map((name, place) => ({
          time: runTime(at),
          kind: 'node',
          name,
          node: name,
          cpuCores: (at < half ? 0.2 : 0.9) + place * 0.3 + (at % 5) / 50,
          memoryBytes: 4e8 + at * 1e6,
          source: 'proc',
        })),
      ),
    ),
  );
  writeFileSync(
    join(folder, 'load.jsonl'),
    lines(
      each((at) => [
        { time: runTime(at), event: 'load', participants: Math.min(12, at), rooms: 3 },
        ...(at < 12 ? [{ time: runTime(at), event: 'join', client: `c${at}`, room: 'r', joinMs: 120 + at * 7 }] : []),
        ...(at === half + 1 || at === half + 2
          ? [{ time: runTime(at), event: 'failed', client: `f${at}`, room: 'r', reason: 'no-capacity: full' }]
          : []),
      ]),
    ),
  );
  const requests = each((at) =>
    [0, 1, 2, 3, 4, 5].map(
      (thread) =>
        `${RUN_START_MS + at * 1000},${at < half ? 20 + thread : 80 + thread},GET,200,OK,Threads 1-${thread},text,true,100,1`,
    ),
  );
  writeFileSync(join(folder, 'http.jtl'), `${requests.join('\n')}\n`);
}
