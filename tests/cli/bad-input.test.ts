import { linkSync, mkdirSync, readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../captures/temporary-folder.ts';
import { builtProgram, samples } from './program.ts';

const program = builtProgram();
const folder = temporaryFolder();
const voip = readFileSync(join(samples, 'voip.pcap'));

/** Bad input is one line on standard error that says what, where and what to do, and status 2. */
function expectRefusal(args: readonly string[], ...words: readonly RegExp[]): void {
  const { status, stdout, stderr } = program.run(['analyze', ...args], { cwd: folder.path });
  expect([status, stdout]).toEqual([2, '']);
  // Control characters are shown, not sent; `. ` and a capital begin the part that says what to do.
  expect(stderr).toMatch(/^rtcscope: [^\u0000-\u001f\u007f-\u009f]+[.?!] [A-Z][^\u0000-\u001f\u007f-\u009f]+\n$/);
  for (const word of words) expect(stderr).toMatch(word);
}

describe('input that cannot be read', () => {
  it('a text file', () => {
    folder.write('notes.pcap', 'these are my notes of the call\n');
    expectRefusal(['notes.pcap'], /notes\.pcap: not a capture but text/, /pcap or pcapng/);
  });

  it('other binary files', () => {
    folder.write('noise.bin', Buffer.from(Array.from({ length: 500 }, (_, index) => (index * 137 + 91) & 0xff)));
    expectRefusal(['noise.bin'], /noise\.bin: not a capture/);
    folder.write('picture.pcap', Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex'));
    expectRefusal(['picture.pcap'], /picture\.pcap: not a capture/);
  });

  it('an empty file', () => {
    folder.write('empty.pcap', '');
    expectRefusal(['empty.pcap'], /empty\.pcap: empty/);
  });

  it('nothing on standard input', () => {
    const { status, stdout, stderr } = program.run(['analyze', '-'], { input: '' });
    expect([status, stdout, stderr.split('\n').length]).toEqual([2, '', 2]);
    expect(stderr).toMatch(/standard input: empty/);
  });

  it('a folder without captures, and one that is empty', () => {
    mkdirSync(join(folder.path, 'papers'));
    folder.write('papers/readme.txt', 'no captures here');
    expectRefusal(['papers'], /papers: no captures in this folder/, /pattern/);
    mkdirSync(join(folder.path, 'nothing'));
    expectRefusal(['nothing'], /nothing: no captures in this folder/);
  });

  it('a missing file, and a pattern that nothing matches', () => {
    expectRefusal(['gone.pcap'], /gone\.pcap: no such file/, /Check the path/);
    expectRefusal(['gone-*.pcap'], /gone-\*\.pcap: no file matches/);
  });

  it('one bad file among good ones, before anything is written', () => {
    folder.write('good.pcap', voip);
    folder.write('bad.pcap', 'text');
    expectRefusal(['good.pcap', 'bad.pcap', '--json', 'x.json'], /bad\.pcap: not a capture/);
  });

  it.skipIf(process.platform === 'win32')('a name with control characters, which the terminal never sees', () => {
    const name = 'a\u001b[2J\u009b31m\u202eb\n.pcap';
    expectRefusal([name], /a\\u001b\[2J\\u009b31m\\u202eb\\u000a\.pcap: no (such file|file matches)/);
    folder.write(name, 'text');
    expectRefusal([name], /\\u001b\[2J.*not a capture/);
    folder.write(name, voip);
    const { status, stdout, stderr } = program.run(['analyze', name, '--html', `${name}.html`], { cwd: folder.path });
    expect(status).toBe(0);
    expect(stdout + stderr).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/);
  });
});

describe('input that can be read in part', () => {
  function analyse(name: string) {
    const { status, stdout } = program.run(['analyze', name, '--json', '-'], { cwd: folder.path });
    expect(status).toBe(0);
    return JSON.parse(stdout);
  }

  it('a file cut in the middle of a packet: what came before counts, and a finding says so', () => {
    folder.write('cut.pcap', voip.subarray(0, 100_003));
    const { captures, streams, findings } = analyse('cut.pcap');
    expect(captures[0]).toMatchObject({ truncated: true, problems: [{ code: 'truncated', count: 1 }] });
    expect(streams).toHaveLength(2);
    expect(findings).toContainEqual(expect.objectContaining({ code: 'capture-truncated', severity: 'warning' }));
  });

  it('a cut gzip file', () => {
    const zipped = gzipSync(voip);
    folder.write('cut.pcap.gz', zipped.subarray(0, zipped.length / 2));
    const { captures, streams } = analyse('cut.pcap.gz');
    expect(captures[0]).toMatchObject({ format: 'pcap+gzip', truncated: true });
    expect(streams).toHaveLength(2);
  });

  it('a record of absurd length: the walk ends there, without taking the memory that it claims', () => {
    const absurd = Buffer.from(voip);
    // The captured length of the third record: after the file's header, each record is 16 bytes and its data.
    let at = 24;
    for (let record = 0; record < 2; record++) at += 16 + absurd.readUInt32LE(at + 8);
    absurd.writeUInt32LE(0xfffffff0, at + 8);
    folder.write('absurd.pcap', absurd);
    const { captures, findings } = analyse('absurd.pcap');
    expect(captures[0]).toMatchObject({ packets: 2, problems: [{ code: 'bad-length', count: 1 }] });
    expect(findings.map(({ code }: { code: string }) => code)).toContain('capture-bad-length');
  });

  it('a pcapng block of absurd length', () => {
    const absurd = readFileSync(join(samples, 'call.pcapng')).subarray(0, 50_000);
    const section = absurd.readUInt32LE(4);
    absurd.writeUInt32LE(0xfffffffc, section + absurd.readUInt32LE(section + 4) + 4);
    folder.write('absurd.pcapng', absurd);
    expect(analyse('absurd.pcapng').captures[0]).toMatchObject({ truncated: true, packets: 0 });
  });

  it('a capture without packets', () => {
    folder.write('header.pcap', voip.subarray(0, 24));
    expect(analyse('header.pcap')).toMatchObject({ streams: [], findings: [{ code: 'no-media' }] });
  });

  it('a decompression bomb: 200 MB of zeros in 200 kB take neither time nor memory', () => {
    // One record that says it is longer than any: what follows is never asked for.
    const header = Buffer.alloc(40);
    voip.copy(header, 0, 0, 24);
    header.writeUInt32LE(0xffffffff, 32);
    folder.write('bomb.pcap.gz', gzipSync(Buffer.concat([header, Buffer.alloc(200_000_000)])));
    expect(analyse('bomb.pcap.gz').captures[0]).toMatchObject({ packets: 0, problems: [{ code: 'bad-length' }] });
    // Zeros all through are records of length zero, each of them a packet: they are walked and none is kept.
    folder.write('zeros.pcap.gz', gzipSync(Buffer.concat([voip.subarray(0, 24), Buffer.alloc(160_000_000)])));
    const { status, stdout } = program.run(['analyze', 'zeros.pcap.gz', '--json', '-'], {
      ...{ cwd: folder.path, env: { ...process.env, NODE_OPTIONS: '--max-old-space-size=64' } },
    });
    expect(status).toBe(0);
    expect(JSON.parse(stdout).captures[0]).toMatchObject({ packets: 10_000_000 });
  }, 60_000);

  it('compressed three times over', () => {
    folder.write('nested.gz', gzipSync(gzipSync(gzipSync(voip))));
    expectRefusal(['nested.gz'], /nested\.gz: compressed more than twice/);
  });
});

describe('outputs that could not end well', () => {
  it('are refused before anything is read', () => {
    folder.write('call.pcap', voip);
    symlinkSync('call.pcap', join(folder.path, 'soft.pcap'));
    linkSync(join(folder.path, 'call.pcap'), join(folder.path, 'hard.pcap'));
    for (const [option, name] of [
      ['json', 'call.pcap'],
      ['csv', './call.pcap'],
      ['html', 'soft.pcap'],
      ['markdown', 'hard.pcap'],
    ]) {
      expectRefusal(['call.pcap', `--${option}`, name], new RegExp(`--${option} .*: this is a capture to be read`));
    }
    expect(readFileSync(join(folder.path, 'call.pcap')).equals(voip)).toBe(true);
    expectRefusal(['call.pcap', '--json', 'x', '--csv', './x'], /--json and --csv name the same file/);
    expectRefusal(['call.pcap', '--json', '-', '--csv', '-'], /cannot both go to standard output/);
    expectRefusal(['call.pcap', '--json', 'papers'], /--json papers: is a folder/);
    expectRefusal(['call.pcap', '--json', 'none/x.json'], /there is no folder none/);
    expectRefusal(['call.pcap', '--charts', 'call.pcap'], /--charts call\.pcap: is a file/);
  });
});
