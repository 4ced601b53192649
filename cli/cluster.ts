import type { ArgumentsCamelCase, Argv, CommandModule } from 'yargs';
import type { DownArguments, StatusArguments, UpArguments } from './cluster-conference-run.ts';
import type { CreateArguments, DeleteArguments } from './cluster-provider-run.ts';
import type { ExitStatus } from './exit-status.ts';

/** `rtcscope cluster create|delete|list|up|status|down`. @param finish told the exit status. */
export const clusterCommand = (finish: (status: ExitStatus) => void): CommandModule => ({
  command: 'cluster',
  describe: 'The conference on Kubernetes: bring it up, see it, take it down; make and delete clusters at a provider',
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
      .command(upCommand(finish))
      .command(statusCommand(finish))
      .command(downCommand(finish))
      .demandCommand(1, 'Say create, delete, list, up, status or down.'),
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

const accessOptions = <T>(command: Argv<T>) =>
  command
    .option('kubeconfig', { type: 'string', requiresArg: true, describe: 'Instead of KUBECONFIG or ~/.kube/config' })
    .option('context', { type: 'string', requiresArg: true, describe: 'Instead of its current context' })
    .option('namespace', { type: 'string', default: 'rtcscope', requiresArg: true, describe: 'Of the conference' });

const upCommand = (finish: (status: ExitStatus) => void): CommandModule<object, UpArguments> => ({
  command: 'up',
  describe: 'Bring the conference up in a cluster, or bring what differs up to date',
  builder: (command) =>
    accessOptions(command)
      .option('overlay', {
        type: 'string',
        default: 'hpa',
        requiresArg: true,
        describe: 'no-hpa, hpa, capture, kind, linode, digitalocean, or a Kustomize folder (with a slash in its name)',
      })
      .option('image', { type: 'string', requiresArg: true, describe: "Image of all roles, instead of the overlay's" })
      .option('media-port', { type: 'number', requiresArg: true, describe: 'Port of the nodes for media; 10000' })
      .option('timeout', { type: 'number', default: 300, requiresArg: true, describe: 'Seconds to wait for the pods' })
      .example('$0 cluster up --overlay linode', 'With an autoscaler, and a load balancer in front of the page')
      .example('$0 cluster up --overlay ./my-overlay/', 'With what an overlay of your own says') as never,
  handler: async (args: ArgumentsCamelCase<UpArguments>) => {
    const { runUp } = await import('./cluster-conference-run.ts');
    finish(await runUp(args));
  },
});

const statusCommand = (finish: (status: ExitStatus) => void): CommandModule<object, StatusArguments> => ({
  command: 'status',
  describe: 'How the conference in a cluster is',
  builder: (command) =>
    accessOptions(command).option('json', { type: 'boolean', default: false, describe: 'As data' }) as never,
  handler: async (args: ArgumentsCamelCase<StatusArguments>) => {
    const { runStatus } = await import('./cluster-conference-run.ts');
    finish(await runStatus(args));
  },
});

const downCommand = (finish: (status: ExitStatus) => void): CommandModule<object, DownArguments> => ({
  command: 'down',
  describe: 'Take the conference out of a cluster',
  builder: (command) => yesOption(accessOptions(command)) as never,
  handler: async (args: ArgumentsCamelCase<DownArguments>) => {
    const { runDown } = await import('./cluster-conference-run.ts');
    finish(await runDown(args));
  },
});
