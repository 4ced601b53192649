import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Analysis, Analyzer } from '../../../analyzers/index.ts';
import { CaptureWalk } from '../../../captures/index.ts';
import { renderParquet } from '../../../reports/index.ts';
import { samples } from '../../cli/program.ts';

// By DuckDB, which shares no code with the writer.
describe('Parquet as DuckDB reads it', { timeout: 60_000 }, () => {
  let folder: string;
  let analysis: Analysis;
  let ask: (sql: string) => Promise<Record<string, unknown>[]>;
  let close: () => void;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'rtcscope-duckdb-'));
    const analyzer = new Analyzer();
    const walk = new CaptureWalk([join(samples, 'call.pcapng'), join(samples, 'voip.pcap')], {});
    await walk.run((cursor, _capture, interfaceNumber) => analyzer.record(cursor, interfaceNumber));
    analysis = analyzer.report(walk.summaries());
    const { streams, series } = await renderParquet(analysis);
    writeFileSync(join(folder, 'streams.parquet'), streams);
    writeFileSync(join(folder, 'series.parquet'), series);
    const instance = await DuckDBInstance.create(':memory:');
    const connection = await instance.connect();
    const of = (name: string) => `read_parquet('${join(folder, `${name}.parquet`)}')`;
    ask = async (sql) => {
      const query = sql.replaceAll('$streams', of('streams')).replaceAll('$series', of('series'));
      return (await connection.runAndReadAll(query)).getRowObjects() as Record<string, unknown>[];
    };
    close = () => {
      connection.closeSync();
      instance.closeSync();
    };
  }, 60_000);
  afterAll(() => {
    close();
    rmSync(folder, { recursive: true });
  });

  it('has the streams, with nulls for what is unknown', async () => {
    const rows = await ask('select id, ssrc, packets, lost, lostPercent, codec, mos, jitterMs_p95 from $streams');
    expect(rows).toEqual(
      analysis.streams.map(({ id, ssrc, packets, lost, lostPercent, codec, mos, jitterMs }) => ({
        ...{ id, ssrc: BigInt(ssrc), packets: BigInt(packets), lost: BigInt(lost), lostPercent, codec, mos },
        jitterMs_p95: jitterMs?.p95 ?? null,
      })),
    );
    expect(rows.some(({ mos }) => mos === null)).toBe(true);
  });

  it('has a series that joins to them, whose sums are theirs', async () => {
    const rows =
      await ask(`select id, any_value(streams.packets) as packets, sum(series.packets)::bigint as summed, count(*) as windows
      from $streams streams join $series series using (id) group by id order by id`);
    const expected = analysis.streams.map(({ id, packets, series }) => ({
      ...{ id, packets: BigInt(packets), summed: BigInt(packets), windows: BigInt(series.packets.length) },
    }));
    expect(rows).toEqual(expected.sort((a, b) => (a.id < b.id ? -1 : 1)));
  });

  it('has times, to the microsecond: DuckDB keeps no more of a time with a zone', async () => {
    const [{ kind }] = await ask('select any_value(typeof(time)) as kind from $series');
    expect(kind).toBe('TIMESTAMP WITH TIME ZONE');
    const rows = await ask('select id, epoch_us(min(time)) as begin from $series group by id');
    for (const { id, begin } of rows) {
      const { series } = analysis.streams.find((stream) => stream.id === id)!;
      const [seconds, fraction = ''] = String(series.startTime).slice(0, -1).split('.');
      expect(begin).toBe(BigInt(Date.parse(`${seconds}Z`)) * 1000n + BigInt(fraction.padEnd(6, '0').slice(0, 6)));
    }
  });
});
