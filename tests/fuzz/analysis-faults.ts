import { readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import type { Analysis, StreamAnalysis } from '../../analyzers/index.ts';

/** An analysis of whatever input must be true to itself. What is not is told as a line each. */
export class AnalysisJudge {
  readonly #validate;

  /** @param schemaPath of `docs/analysis.schema.json`. */
  constructor(schemaPath: string) {
    this.#validate = new Ajv2020({
      allErrors: true,
      allowUnionTypes: true,
      formats: { 'date-time': /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?Z$/ },
    }).compile(JSON.parse(readFileSync(schemaPath, 'utf8')));
  }

  /** @param json what `renderJson` made of the analysis, parsed again. */
  faults(analysis: Analysis, json: unknown): string[] {
    const faults: string[] = [];
    this.#validate(json);
    for (const { instancePath, message } of this.#validate.errors ?? [])
      faults.push(`schema: ${instancePath} ${message}`);
    notFinite(analysis, 'analysis', faults);
    const ids = new Set(analysis.streams.map(({ id }) => id));
    if (ids.size !== analysis.streams.length) faults.push('stream ids are not unique');
    for (const { code, streams } of analysis.findings) {
      for (const id of streams) if (!ids.has(id)) faults.push(`finding ${code} speaks of ${id}, which is not there`);
    }
    for (const stream of analysis.streams) faults.push(...streamFaults(stream));
    return faults;
  }
}

function notFinite(value: unknown, place: string, faults: string[]): void {
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) faults.push(`${place} is ${value}`);
  } else if (typeof value === 'object' && value !== null) {
    for (const [name, inner] of Object.entries(value)) notFinite(inner, `${place}.${name}`, faults);
  }
}

/** p95 stems from a histogram of 64 steps an octave. */
const HISTOGRAM_ERROR = 1.01;
const ROUNDING = 1e-6;

function streamFaults(stream: StreamAnalysis): string[] {
  const faults: string[] = [];
  const must = (holds: boolean, what: string) => {
    if (!holds) faults.push(`${stream.id}: ${what}`);
  };
  const { packets, expected, lost, lostPercent, series, deltaMs } = stream;
  must(lost <= expected, `lost ${lost} of expected ${expected}`);
  must(packets + lost === expected, `packets ${packets} + lost ${lost} is not expected ${expected}`);
  must(lostPercent >= 0 && lostPercent <= 100, `lostPercent ${lostPercent}`);
  must(packets > 0, 'a stream without packets');
  must(
    stream.startTime === null || stream.endTime === null || stream.startTime <= stream.endTime,
    'ends before it starts',
  );
  must(
    stream.suspectedCaptureLoss >= 0 && stream.suspectedCaptureLoss <= 1,
    `suspectedCaptureLoss ${stream.suspectedCaptureLoss}`,
  );
  for (const [name, figure] of Object.entries({
    jitterMs: stream.jitterMs,
    delayVariationMs: stream.delayVariationMs,
  })) {
    if (figure === null) continue;
    const { mean, p95, max } = figure;
    must(mean >= 0 && mean <= max + ROUNDING, `${name}: mean ${mean}, max ${max}`);
    must(p95 >= 0 && p95 <= max * HISTOGRAM_ERROR + 0.01, `${name}: p95 ${p95}, max ${max}`);
  }
  if (deltaMs !== null) {
    must(
      deltaMs.min <= deltaMs.mean + ROUNDING && deltaMs.mean <= deltaMs.max + ROUNDING,
      `deltaMs ${JSON.stringify(deltaMs)}`,
    );
  }
  must(stream.mos === null || (stream.mos >= 1 && stream.mos <= 5), `mos ${stream.mos}`);
  const columns = [series.bytes, series.lost, series.jitterMs, series.maxJitterMs];
  must(
    columns.every((column) => column.length === series.packets.length),
    'columns of different lengths',
  );
  must(
    series.packets.every((count) => count >= 0) && series.lost.every((count) => count >= 0),
    'a negative count in the series',
  );
  const inSeries = series.packets.reduce((sum, count) => sum + count, 0);
  // Packets without a time of their own have no place in a series.
  const timed = stream.startTime === null ? 0 : packets;
  must(inSeries === timed, `series of ${inSeries} packets, stream of ${packets}`);
  return faults;
}
