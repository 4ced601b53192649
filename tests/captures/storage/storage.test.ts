import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { CaptureInputError, findCaptures, openCapture, walkCaptures } from '../../../captures/index.ts';
import { patternMatcher } from '../../../captures/sources/glob.ts';
import { openStorage } from '../../../captures/storage/open-storage.ts';
import { parsePage } from '../../../captures/storage/s3-listing.ts';
import { type S3Settings, s3SettingsOf, s3Url } from '../../../captures/storage/s3-settings.ts';
import { signedHeaders } from '../../../captures/storage/s3-signature.ts';
import { samples } from '../../cli/program.ts';
import { KEY, S3Server } from './s3-server.ts';

const call = join(samples, 'call.pcapng');
const voip = join(samples, 'voip.pcap');

let folder: string;
let server: S3Server;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'rtcscope-bucket-'));
  server = new S3Server(folder);
  await server.start();
  await server.put('run 7/a+b (1)!.pcapng', call);
  await server.put('run 7/deep/ü&<.pcap', voip);
  await server.put('run 7/notes.txt', Buffer.from('no capture'));
});
afterAll(async () => {
  await server.close();
  rmSync(folder, { recursive: true });
});
beforeEach(() => {
  vi.stubEnv('AWS_ENDPOINT_URL_S3', server.url);
  vi.stubEnv('AWS_REGION', '');
  for (const [name, value] of Object.entries(KEY)) vi.stubEnv(name, value);
});
afterEach(() => {
  server.cuts.length = 0;
  vi.unstubAllEnvs();
});

async function contentOf(name: string): Promise<Buffer> {
  const source = openStorage(name);
  const parts: Buffer[] = [];
  const into = new Uint8Array(10_000);
  for (;;) {
    const count = await source.read(into);
    if (count === 0) break;
    parts.push(Buffer.from(into.subarray(0, count)));
  }
  await source.close();
  return Buffer.concat(parts);
}

const faultOf = (name: string) =>
  contentOf(name).then(
    () => null,
    (error: CaptureInputError) => error,
  );

