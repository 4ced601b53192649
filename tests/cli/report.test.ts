import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readJtl } from '../../analyzers/index.ts';
import { builtProgram, root } from './program.ts';
import { runTime, writeRun } from './run-on-disk.ts';

const validate = new Ajv2020({ allowUnionTypes: true }).compile(
  JSON.parse(readFileSync(join(root, 'docs/report.schema.json'), 'utf8')),
);
let folder = '';
const file = (...names: string[]) => join(folder, ...names);
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'report-'));
  writeRun(file('run'));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** RFC 4180. */
function readTable(text: string): Record<string, string>[] {
  const records = text
    .slice(0, -2)
    .split('\r\n')
    .map((line) =>
      [...line.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^",]*))/g)].map(([, quoted, plain]) =>
        quoted === undefined ? plain : quoted.replaceAll('""', '"'),
      ),
    );
  return records.slice(1).map((cells) => {
    expect(cells).toHaveLength(records[0].length);
    return Object.fromEntries(records[0].map((name, place) => [name, cells[place]]));
  });
}

/** Every number of a value, lists left out, by the name of its column. */
function figuresOf(value: object, prefix = ''): [string, string][] {
  return Object.entries(value).flatMap(([name, member]): [string, string][] => {
    if (typeof member === 'number') return [[prefix + name, String(member)]];
    return typeof member === 'object' && member !== null && !Array.isArray(member)
      ? figuresOf(member, `${prefix}${name}_`)
      : [];
  });
}

