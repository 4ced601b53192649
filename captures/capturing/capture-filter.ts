import { spawnSync } from 'node:child_process';
import { shownName } from '../sources/capture-input-error.ts';
import { findProgram } from './find-program.ts';
import { LiveCaptureError } from './live-source.ts';

const HINT = 'The syntax is that of pcap-filter(7), such as udp portrange 10000-20000.';
/** What a filter that is right so far may go on with: enough that each beginning of a right filter becomes right with one. */
const COMPLETIONS = [
  '',
  ' 1',
  ' udp',
  ' port 1',
  ' host 127.0.0.1',
  ' 127.0.0.1',
  ' 1-2',
  '-2',
  ' = 1',
  ' 1 = 1',
  '0] = 0',
  ' 0] = 0',
  ':1] = 0',
  '1] = 0',
  '] = 0',
  '.0.0.1',
  ' 255.0.0.0',
  ' 00:00:00:00:00:00',
];
const LONGEST_FILTER = 4096;

/** Compiles a filter; says what is wrong with it, null where nothing is, or undefined where nobody here can tell. */
type Compiler = (filter: string) => string | null;

/** @returns null where neither tool is here; the filter then is checked when the capture begins. */
function compiler(): Compiler | null {
  const tcpdump = findProgram('tcpdump');
  // With a link type and no interface tcpdump compiles without opening anything, so that it needs no right to capture.
  if (tcpdump !== null) return (filter) => failure(tcpdump, ['-d', '-y', 'EN10MB', '--', filter]);
  return null;
}

function failure(program: string, args: readonly string[]): string | null {
  const { status, stderr } = spawnSync(program, args, {
    ...{ encoding: 'utf8', timeout: 20_000, stdio: ['ignore', 'ignore', 'pipe'], env: { ...process.env, LC_ALL: 'C' } },
  });
  if (status === 0) return null;
  const line = (stderr ?? '').split('\n').findLast((text) => text.startsWith('tcpdump: ')) ?? '';
  return line.replace('tcpdump: ', '').replace("can't parse filter expression: ", '') || 'it cannot be compiled';
}

/**
 * Checks a Berkeley packet filter before a capture begins.
 *
 * @throws LiveCaptureError that names what is wrong, and where.
 */
export function checkCaptureFilter(filter: string): void {
  if (filter.length > LONGEST_FILTER || filter.includes('\0')) {
    throw new LiveCaptureError('bad-filter', `--filter: longer than ${LONGEST_FILTER} characters, or not text`, HINT);
  }
  const compile = compiler();
  if (compile === null || filter.trim() === '') return;
  const reason = compile(filter);
  // What only fits another link type than Ethernet is for the tool to say.
  if (reason === null || /link-layer|802\.11|only supported on|not supported/.test(reason)) return;
  throw new LiveCaptureError('bad-filter', `--filter: ${shownName(reason)}${place(filter, reason, compile)}`, HINT);
}

function place(filter: string, reason: string, compile: Compiler): string {
  if (!/syntax error/.test(reason)) {
    const named = /'([^']+)'|"([^"]+)"|(\d+)/.exec(reason);
    const at = named === null ? -1 : filter.indexOf(named[1] ?? named[2] ?? named[3]);
    return at < 0 ? '' : `, at character ${at + 1}`;
  }
  const words = [...filter.matchAll(/[\w.:/-]+|[<>=!]=|&&|\|\||[^\s]/g)];
  // libpcap does not tell where: the place is the first word with which no filter can begin.
  let right = 0;
  let wrong = words.length + 1;
  while (wrong - right > 1) {
    const middle = (right + wrong) >>> 1;
    if (canBegin(textUpTo(filter, words, middle), compile)) right = middle;
    else wrong = middle;
  }
  if (wrong > words.length) return ', at its end: something is missing';
  const word = words[wrong - 1];
  return `, at character ${word.index + 1} ("${shownName(word[0])}")`;
}

function textUpTo(filter: string, words: readonly RegExpExecArray[], count: number): string {
  if (count === 0) return '';
  const last = words[count - 1];
  return filter.slice(0, last.index + last[0].length);
}

function canBegin(text: string, compile: Compiler): boolean {
  if (text === '') return true;
  const open = (text.match(/\(/g)?.length ?? 0) - (text.match(/\)/g)?.length ?? 0);
  if (open < 0) return false;
  return COMPLETIONS.some((completion) => {
    const reason = compile(text + completion + ')'.repeat(open));
    // Wrong in what it means, as an unknown host, is right in how it is written.
    return reason === null || !/syntax error/.test(reason);
  });
}
