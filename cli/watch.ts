import type { ArgumentsCamelCase, CommandModule } from 'yargs';
import type { WatchArguments } from './watch-run.ts';

const EXAMPLES: readonly (readonly [string, string])[] = [
  ['$0 watch eth0', 'The streams on an interface, worst first'],
  ['$0 watch eth0 --filter udp --sort bitrate', 'Media over UDP alone, the largest first'],
  ['$0 watch growing.pcapng', 'A capture that is still being written'],
  ['$0 watch http://127.0.0.11:7000', 'What a running SFU of ours sends and receives'],
  ['ssh node2 tcpdump -U -w - udp | $0 watch -', 'Another machine'],
  ['$0 watch eth0 --json | jq .streams[0]', 'A line of JSON at each look'],
];

/** `rtcscope watch SOURCE` */
export const watchCommand: CommandModule<object, WatchArguments> = {
  command: 'watch <source>',
  describe: 'Show the streams that run now: loss, jitter, bitrate',
  builder: (command) => {
    command
      .positional('source', {
        type: 'string',
        demandOption: true,
        describe: 'An interface, a capture file that grows, the control URL of an SFU, or - for standard input',
      })
      .option('filter', {
        alias: 'f',
        type: 'string',
        requiresArg: true,
        describe: 'Berkeley packet filter, for an interface',
      })
      .option('tool', {
        choices: ['auto', 'dumpcap', 'tcpdump', 'cap'] as const,
        default: 'auto' as const,
        describe: 'What captures an interface',
      })
      .option('interval', { type: 'number', default: 1, requiresArg: true, describe: 'Seconds between two looks' })
      .option('sort', {
        choices: ['worst', 'loss', 'jitter', 'bitrate', 'packets', 'age', 'media', 'address'] as const,
        default: 'worst' as const,
        describe: 'By what the streams are sorted',
      })
      .option('once', { type: 'boolean', default: false, describe: 'One look, and no more' })
      .option('json', { type: 'boolean', default: false, describe: 'A line of JSON at each look' });
    for (const [text, meaning] of EXAMPLES) command.example(text, meaning);
    command.epilogue('On a terminal ? tells the keys. RTCSCOPE_CONTROL_SECRET: the secret of the SFU.');
    return command as never;
  },
  handler: async (args: ArgumentsCamelCase<WatchArguments>) => {
    const { runWatch } = await import('./watch-run.ts');
    await runWatch(args);
  },
};