describe('report', () => {
  const program = builtProgram();

  it('says what was run, what changed, and what is missing', () => {
    const json = program.run(['report', file('run'), '--json', '-']);
    expect(json.status).toBe(0);
    const report = JSON.parse(json.stdout);
    validate(report);
    expect(validate.errors).toBeNull();
    expect(report).toMatchObject({ schema: 'rtcscope.report/1', run: { name: 'thesis', driver: 'local' } });
    expect(report.verdict).toHaveLength(3);
    expect(report.verdict[0]).toMatch(
      /^12 streams with [\d,]+ packets in 2 phases: .* lost; 2 participants were not let in; the service scaled 1 time \(scaling-out\(1->3\)\)\.$/,
    );
    const problems = report.problems.join('\n');
    expect(problems).toContain('captures/worker-2.pcapng is missing');
    expect(problems).toContain('The capture on worker-2 ended early.');
    // The first phase has no autoscaling: nothing was to be decided in it.
    expect(report.findings.slice(0, 3)).toEqual([
      {
        severity: 'warning',
        code: 'join-failed',
        streams: [],
        text: 'In phase loaded, 2 participants could not join, or not come back: no-capacity: full (2).',
      },
      {
        severity: 'warning',
        code: 'autoscaler-blind',
        streams: [],
        text: 'The autoscaler had no metric to decide by from 22:13:21 to 22:13:28 (no metrics yet): nothing that it did not do then says anything of scaling.',
      },
      {
        severity: 'warning',
        code: 'autoscaler-blind',
        streams: [],
        text: expect.stringMatching(
          / on \(no metrics again\)|to 22:14:\d\d \(no metrics again\), 3 of 26 s of phase loaded:/,
        ),
      },
    ]);
    expect(report.limits).toEqual(['A tap sees what the process sent, not what the card did.']);
    const [idle, loaded] = report.phases;
    expect(idle).toMatchObject({ phase: 'idle', autoscaling: false, streams: 12, participants: { max: 12 } });
    expect(idle.clientJoins).toMatchObject({ count: 12, failed: 0, ms: { max: 197 } });
    expect(loaded.clientJoins).toMatchObject({ count: 0, failed: 2, ms: null });
    // 20 to 25 ms and 80 to 85 ms by six threads, six requests a second.
    expect(idle.http).toMatchObject({ failed: 0, meanMs: 22.5, ms: { p50: 22, max: 25 } });
    expect(loaded.http).toMatchObject({ meanMs: 82.5, ms: { max: 85 } });
    const worker = (phase: typeof idle) => phase.resources.find(({ name }: { name: string }) => name === 'worker-1');
    expect(worker(idle).cpuCores.mean).toBeCloseTo(0.54, 2);
    expect(worker(loaded).cpuCores.mean).toBeCloseTo(1.24, 2);
    const http = report.comparison.metrics.find(({ metric }: { metric: string }) => metric === 'httpResponseMs');
    expect(http).toMatchObject({ a: 22.5, b: 82.5, streams: [6, 6], verdict: 'worse', effectSize: 1 });
    const of = (metric: string, node: string | null) =>
      report.comparison.metrics.find((row: typeof http) => row.metric === metric && row.node === node);
    // 25 s of a sample a second each: means of stretches of 5 s.
    expect(of('nodeCpuCores', 'worker-1')).toMatchObject({ unit: 'cores', verdict: 'worse', effectSize: 1 });
    expect(of('nodeCpuCores', 'worker-1').difference).toBeCloseTo(0.7, 1);
    expect(of('nodeMemoryMib', 'master').verdict).toBe('worse');
    expect(of('httpPerSecond', null)).toMatchObject({ a: 6, b: 6, difference: 0, verdict: 'too little data' });
    expect(of('clientJoinMs', null)).toMatchObject({ b: null, streams: [12, 0], verdict: 'too little data' });
    expect(report.states.map(({ phase, state }: { phase: string; state: string }) => `${phase} ${state}`)).toEqual(
      expect.arrayContaining(['idle steady(1)', 'loaded scaling-out(1->3)', 'loaded settling(3)']),
    );
    const packets = (list: { packets: number }[]) => list.reduce((sum, one) => sum + one.packets, 0);
    expect(packets(report.states)).toBe(packets(report.phases));
  });

  it('writes every format', () => {
    const { status, stdout } = program.run([
      ...['report', file('run'), '--html', file('r.html'), '--markdown', file('r.md'), '--csv', file('r.csv')],
      ...['--charts', file('charts')],
    ]);
    expect(status).toBe(0);
    expect(stdout).toContain('scaling-out(1->3)');
    const page = readFileSync(file('r.html'), 'utf8');
    for (const name of ['run-replicas', 'run-cpu', 'run-loss', 'run-joins', 'run-http'])
      expect(page).toContain(`data-chart="${name}"`);
    expect(page).toContain('Holes in this run');
    expect(readFileSync(file('r.md'), 'utf8')).toContain('## Phases');
    const series = new Set(
      readFileSync(file('r.csv'), 'utf8')
        .split('\r\n')
        .slice(1, -1)
        .map((row) => row.split(',')[0]),
    );
    expect([...series].sort()).toEqual([
      'cpu',
      'http',
      'jitter',
      'joins',
      'loss',
      'memory',
      'participants',
      'replicas',
      'throughput',
    ]);
    expect(readdirSync(file('charts'))).toContain('run-cpu.svg');
  });

  it('compares whole repetitions alone, and says which it left out and why', () => {
    writeRun(file('repeated'));
    const path = file('repeated', 'run.json');
    const description = JSON.parse(readFileSync(path, 'utf8'));
    const phase = (name: string, repetition: number, from: number, to: number, completed = true) => ({
      ...{ name, repetition, start: runTime(from), end: runTime(to), autoscaling: false, completed },
    });
    const phases = [
      ...[phase('idle', 1, 0, 10), phase('loaded', 1, 10, 20), phase('idle', 2, 20, 25), phase('loaded', 2, 25, 30)],
      ...[phase('idle', 3, 30, 35), phase('loaded', 3, 35, 40), phase('idle', 4, 900, 910)],
    ];
    phases[3] = phase('loaded', 2, 25, 30, false);
    const told = (problems: object[]) => {
      writeFileSync(path, JSON.stringify({ ...description, phases, problems }));
      const { status, stdout } = program.run(['report', file('repeated'), '--json', '-', '--quiet']);
      expect(status).toBe(0);
      const report = JSON.parse(stdout);
      validate(report);
      expect(validate.errors).toBeNull();
      return report;
    };
    const report = told([{ time: runTime(32), code: 'capture-full', text: 'capture of worker-1 is full' }]);
    expect(report.comparison.sides).toMatchObject([
      {
        ...{ name: 'idle', runs: 2 },
        leftOut: [
          'repetition 3 of idle: capture of worker-1 is full',
          'repetition 4 of idle: capture of worker-1 is full',
        ],
      },
      {
        ...{ name: 'loaded', runs: 1 },
        leftOut: ['repetition 2 of loaded: it was cut short', 'repetition 3 of loaded: capture of worker-1 is full'],
      },
    ]);
    expect(report.problems).toEqual(
      expect.arrayContaining([
        'Not compared, since others are whole: repetition 2 of loaded: it was cut short.',
        'Phase loaded #2 was cut short.',
      ]),
    );
    const jitter = report.comparison.metrics.find(({ metric }: { metric: string }) => metric === 'jitterMs');
    expect(jitter.text).toContain(' in 2 and 1 runs.');
    expect(told([]).comparison.sides[0]).toMatchObject({
      runs: 3,
      leftOut: ['repetition 4 of idle: it has no packets'],
    });
    const still = told([{ time: runTime(21), code: 'machine-stalled', text: 'the machine stood still' }]);
    expect(still.comparison.sides[0].leftOut[0]).toBe('repetition 2 of idle: the machine stood still');
    expect(still.problems).toContain('22:13:41 the machine stood still');
    // Where none is whole, all are taken.
    const early = told([{ time: runTime(1), code: 'capture-died', text: 'x' }]);
    expect(early.comparison.sides[0]).toMatchObject({ runs: 4, leftOut: [] });
  });

  it('has every figure of its JSON as CSV, to the last digit', () => {
    const { status, stderr } = program.run([
      ...['report', file('run'), '--csv', file('tables'), '--json', file('t.json'), '--quiet'],
    ]);
    expect(status, stderr).toBe(0);
    const report = JSON.parse(readFileSync(file('t.json'), 'utf8'));
    const table = (name: string) => readTable(readFileSync(file('tables', `${name}.csv`), 'utf8'));
    expect(readdirSync(file('tables')).sort()).toEqual(
      [
        ...['comparison', 'decisions', 'findings', 'phases', 'resources', 'series', 'states', 'streams'],
        // Two phases, of which nothing says that they had the same load; nothing was injected, and no knee looked for.
      ].map((name) => `${name}.csv`),
    );
    const sameFigures = (rows: readonly Record<string, string>[], values: readonly object[]) => {
      expect(rows).toHaveLength(values.length);
      for (const [place, value] of values.entries()) {
        for (const [name, figure] of figuresOf(value)) expect([name, rows[place][name]]).toEqual([name, figure]);
      }
    };
    sameFigures(table('phases'), report.phases);
    sameFigures(table('states'), report.states);
    const resources = report.phases.flatMap(({ phase, resources: list }: { phase: string; resources: object[] }) =>
      list.map((one) => ({ phase, ...one })),
    );
    expect(resources).toHaveLength(4);
    sameFigures(table('resources'), resources);
    const { metrics } = report.comparison;
    sameFigures(
      table('comparison'),
      metrics.map(({ runs: _, ...row }: { runs: unknown }) => row),
    );
    expect(table('comparison')[0]).toMatchObject({
      intervalLow: String(metrics[0].interval[0]),
      intervalHigh: String(metrics[0].interval[1]),
      streamsB: String(metrics[0].streams[1]),
      runsA: String(metrics[0].runs[0][0]),
    });
    const { series } = report;
    const http = table('series').filter(({ series: name }) => name === 'http');
    expect(http.map(({ time, value }) => [Date.parse(time), Number(value)])).toEqual(
      series.http.timeMs.map((time: number, place: number) => [time, series.http.ms[place]]),
    );
    expect(table('decisions')).toHaveLength(series.decisions.length);
    expect(table('streams')).toHaveLength(12);

    writeFileSync(file('no-folder'), '');
    expect(program.run(['report', file('run'), '--csv', file('no-folder')])).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('is a file'),
    });
  });

  it('finds the HTTP results of a phase in which the run was killed', () => {
    writeRun(file('killed'));
    mkdirSync(file('killed', 'logs'));
    const rows = readFileSync(file('killed', 'http.jtl'), 'utf8').trimEnd().split('\n');
    writeFileSync(file('killed', 'http.jtl'), `${rows.slice(0, 60).join('\n')}\n`);
    writeFileSync(file('killed', 'logs', 'http-loaded-1.jtl'), rows.slice(60).join('\n').slice(0, -20));
    const { status, stdout } = program.run(['report', file('killed'), '--json', '-', '--quiet']);
    expect(status).toBe(0);
    expect(JSON.parse(stdout).series.http.ms.length).toBeGreaterThanOrEqual(rows.length - 1);
  });

  it('makes do with captures alone, and refuses what is no run', () => {
    rmSync(file('bare'), { recursive: true, force: true });
    writeRun(file('bare'));
    for (const name of ['run.json', 'scaling.jsonl', 'metrics.jsonl', 'load.jsonl', 'http.jtl'])
      rmSync(file('bare', name));
    const { status, stdout } = program.run(['report', file('bare')]);
    expect(status).toBe(0);
    validate(JSON.parse(readFileSync(file('bare', 'report.json'), 'utf8')));
    expect(validate.errors).toBeNull();
    expect(stdout).toContain('There is no run.json');
    expect(readdirSync(file('bare'))).toEqual(expect.arrayContaining(['report.html', 'report.json', 'report.md']));
    writeFileSync(file('plain.txt'), 'x');
    expect(program.run(['report', file('plain.txt')])).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('no run directory'),
    });
    expect(program.run(['report', file('run'), '--jtl', file('plain.txt')])).toMatchObject({ status: 2 });
  });
});

