import type { ArgumentsCamelCase, CommandModule } from 'yargs';
import type { ReportArguments } from './report-run.ts';

/** `rtcscope report RUN` */
export const reportCommand: CommandModule<object, ReportArguments> = {
  command: 'report <run>',
  describe: 'Turn a run directory into a report: phases, scaling states, what changed, charts',
  builder: (command) => {
    command
      .positional('run', {
        type: 'string',
        demandOption: true,
        describe: 'A run directory: captures/ and what is known beside',
      })
      .option('html', { type: 'string', requiresArg: true, describe: 'Write the page with charts, one file' })
      .option('markdown', { type: 'string', requiresArg: true, describe: 'Write tables to paste into a document' })
      .option('json', { type: 'string', requiresArg: true, describe: 'Write the report as JSON to a file, or -' })
      .option('csv', {
        type: 'string',
        requiresArg: true,
        describe: 'Write all tables and series as CSV into a folder; with a name in .csv, or -, the series alone',
      })
      .option('charts', { type: 'string', requiresArg: true, describe: 'Write charts as SVG into a folder' })
      .option('chart-format', {
        choices: ['svg', 'png'] as const,
        default: 'svg' as const,
        describe: 'Kind of picture that --charts writes',
      })
      .option('jtl', { type: 'string', requiresArg: true, describe: 'JMeter results to use in place of http.jtl' })
      .option('settle', { type: 'number', default: 15, requiresArg: true, describe: 'Seconds that count as settling' })
      .option('quiet', { alias: 'q', type: 'boolean', default: false, describe: 'No progress on standard error' })
      .example('$0 report runs/monday', 'Writes report.html, report.md and report.json into the run directory')
      .example('$0 report runs/monday --html report.html', 'The page of a run')
      .example('$0 report runs/monday --csv tables', 'Every figure: tables/phases.csv, states.csv, comparison.csv, ...')
      .example('$0 report runs/monday --jtl results.jtl --json -', 'With results of a JMeter of your own, as data');
    return command as never;
  },
  handler: async (args: ArgumentsCamelCase<ReportArguments>) => {
    const { runReport } = await import('./report-run.ts');
    await runReport(args);
  },
};
