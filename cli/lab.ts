import type { ArgumentsCamelCase, Argv, CommandModule } from 'yargs';
import type { ExitStatus } from './exit-status.ts';
import type { CleanArguments } from './lab-clean.ts';
import type { LabArguments } from './lab-run.ts';

/** `rtcscope lab run|list|show|clean`. @param finish told the exit status. */
export const labCommand = (finish: (status: ExitStatus) => void): CommandModule => ({
  command: 'lab',
  describe: 'Run an experiment on the conference: load, autoscaling, captures and metrics into a run directory',
  builder: (command) =>
    command
      .command(runCommand(finish))
      .command({
        command: 'list [folder]',
        describe: 'Scenarios that come with the program, and runs in a folder',
        builder: (list: Argv) =>
          list.positional('folder', { type: 'string', default: '.', describe: 'Folder of runs' }),
        handler: async (args: ArgumentsCamelCase) => {
          const { printRuns } = await import('./lab-list.ts');
          finish(printRuns(String(args['folder'])));
        },
      })
      .command({
        command: 'show <run>',
        describe: 'What a run directory holds',
        builder: (show: Argv) =>
          show.positional('run', { type: 'string', demandOption: true, describe: 'Run directory' }),
        handler: async (args: ArgumentsCamelCase) => {
          const { printRun } = await import('./lab-list.ts');
          finish(printRun(String(args['run'])));
        },
      })
      .command({
        command: 'clean',
        describe: 'Take away what killed runs left in a cluster',
        builder: (clean: Argv) =>
          clean
            .option('kubeconfig', { type: 'string', requiresArg: true, describe: 'Else KUBECONFIG or ~/.kube/config' })
            .option('context', { type: 'string', requiresArg: true, describe: 'Context of the kubeconfig' })
            .option('namespace', {
              type: 'string',
              requiresArg: true,
              describe: 'In this one too, which a run was given by --namespace',
            })
            .option('yes', { alias: 'y', type: 'boolean', default: false, describe: 'Do not ask' }),
        handler: async (args: ArgumentsCamelCase<CleanArguments>) => {
          const { cleanLab } = await import('./lab-clean.ts');
          finish(await cleanLab(args));
        },
      })
      .demandCommand(1, 'Say run, list, show or clean.'),
  handler: () => {},
});

const runCommand = (finish: (status: ExitStatus) => void): CommandModule<object, LabArguments> => ({
  command: 'run <scenario>',
  describe: 'Run a scenario, and write its run directory and report',
  builder: (command) =>
    command
      .positional('scenario', {
        type: 'string',
        demandOption: true,
        describe: 'YAML file, or the name of one that comes along: thesis.yaml, quick.yaml, ramp.yaml',
      })
      .option('out', { type: 'string', requiresArg: true, describe: 'Run directory to make; else named by the time' })
      .option('driver', { choices: ['local', 'kubernetes'] as const, describe: "Instead of the scenario's own" })
      .option('capture', {
        choices: ['auto', 'tap'] as const,
        default: 'auto' as const,
        describe: 'Record by dumpcap or tcpdump where permitted, or by the SFUs themselves (tap)',
      })
      .option('kubeconfig', {
        type: 'string',
        requiresArg: true,
        describe: 'With the driver kubernetes: file that names the cluster; else KUBECONFIG or ~/.kube/config',
      })
      .option('context', { type: 'string', requiresArg: true, describe: 'Context of the kubeconfig' })
      .option('namespace', {
        type: 'string',
        requiresArg: true,
        describe: 'Where the conference goes; else a namespace of its own, gone at the end',
      })
      .option('image', { type: 'string', requiresArg: true, describe: 'Image of the conference on the cluster' })
      .option('overlay', {
        type: 'string',
        requiresArg: true,
        describe: 'What the conference is made of: an overlay, or a Kustomize folder (with a slash); else no-hpa',
      })
      .option('media-port', { type: 'number', requiresArg: true, describe: 'Port of the nodes for media; else 10000' })
      .option('load', {
        choices: ['here', 'cluster'] as const,
        default: 'here' as const,
        describe:
          'Participants as a process here, or as a Job in the cluster, where its nodes cannot be reached from here',
      })
      .option('prometheus', {
        type: 'string',
        requiresArg: true,
        describe: 'Address of the Prometheus of the cluster, for CPU and memory besides those of the metrics API',
      })
      .option('snaplen', {
        type: 'number',
        requiresArg: true,
        describe: "Bytes kept of each packet, instead of the scenario's snapLength",
      })
      .option('ring-files', {
        type: 'number',
        requiresArg: true,
        describe: 'Keep so many capture files of each node, the newest',
      })
      .option('ring-megabytes', {
        type: 'number',
        requiresArg: true,
        describe: "Size of each file of the ring, instead of the scenario's maxMiB",
      })
      .option('jmeter', {
        type: 'string',
        requiresArg: true,
        describe: 'Program that makes the HTTP load; else RTCSCOPE_JMETER, or jmeter in PATH; off: without',
      })
      .option('yes', { alias: 'y', type: 'boolean', default: false, describe: 'Do not ask before a long run' })
      .option('quiet', { alias: 'q', type: 'boolean', default: false, describe: 'No progress on standard error' })
      .example('$0 lab run quick.yaml --out run', 'The experiment in about two minutes')
      .example(
        '$0 lab run quick.yaml --jmeter /opt/apache-jmeter-5.6.3/bin/jmeter',
        'HTTP load by a JMeter of your own',
      )
      .example('$0 lab run thesis.yaml --driver kubernetes', 'The whole of it on a cluster')
      .example(
        '$0 lab run quick.yaml --driver kubernetes --overlay ./mine/',
        'As an overlay of your own has it',
      ) as never,
  handler: async (args: ArgumentsCamelCase<LabArguments>) => {
    const { runScenario } = await import('./lab-run.ts');
    finish(await runScenario(args));
  },
});
