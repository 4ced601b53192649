import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type LabOutcome, type LabProgress, LocalDriver, runLab } from '../../cluster/index.ts';
import { eventually, scenarioOf } from '../cluster/drivers/driver-contract.ts';

const program = [process.execPath, fileURLToPath(new URL('./stand-in.mjs', import.meta.url))];
const may = spawnSync('dumpcap', ['-D']).status === 0 && process.getuid?.() === 0;
const hasTshark = spawnSync('tshark', ['--version']).error === undefined;
const skipped = may ? '' : ' (SKIPPED: dumpcap may not capture here)';
const PHASES = 'phases: [{ name: only, seconds: 6, http: { users: 1 }, load: { rooms: 1, participants: 1 } }]\n';

/** Twenty answers are a mebibyte. */
const BIG = 'phases: [{ name: only, seconds: 8, http: { users: 4, pauseMs: 0, path: /big } }]\n';

describe.skipIf(!may)(`captures of a run, by dumpcap${skipped}`, { timeout: 120_000 }, () => {
  let folder: string;
  let driver: LocalDriver;
  const seen: LabProgress[] = [];
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'rtcscope-lab-'));
    driver = new LocalDriver({ program });
    seen.length = 0;
  });
  afterEach(async () => {
    await driver.teardown();
    rmSync(folder, { recursive: true, force: true });
  });

  const run = (text: string): Promise<LabOutcome> =>
    runLab(scenarioOf(text), {
      ...{ folder, driver, program, version: 'test', jmeter: null, signal: new AbortController().signal },
      onProgress: (progress) => seen.push(progress),
      onProblem: () => {},
    });
  const bytes = (file: string) => readFileSync(join(folder, file));

  it('of each node and each pod: names, host, clock, phases and keys are in the file', async () => {
    const { description } = await run(`name: caught\ncapture: { points: [nodes, pods] }\n${PHASES}`);
    expect(description.captures.map(({ file, kind, tool, node, pod }) => [file, kind, tool, node, pod])).toEqual([
      ['captures/master.pcapng', 'node', 'dumpcap', 'master', null],
      ['captures/worker-1.pcapng', 'node', 'dumpcap', 'worker-1', null],
      ['captures/worker-2.pcapng', 'node', 'dumpcap', 'worker-2', null],
      ['captures/sfu-1.pcapng', 'pod', 'dumpcap', 'worker-1', 'sfu-1'],
    ]);
    for (const { droppedByCapture, limits } of description.captures) {
      expect([droppedByCapture, limits]).toEqual([0, ['the first 160 bytes of each packet']]);
    }
    // The gateway's HTTP is in the master's, and in no other.
    expect(bytes('captures/master.pcapng').includes('GET / HTTP')).toBe(true);
    expect(bytes('captures/worker-2.pcapng').includes('GET / HTTP')).toBe(false);
    for (const [file, name] of [
      ['captures/worker-1.pcapng', 'node worker-1'],
      ['captures/sfu-1.pcapng', 'pod sfu-1 on worker-1'],
    ]) {
      const text = bytes(file).toString('latin1');
      expect(text).toContain(name);
      for (const part of ['run: caught', 'host: ', 'clock: time stamps by the kernel', 'CLIENT_RANDOM 00 11']) {
        expect(text).toContain(part);
      }
      expect(text).toContain('phase only (1) begins');
      expect(text).toContain('phase only (1) ends');
    }
    // In the captures, and nowhere else.
    expect(spawnSync('grep', ['-rl', 'CLIENT_RANDOM', join(folder, 'logs')], { encoding: 'utf8' }).stdout).toBe('');
  });

  it.skipIf(!hasTshark)('tshark and capinfos read them', async () => {
    await run(`name: read\n${PHASES}`);
    const file = join(folder, 'captures/master.pcapng');
    const tshark = spawnSync('tshark', ['-r', file, '-Y', 'http.request', '-T', 'fields', '-e', 'http.request.uri'], {
      encoding: 'utf8',
    });
    expect(tshark.status).toBe(0);
    expect(new Set(tshark.stdout.trim().split('\n'))).toContain('/');
    const capinfos = spawnSync('capinfos', [file], { encoding: 'utf8' }).stdout;
    expect(capinfos).toMatch(/Capture comment: +node: master/);
    expect(capinfos).toMatch(/Number of decryption secrets in file: 1/);
    expect(capinfos).toMatch(/Strict time order: +True/);
  });

  it('a capture process that dies is told, the others go on', async () => {
    const running = run(`name: dying\n${PHASES}`);
    await eventually(() => seen.length > 0, 'the phase runs');
    process.kill(driver.capturePids[1], 'SIGKILL');
    const { description } = await running;
    const dead = description.captures.filter(({ limits }) =>
      limits.includes('the capture process died before the end'),
    );
    expect(dead).toHaveLength(1);
    expect(description.problems.filter(({ code }) => code === 'capture-died')).toHaveLength(1);
    for (const { file } of description.captures) expect(statSync(join(folder, file)).size).toBeGreaterThan(100);
  });

  it('a ring keeps the newest files, and says that it does', async () => {
    const { description } = await run(`name: ring\ncapture: { maxMiB: 1, ringFiles: 2, snapLength: 65000 }\n${BIG}`);
    const master = description.captures.filter(({ node }) => node === 'master');
    expect(master).toHaveLength(2);
    expect(master[0].file).toMatch(/^captures\/master_\d{5}_\d{14}\.pcapng$/);
    expect(master[0].limits).toContain('a ring: only the newest 2 files of 1 MiB are kept');
    // The newest may have begun a moment ago.
    expect(master.some(({ file }) => bytes(file).includes('GET /big HTTP'))).toBe(true);
  });

  it('without a ring a capture ends at its size, and says so', async () => {
    const { description } = await run(`name: full\ncapture: { maxMiB: 1, snapLength: 65000 }\n${BIG}`);
    expect(description.problems.map(({ code }) => code)).toContain('capture-full');
    expect(description.captures[0].limits).toContain('ended early at its size limit');
  });
});
