import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { sharedCapture } from '../shared-captures.ts';
import { HOSTILE, hostileCapture } from './hostile-capture.ts';

const samples = fileURLToPath(new URL('../../captures/samples/', import.meta.url));
/** Small captures meet more mutations in the same time, and damage in them is nearer to something that matters. */
const LARGEST_BYTES = 300_000;
const CUT_AT_BYTES = 250_000;

/** A capture to begin from. Its name is part of a seed, so that it means the same on every machine. */
export interface Origin {
  readonly name: string;
  bytes(): Buffer;
}

/** Captures that are always there: the project's samples (their first part) and made-up ones. */
export function ownOrigins(): Origin[] {
  const files = ['call.pcapng', 'voip.pcap'].map((name) => ({
    name: `samples/${name}`,
    bytes: () => readFileSync(join(samples, name)).subarray(0, CUT_AT_BYTES),
  }));
  const made = Object.entries(HOSTILE).map(([kind, text]) => ({
    name: `hostile/${kind}`,
    bytes: () => hostileCapture(text),
  }));
  return [...files, ...made];
}

/** The shared captures that are small enough; none where they are absent. */
export function sharedOrigins(): Origin[] {
  const folder = sharedCapture('.');
  if (folder === null) return [];
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !/\.(txt|tsv|md|json|xml|sdp|js)$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => statSync(path).size <= LARGEST_BYTES)
    .map((path) => ({ name: `shared/${relative(folder, path)}`, bytes: () => readFileSync(path) }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}
