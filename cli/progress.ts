import type { WalkProgress } from '../captures/index.ts';

const EVERY_MS = 200;
/** Work that is done sooner needs no progress. */
const FIRST_AFTER_MS = 500;
const MIB = 1024 * 1024;

export interface Progress {
  show(state: WalkProgress): void;
  end(): void;
}

/** One line on standard error that says how far reading has come; nothing where that is no terminal. */
export function openProgress(wanted: boolean): Progress {
  const { stderr } = process;
  if (!wanted || !stderr.isTTY) return { show: () => {}, end: () => {} };
  const start = Date.now();
  let last = start + FIRST_AFTER_MS - EVERY_MS;
  let shown = false;
  return {
    show({ bytesRead, totalBytes }) {
      const now = Date.now();
      if (now - last < EVERY_MS) return;
      last = now;
      shown = true;
      stderr.write(`\r\u001b[K${line(bytesRead, totalBytes, now - start)}`);
    },
    end() {
      if (shown) stderr.write('\r\u001b[K');
    },
  };
}

function line(bytesRead: number, totalBytes: number | null, elapsedMs: number): string {
  const read = `${(bytesRead / MIB).toFixed(0)} MiB`;
  const rate = `${(bytesRead / MIB / (elapsedMs / 1000)).toFixed(0)} MiB/s`;
  if (totalBytes === null || totalBytes === 0) return `read ${read}, ${rate}`;
  const share = Math.min(1, bytesRead / totalBytes);
  const leftSeconds = share > 0 ? (elapsedMs / 1000) * (1 / share - 1) : 0;
  return `${Math.floor(share * 100)} % of ${(totalBytes / MIB).toFixed(0)} MiB, ${rate}, ${Math.ceil(leftSeconds)} s left`;
}
