import type { ArgumentsCamelCase, Argv, CommandModule } from 'yargs';
import type { CreateArguments, DeleteArguments } from './cluster-provider-run.ts';
import type { ExitStatus } from './exit-status.ts';

/** `rtcscope cluster create|delete|list`. @param finish told the exit status. */
export const clusterCommand = (finish: (status: ExitStatus) => void): CommandModule => ({
  command: 'cluster',
  describe: 'Make a Kubernetes cluster at a provider, and take it away',
  builder: (command) =>
    command
      .command(createCommand(finish))
      .command(deleteCommand(finish))
      .command({
        command: 'list',
        describe: 'Clusters that were made from here',
        builder: (list: Argv) => stateOption(list),
        handler: async (args: ArgumentsCamelCase) => {
          const { printClusters } = await import('./cluster-provider-run.ts');
          finish(printClusters(args['state'] as string | undefined));
        },
      })
      .demandCommand(1, 'Say create, delete or list.'),
  handler: () => {},
});

const stateOption = <T>(command: Argv<T>) =>
  command.option('state', {
    type: 'string',
    requiresArg: true,
    describe: 'Folder that remembers what was made; ~/.local/state/rtcscope/clusters where not given',
  });

const yesOption = <T>(command: Argv<T>) =>
  command.option('yes', { alias: 'y', type: 'boolean', default: false, describe: 'Do not ask' });

const createCommand = (finish: (status: ExitStatus) => void): CommandModule<object, CreateArguments> => ({
  command: 'create',
  describe: 'Make a cluster, or go on with one whose making was interrupted',
  builder: (command) =>
    yesOption(stateOption(command))
      .option('provider', {
        choices: ['linode', 'digitalocean'] as const,
        demandOption: true,
        describe: 'Whose token is in LINODE_TOKEN or DIGITALOCEAN_TOKEN',
      })
      .option('name', { type: 'string', default: 'rtcscope', requiresArg: true, describe: 'Name of the cluster' })
      .option('nodes', { type: 'number', default: 2, requiresArg: true, describe: 'Number of nodes' })
      .option('size', {
        type: 'string',
        requiresArg: true,
        describe: "Kind of machine, by the provider's name; g6-standard-2, s-2vcpu-4gb where not given",
      })
      .option('region', {
        type: 'string',
        requiresArg: true,
        describe: 'Place; eu-central, fra1 where not given',
      })
      .option('kubernetes-version', { type: 'string', requiresArg: true, describe: 'Such as 1.34; else the newest' })
      .option('kubeconfig', { type: 'string', requiresArg: true, describe: 'File to write; else within --state' })
      .example('$0 cluster create --provider linode --nodes 3 --size g6-standard-4', 'Shows what it costs, and asks')
      .example('$0 cluster delete', 'Takes it away again, with its load balancers and volumes') as never,
  handler: async (args: ArgumentsCamelCase<CreateArguments>) => {
    const { runCreate } = await import('./cluster-provider-run.ts');
    finish(await runCreate(args));
  },
});

const deleteCommand = (finish: (status: ExitStatus) => void): CommandModule<object, DeleteArguments> => ({
  command: 'delete [name]',
  describe: 'Take a cluster away, with all that was made for it',
  builder: (command) =>
    yesOption(stateOption(command)).positional('name', {
      type: 'string',
      default: 'rtcscope',
      describe: 'Name of the cluster',
    }) as never,
  handler: async (args: ArgumentsCamelCase<DeleteArguments>) => {
    const { runDelete } = await import('./cluster-provider-run.ts');
    finish(await runDelete(args));
  },
});
