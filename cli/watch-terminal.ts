import { openSync, writeSync } from 'node:fs';
import { ReadStream } from 'node:tty';

const ENTER = '\u001b[?1049h\u001b[?25l\u001b[2J';
/** Colours off, cursor back, the screen as it was before. */
const LEAVE = '\u001b[0m\u001b[?25h\u001b[?1049l';
const HOME = '\u001b[H';
const CLEAR_LINE = '\u001b[K';

/** The terminal's other screen, and its keys; given back however the program ends. */
export class WatchTerminal {
  readonly #onKeys: (text: string) => void;
  readonly #onResize: () => void;
  readonly #input: ReadStream | null;
  #isEntered = false;
  readonly #leaveAtExit = () => this.#leaveNow();
  readonly #continued = () => {
    this.enter();
    this.#onResize();
  };
  readonly #stopped = () => this.suspend();

  /** @param onResize told when the picture has to be drawn anew. */
  constructor(onKeys: (text: string) => void, onResize: () => void) {
    this.#onKeys = onKeys;
    this.#onResize = onResize;
    this.#input = keyboard();
  }

  get width(): number {
    return Math.max(1, process.stdout.columns || 80);
  }

  get height(): number {
    return Math.max(1, process.stdout.rows || 24);
  }

  enter(): void {
    if (this.#isEntered) return;
    this.#isEntered = true;
    process.stdout.write(ENTER);
    process.stdout.on('resize', this.#onResize);
    process.on('exit', this.#leaveAtExit);
    process.on('SIGCONT', this.#continued);
    process.on('SIGTSTP', this.#stopped);
    if (this.#input !== null) {
      this.#input.setRawMode(true);
      this.#input.setEncoding('utf8');
      this.#input.on('data', this.#onKeys);
      this.#input.resume();
    }
  }

  draw(lines: readonly string[]): void {
    if (!this.#isEntered) return;
    const { height } = this;
    const text = lines.slice(0, height).map((line) => line + CLEAR_LINE);
    while (text.length < height) text.push(CLEAR_LINE);
    // No line feed after the last line: it would scroll.
    process.stdout.write(HOME + text.join('\r\n'));
  }

  /** Gives the terminal back until the shell lets us go on. */
  suspend(): void {
    this.#pause();
    process.kill(process.pid, 'SIGSTOP');
  }

  leave(): void {
    this.#pause();
    process.off('SIGCONT', this.#continued);
    process.off('SIGTSTP', this.#stopped);
    process.off('exit', this.#leaveAtExit);
    this.#input?.destroy();
  }

  #pause(): void {
    if (!this.#isEntered) return;
    process.stdout.off('resize', this.#onResize);
    if (this.#input !== null) {
      this.#input.off('data', this.#onKeys);
      this.#input.pause();
    }
    this.#leaveNow();
  }

  /** Synchronous, for the program may be about to end. */
  #leaveNow(): void {
    if (!this.#isEntered) return;
    this.#isEntered = false;
    try {
      this.#input?.setRawMode(false);
      writeSync(process.stdout.fd, LEAVE);
    } catch {
      // The terminal is gone.
    }
  }
}

/** @returns null where there is no keyboard. Where packets come by standard input, the terminal still has one. */
function keyboard(): ReadStream | null {
  if (process.stdin.isTTY) return process.stdin;
  try {
    return new ReadStream(openSync('/dev/tty', 'r'));
  } catch {
    return null;
  }
}
