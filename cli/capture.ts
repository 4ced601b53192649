import type { ArgumentsCamelCase, CommandModule } from 'yargs';
import type { CaptureArguments } from './capture-run.ts';

const EXAMPLES: readonly (readonly [string, string])[] = [
  ['$0 capture --list', 'What can be captured on here'],
  ['$0 capture -i eth0 --out call.pcapng', 'Until Ctrl-C'],
  ["$0 capture -i any --filter 'udp portrange 10000-20000' --duration 60 --out rtp.pcapng", 'A minute of media'],
  ['$0 capture -i eth0 --ring-files 24 --ring-megabytes 100 --out /var/tmp/ring.pcapng', 'The last 2.4 GB, for days'],
  ['$0 capture --sfu http://127.0.0.11:7000 --out sfu.pcapng', 'What an SFU of ours sends and receives, with keys'],
  ['$0 capture --pod sfu-7d4b9c-x2x7f --namespace rtcscope --out pod.pcapng', 'A pod of a cluster'],
  ['$0 capture -i eth0 --out - | $0 analyze -', 'Straight into the analysis'],
];

/** `rtcscope capture` */
export const captureCommand: CommandModule<object, CaptureArguments> = {
  command: 'capture',
  describe: 'Record packets of interfaces, of a running SFU, or in a cluster, to pcapng',
  builder: (command) => {
    command
      .option('list', { type: 'boolean', default: false, describe: 'List the interfaces' })
      .option('interface', {
        alias: 'i',
        type: 'string',
        array: true,
        requiresArg: true,
        describe: 'Interface to capture on, or any; dumpcap takes several',
      })
      .option('sfu', {
        type: 'string',
        requiresArg: true,
        describe: 'Record a running SFU instead: URL of its control interface',
      })
      .option('keys', {
        type: 'string',
        requiresArg: true,
        describe: 'Add the keys of this SFU (URL of its control interface) to a capture of an interface',
      })
      .option('pod', { type: 'string', requiresArg: true, describe: 'Capture in a pod of a Kubernetes cluster' })
      .option('node', { type: 'string', requiresArg: true, describe: 'Capture on a node of a Kubernetes cluster' })
      .option('namespace', { type: 'string', requiresArg: true, describe: "With --pod or --node; else the context's" })
      .option('kubeconfig', { type: 'string', requiresArg: true, describe: 'Else KUBECONFIG, or ~/.kube/config' })
      .option('context', { type: 'string', requiresArg: true, describe: 'Context of the kubeconfig' })
      .option('image', {
        type: 'string',
        requiresArg: true,
        describe: 'Image of rtcscope, to capture by in a cluster; else that of the SFU in the pod',
      })
      .option('filter', {
        alias: 'f',
        type: 'string',
        requiresArg: true,
        describe: "Berkeley packet filter, such as 'udp port 5004'",
      })
      .option('out', {
        alias: ['o', 'w'],
        type: 'string',
        requiresArg: true,
        describe: 'File to write, or - for standard output',
      })
      .option('snaplen', { alias: 's', type: 'number', requiresArg: true, describe: 'Bytes kept of each packet' })
      .option('duration', { type: 'number', requiresArg: true, describe: 'Seconds after which it ends' })
      .option('packets', { alias: 'c', type: 'number', requiresArg: true, describe: 'Packets after which it ends' })
      .option('ring-megabytes', {
        type: 'number',
        requiresArg: true,
        describe: 'Begin another file where one has this size',
      })
      .option('ring-seconds', {
        type: 'number',
        requiresArg: true,
        describe: 'Begin another file where one is this old',
      })
      .option('ring-files', {
        type: 'number',
        requiresArg: true,
        describe: 'Files kept; the oldest goes when there is one more',
      })
      .option('tool', {
        choices: ['auto', 'dumpcap', 'tcpdump', 'cap'] as const,
        default: 'auto' as const,
        describe: 'What captures; cap stamps times in user space',
      })
      .option('comment', { type: 'string', requiresArg: true, describe: 'Comment to write into the capture' })
      .option('name', {
        type: 'string',
        requiresArg: true,
        describe: 'Description of the interface in the capture, such as "uplink of node 2"',
      })
      .option('json', { type: 'string', requiresArg: true, describe: 'With --list: write it as JSON to a file, or -' })
      .option('quiet', {
        alias: 'q',
        type: 'boolean',
        default: false,
        describe: 'Nothing on standard error but faults',
      });
    for (const [text, meaning] of EXAMPLES) command.example(text, meaning);
    command.epilogue('RTCSCOPE_CONTROL_SECRET: the secret of the SFU, for --sfu and --keys.');
    return command as never;
  },
  handler: async (args: ArgumentsCamelCase<CaptureArguments>) => {
    const { runCapture } = await import('./capture-run.ts');
    await runCapture(args);
  },
};
