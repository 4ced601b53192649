import { isIP } from 'node:net';
import {
  connectCluster,
  type Endpoint,
  externalAddresses,
  Log,
  type LogLevel,
  newSfuId,
  runSfu,
  Tap,
} from '../cluster/index.ts';
import { UsageError } from './exit-status.ts';

export interface SfuArguments {
  readonly id?: string;
  readonly address?: string[];
  readonly node?: string;
  readonly media?: string;
  readonly udpPort?: number;
  readonly tcpPort?: number;
  readonly control: string;
  readonly health: string;
  readonly capacity?: number;
  readonly mostParticipants: number;
  readonly lastN: number;
  readonly grace: number;
  readonly tap?: string;
  readonly tapSnaplen?: number;
  readonly tapMegabytes?: number;
  readonly logLevel: LogLevel;
}

/** Runs until it was told to end, by SIGTERM, SIGINT or a gateway. */
export async function runSfuCommand(args: SfuArguments): Promise<void> {
  const secret = process.env['RTCSCOPE_CONTROL_SECRET'] ?? '';
  if (secret.length < 16) {
    const hint = 'Set it to 16 random characters or more, the same for the gateway.';
    throw new UsageError('RTCSCOPE_CONTROL_SECRET is not set, or too short', hint);
  }
  const media = args.media === undefined ? null : endpoint('--media', args.media);
  const given = media === null ? (args.address ?? ['127.0.0.1']) : [media.host];
  for (const address of given) {
    if (isIP(address) === 0)
      throw new UsageError(`--address ${address} is not an IP address`, 'Give the address, not a name.');
  }
  if (args.id !== undefined && !/^[A-Za-z0-9_-]{1,64}$/.test(args.id)) {
    throw new UsageError(`--id ${args.id} is not a name`, 'Take letters, digits, - and _, 64 at most.');
  }
  const id = args.id ?? newSfuId();
  const log = new Log(args.logLevel, { sfu: id }, (line) => process.stderr.write(line));
  const addresses = args.node === undefined ? given : await addressesOfNode(args.node, given);
  const tcpPort = args.tcpPort === -1 ? null : port('--tcp-port', args.tcpPort ?? media?.port ?? 0);
  const tap = args.tap === undefined ? null : await openTap(args.tap, id, args);
  const running = await runSfu({
    id,
    addresses,
    udpPort: port('--udp-port', args.udpPort ?? media?.port ?? 0),
    tcpPort,
    capacityPps: args.capacity === undefined ? null : positive('--capacity', args.capacity),
    lastN: positive('--last-n', args.lastN),
    mostRooms: 10_000,
    mostParticipants: positive('--most-participants', args.mostParticipants),
    log,
    tap,
    control: endpoint('--control', args.control),
    health: endpoint('--health', args.health),
    secret,
    graceMs: positive('--grace', args.grace, 0) * 1000,
  }).catch((error: NodeJS.ErrnoException) => {
    if (error.syscall === undefined && !/EADDR|EACCES/.test(error.message)) throw error;
    throw new UsageError(`cannot listen: ${error.message}`, 'Choose another address or port.');
  });
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => void running.drain());
  process.stdout.write(`${JSON.stringify(running.announcement)}\n`);
  await running.ended;
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.removeAllListeners(signal);
}

async function openTap(path: string, id: string, { tapSnaplen, tapMegabytes }: SfuArguments): Promise<Tap> {
  const limits = {
    snapLength: tapSnaplen === undefined ? null : Math.round(positive('--tap-snaplen', tapSnaplen, 64)),
    bytes: tapMegabytes === undefined ? null : positive('--tap-megabytes', tapMegabytes, 0.1) * 1_000_000,
  };
  try {
    return await Tap.open(path, id, limits);
  } catch (error) {
    throw new UsageError(`cannot write ${path}: ${(error as Error).message}`, 'Name a file in a folder that exists.');
  }
}

function port(option: string, value: number): number {
  if (Number.isInteger(value) && value >= 0 && value <= 65_535) return value;
  throw new UsageError(`${option} ${value} is not a port`, 'Give 0 (any) to 65535.');
}

function positive(option: string, value: number, least = 1): number {
  if (Number.isFinite(value) && value >= least) return value;
  throw new UsageError(`${option} ${value} is too small or no number`, `Give ${least} or more.`);
}

function endpoint(option: string, text: string): Endpoint {
  const match = /^(?:\[([0-9a-fA-F:]+)\]|([^:]+)):(\d{1,5})$/.exec(text);
  const host = match?.[1] ?? match?.[2] ?? '';
  if (match === null || (option === '--media' && isIP(host) === 0)) {
    throw new UsageError(`${option} ${text} is not HOST:PORT`, 'Give an address and a port, such as 127.0.0.1:7000.');
  }
  return { host, port: port(option, Number(match[3])) };
}

/** By the service account of the pod. A pod that cannot ask fails here, rather than tell clients an address that they cannot reach. */
async function addressesOfNode(node: string, otherwise: readonly string[]): Promise<readonly string[]> {
  const { access } = await connectCluster();
  try {
    const external = await externalAddresses(access, node);
    return external.length > 0 ? external : otherwise;
  } finally {
    access.close();
  }
}
