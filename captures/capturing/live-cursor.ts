import { ByteWindow } from '../records/byte-window.ts';
import { PcapCursor, pcapByteOrder } from '../records/pcap.ts';
import { PcapngCursor } from '../records/pcapng/pcapng-cursor.ts';
import { pcapngByteOrder } from '../records/pcapng/section-header.ts';
import type { RecordCursor } from '../records/record-cursor.ts';
import { LiveCaptureError, type LiveSource } from './live-source.ts';

/** As few bytes as tell pcap from pcapng: a capture without packets yet is no longer than its header. */
const TELLING_BYTES = 24;

/**
 * Waits until the source captures, and puts a cursor before its first record.
 *
 * @param signal has it end before it began.
 * @throws LiveCaptureError where it ended before it began, or sends something that is no capture.
 */
export async function openLiveCursor(source: LiveSource, signal?: AbortSignal): Promise<RecordCursor> {
  const window = new ByteWindow(source);
  const stop = () => source.stop();
  signal?.addEventListener('abort', stop);
  if (signal?.aborted) stop();
  await window.fill(TELLING_BYTES);
  signal?.removeEventListener('abort', stop);
  const bytes = window.bytes.subarray(window.start, window.end);
  if (pcapngByteOrder(bytes) !== null) return new PcapngCursor(window);
  if (bytes.length >= TELLING_BYTES && pcapByteOrder(bytes) !== null) return new PcapCursor(window);
  await source.close();
  const fault = source.fault();
  if (fault !== null) throw fault;
  const what = bytes.length === 0 ? 'ended before it began' : 'sends something that is no capture';
  throw new LiveCaptureError('tool-failed', `${source.tool} ${what}`, 'Try another --tool.');
}
