import { type LiveRow, type LiveSort, sortLive } from '../analyzers/index.ts';
import type { LiveTool } from '../captures/index.ts';
import { type LiveScreen, renderLive } from '../reports/index.ts';
import { UsageError } from './exit-status.ts';
import { WatchAnalysis } from './watch-analysis.ts';
import { openWatchSource, type WatchSource } from './watch-source.ts';
import { keysIn, pressKey, type WatchState } from './watch-state.ts';
import { WatchTerminal } from './watch-terminal.ts';

export interface WatchArguments {
  readonly source: string;
  readonly filter?: string;
  readonly tool: 'auto' | LiveTool;
  readonly interval: number;
  readonly sort: LiveSort;
  readonly once: boolean;
  readonly json: boolean;
}

const SHORTEST_INTERVAL = 0.1;
const LONGEST_INTERVAL = 3600;
const PLAIN_WIDTH = 140;

/** Watches until Ctrl-C, or where it is no terminal until the source ends. */
export async function runWatch(args: WatchArguments): Promise<void> {
  const { interval } = args;
  if (!(interval >= SHORTEST_INTERVAL && interval <= LONGEST_INTERVAL)) {
    throw new UsageError(`--interval ${interval}: not a length of time`, 'Give seconds, 0.1 to 3600.');
  }
  const interrupt = new AbortController();
  // A second one ends the program as usual.
  for (const signal of SIGNALS) process.once(signal, () => interrupt.abort());
  const source = await openWatchSource(args.source, args.filter ?? '', args.tool, interrupt.signal).catch(
    (error: unknown) => {
      // Told to end before it began: there is nothing to say.
      if (interrupt.signal.aborted) return null;
      throw error;
    },
  );
  if (source === null) return;
  const analysis = new WatchAnalysis(source);
  const isScreen = process.stdout.isTTY === true && !args.json && !args.once && process.env['TERM'] !== 'dumb';
  const watch = isScreen ? watchOnScreen : watchInLines;
  const running = analysis.run();
  // Told where it is waited for; until then it is nobody's fault that nobody waits.
  running.catch(() => {});
  try {
    await watch(args, source, analysis, running, whenAborted(interrupt.signal));
  } finally {
    await analysis.stop();
  }
  await running;
  const fault = source.fault();
  if (fault !== null) throw fault;
}

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

function whenAborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve());
  });
}

type Watch = (
  args: WatchArguments,
  source: WatchSource,
  analysis: WatchAnalysis,
  running: Promise<void>,
  interrupted: Promise<void>,
) => Promise<void>;

/** Plain lines, one look after another. */
const watchInLines: Watch = async (args, source, analysis, running, interrupted) => {
  const stopped = interrupted.then(() => true);
  const ended = running.then(
    () => true,
    () => true,
  );
  const gone = new Promise<boolean>((resolve) => process.stdout.once('error', () => resolve(true)));
  for (;;) {
    const isOver = await Promise.race([stopped, ended, gone, pause(args.interval)]);
    source.askCounts();
    const rows = sortLive(analysis.look(), args.sort);
    process.stdout.write(args.json ? jsonLine(rows, analysis, source) : plainText(args, rows, analysis, source));
    if (isOver || args.once) return;
  }
};

/** @returns false, once so many seconds have gone by. */
function pause(seconds: number): Promise<boolean> {
  return new Promise((resolve) => {
    setTimeout(() => resolve(false), seconds * 1000).unref();
  });
}

function jsonLine(rows: readonly LiveRow[], analysis: WatchAnalysis, source: WatchSource): string {
  const streams = rows.map(({ history: _, ...row }) => row);
  const time = new Date(analysis.nowSeconds * 1000).toISOString();
  const look = {
    ...{ schema: 'rtcscope.watch/1', time, source: source.name, caveat: source.caveat },
    ...{ packets: analysis.packets, dropped: source.dropped(), streams },
  };
  return `${JSON.stringify(look)}\n`;
}

function plainText(
  args: WatchArguments,
  rows: readonly LiveRow[],
  analysis: WatchAnalysis,
  source: WatchSource,
): string {
  const { stdout } = process;
  const state = { sort: args.sort, reversed: false, paused: false, help: false, selected: null };
  const screen = screenOf(state, rows, analysis, source);
  const options = { ...look(), width: stdout.columns ?? PLAIN_WIDTH, height: null };
  return `${renderLive(screen, options).join('\n')}\n\n`;
}

function screenOf(
  state: WatchState,
  rows: readonly LiveRow[],
  analysis: WatchAnalysis,
  source: WatchSource,
): LiveScreen {
  const note = state.paused ? 'held (space goes on)' : analysis.isOver ? 'ended' : null;
  const notes = [note, source.caveat].filter((text) => text !== null);
  return { ...state, notes, source: source.name, rows, packets: analysis.packets, dropped: source.dropped() };
}

function look(): { color: boolean; unicode: boolean } {
  const { stdout, env } = process;
  const locale = env['LC_ALL'] || env['LC_CTYPE'] || env['LANG'] || '';
  return {
    color: stdout.isTTY === true && (env['NO_COLOR'] ?? '') === '' && env['TERM'] !== 'dumb',
    unicode: !stdout.isTTY || /utf-?8/i.test(locale),
  };
}

/** The terminal as a screen, with keys. */
const watchOnScreen: Watch = async (args, source, analysis, running, interrupted) => {
  const state: WatchState = { sort: args.sort, reversed: false, paused: false, help: false, selected: null };
  let rows: LiveRow[] = [];
  let shown: LiveRow[] = [];
  let end = () => {};
  const ended = new Promise<void>((resolve) => {
    end = resolve;
  });
  const draw = () => {
    shown = sortLive(rows, state.sort, state.reversed);
    const screen = screenOf(state, shown, analysis, source);
    terminal.draw(renderLive(screen, { ...look(), width: terminal.width, height: terminal.height }));
  };
  const terminal = new WatchTerminal((text) => {
    for (const key of keysIn(text)) {
      const request = pressKey(state, key, shown);
      if (request === 'end') end();
      else if (request === 'suspend') terminal.suspend();
    }
    draw();
  }, draw);
  const takeLook = () => {
    source.askCounts();
    // The looks go on while the picture is held, so that its rates are right afterwards.
    const looked = analysis.look();
    if (!state.paused) rows = looked;
    draw();
  };
  terminal.enter();
  const timer = setInterval(takeLook, args.interval * 1000);
  const failed = running.then(
    () => takeLook(),
    () => end(),
  );
  try {
    takeLook();
    await Promise.race([ended, interrupted]);
  } finally {
    clearInterval(timer);
    terminal.leave();
  }
  void failed;
};
