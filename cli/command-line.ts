import yargs from 'yargs';
import project from '../package.json' with { type: 'json' };
import { analyzeCommand } from './analyze.ts';
import { captureCommand } from './capture.ts';
import { clusterCommand } from './cluster.ts';
import { compareCommand } from './compare.ts';
import { disguiseDashes, restoreDashes } from './dash.ts';
import { ExitStatus, UsageError, withKnownErrorsTold } from './exit-status.ts';
import { gatewayCommand } from './gateway.ts';
import { inspectCommand } from './inspect.ts';
import { labCommand } from './lab.ts';
import { loadCommand } from './load.ts';
import { mergeCommand } from './merge.ts';
import { parserMessage } from './parser-message.ts';
import { reportCommand } from './report.ts';
import { sfuCommand } from './sfu.ts';
import { shardCommand } from './shard.ts';
import { upCommand } from './up.ts';
import { watchCommand } from './watch.ts';

const COMMANDS = [
  'analyze',
  'merge',
  'compare',
  'report',
  'inspect',
  'capture',
  'watch',
  'up',
  'gateway',
  'sfu',
  'load',
  'lab',
  'cluster',
  'completion',
];

/**
 * Runs one command line.
 *
 * @param args what follows the program's name.
 * @returns the exit status. A mistake of the user is one line on standard error; a defect of ours is thrown.
 */
export async function runCommandLine(args: readonly string[]): Promise<ExitStatus> {
  let status: ExitStatus = ExitStatus.done;
  const finish = (reached: ExitStatus) => {
    status = reached;
  };
  const parser = yargs(disguiseDashes(args))
    .scriptName('rtcscope')
    // Messages of ours and of yargs in one language.
    .locale('en')
    .usage('$0 COMMAND\n\nTells what happened to the media of calls, from captures of their packets.')
    .command(analyzeCommand(finish))
    .command(mergeCommand(finish))
    .command(compareCommand)
    .command(reportCommand)
    .command(inspectCommand)
    .command(captureCommand)
    .command(watchCommand)
    .command(upCommand(finish))
    .command(gatewayCommand(finish))
    .command(sfuCommand)
    .command(shardCommand)
    .command(loadCommand(finish))
    .command(labCommand(finish))
    .command(clusterCommand(finish))
    .middleware(restoreDashes)
    .completion('completion', 'Print the completion script for bash or zsh')
    .demandCommand(1, 'Name a command.')
    .strict()
    .version(project.version)
    .alias({ help: 'h', version: 'V' })
    .wrap(Math.min(process.stdout.columns ?? 100, 120))
    .exitProcess(false)
    .fail((message, error) => {
      if (error && error.name !== 'YError') throw error;
      const words = disguiseDashes(args).filter((argument) => !argument.startsWith('-'));
      const hint = COMMANDS.includes(words[0]) ? `See rtcscope ${words[0]} --help.` : 'See rtcscope --help.';
      throw new UsageError(parserMessage(message ?? error.message, words, COMMANDS), hint);
    })
    .epilogue('Exit status: 0 done, 1 a threshold is crossed, 2 wrong usage or unreadable input.');
  keepHelpForLater(parser);
  return withKnownErrorsTold(async () => {
    await parser.parseAsync();
    return status;
  });
}

/**
 * Before it calls a command yargs lays out the help of that command, in case the command asks for it. Ours never do, and
 * it takes longer than a small capture. The method is not part of what yargs documents, so its absence is no fault.
 */
function keepHelpForLater(parser: object): void {
  const internals = parser as {
    getInternalMethods?: () => { getUsageInstance?: () => { cacheHelpMessage?: () => void } };
  };
  const usage = internals.getInternalMethods?.().getUsageInstance?.();
  if (usage?.cacheHelpMessage !== undefined) usage.cacheHelpMessage = () => {};
}
