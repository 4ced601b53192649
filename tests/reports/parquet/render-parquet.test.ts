import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parquetMetadata, parquetReadObjects } from 'hyparquet';
import { DEFAULT_PARSERS } from 'hyparquet/src/convert.js';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Analysis } from '../../../analyzers/index.ts';
import { renderParquet } from '../../../reports/index.ts';
import { builtProgram, samples } from '../../cli/program.ts';

// Times as they are in the file: a Date holds no nanoseconds.
const parsers = { ...DEFAULT_PARSERS, timestampFromNanoseconds: (value: bigint) => value };
const read = (bytes: Uint8Array) =>
  parquetReadObjects({ file: bytes.slice().buffer as ArrayBuffer, parsers: parsers as never });

const program = builtProgram();
let analysis: Analysis;
beforeAll(() => {
  const { stdout, status } = program.run(['analyze', join(samples, 'call.pcapng'), '--json', '-']);
  expect(status).toBe(0);
  analysis = JSON.parse(stdout);
});

describe('Parquet', () => {
  it('holds the streams as the JSON does, whole numbers as such and unknown ones as null', async () => {
    const rows = await read((await renderParquet(analysis)).streams);
    expect(rows).toHaveLength(analysis.streams.length);
    for (const [place, row] of rows.entries()) {
      const stream = analysis.streams[place];
      expect(row).toMatchObject({
        ...{ id: stream.id, source: stream.source, ssrc: BigInt(stream.ssrc), packets: BigInt(stream.packets) },
        ...{ bytes: BigInt(stream.bytes), lost: BigInt(stream.lost), lostPercent: stream.lostPercent },
        ...{ codec: stream.codec, encrypted: stream.encrypted, jitterMs_p95: stream.jitterMs?.p95 ?? null },
        ...{ mos: stream.mos, startTime: stream.startTime, keyFrames: nullOr(stream.video?.keyFrames) },
      });
    }
    expect(analysis.streams.some(({ mos }) => mos === null)).toBe(true);
  });

  it('holds a row for each window of each series, with its time to the nanosecond', async () => {
    const rows = await read((await renderParquet(analysis)).series);
    const expected = analysis.streams.reduce((sum, { series }) => sum + series.packets.length, 0);
    expect(rows).toHaveLength(expected);
    for (const { id, packets, series } of analysis.streams) {
      const own = rows.filter((row) => row['id'] === id);
      expect(own.reduce((sum, row) => sum + Number(row['packets']), 0)).toBe(packets);
      const [seconds, fraction] = String(series.startTime).slice(0, -1).split('.');
      const startNs = BigInt(Date.parse(`${seconds}Z`)) * 1_000_000n + BigInt(fraction.padEnd(9, '0'));
      expect(own.map((row) => row['time'])).toEqual(
        series.packets.map((_, window) => startNs + BigInt(window) * 1_000_000_000n),
      );
    }
  });

  it('has the same columns and types whatever it holds', async () => {
    const shape = (bytes: Uint8Array) =>
      parquetMetadata(bytes.slice().buffer as ArrayBuffer).schema.map(
        ({ name, type, converted_type, logical_type }) => ({
          ...{ name, type, converted_type, logical_type },
        }),
      );
    const full = await renderParquet(analysis);
    const empty = await renderParquet({ ...analysis, streams: [] });
    expect(shape(empty.streams)).toEqual(shape(full.streams));
    expect(shape(empty.series)).toEqual(shape(full.series));
    expect(shape(full.series)).toContainEqual(
      expect.objectContaining({
        name: 'time',
        type: 'INT64',
        logical_type: expect.objectContaining({ type: 'TIMESTAMP' }),
      }),
    );
  });

  it('is written by the program into a folder, or to a file and one beside it', () => {
    const folder = mkdtempSync(join(tmpdir(), 'rtcscope-parquet-'));
    try {
      const run = (path: string) => program.run(['analyze', join(samples, 'call.pcapng'), '--parquet', path]);
      expect(run(join(folder, 'tables')).status).toBe(0);
      expect(readdirSync(join(folder, 'tables')).sort()).toEqual(['series.parquet', 'streams.parquet']);
      expect(run(join(folder, 'one.parquet')).status).toBe(0);
      expect(readdirSync(folder).sort()).toEqual(['one.parquet', 'one.series.parquet', 'tables']);
      const [a, b] = [join(folder, 'tables', 'streams.parquet'), join(folder, 'one.parquet')].map((path) =>
        readFileSync(path),
      );
      expect(a.equals(b)).toBe(true);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

const nullOr = (value: number | null | undefined) => (value === null || value === undefined ? null : BigInt(value));
