import type { ArgumentsCamelCase, CommandModule } from 'yargs';
import type { CompareArguments } from './compare-run.ts';

/** `rtcscope compare A B [C...]` */
export const compareCommand: CommandModule<object, CompareArguments> = {
  command: 'compare <sides..>',
  describe: 'Say what changed between captures or runs, by how much, and how sure that is',
  builder: (command) => {
    command
      .positional('sides', {
        type: 'string',
        array: true,
        demandOption: true,
        describe:
          'Captures, folders, runs, or parts of a run: RUN#phase=loaded, RUN#state=steady(2); each is held against the first',
      })
      .option('json', { type: 'string', requiresArg: true, describe: 'Write the comparison as JSON to a file, or -' })
      .option('csv', { type: 'string', requiresArg: true, describe: 'Write a row for each metric as CSV' })
      .option('markdown', { type: 'string', requiresArg: true, describe: 'Write tables to paste into a document' })
      .option('html', { type: 'string', requiresArg: true, describe: 'Write a page with charts, one file' })
      .option('states', {
        type: 'string',
        requiresArg: true,
        describe: 'Scaling states for captures that are no run, as for analyze',
      })
      .option('states-target', { type: 'string', requiresArg: true, describe: 'Workload in --states' })
      .option('settle', { type: 'number', default: 15, requiresArg: true, describe: 'Seconds that count as settling' })
      .option('clock-offset', {
        type: 'number',
        default: 0,
        requiresArg: true,
        describe: 'Seconds from the captures to the clock of --states',
      })
      .option('confidence', {
        type: 'number',
        default: 0.95,
        requiresArg: true,
        describe: 'Of the intervals, 0.5 to 0.999',
      })
      .option('seed', {
        type: 'number',
        default: 1,
        requiresArg: true,
        describe: 'Of the bootstrap: the same seed, the same intervals',
      })
      .option('quiet', { alias: 'q', type: 'boolean', default: false, describe: 'No progress on standard error' })
      .example('$0 compare before.pcapng after.pcapng', 'Two captures')
      .example("$0 compare 'run#phase=without-hpa' 'run#phase=with-hpa'", 'Two phases of a run')
      .example('$0 compare monday/ tuesday/ --json -', 'Two runs, or two folders of runs, as data');
    return command as never;
  },
  handler: async (args: ArgumentsCamelCase<CompareArguments>) => {
    const { runCompare } = await import('./compare-run.ts');
    await runCompare(args);
  },
};
