import type { Severity } from '../../analyzers/index.ts';
import type { Grade } from '../verdict.ts';

/** How a terminal report is drawn: colours by SGR codes or none, signs in Unicode or in ASCII. */
export interface Ink {
  bold(text: string): string;
  dim(text: string): string;
  red(text: string): string;
  yellow(text: string): string;
  green(text: string): string;
  /** Signs differ in shape too: colour alone tells nothing on paper or to a colour-blind reader. */
  readonly signs: Readonly<Record<Severity | Grade, string>>;
  readonly arrow: string;
  readonly ellipsis: string;
  readonly rule: string;
  /** What the terminal cannot show is replaced. */
  plain(text: string): string;
}

export function chooseInk({ color, unicode }: { color: boolean; unicode: boolean }): Ink {
  const paint = (code: number, end: number) => (text: string) =>
    color && text !== '' ? `\u001b[${code}m${text}\u001b[${end}m` : text;
  return {
    bold: paint(1, 22),
    dim: paint(2, 22),
    red: paint(31, 39),
    yellow: paint(33, 39),
    green: paint(32, 39),
    signs: unicode
      ? { error: '✖', warning: '▲', info: '•', bad: '✖', fair: '▲', good: '✔' }
      : { error: 'x', warning: '!', info: '-', bad: 'x', fair: '!', good: ' ' },
    arrow: unicode ? '→' : '->',
    ellipsis: unicode ? '…' : '..',
    rule: unicode ? '─' : '-',
    plain: unicode ? (text) => text : (text) => text.replaceAll('…', '...').replace(/[^\x20-\x7e]/gu, '?'),
  };
}

/** The colour of a grade. */
export function paintGrade(ink: Ink, grade: Grade | null): (text: string) => string {
  if (grade === 'bad') return ink.red;
  if (grade === 'fair') return ink.yellow;
  return grade === 'good' ? ink.green : (text) => text;
}
