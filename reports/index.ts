export { renderTerminal, type TerminalOptions } from './terminal/render-terminal.ts';
export { type Grade, judge, type Verdict } from './verdict.ts';
