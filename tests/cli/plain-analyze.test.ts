import { describe, expect, it } from 'vitest';
import yargs from 'yargs';
import { analyzeCommand } from '../../cli/analyze.ts';
import { plainAnalyzeArguments } from '../../cli/plain-analyze.ts';

/** What the parser of all command lines makes of one. */
async function parsed(args: readonly string[]): Promise<Record<string, unknown>> {
  let found: Record<string, unknown> = {};
  const { handler: _, ...command } = analyzeCommand(() => {});
  const handler = (values: object) => {
    found = values as Record<string, unknown>;
  };
  await yargs([...args])
    .command({ ...command, handler } as never)
    .strict()
    .parseAsync();
  return found;
}

describe('plain command lines need no parser', () => {
  it.each([
    ['analyze', 'a.pcap'],
    ['analyze', 'a.pcap', 'folder/b.pcapng', '--json', 'out.json'],
    ['analyze', '--json=out.json', 'a.pcap', '--quiet'],
    ['analyze', '12', '-q', '--csv', '7', '--markdown', 'm.md', '--html=r.html'],
    ['analyze', 'ring-*.pcap.gz'],
  ])('%s %s %s %s %s', async (...args) => {
    const given = args.filter((argument) => typeof argument === 'string');
    const plain = plainAnalyzeArguments(given);
    expect(plain).not.toBeNull();
    expect(await parsed(given)).toMatchObject({ ...plain });
  });

  it('has a single dash for standard input and output', () => {
    expect(plainAnalyzeArguments(['analyze', '-', '--json=-'])).toMatchObject({ files: ['-'], json: '-' });
  });

  it.each([
    [[]],
    [['inspect', 'a.pcap']],
    [['analyze']],
    [['analyze', '--help']],
    [['analyze', 'a.pcap', '--filter', 'rtp']],
    [['analyze', 'a.pcap', '--json']],
    [['analyze', 'a.pcap', '--json=']],
    [['analyze', 'a.pcap', '--json', '--csv', 'x']],
    [['analyze', 'a.pcap', '--json', 'x', '--json', 'y']],
    [['analyze', 'a.pcap', '-q', '-q']],
    [['analyze', 'a.pcap', '--jsonx=y']],
    [['analyze', '"a.pcap"']],
    [['analyze', 'a.pcap', '--no-quiet']],
    [['analyze', '--', 'a.pcap']],
  ])('leaves %j to the parser', (args) => {
    expect(plainAnalyzeArguments(args)).toBeNull();
  });
});
