import type { RecordCursor } from '../records/record-cursor.ts';
import { AddonSource } from './addon-source.ts';
import { openLiveCursor } from './live-cursor.ts';
import { LiveCaptureError, type LiveSource } from './live-source.ts';
import { openTool } from './open-tool.ts';
import type { SfuAddress } from './sfu-request.ts';
import { TapSource } from './tap-source.ts';
import { PERMISSION_HINT } from './tool-words.ts';

export type LiveTool = 'dumpcap' | 'tcpdump' | 'cap';
export const LIVE_TOOLS: readonly LiveTool[] = ['dumpcap', 'tcpdump', 'cap'];

export interface InterfaceCapture {
  readonly devices: readonly string[];
  /** Berkeley packet filter; empty for all packets. */
  readonly filter: string;
  readonly snapLength: number | null;
}

export interface RunningSource {
  readonly source: LiveSource;
  /** Before the first record. */
  readonly cursor: RecordCursor;
}

/**
 * Begins to capture interfaces of this machine.
 *
 * @param tool null for the first that is there and may.
 * @param signal gives the beginning up.
 * @throws LiveCaptureError where none does.
 */
export async function openInterfaces(
  tool: LiveTool | null,
  capture: InterfaceCapture,
  signal?: AbortSignal,
): Promise<RunningSource> {
  if (tool !== null) return openOne(tool, capture, signal);
  const errors: LiveCaptureError[] = [];
  for (const candidate of LIVE_TOOLS) {
    try {
      return await openOne(candidate, capture, signal);
    } catch (error) {
      if (!(error instanceof LiveCaptureError)) throw error;
      errors.push(error);
      // Another tool may be there, or have the right; it finds no other interfaces, and reads filters alike.
      if (error.code !== 'no-tool' && error.code !== 'no-permission') break;
    }
  }
  const telling = errors.find(({ code }) => code !== 'no-tool');
  if (telling !== undefined) throw telling;
  throw new LiveCaptureError(
    'no-tool',
    'nothing to capture with: neither dumpcap nor tcpdump nor cap is there',
    `Install dumpcap (Debian: apt-get install wireshark-common). ${PERMISSION_HINT}`,
  );
}

/** Begins to record an SFU of ours. @throws LiveCaptureError where it does not let us. */
export async function openSfu(sfu: SfuAddress, signal?: AbortSignal): Promise<RunningSource> {
  const source = await TapSource.open(sfu);
  return { source, cursor: await openLiveCursor(source, signal) };
}

async function openOne(
  tool: LiveTool,
  capture: InterfaceCapture,
  signal: AbortSignal | undefined,
): Promise<RunningSource> {
  if (tool === 'cap' && capture.devices.length > 1) {
    throw new LiveCaptureError(
      'no-tool',
      'cap captures one interface at a time',
      'Take dumpcap, or the interface any.',
    );
  }
  const source = tool === 'cap' ? await AddonSource.open(capture.devices[0], capture.filter) : openTool(tool, capture);
  return { source, cursor: await openLiveCursor(source, signal) };
}
