import type { ArgumentsCamelCase, CommandModule } from 'yargs';
import type { ExitStatus } from './exit-status.ts';
import type { LoadArguments } from './load-run.ts';

const EXAMPLES: readonly (readonly [string, string])[] = [
  ['$0 load --url http://127.0.0.1:8080 --rooms 2 --participants 4', 'Two rooms of four people for 30 s'],
  [
    '$0 load --url http://127.0.0.1:8080 --participants 3 --loss 0.02 --json -',
    '2 % of media lost each way; the counts as JSON',
  ],
  [
    '$0 load --url http://127.0.0.1:8080 --rooms 25 --ramp 60 --seconds 300 --record run/load.jsonl',
    'A ramp, recorded for a report',
  ],
];

/** `rtcscope load` @param finish told the exit status. */
export const loadCommand = (finish: (status: ExitStatus) => void): CommandModule<object, LoadArguments> => ({
  command: 'load',
  describe: 'Join a conference as many participants who publish and receive real audio and video',
  builder: (command) => {
    command
      .option('url', {
        type: 'string',
        demandOption: true,
        requiresArg: true,
        describe: "Address of the gateway's page",
      })
      .option('rooms', { type: 'number', default: 1, requiresArg: true, describe: 'Rooms' })
      .option('participants', { type: 'number', default: 3, requiresArg: true, describe: 'Participants in each room' })
      .option('seconds', { type: 'number', default: 30, requiresArg: true, describe: 'How long, from the first join' })
      .option('ramp', {
        type: 'number',
        default: 0,
        requiresArg: true,
        describe: 'Seconds over which the joins are spread',
      })
      .option('room-by-room', {
        type: 'boolean',
        default: false,
        describe: 'Let a ramp fill one room after the other, not all alike',
      })
      .option('seed', {
        type: 'number',
        default: 1,
        requiresArg: true,
        describe: 'The same seed, the same plan and faults',
      })
      .option('churn', {
        type: 'number',
        default: 0,
        requiresArg: true,
        describe: 'Share that leaves early and comes back, 0 to 1',
      })
      .option('video-kbps', {
        type: 'number',
        default: 300,
        requiresArg: true,
        describe: 'Video of each, in kbit/s; 0 for sound only',
      })
      .option('video', { type: 'boolean', default: true, describe: 'Publish video; --no-video for sound only' })
      .option('loss', {
        type: 'number',
        default: 0,
        requiresArg: true,
        describe: 'Share of RTP dropped at each client, each way, 0 to 1',
      })
      .option('duplicate', {
        type: 'number',
        default: 0,
        requiresArg: true,
        describe: 'Share of RTP sent twice, 0 to 1',
      })
      .option('reorder', {
        type: 'number',
        default: 0,
        requiresArg: true,
        describe: 'Share of RTP held back to be overtaken, 0 to 1',
      })
      .option('delay-ms', {
        alias: 'delay',
        type: 'number',
        default: 0,
        requiresArg: true,
        describe: 'Delay added each way',
      })
      .option('jitter-ms', {
        alias: 'jitter',
        type: 'number',
        default: 0,
        requiresArg: true,
        describe: 'By how much the delay varies to both sides',
      })
      .option('bind', {
        type: 'string',
        requiresArg: true,
        describe: 'Address to send from, or a range such as 127.0.2.0/24: an address each',
      })
      .option('tcp', {
        type: 'boolean',
        default: false,
        describe: 'Media over TCP (ICE-TCP), as where UDP is blocked',
      })
      .option('room-prefix', {
        type: 'string',
        default: 'load',
        requiresArg: true,
        describe: 'Rooms are called so, with a number',
      })
      .option('token-secret', {
        type: 'string',
        requiresArg: true,
        describe:
          'Secret to sign room tokens with, or set RTCSCOPE_TOKEN_SECRET; for gateways that are not in open mode',
      })
      .option('join-within', {
        type: 'number',
        default: 15,
        requiresArg: true,
        describe: 'Seconds after which a join has failed',
      })
      .option('json', { type: 'string', requiresArg: true, describe: 'Write what was counted as JSON to a file, or -' })
      .option('record', { type: 'string', requiresArg: true, describe: 'Append to the load.jsonl of a run directory' })
      .option('sdp', {
        type: 'string',
        requiresArg: true,
        describe: 'Where to keep the last offer and answer of each: what names of files begin with, such as run/sdp/',
      })
      .option('key-log', {
        type: 'string',
        requiresArg: true,
        describe: 'Append DTLS keys, by which Wireshark decrypts captures (a secret)',
      })
      .option('stream', {
        type: 'boolean',
        default: false,
        hidden: true,
        describe: 'All that is recorded, on standard output',
      })
      .option('quiet', { alias: 'q', type: 'boolean', default: false, describe: 'No progress on standard error' });
    for (const [text, meaning] of EXAMPLES) command.example(text, meaning);
    return command as never;
  },
  handler: async (args: ArgumentsCamelCase<LoadArguments>) => {
    const { runLoadCommand } = await import('./load-run.ts');
    finish(await runLoadCommand(args));
  },
});
