import { statSync } from 'node:fs';
import { basename } from 'node:path';
import { type LiveTool, loadCapturing, openCapture, type RecordCursor, shownName } from '../captures/index.ts';
import { UsageError } from './exit-status.ts';

/** Records as they come, from whatever is watched. */
export interface WatchSource {
  /** To show. */
  readonly name: string;
  /** What is to be known of its times; null where they are as they should be, or nobody knows. */
  readonly caveat: string | null;
  readonly cursor: RecordCursor;
  /** Dropped by the capture so far; null where unknown. */
  dropped(): number | null;
  /** Asks for fresh counts of drops. */
  askCounts(): void;
  /** Why it ended; null where it was to. */
  fault(): Error | null;
  close(): Promise<void>;
}

/** @throws UsageError, or what else is a mistake of the user, where there is nothing to watch. */
export async function openWatchSource(
  text: string,
  filter: string,
  tool: 'auto' | LiveTool,
  signal: AbortSignal,
): Promise<WatchSource> {
  const isSfu = /^https?:\/\//i.test(text);
  const isFile = !isSfu && (text === '-' || isPath(text));
  if ((isSfu || isFile) && (filter !== '' || tool !== 'auto')) {
    throw new UsageError(`--${filter !== '' ? 'filter' : 'tool'} is for interfaces alone`, 'Leave it out.');
  }
  if (isFile) return fileSource(text);
  const { checkCaptureFilter, openInterfaces, openSfu } = await loadCapturing();
  checkCaptureFilter(filter);
  const { source, cursor } = isSfu
    ? await openSfu({ url: text, secret: secretOf() }, signal)
    : await openInterfaces(tool === 'auto' ? null : tool, { devices: [text], filter, snapLength: null }, signal);
  return {
    name: isSfu ? `SFU ${source.name}` : text,
    caveat: source.clock.includes('user space') ? 'times of user space' : null,
    cursor,
    dropped: () => droppedIn(cursor) ?? source.counts().dropped,
    askCounts: () => source.askCounts(),
    fault: () => source.fault(),
    close: () => source.close(),
  };
}

async function fileSource(path: string): Promise<WatchSource> {
  if (path === '-' && process.stdin.isTTY) {
    throw new UsageError(
      'standard input is the terminal',
      'Pipe a capture into it: tcpdump -U -w - | rtcscope watch -',
    );
  }
  const over = new AbortController();
  const capture = await openCapture(path, path === '-' ? {} : { follow: over.signal });
  return {
    name: path === '-' ? 'standard input' : shownName(basename(path)),
    caveat: null,
    cursor: capture.cursor,
    dropped: () => droppedIn(capture.cursor),
    askCounts: () => {},
    fault: () => null,
    async close() {
      over.abort();
      await capture.close();
    },
  };
}

/** What looks like a file is one, so that a mistyped name is not taken for an interface. */
function isPath(text: string): boolean {
  if (/\/|\.(pcap|pcapng|cap|gz|zst|lz4)$/i.test(text)) return true;
  try {
    return statSync(text).isFile();
  } catch {
    return false;
  }
}

function droppedIn(cursor: RecordCursor): number | null {
  let sum: number | null = null;
  for (const { droppedPackets } of cursor.interfaces) if (droppedPackets !== null) sum = (sum ?? 0) + droppedPackets;
  return sum;
}

function secretOf(): string {
  const secret = process.env['RTCSCOPE_CONTROL_SECRET'] ?? '';
  if (secret !== '') return secret;
  throw new UsageError('RTCSCOPE_CONTROL_SECRET is not set', 'Set it to what the SFU was started with.');
}
