import yargs from 'yargs';
import project from '../package.json' with { type: 'json' };
import { analyzeCommand } from './analyze.ts';
import { disguiseDashes, restoreDashes } from './dash.ts';
import { ExitStatus, isKnownError, UsageError } from './exit-status.ts';
import { inspectCommand } from './inspect.ts';

/**
 * Runs one command line.
 *
 * @param args what follows the program's name.
 * @returns the exit status. A mistake of the user is one line on standard error; a defect of ours is thrown.
 */
export async function runCommandLine(args: readonly string[]): Promise<ExitStatus> {
  let status: ExitStatus = ExitStatus.done;
  const parser = yargs(disguiseDashes(args))
    .scriptName('rtcscope')
    // Messages of ours and of yargs in one language.
    .locale('en')
    .usage('$0 COMMAND\n\nTells what happened to the media of calls, from captures of their packets.')
    .command(analyzeCommand)
    .command(inspectCommand)
    .middleware(restoreDashes)
    .completion('completion', 'Print the completion script for bash or zsh')
    .demandCommand(1, 'Name a command.')
    .strict()
    .version(project.version)
    .alias({ help: 'h', version: 'V' })
    .wrap(Math.min(process.stdout.columns ?? 100, 120))
    .exitProcess(false)
    .fail((message, error) => {
      throw error ?? new UsageError(firstLine(message), 'See rtcscope --help.');
    })
    .epilogue('Exit status: 0 done, 1 a threshold is crossed, 2 wrong usage or unreadable input.');
  try {
    await parser.parseAsync();
  } catch (error) {
    if (!isKnownError(error)) throw error;
    process.stderr.write(`rtcscope: ${error.message}. ${error.hint}\n`);
    status = ExitStatus.badUsage;
  }
  return status;
}

function firstLine(message: string): string {
  return message.trim().split('\n', 1)[0].replace(/\.$/, '');
}
