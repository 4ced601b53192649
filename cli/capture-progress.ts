import { type CaptureOutcome, type LiveCapture, shownName } from '../captures/index.ts';

const EVERY_MS = 500;

export interface CaptureProgressLine {
  /** Takes the line away. */
  clear(): void;
  /** Says what there is in the end. */
  end(outcome: CaptureOutcome): void;
}

/** Standard error: what is captured on, how much so far where that is a terminal, and what it came to. */
export function openCaptureProgress(
  capture: LiveCapture,
  tool: string,
  name: string,
  quiet: boolean,
): CaptureProgressLine {
  const { stderr } = process;
  if (quiet) return { clear: () => {}, end: () => {} };
  const beganMs = Date.now();
  stderr.write(`Capturing on ${shownName(name)} with ${shownName(tool)}; Ctrl-C ends it\n`);
  const show = () => stderr.write(`\r\u001b[K${line(capture.progress, Date.now() - beganMs, '')}`);
  const timer = stderr.isTTY ? setInterval(show, EVERY_MS) : null;
  return {
    clear() {
      if (timer === null) return;
      clearInterval(timer);
      stderr.write('\r\u001b[K');
    },
    end(outcome) {
      const files = outcome.files.map(shownName);
      const where =
        files.length === 0
          ? ''
          : files.length === 1
            ? ` in ${files[0]}`
            : ` in ${files.length} files up to ${files.at(-1)}`;
      stderr.write(`${line(outcome, Date.now() - beganMs, ', drops unknown')}${where}\n`);
    },
  };
}

/** @param unknown what stands where nobody knows of drops; dumpcap tells of them at the end. */
function line({ packets, bytes, dropped }: LiveCapture['progress'], elapsedMs: number, unknown: string): string {
  const drops = dropped === null ? unknown : `, ${dropped.toLocaleString('en')} dropped`;
  return `${packets.toLocaleString('en')} packets, ${amount(bytes)}${drops}, ${(elapsedMs / 1000).toFixed(1)} s`;
}

function amount(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`;
  if (bytes < 1e6) return `${(bytes / 1000).toFixed(1)} kB`;
  return bytes < 1e9 ? `${(bytes / 1e6).toFixed(1)} MB` : `${(bytes / 1e9).toFixed(2)} GB`;
}
