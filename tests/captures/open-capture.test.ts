import { mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { openCapture } from '../../captures/open-capture.ts';
import { CaptureInputError, shownName } from '../../captures/sources/capture-input-error.ts';
import { PcapngWriter } from '../../captures/writing/pcapng-writer.ts';
import { concatenate, hex } from './records/every-record.ts';
import { sampleCapture } from './sample-capture.ts';
import { temporaryFolder } from './temporary-folder.ts';

const folder = temporaryFolder();
const capture = sampleCapture(3);

async function refusal(path: string): Promise<CaptureInputError> {
  const outcome = await openCapture(path).then(
    () => 'opened',
    (error: unknown) => error,
  );
  expect(outcome).toBeInstanceOf(CaptureInputError);
  return outcome as CaptureInputError;
}

describe('openCapture', () => {
  it.each([
    ['plain.txt', capture, 'pcap'],
    ['once', gzipSync(capture), 'pcap+gzip'],
    ['twice.png', gzipSync(gzipSync(capture)), 'pcap+gzip+gzip'],
    ['ng.pcap', gzipSync(new PcapngWriter().sectionHeader()), 'pcapng+gzip'],
  ])('tells the format of %s by its content, not its name', async (name, content, format) => {
    const open = await openCapture(folder.write(name, content));
    expect(open.format).toBe(format);
    expect(open.file.totalBytes).toBe(content.length);
    await open.close();
  });

  it.each([
    ['empty', new Uint8Array(0), 'is-empty', /empty/],
    ['empty.gz', gzipSync(''), 'is-empty', /empty under gzip/],
    ['cut.gz', gzipSync(capture).subarray(0, 12), 'not-a-capture', /cut off before the first packet/],
    ['broken.gz', hex('1f8b0800000000000003 ffffffffffffffff'), 'not-a-capture', /damaged before the first packet/],
    ['thrice.gz', gzipSync(gzipSync(gzipSync(capture))), 'not-a-capture', /more than twice/],
    ['header', capture.subarray(0, 20), 'not-a-capture', /cut off inside its file header/],
    ['old', hex('d4c3b2a1 0100 0200 00000000 00000000 00000000 01000000'), 'not-a-capture', /version 1\.2/],
    ['notes.pcap', 'not a capture, but a text', 'not-a-capture', /text/],
    ['page.pcap', '<!DOCTYPE html><html><body>404</body></html>', 'not-a-capture', /web page/],
    ['random', hex('00010203 04050607 08090a0b 0c0d0e0f 10111213 14151617'), 'not-a-capture', /neither pcap nor/],
    [
      'x.snoop',
      concatenate(new TextEncoder().encode('snoop\0\0\0'), hex('00000002 00000004')),
      'not-a-capture',
      /snoop/,
    ],
    ['x.rtp', '#!rtpplay1.0 127.0.0.1/5004\n', 'not-a-capture', /rtpdump/],
    ['x.zip', hex('504b0304 14000000 08000000'), 'not-a-capture', /zip/],
    ['x.xz', hex('fd377a58 5a000004 e6d6b446'), 'not-a-capture', /xz/],
    ['x.bz2', 'BZh91AY&SY', 'not-a-capture', /bzip2/],
    ['x.7z', hex('377abcaf 271c0004'), 'not-a-capture', /7z/],
    ['x.erf', hex('00000080 5e0c4b5f 02 04 0070 0000 0060 00000000 00000000'), 'not-a-capture', /ERF/],
    ['x.etl', hex('00000100 98030000 98030000 00000000 00000000 00000000'), 'not-a-capture', /ETL/],
  ])('says what is wrong with %s', async (name, content, code, message) => {
    const error = await refusal(folder.write(name, content));
    expect(error.code).toBe(code);
    expect(error.message).toMatch(message);
    expect(error.message).not.toContain('\n');
    expect(error.hint).not.toBe('');
  });

  it('tells a missing file and a folder', async () => {
    expect(await refusal(join(folder.path, 'missing.pcap'))).toMatchObject({ code: 'not-found' });
    mkdirSync(join(folder.path, 'sub'));
    expect(await refusal(join(folder.path, 'sub'))).toMatchObject({ code: 'is-a-folder' });
    symlinkSync('loop', join(folder.path, 'loop'));
    expect(await refusal(join(folder.path, 'loop'))).toMatchObject({ code: 'not-readable' });
  });

  it('shows a name with control characters harmless', async () => {
    const error = await refusal(folder.write('evil\u001b[2Jname\n.pcap', 'text'));
    expect(error.message).toContain('evil\\u001b[2Jname\\u000a.pcap');
    expect(shownName('a\u202eb')).toBe('a\\u202eb');
    expect(shownName('Büro 1.pcap')).toBe('Büro 1.pcap');
  });

  it('leaves no file open where it refuses', async () => {
    const path = folder.write('text-again', 'text');
    for (let count = 0; count < 3000; count++) await refusal(path);
  });
});
