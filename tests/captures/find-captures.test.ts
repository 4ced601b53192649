import { mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { findCaptures } from '../../captures/find-captures.ts';
import { sampleCapture } from './sample-capture.ts';
import { temporaryFolder } from './temporary-folder.ts';

const folder = temporaryFolder();
const at = (name: string) => join(folder.path, name);
const capture = sampleCapture(1);
mkdirSync(at('deep/er'), { recursive: true });
mkdirSync(at('none'));
folder.write('b.pcap', capture);
folder.write('a.dat', gzipSync(capture));
folder.write('notes.txt', 'text');
folder.write('void.pcap', '');
folder.write('.hidden.pcap', capture);
folder.write('[x].pcap', capture);
folder.write('deep/c.pcap', capture);
folder.write('deep/er/d.pcapng', capture);
folder.write('none/notes.txt', 'text');
symlinkSync('..', at('deep/up'));

describe('findCaptures', () => {
  it('takes a folder as the captures in it, by content and in order of name', async () => {
    const names = ['.hidden.pcap', '[x].pcap', 'a.dat', 'b.pcap'];
    expect(await findCaptures([folder.path])).toEqual(names.map(at));
  });

  it('takes each file once, and standard input as it is', async () => {
    expect(await findCaptures([at('b.pcap'), '-', at('deep/../b.pcap'), '-'])).toEqual([at('b.pcap'), '-']);
  });

  it.each([
    ['*.pcap', ['[x].pcap', 'b.pcap', 'void.pcap']],
    ['?.pcap', ['b.pcap']],
    ['[a-c].*', ['a.dat', 'b.pcap']],
    ['[!a]*.pcap', ['[x].pcap', 'b.pcap', 'void.pcap']],
    ['.*.pcap', ['.hidden.pcap']],
    ['{a,b}.{dat,pcap}', ['a.dat', 'b.pcap']],
    ['{a,{b,void}}.*', ['a.dat', 'b.pcap', 'void.pcap']],
    ['**/*.pcap', ['[x].pcap', 'b.pcap', 'deep/c.pcap', 'void.pcap']],
    ['**/[cd].pcap{,ng}', ['deep/c.pcap', 'deep/er/d.pcapng']],
    ['*/er/*', ['deep/er/d.pcapng']],
    ['[x].pcap', ['[x].pcap']],
  ])('matches %s', async (pattern, names) => {
    expect(await findCaptures([at(pattern)])).toEqual(names.map(at));
  });

  it('says what stands for nothing', async () => {
    await expect(findCaptures([at('missing.pcap')])).rejects.toMatchObject({ code: 'not-found' });
    await expect(findCaptures([at('*.zip')])).rejects.toMatchObject({ code: 'no-match' });
    await expect(findCaptures([at('[z-a]*')])).rejects.toMatchObject({ code: 'no-match' });
    await expect(findCaptures([at('none')])).rejects.toMatchObject({ code: 'no-captures-in-folder' });
  });
});
