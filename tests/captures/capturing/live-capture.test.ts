import { existsSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { describe, expect, it, vi } from 'vitest';
import { type CaptureOutput, loadCapturing, type Ring } from '../../../captures/index.ts';
import { everyRecord } from '../records/every-record.ts';
import { sampleCapture } from '../sample-capture.ts';
import { temporaryFolder } from '../temporary-folder.ts';

// For a machine that is slow and busy.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

const { FileOutput, LiveCapture, LiveCaptureError, openLiveCursor, ProcessSource, StreamOutput } =
  await loadCapturing();
const folder = temporaryFolder();
const PACKETS = 500;
const sample = folder.write('sample.pcap', sampleCapture(PACKETS));

/** A program that writes a capture to its standard output, and then waits to be ended, or ends. */
const source = (script: string) =>
  new ProcessSource({
    command: ['sh', '-c', script],
    name: 'somewhere',
    tool: 'sh',
    clock: 'its own',
    device: 'net1',
  });

async function capture(script: string, output: CaptureOutput) {
  const from = source(script);
  const live = new LiveCapture(from, await openLiveCursor(from), output, {
    section: { comments: ['host: here'] },
    describe: () => ({ name: 'net1' }),
    snapLength: null,
  });
  return { from, live };
}

const NO_LIMIT = { packets: null, seconds: null };

function ringed(name: string, ring: Ring): CaptureOutput {
  return new FileOutput(join(folder.path, name), ring);
}

describe('a live capture from a program', () => {
  it('takes all packets, and those that the program still gives when it is told to end', async () => {
    const path = join(folder.path, 'told.pcapng');
    const script = `trap 'tail -c +58025 ${sample}; exit 0' INT; head -c 58024 ${sample}; while :; do sleep 0.05; done`;
    const { live } = await capture(script, new FileOutput(path, null));
    const running = live.run(NO_LIMIT);
    // Told to end only once it has given what it gives before.
    while (live.progress.packets < 499) await new Promise((resolve) => setTimeout(resolve, 10));
    live.stop();
    expect(await running).toMatchObject({ packets: PACKETS, fault: null, files: [path] });
    const { cursor, records } = await everyRecord(readFileSync(path));
    expect(records).toEqual((await everyRecord(readFileSync(sample))).records);
    expect([cursor.truncated, cursor.problems.list()]).toEqual([false, []]);
  });

  it('ends after so many packets, though the program would go on', async () => {
    const path = join(folder.path, 'counted.pcapng');
    const { live } = await capture(`cat ${sample}; exec sleep 60`, new FileOutput(path, null));
    expect(await live.run({ packets: 7, seconds: null })).toMatchObject({ packets: 7, fault: null });
    expect((await everyRecord(readFileSync(path))).records).toHaveLength(7);
  });

  it('leaves a whole file, and says why, where the program dies', async () => {
    const path = join(folder.path, 'died.pcapng');
    const { live } = await capture(
      `head -c 1000 ${sample}; echo the wire burnt >&2; exit 3`,
      new FileOutput(path, null),
    );
    const { fault, packets } = await live.run(NO_LIMIT);
    expect(packets).toBe(8);
    expect(fault?.message).toBe('sh on somewhere ended: the wire burnt');
    const { cursor, records } = await everyRecord(readFileSync(path));
    expect([records.length, cursor.truncated]).toEqual([8, false]);
  });

  it('does not begin, and leaves an older file alone, where the program gives no capture', async () => {
    for (const script of ['echo nothing >&2; exit 1', 'echo this is no capture at all, but text', 'exit 0']) {
      await expect(openLiveCursor(source(script))).rejects.toBeInstanceOf(LiveCaptureError);
    }
    await expect(openLiveCursor(source('exec /no/such/program'))).rejects.toBeInstanceOf(LiveCaptureError);
  });

  it.skipIf(!existsSync('/dev/full'))('says that the disk is full, and leaves no half of a block', async () => {
    const path = join(folder.path, 'full.pcapng');
    symlinkSync('/dev/full', path);
    const { live } = await capture(`cat ${sample}; exec sleep 60`, new FileOutput(path, null));
    await expect(live.run(NO_LIMIT)).rejects.toThrow(/full\.pcapng: the disk is full/);
  });

  it('is given up before it began where that is asked for', async () => {
    const told = new AbortController();
    const silent = source('exec sleep 60');
    const opening = openLiveCursor(silent, told.signal);
    told.abort();
    await expect(opening).rejects.toThrow(/ended before it began/);
    await silent.ended;
  });

  it('is over when nobody reads on', async () => {
    const reader = new PassThrough();
    const { live } = await capture(`cat ${sample}; exec sleep 60`, new StreamOutput(reader));
    reader.once('readable', () => reader.destroy());
    const { fault } = await live.run(NO_LIMIT);
    expect(fault).toBeNull();
  });
});

describe('a ring of files', () => {
  it('keeps the newest, each of which can be read alone', async () => {
    // Slowly, for a file that is full is left when what came at once is written.
    const pieces = Array.from({ length: 10 }, (_, index) => `tail -c +${25 + index * 5800} ${sample} | head -c 5800`);
    const script = `head -c 24 ${sample}; ${pieces.join('; sleep 0.1; ')}`;
    const { live } = await capture(script, ringed('ring.pcapng', { files: 3, megabytes: 0.005, seconds: null }));
    const outcome = await live.run(NO_LIMIT);
    const names = readdirSync(folder.path)
      .filter((name) => name.startsWith('ring_'))
      .sort();
    expect(names.length).toBe(3);
    expect(outcome.files.map((path) => path.slice(folder.path.length + 1))).toEqual(names);
    for (const name of names) expect(name).toMatch(/^ring_\d{5}_\d{14}\.pcapng$/);
    const kept: number[][] = [];
    for (const file of outcome.files) {
      const { cursor, records } = await everyRecord(readFileSync(file));
      expect([cursor.truncated, cursor.interfaces[0].name, cursor.sections[0].comments]).toEqual([
        false,
        'net1',
        ['host: here'],
      ]);
      kept.push(...records.map(({ data }) => data));
    }
    const all = (await everyRecord(readFileSync(sample))).records.map(({ data }) => data);
    // The newest without a gap.
    expect(kept).toEqual(all.slice(all.length - kept.length));
    expect(kept.length).toBeLessThan(PACKETS);
  });

  it('cannot be written where there is no folder, or a folder has its name', () => {
    writeFileSync(join(folder.path, 'file'), '');
    for (const path of ['nowhere/x.pcapng', 'file/x.pcapng', '.']) {
      expect(() => new FileOutput(join(folder.path, path), null)).toThrow(LiveCaptureError);
    }
  });
});