describe('captures in a bucket', { timeout: 60_000 }, () => {
  it('are found by pattern, as below a folder, and by name', async () => {
    const deep = 's3://calls/run 7/deep/ü&<.pcap';
    const flat = 's3://calls/run 7/a+b (1)!.pcapng';
    expect((await findCaptures(['s3://calls/run */**/*.pcap*'])).sort()).toEqual([flat, deep].sort());
    expect(await findCaptures(['s3://calls/run 7/'])).toEqual([flat]);
    expect(await findCaptures(['s3://calls/run 7/*.{pcapng,pcap}', flat])).toEqual([flat]);
  });

  it('are found also where the list broke off at first', async () => {
    server.cuts.push(10, 0, 100);
    expect(await findCaptures(['s3://calls/run 7/a*'])).toEqual(['s3://calls/run 7/a+b (1)!.pcapng']);
  });

  it('are walked like files, also several at once', async () => {
    const counted = async (paths: string[]) =>
      (await walkCaptures(paths, () => {})).map(({ packets, bytes, start, format }) => ({
        packets,
        bytes,
        start,
        format,
      }));
    const stored = await counted(await findCaptures(['s3://calls/run 7/**/*.pcap*']));
    expect(stored).toEqual(await counted([call, voip]));
  });

  it('are read on from where the connection broke off, to the same bytes', async () => {
    const before = server.asked.length;
    server.cuts.push(5000, 100, 40_000, 0);
    expect((await contentOf('s3://calls/run 7/a+b (1)!.pcapng')).equals(readFileSync(call))).toBe(true);
    const ranges = server.asked.slice(before).map((line) => Number(/bytes=(\d+)-$/.exec(line)?.[1] ?? 0));
    expect(ranges).toEqual([0, 5000, 5100, 45_100, 45_100]);
  });

  it('are given up where no byte comes any more', async () => {
    server.cuts.push(9000, ...new Array(50).fill(0));
    const fault = await faultOf('s3://calls/run 7/a+b (1)!.pcapng');
    expect(fault).toBeInstanceOf(CaptureInputError);
    expect(fault?.message).toMatch(/gives no answer \(ECONNRESET\)$/);
  });

  it('are not put together from two versions of an object', async () => {
    await server.put('changing', readFileSync(call));
    const source = openStorage('s3://calls/changing');
    server.cuts.push(9000);
    await source.read(new Uint8Array(64));
    await server.put('changing', readFileSync(voip));
    const rest = async () => {
      while ((await source.read(new Uint8Array(100_000))) > 0);
    };
    await expect(rest()).rejects.toThrow('s3://calls/changing: changed while it was read');
    await source.close();
  });

  it('are read until they are closed, and no further', async () => {
    const capture = await openCapture('s3://calls/run 7/a+b (1)!.pcapng', { windowBytes: 4096 });
    expect(capture.file.totalBytes).toBe(readFileSync(call).length);
    await capture.close();
    expect(await capture.file.read(new Uint8Array(1_000_000))).toBe(0);
  });

  it('tells what is wrong on one line, without the key', async () => {
    const faults: [string, Record<string, string>, RegExp][] = [
      ['s3://calls/none.pcap', {}, /none.pcap: there is no such object$/],
      ['s3://nobody/none.pcap', {}, /there is no such bucket$/],
      [
        's3://calls/run 7/notes.txt',
        { AWS_SECRET_ACCESS_KEY: 'sesame' },
        /may not be read with this key \(SignatureDoesNotMatch/,
      ],
      ['s3://calls/x', { AWS_ACCESS_KEY_ID: 'nobody' }, /may not be read with this key \(SignatureDoesNotMatch/],
      ['s3://calls/x', { AWS_ACCESS_KEY_ID: '' }, /only one is set$/],
      ['s3://calls/x', { AWS_ENDPOINT_URL_S3: 'http://127.0.0.1:1' }, /127.0.0.1:1 gives no answer \(ECONNREFUSED\)$/],
      ['s3://calls/x', { AWS_ENDPOINT_URL_S3: 'ftp://a:b@c' }, /^AWS_ENDPOINT_URL_S3: no address/],
      ['s3://calls/x', { AWS_REGION: 'a b' }, /^AWS_REGION: no region$/],
      ['s3://calls/a/../b', {}, /names nothing in a bucket/],
      ['s3://UPPER/a', {}, /names nothing in a bucket/],
      ['s3:///a', {}, /names nothing in a bucket/],
    ];
    for (const [name, environment, words] of faults) {
      for (const [variable, value] of Object.entries({
        ...KEY,
        AWS_ENDPOINT_URL_S3: server.url,
        AWS_REGION: '',
        ...environment,
      })) {
        vi.stubEnv(variable, value);
      }
      const fault = await faultOfOpening(name);
      expect(fault?.message).toMatch(words);
      expect(`${fault?.message} ${fault?.hint}`).not.toMatch(/\n|S3RVER|the\+door|sesame|a:b/);
    }
  });

  async function faultOfOpening(name: string): Promise<CaptureInputError | null> {
    try {
      return await faultOf(name);
    } catch (error) {
      return error as CaptureInputError;
    }
  }

  it('says so where a pattern or a folder finds nothing', async () => {
    await expect(findCaptures(['s3://calls/run 8/*'])).rejects.toThrow('s3://calls/run 8/*: no object matches');
    await expect(findCaptures(['s3://calls/run 8/'])).rejects.toThrow('no captures directly below');
  });
});

describe('a storage service', { timeout: 60_000 }, () => {
  it('is asked again while it is busy, and not where it refuses', async () => {
    const answers = [503, 500, 429, 200, 301, 403];
    const busy = createServer((_, response) => {
      const status = answers.shift() ?? 500;
      response.writeHead(status, { 'x-amz-bucket-region': 'eu-north-1' });
      response.end(
        status === 200
          ? 'bytes'
          : '<Error><Code>SlowDown</Code><Message>Reduce\u001b[2J</Message></Error>'.replace(
              'SlowDown',
              status < 429 ? 'Moved' : 'SlowDown',
            ),
      );
    });
    await new Promise<void>((listening) => busy.listen(0, '127.0.0.1', listening));
    vi.stubEnv('AWS_ENDPOINT_URL_S3', `http://127.0.0.1:${(busy.address() as AddressInfo).port}`);
    expect(String(await contentOf('s3://calls/x'))).toBe('bytes');
    expect((await faultOf('s3://calls/x'))?.message).toBe('s3://calls/x: the bucket is in region eu-north-1');
    vi.stubEnv('AWS_ACCESS_KEY_ID', '');
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', '');
    expect((await faultOf('s3://calls/x'))?.message).toMatch(/may not be read without a key/);
    expect(answers).toEqual([]);
    expect((await faultOf('s3://calls/x'))?.message).toBe(
      's3://calls/x: the storage refuses (SlowDown: Reduce\\u001b[2J)',
    );
    busy.close();
    busy.closeAllConnections();
  });

  it('gives lists of objects page by page, with keys encoded or not, and nothing else', () => {
    const page = (inside: string) =>
      parsePage(`<?xml version="1.0"?><ListBucketResult>${inside}</ListBucketResult>`, 'x');
    expect(page('<Contents><Key>a &amp; b</Key></Contents><IsTruncated>false</IsTruncated>')).toEqual({
      keys: ['a & b'],
      next: null,
    });
    expect(
      page(
        '<EncodingType>url</EncodingType><Contents><Key>a+%26%C3%BC</Key></Contents><Contents><Key>007</Key></Contents><IsTruncated>true</IsTruncated><NextContinuationToken>t</NextContinuationToken>',
      ),
    ).toEqual({ keys: ['a &ü', '007'], next: 't' });
    expect(page('')).toEqual({ keys: [], next: null });
    for (const text of [
      '<html><body>console</body></html>',
      '{}',
      '',
      '<!DOCTYPE a><ListBucketResult/>',
      '<ListBucketResult>',
    ]) {
      expect(() => parsePage(text, 'x')).toThrow('what answers is no S3-like storage');
    }
  });

  it('is signed for as Amazon shows it', async () => {
    // https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html, "Example: GET Object" and "GET Bucket (List Objects)".
    const key = { id: 'AKIAIOSFODNN7EXAMPLE', secret: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY', session: undefined };
    const settings: S3Settings = { endpoint: null, region: 'us-east-1', key };
    const signatureOf = async (url: string, headers: Record<string, string>) =>
      (await signedHeaders(settings, new URL(url), headers, '20130524T000000Z'))['authorization']?.split(
        'Signature=',
      )[1];
    const host = 'https://examplebucket.s3.amazonaws.com';
    expect(await signatureOf(`${host}/test.txt`, { range: 'bytes=0-9' })).toBe(
      'f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41',
    );
    expect(await signatureOf(`${host}/?max-keys=2&prefix=J`, {})).toBe(
      '34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7',
    );
  });

  it('has its buckets in the path or before the host', () => {
    const at = (environment: Record<string, string>, bucket = 'calls') =>
      s3Url(s3SettingsOf(environment), bucket, 'a b/c').href;
    expect(at({})).toBe('https://calls.s3.us-east-1.amazonaws.com/a%20b/c');
    expect(at({ AWS_REGION: 'eu-north-1' }, 'my.calls')).toBe('https://s3.eu-north-1.amazonaws.com/my.calls/a%20b/c');
    expect(at({ AWS_ENDPOINT_URL: 'https://eu-central-1.linodeobjects.com/' })).toBe(
      'https://eu-central-1.linodeobjects.com/calls/a%20b/c',
    );
    expect(at({ AWS_ENDPOINT_URL_S3: 'https://{bucket}.fra1.digitaloceanspaces.com' })).toBe(
      'https://calls.fra1.digitaloceanspaces.com/a%20b/c',
    );
  });
});

describe('a pattern of names', () => {
  it('matches as it does for files', () => {
    const matched = (pattern: string, ...names: string[]) => names.filter(patternMatcher(pattern));
    expect(matched('a/*.pcap', 'a/x.pcap', 'a/b/x.pcap', 'a/.pcap', 'a/xpcap')).toEqual(['a/x.pcap', 'a/.pcap']);
    expect(matched('**/x', 'x', 'a/x', 'a/b/x', 'a/xx')).toEqual(['x', 'a/x', 'a/b/x']);
    expect(matched('{a,b}/?.[p-q]', 'a/1.p', 'b/2.q', 'c/1.p', 'a/12.p')).toEqual(['a/1.p', 'b/2.q']);
  });

  it('takes no longer than the name and itself are long', () => {
    const deep = 'a/'.repeat(500);
    expect(patternMatcher(`${'**/'.repeat(40)}b`)(deep)).toBe(false);
  });
});
