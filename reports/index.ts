export { renderCsv } from './csv/render-csv.ts';
export { jsonChunks, renderJson } from './json/render-json.ts';
export { type MarkdownOptions, renderMarkdown } from './markdown/render-markdown.ts';
export { renderTerminal, type TerminalOptions } from './terminal/render-terminal.ts';
export { type Grade, judge, type Verdict } from './verdict.ts';
