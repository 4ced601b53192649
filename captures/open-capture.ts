import { type ByteSource, ByteWindow } from './records/byte-window.ts';
import { type ContentKind, recogniseContent, TELLING_BYTES } from './records/content-kind.ts';
import { PcapCursor } from './records/pcap.ts';
import { PcapngCursor } from './records/pcapng/pcapng-cursor.ts';
import type { RecordCursor } from './records/record-cursor.ts';
import { CaptureInputError, shownName } from './sources/capture-input-error.ts';
import { type CompressionDamage, DecompressedSource, type Decompression } from './sources/decompressed-source.ts';
import { FileSource, FollowedFileSource, type MeasuredSource } from './sources/file-source.ts';
import { gunzip } from './sources/gzip.ts';
import { unlz4 } from './sources/lz4.ts';
import { standardInput } from './sources/stream-source.ts';
import { unzstd } from './sources/zstd.ts';
import { isStorageName } from './storage/storage-name.ts';

export interface OpenCaptureOptions {
  /** Goes on reading as the file grows, until this signal is aborted. */
  readonly follow?: AbortSignal;
  /** Bytes read at a time; the default suits a capture that is read alone. */
  readonly windowBytes?: number;
  /** Where the capture's bytes are to lie, 1 MiB or more; in memory of their own where not given. */
  readonly room?: Uint8Array;
}

/** A capture opened and recognised, its cursor before the first record. */
export interface OpenCapture {
  /** As given: a path, or `-` for standard input. */
  readonly path: string;
  /** `pcap` or `pcapng`, with the compression: `pcap+gzip`. */
  readonly format: string;
  readonly cursor: RecordCursor;
  /** The file itself, for how much of it was read. */
  readonly file: MeasuredSource;
  /** What was wrong with the compressed data so far, null where nothing was. */
  damage(): CompressionDamage | null;
  close(): Promise<void>;
}

const DECOMPRESSIONS: Readonly<Record<'gzip' | 'zstd' | 'lz4', (window: ByteWindow) => Decompression>> = {
  gzip: gunzip,
  zstd: unzstd,
  lz4: unlz4,
};
/** Some tools compress what is compressed already; more than twice is no capture but a trap. */
const MOST_COMPRESSIONS = 2;
/** Measured from 64 KiB to 4 MiB: a fifth faster than 256 KiB, and more brings nothing. */
const WINDOW_BYTES = 512 * 1024;
/** Decompressed bytes are still in the processor's cache: they come in pieces of 64 to 128 KiB. */
const DECOMPRESSED_WINDOW_BYTES = 256 * 1024;

/**
 * Opens a capture by what it contains, whatever its name: pcap or pcapng, plain or compressed with gzip, zstd or lz4.
 *
 * @param path a file, `-` for standard input, or `s3://BUCKET/KEY` for an object in a bucket.
 * @throws CaptureInputError where it cannot be read or is no capture.
 */
export async function openCapture(path: string, options: OpenCaptureOptions = {}): Promise<OpenCapture> {
  const file = await openFile(path, options);
  const compressions: string[] = [];
  const decompressed: DecompressedSource[] = [];
  let source: ByteSource = file;
  try {
    for (;;) {
      const usual = source === file ? WINDOW_BYTES : DECOMPRESSED_WINDOW_BYTES;
      const window = new ByteWindow(source, options.windowBytes ?? usual);
      await window.fill(TELLING_BYTES);
      const content = recogniseContent(window.bytes, window.start, window.end);
      if (content.kind === 'pcap' || content.kind === 'pcapng') {
        if (options.room !== undefined) window.moveInto(options.room);
        const cursor = content.kind === 'pcap' ? new PcapCursor(window) : new PcapngCursor(window);
        const closing = source;
        return {
          path,
          format: [content.kind, ...compressions].join('+'),
          cursor,
          file,
          damage: () => decompressed.find((layer) => layer.damage !== null)?.damage ?? null,
          close: () => closing.close(),
        };
      }
      if (content.kind === 'other')
        throw refusal(path, content, window, decompressed.at(-1)?.damage ?? null, compressions);
      if (compressions.length === MOST_COMPRESSIONS) throw tooDeep(path);
      compressions.unshift(content.kind);
      const layer = new DecompressedSource(source, DECOMPRESSIONS[content.kind](window));
      decompressed.push(layer);
      source = layer;
    }
  } catch (error) {
    await source.close();
    throw error;
  }
}

async function openFile(path: string, options: OpenCaptureOptions): Promise<MeasuredSource> {
  if (path === '-') return standardInput();
  if (isStorageName(path)) {
    const { openStorage } = await import('./storage/open-storage.ts');
    return openStorage(path);
  }
  return options.follow === undefined ? new FileSource(path) : new FollowedFileSource(path, options.follow);
}

function refusal(
  path: string,
  content: ContentKind & { kind: 'other' },
  window: ByteWindow,
  damage: CompressionDamage | null,
  compressions: readonly string[],
): CaptureInputError {
  const shown = shownName(path);
  const hint = 'Capture or copy it again.';
  const inside = compressions.length === 0 ? '' : ` under ${compressions.join(' and ')}`;
  if (damage !== null) {
    const what = damage === 'truncated' ? 'cut off' : 'damaged';
    return new CaptureInputError('not-a-capture', `${shown}: ${what} before the first packet${inside}`, hint);
  }
  if (window.end > window.start) {
    return new CaptureInputError('not-a-capture', `${shown}: not a capture but ${content.what}${inside}`, content.hint);
  }
  return new CaptureInputError('is-empty', `${shown}: empty${inside}`, 'Was the capture stopped before it began?');
}

function tooDeep(path: string): CaptureInputError {
  const message = `${shownName(path)}: compressed more than twice over`;
  return new CaptureInputError('not-a-capture', message, 'Decompress it first, if you trust it.');
}
