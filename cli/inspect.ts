import type { CommandModule } from 'yargs';

interface InspectArguments {
  readonly file: string;
  readonly json: boolean;
}

/** `rtcscope inspect FILE` */
export const inspectCommand: CommandModule<object, InspectArguments> = {
  command: 'inspect <file>',
  describe: 'Tell what is in a capture: format, interfaces, layers, problems',
  builder: (command) =>
    command
      .positional('file', { type: 'string', demandOption: true, describe: 'A capture, or - for standard input' })
      .option('json', { type: 'boolean', default: false, describe: 'Print one JSON object instead of text' }),
  handler: async ({ file, json }) => {
    const { inspectCapture } = await import('../captures/index.ts');
    const inspection = await inspectCapture(file);
    if (json) {
      process.stdout.write(`${JSON.stringify(inspection, null, 2)}\n`);
      return;
    }
    const { renderInspection } = await import('../reports/index.ts');
    process.stdout.write(renderInspection(inspection));
  },
};
