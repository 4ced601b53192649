import type { ColumnSource, SchemaElement } from 'hyparquet-writer';
import type { Analysis } from '../../analyzers/index.ts';
import { STREAM_COLUMNS } from '../csv/stream-columns.ts';

/** Text columns of the streams; all others are numbers. */
const TEXT = new Set([
  ...['id', 'source', 'destination', 'transport', 'relayedPeer', 'payloadTypes', 'kind', 'kindSource', 'codec'],
  ...[
    'codecSource',
    'clockRateSource',
    'cname',
    'startTime',
    'endTime',
    'longestLossTime',
    'mosBasis',
    'repairsSource',
  ],
  ...['lossSide', 'session', 'wiresharkFilter'],
]);
const TRUTH = new Set(['encrypted']);
/** Whole numbers, which may be more than 32 bits have room for. */
const WHOLE = new Set([
  ...['ssrc', 'clockRate', 'packets', 'bytes', 'expected', 'lost', 'duplicates', 'copies', 'late', 'reordered'],
  ...['reorderingExtent_max', 'restarts', 'bursts', 'longestLoss', 'frames', 'freezes', 'damagedFrames', 'keyFrames'],
  ...['silences', 'comfortNoisePackets', 'telephoneEvents', 'repairsSsrc', 'reported_lost', 'frameBytes_max'],
]);

/** A moment in UTC with all nanoseconds, which readers know as such. */
const TIME: SchemaElement = {
  name: 'time',
  type: 'INT64',
  logical_type: { type: 'TIMESTAMP', isAdjustedToUTC: true, unit: 'NANOS' },
  repetition_type: 'OPTIONAL',
};

/** Of each table: its columns have the same types whatever the analysis holds, so that many files can be read as one. */
export interface ParquetTables {
  readonly streams: Uint8Array;
  readonly series: Uint8Array;
}

/**
 * The streams, a row each, and their series, a row for each window, as Parquet (compressed by Snappy). Names are those of the CSV; what is not
 * known is null; whole numbers are 64 bits; times of windows are timestamps in UTC.
 */
export async function renderParquet(analysis: Analysis): Promise<ParquetTables> {
  const { parquetWriteBuffer, schemaFromColumnData } = await import('hyparquet-writer');
  const kvMetadata = [{ key: 'schema', value: analysis.schema }];
  const write = (columnData: ColumnSource[]) => {
    const schema = schemaFromColumnData({ columnData, schemaOverrides: { time: TIME } });
    // The writer takes types from the columns or from a schema, not from both.
    const untyped = columnData.map(({ name, data }) => ({ name, data }));
    return new Uint8Array(parquetWriteBuffer({ columnData: untyped, schema, kvMetadata }));
  };
  return { streams: write(streamColumns(analysis)), series: write(seriesColumns(analysis)) };
}

function streamColumns({ streams }: Analysis): ColumnSource[] {
  return STREAM_COLUMNS.map(([name, cell]) => {
    const values = streams.map((stream) => cell(stream));
    if (TEXT.has(name)) return { name, type: 'STRING', data: values };
    if (TRUTH.has(name)) return { name, type: 'BOOLEAN', data: values };
    if (WHOLE.has(name)) return { name, type: 'INT64', data: values.map((value) => wholeOf(value as number | null)) };
    return { name, type: 'DOUBLE', data: values };
  });
}

function seriesColumns({ streams }: Analysis): ColumnSource[] {
  const rows = streams.flatMap(({ id, ssrc, series }) =>
    series.packets.map((packets, window) => ({
      ...{ id, ssrc, window, packets, bytes: series.bytes[window], lost: series.lost[window] },
      ...{ jitterMs: series.jitterMs[window], maxJitterMs: series.maxJitterMs[window] },
      timeNs: windowNs(series.startTime, series.windowSeconds, window),
      windowSeconds: series.windowSeconds,
    })),
  );
  const whole = (name: 'ssrc' | 'window' | 'packets' | 'bytes' | 'lost'): ColumnSource => ({
    ...{ name, type: 'INT64', data: rows.map((row) => wholeOf(row[name])) },
  });
  const real = (name: 'windowSeconds' | 'jitterMs' | 'maxJitterMs'): ColumnSource => ({
    ...{ name, type: 'DOUBLE', data: rows.map((row) => row[name]) },
  });
  return [
    { name: 'id', type: 'STRING', data: rows.map(({ id }) => id) },
    whole('ssrc'),
    whole('window'),
    { name: 'time', data: rows.map(({ timeNs }) => timeNs) },
    real('windowSeconds'),
    whole('packets'),
    whole('bytes'),
    whole('lost'),
    real('jitterMs'),
    real('maxJitterMs'),
  ];
}

function wholeOf(value: number | null): bigint | null {
  return value === null || !Number.isFinite(value) ? null : BigInt(Math.round(value));
}

/** When a window begins: a double holds no nanoseconds since 1970. */
function windowNs(startTime: string | null, windowSeconds: number, window: number): bigint | null {
  const [, whole, fraction = ''] = /^(.*?)(?:\.(\d+))?Z$/.exec(startTime ?? '') ?? [];
  const seconds = Date.parse(`${whole}Z`) / 1000;
  if (whole === undefined || Number.isNaN(seconds)) return null;
  const startNs = BigInt(seconds) * 1_000_000_000n + BigInt(fraction.padEnd(9, '0').slice(0, 9));
  return startNs + BigInt(Math.round(windowSeconds * window * 1e9));
}
