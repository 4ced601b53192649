import type { ArgumentsCamelCase, CommandModule } from 'yargs';
import type { SfuArguments } from './sfu-run.ts';

/** `rtcscope sfu` */
export const sfuCommand: CommandModule<object, SfuArguments> = {
  command: 'sfu',
  describe: 'Run a media server (SFU) of the conference',
  builder: (command) =>
    command
      .option('id', { type: 'string', requiresArg: true, describe: 'Name of this SFU; made up where not given' })
      .option('address', {
        type: 'string',
        array: true,
        requiresArg: true,
        describe: 'IP address at which clients reach the media; may be repeated [default: 127.0.0.1]',
      })
      .option('node', {
        type: 'string',
        requiresArg: true,
        describe: 'Kubernetes node whose external addresses clients reach; --address where it has none',
      })
      .option('media', {
        type: 'string',
        requiresArg: true,
        describe: 'HOST:PORT of the media, UDP and TCP: short for --address, --udp-port and --tcp-port',
      })
      .option('udp-port', {
        type: 'number',
        requiresArg: true,
        describe: 'UDP port of all media; 0 for any [default: 0]',
      })
      .option('tcp-port', {
        type: 'number',
        requiresArg: true,
        describe: 'TCP port for clients without UDP; 0 for any, -1 for none [default: 0]',
      })
      .option('control', {
        type: 'string',
        requiresArg: true,
        default: '127.0.0.1:0',
        describe: 'HOST:PORT of the control interface, for gateways',
      })
      .option('health', {
        type: 'string',
        requiresArg: true,
        default: '127.0.0.1:0',
        describe: 'HOST:PORT of /healthz, /readyz and /metrics',
      })
      .option('capacity', {
        type: 'number',
        requiresArg: true,
        describe:
          'Packets a second that this machine forwards at most; without it, CPU alone tells the use of capacity',
      })
      .option('most-participants', {
        type: 'number',
        default: 10_000,
        requiresArg: true,
        describe: 'Participants taken at most; a room that needs more is shared with another SFU',
      })
      .option('last-n', {
        type: 'number',
        default: 10,
        requiresArg: true,
        describe: 'Voices forwarded in a room at most',
      })
      .option('grace', {
        type: 'number',
        default: 30,
        requiresArg: true,
        describe: 'Seconds for participants to leave on SIGTERM',
      })
      .option('tap', {
        type: 'string',
        requiresArg: true,
        describe: 'Write all packets of the media ports, with their keys, to a pcapng file',
      })
      .option('tap-snaplen', { type: 'number', requiresArg: true, describe: 'Bytes that --tap keeps of each packet' })
      .option('tap-megabytes', {
        type: 'number',
        requiresArg: true,
        describe: 'Size of its file at which --tap writes no more packets',
      })
      .option('log-level', {
        choices: ['silent', 'error', 'warn', 'info', 'debug'] as const,
        default: 'info' as const,
        describe: 'What is logged on standard error',
      })
      .example('RTCSCOPE_CONTROL_SECRET=... $0 sfu', 'On this machine, with ports that are free')
      .example('$0 sfu --address 203.0.113.7 --udp-port 3478 --tcp-port 3478 --control 10.0.0.7:7000', 'On a server')
      .epilogue('RTCSCOPE_CONTROL_SECRET: the secret that gateways show, 16 characters or more.') as never,
  handler: async (args: ArgumentsCamelCase<SfuArguments>) => {
    const { runSfuCommand } = await import('./sfu-run.ts');
    await runSfuCommand(args);
  },
};
