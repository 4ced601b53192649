import type { ArgumentsCamelCase, CommandModule } from 'yargs';
import type { ExitStatus } from './exit-status.ts';
import type { UpArguments } from './up-run.ts';

/** `rtcscope up` @param finish told the exit status. */
export const upCommand = (finish: (status: ExitStatus) => void): CommandModule<object, UpArguments> => ({
  command: 'up',
  describe: 'Start a whole conference on this machine: a gateway and SFUs as processes',
  builder: (command) => {
    command
      .option('sfus', { type: 'number', default: 1, requiresArg: true, describe: 'SFUs, each a process' })
      .option('host', { type: 'string', default: '127.0.0.1', requiresArg: true, describe: 'Address of the page' })
      .option('port', { type: 'number', default: 8080, requiresArg: true, describe: 'Port of the page, 0 for any' })
      .option('open', { type: 'boolean', default: false, describe: 'Let anybody join any room: no tokens' })
      .option('joins-per-second', {
        type: 'number',
        requiresArg: true,
        describe: 'Most joins a second from one address; ten times as many may come at once',
      })
      .example('$0 up --open', 'Talk to yourself at http://127.0.0.1:8080/')
      .example('$0 up --sfus 3 --port 0 --open', 'For scripts: one line of JSON tells where everything is');
    return command as never;
  },
  handler: async (args: ArgumentsCamelCase<UpArguments>) => {
    const { runUp } = await import('./up-run.ts');
    finish(await runUp(args));
  },
});
