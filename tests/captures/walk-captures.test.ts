import { type ChildProcess, spawn } from 'node:child_process';
import { appendFileSync, closeSync, openSync, readdirSync, renameSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { CaptureWalk, type WalkProgress, walkCaptures } from '../../captures/walk-captures.ts';
import { PcapWriter } from '../../captures/writing/pcap-writer.ts';
import { PcapngWriter } from '../../captures/writing/pcapng-writer.ts';
import { missingCaptures, sharedCapture } from '../shared-captures.ts';
import { concatenate } from './records/every-record.ts';
import { sampleCapture } from './sample-capture.ts';
import { temporaryFolder } from './temporary-folder.ts';

const folder = temporaryFolder();

function pcapOf(seconds: readonly number[]): Uint8Array {
  const writer = new PcapWriter({ linkType: 101, resolution: 'microseconds' });
  return concatenate(
    writer.fileHeader(),
    ...seconds.map((second, index) => writer.packet({ seconds: second, nanoseconds: 0 }, Uint8Array.of(index))),
  );
}

async function walked(paths: string[]): Promise<[number, number, number][]> {
  const rows: [number, number, number][] = [];
  await walkCaptures(paths, (cursor, capture) => {
    rows.push([cursor.seconds, capture, cursor.bytes[cursor.offset]]);
  });
  return rows;
}

describe('walkCaptures', () => {
  it('tells what a capture held', async () => {
    const writer = new PcapngWriter();
    const time = (seconds: number) => ({ seconds, nanoseconds: 5 });
    const path = folder.write(
      'two-interfaces.pcapng.gz',
      gzipSync(
        concatenate(
          writer.sectionHeader(),
          writer.interfaceDescription({ linkType: 1, name: 'eth0', resolution: 6 }),
          writer.interfaceDescription({ linkType: 113, name: 'any' }),
          writer.packet({ interfaceId: 1, time: time(20), data: new Uint8Array(10), originalLength: 100 }),
          writer.packet({ interfaceId: 1, time: time(10), data: new Uint8Array(10) }),
          writer.packet({ interfaceId: 0, time: time(30), data: new Uint8Array(10) }),
          writer.interfaceStatistics({ interfaceId: 1, time: time(30), droppedByInterface: 4 }),
        ),
      ),
    );
    const numbers: number[] = [];
    const [summary] = await walkCaptures([path], (_, __, interfaceNumber) => numbers.push(interfaceNumber));
    expect(numbers).toEqual([0, 0, 1]);
    expect(summary).toMatchObject({
      path,
      format: 'pcapng+gzip',
      linkTypes: [1, 113],
      packets: 3,
      bytes: 120,
      start: { seconds: 10, nanoseconds: 5 },
      end: { seconds: 30, nanoseconds: 0 },
      timeDigits: 9,
      truncated: false,
      droppedPackets: 4,
      interfaces: [
        { description: { name: 'eth0' }, packets: 1 },
        { description: { name: 'any' }, packets: 2 },
      ],
      problems: [],
    });
  });

  it('merges captures in time order, equal times in the order given', async () => {
    const a = folder.write('a.pcap', pcapOf([1, 3, 5, 5]));
    const b = folder.write('b.pcap.gz', gzipSync(pcapOf([2, 3, 4, 9])));
    const c = folder.write('c.pcap', pcapOf([]));
    expect(await walked([b, c, a])).toEqual([
      [1, 2, 0],
      [2, 0, 0],
      [3, 0, 1],
      [3, 2, 1],
      [4, 0, 2],
      [5, 2, 2],
      [5, 2, 3],
      [9, 0, 3],
    ]);
  });

  it('takes a capture in which time runs backwards as it is', async () => {
    const a = folder.write('back.pcap', pcapOf([5, 1, 6]));
    const b = folder.write('forth.pcap', pcapOf([4, 7]));
    expect(await walked([a, b])).toEqual([
      [4, 1, 0],
      [5, 0, 0],
      [1, 0, 1],
      [6, 0, 2],
      [7, 1, 1],
    ]);
  });

  it('gives every record once and ordered, however captures overlap', async () => {
    let round = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.array(fc.nat(50), { maxLength: 12 }), { minLength: 1, maxLength: 12 }),
        async (captures) => {
          const sorted = captures.map((seconds) => seconds.sort((x, y) => x - y));
          round++;
          const paths = sorted.map((seconds, index) => folder.write(`m${round}-${index}`, pcapOf(seconds)));
          const rows = await walked(paths);
          const expected = sorted
            .flatMap((seconds, capture) =>
              seconds.map((second, index): [number, number, number] => [second, capture, index]),
            )
            .sort((x, y) => x[0] - y[0] || x[1] - y[1] || x[2] - y[2]);
          expect(rows).toEqual(expected);
        },
      ),
      { numRuns: 60 },
    );
  });

  it('keeps only overlapping captures open', async () => {
    const paths = Array.from({ length: 200 }, (_, index) =>
      folder.write(`ring-${index}`, pcapOf([index * 10, index * 10 + 9])),
    );
    const openFiles = () => readdirSync('/proc/self/fd').length;
    const before = openFiles();
    let most = 0;
    await walkCaptures(paths.reverse(), () => {
      most = Math.max(most, openFiles() - before);
    });
    expect(most).toBeLessThanOrEqual(2);
    expect(openFiles()).toBe(before);
  });

  it('numbers interfaces over all captures', async () => {
    const a = folder.write('n1', pcapOf([1, 3]));
    const b = folder.write('n2', pcapOf([2, 4]));
    const seen: [number, number][] = [];
    await walkCaptures([a, b], (_, capture, interfaceNumber) => seen.push([capture, interfaceNumber]));
    expect(seen).toEqual([
      [0, 0],
      [1, 1],
      [0, 0],
      [1, 1],
    ]);
  });

  it('tells progress up to the end, and gives other work a turn', async () => {
    const path = folder.write('progress.pcap', sampleCapture(20_000));
    const told: WalkProgress[] = [];
    let turns = 0;
    const timer = setInterval(() => turns++, 0);
    await walkCaptures([path, path], () => {}, {
      yieldEveryBytes: 100_000,
      onProgress: (progress) => told.push(progress),
    });
    clearInterval(timer);
    const total = 2 * (24 + 20_000 * 116);
    expect(told.length).toBeGreaterThan(3);
    expect(told.at(-1)).toEqual({ bytesRead: total, totalBytes: total });
    expect(told.every((progress, index) => index === 0 || progress.bytesRead >= told[index - 1].bytesRead)).toBe(true);
    expect(turns).toBeGreaterThan(0);
  });

  it('ends where the signal is aborted, and keeps what it had', async () => {
    const path = folder.write('abort.pcap', sampleCapture(50_000));
    const abort = new AbortController();
    const walk = new CaptureWalk([path], { signal: abort.signal, yieldEveryBytes: 1 });
    await walk.run((cursor) => {
      if (cursor.seconds === 1100) abort.abort();
    });
    const [summary] = walk.summaries();
    expect(summary.packets).toBeGreaterThan(100);
    expect(summary.packets).toBeLessThan(50_000);
    expect(summary).toMatchObject({ truncated: false, problems: [] });
  });

  it('counts a cut gzip once', async () => {
    const compressed = gzipSync(sampleCapture(500));
    const path = folder.write('cut.gz', compressed.subarray(0, compressed.length / 2));
    const [summary] = await walkCaptures([path], () => {});
    expect(summary).toMatchObject({ truncated: true, problems: [{ code: 'truncated', count: 1 }] });
    expect(summary.packets).toBeGreaterThan(200);
  });
});

