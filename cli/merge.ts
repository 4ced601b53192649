import type { ArgumentsCamelCase, CommandModule } from 'yargs';
import type { ExitStatus } from './exit-status.ts';
import type { MergeArguments } from './merge-run.ts';

/** `rtcscope merge FILES...` @param finish told the exit status. */
export const mergeCommand = (finish: (status: ExitStatus) => void): CommandModule<object, MergeArguments> => ({
  command: 'merge <files..>',
  describe: 'Put analyses of parts of the captures together: what analyze --partial wrote',
  builder: (command) => {
    command.positional('files', {
      type: 'string',
      array: true,
      demandOption: true,
      describe: 'Files that analyze --partial wrote; parts that are missing are named by --expect',
    });
    for (const [format, what] of [
      ['json', 'the analysis as JSON to a file, or -'],
      ['csv', 'a row for each stream as CSV'],
      ['markdown', 'tables to paste into a document'],
      ['html', 'a report with charts, one file'],
      ['parquet', 'streams and their series as Parquet into a folder, or to NAME.parquet and NAME.series.parquet'],
      ['charts', 'charts as SVG into a folder'],
    ]) {
      command.option(format, { type: 'string', requiresArg: true, describe: `Write ${what}` });
    }
    command
      .option('expect', {
        type: 'string',
        array: true,
        requiresArg: true,
        describe: 'Capture that should be in it; exit status 1 and a line for each that is not',
      })
      .option('limit', { type: 'number', requiresArg: true, describe: 'Streams to print; 30 on a terminal, else all' })
      .example('$0 analyze pod-1.pcapng --partial one.json', 'On one machine; the same on others')
      .example('$0 merge one.json two.json --html report.html', 'All of it as one analysis');
    return command as never;
  },
  handler: async (args: ArgumentsCamelCase<MergeArguments>) => {
    const { runMerge } = await import('./merge-run.ts');
    finish(await runMerge(args));
  },
});
