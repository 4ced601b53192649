export { type Chart, chartSpecs } from './charts/chart-specs.ts';
export { canDrawText, type PngOptions, renderPng, renderSvg } from './charts/render.ts';
export { trueTypeOfWoff } from './charts/woff.ts';
export {
  renderComparisonCsv,
  renderComparisonMarkdown,
  renderComparisonText,
} from './comparison/render-comparison.ts';
export { renderComparisonHtml } from './comparison/render-comparison-html.ts';
export { renderCsv } from './csv/render-csv.ts';
export { renderStatesCsv } from './csv/states-csv.ts';
export { type HtmlAssets, renderHtml } from './html/render-html.ts';
export { jsonChunks, renderJson } from './json/render-json.ts';
export { type LiveOptions, type LiveScreen, renderLive } from './live/render-live.ts';
export { type MarkdownOptions, renderMarkdown } from './markdown/render-markdown.ts';
export { type ParquetTables, renderParquet } from './parquet/render-parquet.ts';
export { renderRunMarkdown, renderRunText } from './run/render-run.ts';
export { runChartSpecs } from './run/run-charts.ts';
export { type CsvTable, renderRunCsv, runTables } from './run/run-tables.ts';
export { renderInspection } from './terminal/render-inspection.ts';
export { renderTerminal, type TerminalOptions } from './terminal/render-terminal.ts';
export { type Grade, judge, type Verdict } from './verdict.ts';
