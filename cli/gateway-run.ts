import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  isRoom,
  kubernetesDirectory,
  logTo,
  makeToken,
  runGateway,
  type SfuDirectory,
  SHORTEST_SECRET_BYTES,
  staticDirectory,
} from '../cluster/index.ts';
import { ExitStatus, UsageError } from './exit-status.ts';
import { listenFault } from './listen-fault.ts';
import { untilStopped } from './until-stopped.ts';

export interface GatewayArguments {
  readonly listen: string;
  readonly sfu: readonly string[];
  readonly sfuService?: string | undefined;
  readonly open: boolean;
  readonly rooms: number;
  readonly roomSize: number;
  readonly joinsPerSecond: number;
  readonly behindProxy: boolean;
}

export interface TokenArguments {
  readonly room: string;
  readonly identity?: string | undefined;
  readonly name?: string | undefined;
  readonly publish: boolean;
  readonly subscribe: boolean;
  readonly expires: string;
  readonly url?: string | undefined;
}

/** Serves until it is told to stop. Its first line on standard output tells where. */
export async function serveGateway(args: GatewayArguments): Promise<ExitStatus> {
  for (const url of args.sfu) checkUrl('--sfu', url);
  for (const option of ['rooms', 'roomSize', 'joinsPerSecond'] as const) {
    if (!(args[option] >= 1)) throw new UsageError(`--${option}: not a number above 0`, 'Give a whole number.');
  }
  const tokenSecret = secretOf('RTCSCOPE_TOKEN_SECRET', !args.open);
  const controlSecret = process.env['RTCSCOPE_CONTROL_SECRET'] ?? null;
  const { host, port } = addressOf(args.listen);
  const log = logTo((line) => process.stderr.write(line));
  const gateway = await runGateway({
    host,
    port,
    page: pageSources(),
    admission: { tokenSecret, open: args.open },
    directory: directoryOf(args, (text) => log('warn', `SFUs cannot be listed: ${text}`)),
    controlSecret,
    limits: { rooms: args.rooms, participantsInRoom: args.roomSize },
    joinsPerSecond: args.joinsPerSecond,
    behindProxy: args.behindProxy,
    log,
  }).catch((error) => {
    throw listenFault(error, args.listen);
  });
  process.stdout.write(`${JSON.stringify({ url: gateway.url })}\n`);
  await untilStopped();
  await gateway.close();
  return ExitStatus.done;
}

function directoryOf(args: GatewayArguments, onFault: (text: string) => void): SfuDirectory {
  const { sfu, sfuService } = args;
  if (sfu.length > 0 && sfuService !== undefined) {
    throw new UsageError('--sfu and --sfu-service are both given', 'Give one of them.');
  }
  if (sfuService === undefined) {
    if (sfu.length > 0) return staticDirectory(sfu);
    throw new UsageError('No SFU is named', 'Give --sfu URL for each, or let rtcscope up start all.');
  }
  const [, namespace, service] = /^(?:([a-z0-9-]{1,63})\/)?([a-z0-9-]{1,63})$/.exec(sfuService) ?? [];
  if (service === undefined) {
    throw new UsageError('--sfu-service: not the name of a Service', 'Give one such as sfu, or conference/sfu.');
  }
  return kubernetesDirectory({ service, onFault, ...(namespace === undefined ? {} : { namespace }) });
}

/** Prints a token, or a link that carries one. */
export async function printToken(args: TokenArguments): Promise<ExitStatus> {
  if (!isRoom(args.room)) {
    throw new UsageError('--room: not a room', 'Rooms are 1 to 64 letters, digits, dots, dashes and underscores.');
  }
  const secret = secretOf('RTCSCOPE_TOKEN_SECRET', true) ?? '';
  const { room, publish, subscribe, identity = null } = args;
  const grant = { room, identity, name: args.name ?? identity ?? 'Guest', publish, subscribe };
  const token = await makeToken(grant, secret, secondsOf(args.expires));
  const link = args.url === undefined ? token : `${new URL(room, checkUrl('--url', args.url))}#token=${token}`;
  process.stdout.write(`${link}\n`);
  return ExitStatus.done;
}

const UNITS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400 };

function secondsOf(text: string): number {
  const [, count, unit] = /^(\d{1,6})([smhd])$/.exec(text) ?? [];
  if (count === undefined)
    throw new UsageError('--expires: not a length of time', 'Give one such as 90s, 30m, 1h or 7d.');
  return Number(count) * UNITS[unit];
}

function secretOf(variable: string, isNeeded: boolean): string | null {
  const secret = process.env[variable];
  if (secret === undefined || secret === '') {
    if (!isNeeded) return null;
    throw new UsageError(
      `${variable} is not set, which signs room tokens`,
      `Set it to ${SHORTEST_SECRET_BYTES} characters or more, such as what openssl rand -hex 32 prints; or serve with --open.`,
    );
  }
  if (Buffer.byteLength(secret) < SHORTEST_SECRET_BYTES) {
    throw new UsageError(`${variable} is too short`, `Set it to ${SHORTEST_SECRET_BYTES} characters or more.`);
  }
  return secret;
}

function checkUrl(option: string, text: string): string {
  if (!URL.canParse(text) || !/^https?:/.test(text)) {
    throw new UsageError(`${option}: not an address`, 'Give one such as http://127.0.0.11:7000.');
  }
  return text;
}

function addressOf(text: string): { readonly host: string; readonly port: number } {
  const [, ipv6, name, port] = /^(?:\[([0-9a-fA-F:.]+)\]|([^:[\]]*)):(\d{1,5})$/.exec(text) ?? [];
  const host = ipv6 ?? name;
  if (host === undefined || Number(port) > 65_535) {
    throw new UsageError('--listen: not HOST:PORT', 'Give one such as 127.0.0.1:8080, [::1]:8080 or 0.0.0.0:80.');
  }
  return { host: host || '0.0.0.0', port: Number(port) };
}

export function checkPort(port: number): number {
  if (Number.isInteger(port) && port >= 0 && port <= 65_535) return port;
  throw new UsageError('--port: not a port', 'Give a number of 1 to 65535, or 0 for any.');
}

/** From beside the program, wherever in it this file ended up. */
function pageSources() {
  const here = dirname(fileURLToPath(import.meta.url));
  const folder = [here, join(here, '..'), join(here, '..', 'dist')]
    .map((place) => join(place, 'page'))
    .find((place) => existsSync(join(place, 'page.js')));
  if (folder === undefined) throw new Error('page/page.js is missing: run npm run build');
  const read = (name: string) => readFileSync(join(folder, name), 'utf8');
  return { html: read('index.html'), script: read('page.js'), style: read('page.css') };
}
