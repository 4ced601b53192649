import type { ArgumentsCamelCase, Argv, CommandModule } from 'yargs';
import type { ExitStatus } from './exit-status.ts';
import type { GatewayArguments, TokenArguments } from './gateway-run.ts';

/** `rtcscope gateway` and `rtcscope gateway token`. @param finish told the exit status. */
export const gatewayCommand = (finish: (status: ExitStatus) => void): CommandModule<object, GatewayArguments> => ({
  command: 'gateway',
  describe: 'Serve the conference: its page, signalling, WHIP and WHEP, and place rooms on SFUs',
  builder: (command) => {
    command
      .command(tokenCommand(finish))
      .option('listen', {
        type: 'string',
        default: '127.0.0.1:8080',
        requiresArg: true,
        describe: 'HOST:PORT to listen on; port 0 for any',
      })
      .option('sfu', {
        type: 'string',
        array: true,
        requiresArg: true,
        default: [] as string[],
        describe: 'Control address of an SFU, such as http://127.0.0.11:7000; once for each',
      })
      .option('sfu-service', {
        type: 'string',
        requiresArg: true,
        describe: "Kubernetes Service whose endpoints are SFUs, in the pod's own namespace or as NAMESPACE/NAME",
      })
      .option('open', { type: 'boolean', default: false, describe: 'Let anybody join any room: no tokens' })
      .option('rooms', { type: 'number', default: 5000, requiresArg: true, describe: 'Most rooms' })
      .option('room-size', { type: 'number', default: 200, requiresArg: true, describe: 'Most participants of a room' })
      .option('joins-per-second', {
        type: 'number',
        default: 50,
        requiresArg: true,
        describe: 'Most joins a second from one address; ten times as many may come at once',
      })
      .option('behind-proxy', {
        type: 'boolean',
        default: false,
        describe: 'Take who asks from X-Forwarded-For, as a trusted proxy sets it',
      })
      .example('$0 gateway --sfu http://127.0.0.11:7000 --open', 'For a demonstration: anybody may join')
      .example('$0 gateway token --room tea --identity ada', 'A token that lets Ada into one room for an hour')
      .epilogue(
        'Environment: RTCSCOPE_TOKEN_SECRET signs room tokens (32 bytes or more); RTCSCOPE_CONTROL_SECRET is shared with the SFUs.',
      );
    return command as never;
  },
  handler: async (args: ArgumentsCamelCase<GatewayArguments>) => {
    const { serveGateway } = await import('./gateway-run.ts');
    finish(await serveGateway(args));
  },
});

const tokenCommand = (finish: (status: ExitStatus) => void): CommandModule<object, TokenArguments> => ({
  command: 'token',
  describe: 'Print a room token, signed with RTCSCOPE_TOKEN_SECRET',
  builder: (command: Argv) =>
    command
      .option('room', { type: 'string', demandOption: true, requiresArg: true, describe: 'The room it is for' })
      .option('identity', {
        type: 'string',
        requiresArg: true,
        describe: 'Who it is for; who joins again takes the place of the one before',
      })
      .option('name', {
        type: 'string',
        requiresArg: true,
        describe: 'Name that others see; the identity where absent',
      })
      .option('publish', { type: 'boolean', default: true, describe: 'May send; --no-publish forbids it' })
      .option('subscribe', { type: 'boolean', default: true, describe: 'May receive; --no-subscribe forbids it' })
      .option('expires', {
        type: 'string',
        default: '1h',
        requiresArg: true,
        describe: 'For how long: 90s, 30m, 1h, 7d',
      })
      .option('url', {
        type: 'string',
        requiresArg: true,
        describe: 'Print a link to the page at this address instead',
      })
      .example('$0 gateway token --room tea --identity ada --url http://127.0.0.1:8080/', 'A link to send') as never,
  handler: async (args: ArgumentsCamelCase<TokenArguments>) => {
    const { printToken } = await import('./gateway-run.ts');
    finish(await printToken(args));
  },
});