describe('docs/report.schema.json', () => {
  it('says of each figure what the schemas of an analysis and a comparison say', () => {
    const schemaOf = (name: string) => JSON.parse(readFileSync(join(root, 'docs', `${name}.schema.json`), 'utf8'));
    const { $defs: own } = schemaOf('report');
    const { $defs: theirs } = schemaOf('analysis');
    for (const [name, shape] of Object.entries<{ properties: object }>(own)) {
      const other = theirs[{ Phase: 'StateGroup' }[name] ?? name];
      if (other === undefined) continue;
      const { perStream: _, joinTimesMs: __, ...members } = other.properties;
      expect(shape.properties, name).toMatchObject(members);
    }
    expect(own.Comparison.properties).toEqual(schemaOf('comparison').properties);
  });
});

describe('JMeter results', () => {
  const sample = { timeMs: 1_700_000_000_000, elapsedMs: 31, label: 'a, "b"', thread: 'T 1-1', success: true };
  it.each([
    ['without a header', '1700000000000,31,"a, ""b""",200,OK,T 1-1,text,true,1,1'],
    ['with a header', 'elapsed,timeStamp,success,threadName,label\n31,1700000000000,true,T 1-1,"a, ""b"""'],
  ])('in CSV %s', (_name, text) => {
    expect(readJtl(text)).toEqual({ samples: [sample], refused: 0 });
  });

  it('in XML', () => {
    const text =
      '<?xml version="1.0"?><testResults><httpSample t="31" lt="3" ts="1700000000000" s="true" lb="x" rc="200" tn="T 1-1"/><httpSample t="x" ts="1"/></testResults>';
    expect(readJtl(text)).toEqual({ samples: [{ ...sample, label: 'x' }], refused: 1 });
  });
});
