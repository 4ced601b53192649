import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Analysis } from '../../analyzers/index.ts';
import { CaptureInputError } from '../../captures/index.ts';
import { analysisOf } from '../analyzers/analysis-of.ts';
import { missingCaptures, sharedCapture } from '../shared-captures.ts';
import { compareStreams } from './compare-streams.ts';
import { DEPARTURES, REASONS } from './departures.ts';
import { readTsharkStreams, type TsharkStream } from './tshark-streams.ts';

const RECORDED = '.tshark46.rtp-streams.txt';
const folder = missingCaptures === '' ? (sharedCapture('.') as string) : '';

/** Captures beside which tshark 4.6's table of streams was recorded. */
const captures = folder === '' ? [] : capturesWithTable();

function capturesWithTable(): string[] {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true });
  return files
    .filter(({ name }) => name.endsWith(RECORDED))
    .map(({ name, parentPath }) => relative(folder, join(parentPath, name.slice(0, -RECORDED.length))))
    .filter((capture) => existsSync(join(folder, capture)))
    .sort();
}

const tableOf = (capture: string): TsharkStream[] =>
  readTsharkStreams(readFileSync(join(folder, capture + RECORDED), 'utf8'));

/** Null where the file is one that this program refuses to read. */
async function streamsOf(capture: string): Promise<Analysis['streams'] | null> {
  try {
    return (await analysisOf(join(folder, capture))).streams;
  } catch (error) {
    if (error instanceof CaptureInputError) return null;
    throw error;
  }
}

describe(`streams as tshark 4.6 lists them${missingCaptures}`, () => {
  it.skipIf(missingCaptures !== '')('finds the captures and their tables', () => {
    expect(captures.length).toBeGreaterThanOrEqual(140);
    const rows = captures.flatMap(tableOf);
    expect(rows.length).toBeGreaterThanOrEqual(200);
    expect(rows.filter(({ maxJitterMs }) => maxJitterMs > 0).length).toBeGreaterThanOrEqual(80);
    for (const { capture } of DEPARTURES) expect(captures).toContain(capture);
  });

  it.skipIf(missingCaptures !== '').each(captures.length > 0 ? captures : ['all of them'])('%s', async (capture) => {
    const streams = await streamsOf(capture);
    const listed = DEPARTURES.filter((departure) => departure.capture === capture);
    if (streams === null) {
      expect(listed.map(({ stream }) => stream)).toEqual(['*']);
      return;
    }
    const differences = compareStreams(streams, tableOf(capture));
    // Not listed: a defect, or a departure without a reason. Listed but gone: a row to take out.
    expect(differences.map(({ stream }) => stream).sort()).toEqual(listed.map(({ stream }) => stream).sort());
    for (const { stream, figures, tshark, ours } of differences) {
      const reason = listed.find((departure) => departure.stream === stream)?.reason;
      expect([reason, ...figures]).toEqual([reason, ...(reason === undefined ? [] : REASONS[reason])]);
      // No stream of ours that tshark lacks.
      expect(tshark).not.toBeNull();
      // A source is proved by two packets in sequence (RFC 3550 A.1), and these have but one number.
      if (ours === null) expect((tshark?.packets ?? 0) + (tshark?.lost ?? 0)).toBe(1);
      // Duplicates and copies are all that we leave out of the count.
      if (reason === 'repeats-counted') {
        expect((ours?.packets ?? 0) + (ours?.duplicates ?? 0) + (ours?.copies ?? 0)).toBe(tshark?.packets);
        expect(ours?.lost).toBe(0);
      }
    }
  });
});

describe('the table of departures', () => {
  const notes = readFileSync(new URL('../../docs/rfc-notes.md', import.meta.url), 'utf8');
  const section = notes.split(/^## /m).find((text) => text.startsWith('Where we depart from tshark')) ?? '';

  it.each(Object.keys(REASONS))('has its reason %s explained in docs/rfc-notes.md', (reason) => {
    expect(section).toContain(`\`${reason}\``);
    expect(DEPARTURES.some((departure) => departure.reason === reason)).toBe(true);
  });
});
