import { createHash } from 'node:crypto';
import { gunzipSync, gzipSync } from 'node:zlib';

/** What one shard says: which captures there are, which were its own, and what they came to. */
export interface ShardResult {
  /** All captures that the pattern finds, in one order for all shards. */
  readonly captures: readonly string[];
  readonly own: readonly string[];
  /** A part of an analysis as JSON; null where the shard has no captures. */
  readonly partial: string | null;
}

const BEGIN = 'rtcscope-shard/1';
const END = 'rtcscope-shard-end';
/** A line of a log is cut in pieces by container runtimes from 16 KiB on. */
const LINE = 8000;
const LARGEST_BYTES = 512 * 1024 * 1024;

/** As lines of a pod's log: packed, and with a checksum that tells a log that was cut. */
export function frameShard(result: ShardResult): string {
  const packed = gzipSync(JSON.stringify(result));
  const text = packed.toString('base64');
  const lines = text.match(new RegExp(`.{1,${LINE}}`, 'g')) ?? [];
  return [BEGIN, ...lines, `${END} ${createHash('sha256').update(packed).digest('hex')}`, ''].join('\n');
}

/** @returns null where the log holds no whole result. */
export function parseShard(log: string): ShardResult | null {
  const lines = log.split('\n').map((line) => line.trim());
  const begin = lines.lastIndexOf(BEGIN);
  const end = lines.findIndex((line, place) => place > begin && line.startsWith(END));
  if (begin < 0 || end < 0) return null;
  const packed = Buffer.from(lines.slice(begin + 1, end).join(''), 'base64');
  if (createHash('sha256').update(packed).digest('hex') !== lines[end].split(' ')[1]) return null;
  const result = JSON.parse(gunzipSync(packed, { maxOutputLength: LARGEST_BYTES }).toString('utf8'));
  return Array.isArray(result?.captures) && Array.isArray(result.own) ? result : null;
}
