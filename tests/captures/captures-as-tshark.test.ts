import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join, relative } from 'node:path';
import { describe, expect, it } from 'vitest';
import { walkCaptures } from '../../captures/walk-captures.ts';
import { missingCaptures, sharedCapture } from '../shared-captures.ts';

const tshark = spawnSync('tshark', ['--version']).status === 0;
const folder = missingCaptures === '' ? (sharedCapture('.') as string) : '';
const skipped = missingCaptures !== '' ? missingCaptures : tshark ? '' : ' (SKIPPED: no tshark)';

const files =
  skipped !== ''
    ? []
    : readdirSync(folder, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile() && !/\.(txt|tsv|md|json|xml|sdp|js)$/.test(entry.name))
        .map((entry) => relative(folder, join(entry.parentPath, entry.name)));

/** All ways of writing a capture that the shared ones have; the rest of them repeat these. */
const REPOSITORIES = /^(derived__g711a|hadrielk|rusticata|seladb|debian-src|the-tcpdump-group|generated__|arkime)/;

/** Where tshark and the bytes differ, and why the bytes are right. */
const DIFFERENT = new Map([
  ['seladb__PcapPlusPlus/Tests/Pcap++Test/PcapExamples/pcapng-example.pcapng', 'times beyond the year 9999'],
  ['the-tcpdump-group__tcpdump/tests/timestamp_invalid_nano.pcap', 'nanoseconds above a second are carried over'],
]);

/** tshark's rows, without those of custom blocks, which it lists as records; where a capture is cut, the rows before. */
function byTshark(path: string): string[] {
  const fields = ['time_epoch', 'len', 'cap_len', 'encap_type'].flatMap((field) => ['-e', `frame.${field}`]);
  const args = ['-n', '-r', path, '-T', 'fields', ...fields];
  const { stdout } = spawnSync('tshark', args, { encoding: 'utf8', maxBuffer: 1 << 28 });
  const rows = stdout.split('\n').slice(0, -1);
  return rows.filter((row) => !row.endsWith('\t')).map((row) => row.slice(0, row.lastIndexOf('\t')));
}

describe(`records as tshark reads them${skipped}`, () => {
  it.skipIf(skipped)('finds the shared captures', () => {
    expect(files.length).toBeGreaterThan(200);
  });

  const compared = files.filter((file) => REPOSITORIES.test(file) && !DIFFERENT.has(file));
  it.skipIf(skipped).each(compared.length === 0 ? ['all of them'] : compared)('%s', async (file) => {
    const path = join(folder, file);
    const rows: string[] = [];
    let refusal: unknown = null;
    try {
      await walkCaptures([path], (cursor) => {
        const time = cursor.hasTime ? `${cursor.seconds}.${String(cursor.nanoseconds).padStart(9, '0')}` : '';
        rows.push(`${time}\t${cursor.originalLength}\t${cursor.capturedLength}`);
      });
    } catch (error) {
      refusal = error;
    }
    if (refusal === null) expect(rows).toEqual(byTshark(path));
    // tshark reads formats that this program only names, with what to do about them.
    else expect(refusal).toMatchObject({ code: 'not-a-capture', message: expect.stringMatching(/snoop|rtpdump/) });
  });
});
