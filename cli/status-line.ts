/** What is going on, on standard error: on a terminal one line that is written over, elsewhere a line for each change. */
export interface StatusLine {
  show(text: string): void;
  /** A line that stays. */
  say(text: string): void;
  end(): void;
}

export function openStatusLine(): StatusLine {
  const { stderr } = process;
  const begun = Date.now();
  let shown = '';
  const wipe = () => {
    if (stderr.isTTY && shown !== '') stderr.write('\r\u001b[K');
  };
  return {
    show(text) {
      if (stderr.isTTY) stderr.write(`\r\u001b[K${text} (${Math.round((Date.now() - begun) / 1000)} s)`);
      else if (text !== shown) stderr.write(`${text}\n`);
      shown = text;
    },
    say(text) {
      wipe();
      stderr.write(`${text}\n`);
      shown = '';
    },
    end() {
      wipe();
      shown = '';
    },
  };
}