describe('standard input', () => {
  const walk = join(import.meta.dirname, '../../captures/walk-captures.ts');
  const script = `import { walkCaptures } from ${JSON.stringify(walk)};
    const [one] = await walkCaptures(['-'], () => {});
    console.log(JSON.stringify([one.path, one.format, one.packets, one.truncated]));`;
  const outfile = join(folder.path, 'stdin.mjs');
  const compressed = gzipSync(sampleCapture(5000));

  beforeAll(async () => {
    const entryPoints = [folder.write('stdin.ts', script)];
    await build({ entryPoints, bundle: true, platform: 'node', format: 'esm', outfile, logLevel: 'error' });
  });

  async function outputOf(child: ChildProcess): Promise<unknown> {
    let out = '';
    for await (const chunk of child.stdout!) out += chunk;
    return JSON.parse(out);
  }

  it('is read from a pipe', async () => {
    const child = spawn(process.execPath, [outfile], { stdio: ['pipe', 'pipe', 'inherit'] });
    child.stdin.write(compressed.subarray(0, 1000));
    child.stdin.end(compressed.subarray(1000));
    expect(await outputOf(child)).toEqual(['-', 'pcap+gzip', 5000, false]);
  });

  it('is read from a file that is put in its place', async () => {
    const file = openSync(folder.write('redirected', compressed), 'r');
    const child = spawn(process.execPath, [outfile], { stdio: [file, 'pipe', 'inherit'] });
    closeSync(file);
    expect(await outputOf(child)).toEqual(['-', 'pcap+gzip', 5000, false]);
  });
});

