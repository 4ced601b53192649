import type { Analysis, RunReport } from '../../analyzers/index.ts';
import { renderComparisonCsv } from '../comparison/render-comparison.ts';
import { renderCsv } from '../csv/render-csv.ts';
import { type CsvRow, cells, flatFigures, renderRows, renderTable, SPREAD } from '../csv/states-csv.ts';
import { runCharts } from './run-charts.ts';

export interface CsvTable {
  /** File name without `.csv`. */
  readonly name: string;
  readonly text: string;
}

/**
 * Everything that a report has a figure of, as tables: full precision, names as in the JSON, flattened with `_`. What there is nothing for is
 * left out.
 */
export function runTables(report: RunReport, analysis: Analysis): CsvTable[] {
  const { phases, states, series } = report;
  const tables: [string, boolean, () => string][] = [
    ['phases', phases.length > 0, () => renderTable(phases.map(phaseRow))],
    ['states', states.length > 0, () => renderTable(states.map(flatFigures))],
    ['resources', phases.some(({ resources }) => resources.length > 0), () => renderTable(resourceRows(report))],
    ['streams', analysis.streams.length > 0, () => renderCsv(analysis)],
    ['comparison', report.comparison !== null, () => renderComparisonCsv(report.comparison!)],
    [
      'autoscaling-comparison',
      report.autoscalingComparison !== null,
      () => renderComparisonCsv(report.autoscalingComparison!),
    ],
    ['injected', report.injected.length > 0, () => renderTable(report.injected.map((one) => ({ ...one })))],
    ['knee', report.knee.length > 0, () => renderTable(report.knee.map((one) => ({ ...one })))],
    [
      'decisions',
      series.decisions.length > 0,
      () => renderTable(series.decisions.map(({ timeMs, text }) => ({ time: isoTime(timeMs), text }))),
    ],
    [
      'findings',
      report.findings.length > 0,
      () =>
        renderTable(
          report.findings.map(({ severity, code, streams, text }) => ({
            ...{ severity, code, streams: streams.join(' '), text },
          })),
        ),
    ],
    ['series', true, () => renderRunCsv(report, analysis)],
  ];
  return tables.filter(([, isThere]) => isThere).map(([name, , text]) => ({ name, text: text() }));
}

function phaseRow(phase: RunReport['phases'][number]): CsvRow {
  const { participants, clientJoins, http } = phase;
  return {
    ...flatFigures(phase),
    ...cells('participants', participants, USE),
    clientJoins_count: clientJoins.count,
    clientJoins_failed: clientJoins.failed,
    ...cells('clientJoins_ms', clientJoins.ms, SPREAD),
    http_requests: http?.requests ?? null,
    http_failed: http?.failed ?? null,
    http_perSecond: http?.perSecond ?? null,
    http_meanMs: http?.meanMs ?? null,
    ...cells('http_ms', http?.ms ?? null, SPREAD),
  };
}

/** CPU and memory of each node and pod in each phase. */
function resourceRows({ phases }: RunReport): CsvRow[] {
  return phases.flatMap(({ phase, repetition, resources }) =>
    resources.map(({ kind, name, cpuCores, memoryBytes }) => ({
      ...{ phase, repetition, kind, name },
      ...cells('cpuCores', cpuCores, USE),
      ...cells('memoryBytes', memoryBytes, USE),
    })),
  );
}

const USE = ['mean', 'max'] as const;

/** Every series whole, one row a value: nothing is thinned. */
export function renderRunCsv(report: RunReport, analysis: Analysis): string {
  const rows = runCharts(report, analysis, Number.POSITIVE_INFINITY).flatMap(({ name, unit, lines }) =>
    lines.flatMap((line) =>
      line.timeMs.map((timeMs, place) => ({
        series: name.slice(4),
        line: line.name,
        unit,
        time: isoTime(timeMs),
        value: line.values[place],
      })),
    ),
  );
  return renderRows(['series', 'line', 'unit', 'time', 'value'], rows);
}

const isoTime = (timeMs: number) => new Date(timeMs).toISOString();
