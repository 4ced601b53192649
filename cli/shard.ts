import type { ArgumentsCamelCase, CommandModule } from 'yargs';
import type { ShardArguments } from './shard-run.ts';

/** `rtcscope shard PATTERN --of N`: what the pods of `analyze --on kubernetes` run. */
export const shardCommand: CommandModule<object, ShardArguments> = {
  command: 'shard <pattern>',
  // Not for people.
  describe: false,
  builder: (command) =>
    command
      .positional('pattern', { type: 'string', demandOption: true })
      .option('of', { type: 'number', demandOption: true, requiresArg: true })
      .option('window', { type: 'number', default: 1, requiresArg: true })
      .option('filter', { type: 'string', requiresArg: true }) as never,
  handler: async (args: ArgumentsCamelCase<ShardArguments>) => {
    const { runShard } = await import('./shard-run.ts');
    await runShard(args);
  },
};