describe('following a growing capture', () => {
  const follow = (path: string, until: (packets: number, abort: AbortController) => void) => {
    const abort = new AbortController();
    const walk = new CaptureWalk([path], { follow: true, signal: abort.signal });
    let packets = 0;
    return { walk, done: walk.run(() => until(++packets, abort)), abort };
  };
  const bytes = sampleCapture(10);

  it('reads on as the file grows, from its first byte, and stops when told', async () => {
    const path = folder.write('grows.pcap', '');
    const { walk, done } = follow(path, (packets, abort) => {
      // Each part is written when the one before was read: no time is waited for.
      if (packets === 2) appendFileSync(path, bytes.subarray(24 + 2 * 116 + 50));
      if (packets === 10) abort.abort();
    });
    appendFileSync(path, bytes.subarray(0, 24 + 2 * 116 + 50));
    await done;
    expect(walk.summaries()).toMatchObject([{ packets: 10, truncated: false, problems: [] }]);
  });

  it('ends when the file is truncated', async () => {
    const path = folder.write('shrinks.pcap', bytes);
    const { walk, done } = follow(path, (packets) => {
      if (packets === 10) truncateSync(path, 0);
    });
    await done;
    expect(walk.summaries()).toMatchObject([{ packets: 10 }]);
  });

  it('reads the old file to its end and ends when another takes its name', async () => {
    const path = folder.write('rotates.pcap', bytes.subarray(0, 24 + 5 * 116));
    const { walk, done } = follow(path, (packets) => {
      if (packets !== 5) return;
      appendFileSync(path, bytes.subarray(24 + 5 * 116));
      renameSync(path, `${path}.1`);
      writeFileSync(path, bytes);
    });
    await done;
    expect(walk.summaries()).toMatchObject([{ packets: 10, truncated: false }]);
  });
});

describe(`one call in many wrappings${missingCaptures}`, () => {
  const packetsOf: Record<string, number> = {
    'ng-cut-mid-block.pcapng': 235,
    'eth-cut-mid-record.pcap': 235,
    'eth-cut-mid-record-header.pcap': 235,
    'eth-le-us-cut.pcap.gz': 128,
    // Over TCP there are more segments than packets of media.
    'rfc4571-tcp.pcap': 237,
    'rfc4571-tcp-split.pcap': 709,
  };
  const path = missingCaptures === '' ? (sharedCapture('derived__g711a') as string) : '';
  const names = path === '' ? ['all of derived__g711a'] : readdirSync(path).filter((name) => !name.endsWith('.txt'));
  it.skipIf(path === '').each(names)('%s', async (name) => {
    const [summary] = await walkCaptures([join(path, name)], () => {});
    expect(summary.packets).toBe(packetsOf[name] ?? 236);
    expect(summary.truncated).toBe(name.includes('-cut'));
  });
});
