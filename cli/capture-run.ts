import { cpus, hostname, release, type } from 'node:os';
import {
  type CaptureOutcome,
  type CaptureOutput,
  type LiveCapture as LiveCaptureType,
  type LiveTool,
  loadCapturing,
  type Ring,
  type RunningSource,
  shownName,
} from '../captures/index.ts';
import project from '../package.json' with { type: 'json' };
import { openCaptureProgress } from './capture-progress.ts';
import { UsageError } from './exit-status.ts';

export interface CaptureArguments {
  readonly list: boolean;
  readonly interface?: string[];
  readonly sfu?: string;
  readonly keys?: string;
  readonly pod?: string;
  readonly node?: string;
  readonly namespace?: string;
  readonly kubeconfig?: string;
  readonly context?: string;
  readonly image?: string;
  readonly filter?: string;
  readonly out?: string;
  readonly snaplen?: number;
  readonly duration?: number;
  readonly packets?: number;
  readonly ringMegabytes?: number;
  readonly ringSeconds?: number;
  readonly ringFiles?: number;
  readonly tool: 'auto' | LiveTool;
  readonly comment?: string;
  readonly name?: string;
  readonly json?: string;
  readonly quiet: boolean;
}

const SHORTEST_SNAPLEN = 60;
const LONGEST_DURATION = 2_000_000;

const { checkCaptureFilter, FileOutput, LiveCapture, followKeyLog, openInterfaces, openSfu, StreamOutput } =
  await loadCapturing();

/** Captures until a limit, Ctrl-C or SIGTERM; the files are whole in any case. */
export async function runCapture(args: CaptureArguments): Promise<void> {
  if (args.list) {
    const { printDevices } = await import('./capture-devices.ts');
    return printDevices(args.json);
  }
  checkArguments(args);
  const interrupt = new AbortController();
  // A second one ends the program as usual.
  for (const signal of SIGNALS) process.once(signal, () => interrupt.abort());
  const opened = await openSource(args, interrupt.signal).catch((error: unknown) => {
    // Told to end before it began: there is nothing to say.
    if (interrupt.signal.aborted) return null;
    throw error;
  });
  if (opened === null) return;
  const { source, cursor } = opened;
  let output: CaptureOutput;
  try {
    output = openOutput(args);
  } catch (error) {
    await source.close();
    throw error;
  }
  const capture = new LiveCapture(source, cursor, output, {
    section: sectionOf(args, source.tool, source.clock),
    describe: ({ name, description, snapLength }) => ({
      ...maybe('name', name ?? source.device),
      ...maybe('description', args.name ?? (isInCluster(args) ? source.name : description)),
      ...maybe('filter', args.filter),
      snapLength: Math.min(args.snaplen ?? snapLength, snapLength || Number.POSITIVE_INFINITY),
    }),
    snapLength: args.snaplen ?? null,
  });
  const endKeys = await followKeys(args, capture, async () => {
    output.close();
    await source.close();
  });
  const progress = openCaptureProgress(capture, source.tool, source.name, args.quiet);
  interrupt.signal.addEventListener('abort', () => capture.stop());
  if (interrupt.signal.aborted) capture.stop();
  let outcome: CaptureOutcome;
  try {
    outcome = await capture.run({ packets: args.packets ?? null, seconds: args.duration ?? null });
  } finally {
    progress.clear();
    endKeys();
  }
  progress.end(outcome);
  if (outcome.fault !== null) throw outcome.fault;
}

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

function maybe<K extends string>(key: K, value: string | null | undefined): { [name in K]?: string } {
  return (value == null ? {} : { [key]: value }) as { [name in K]?: string };
}

async function openSource(args: CaptureArguments, signal: AbortSignal): Promise<RunningSource> {
  if (args.sfu !== undefined) return openSfu({ url: args.sfu, secret: controlSecret() }, signal);
  const filter = args.filter ?? '';
  checkCaptureFilter(filter);
  if (isInCluster(args)) {
    const { openClusterSource } = await import('../cluster/index.ts');
    return openClusterSource({ ...args, filter, snapLength: args.snaplen ?? null });
  }
  const tool = args.tool === 'auto' ? null : args.tool;
  const capture = { devices: args.interface ?? [], filter, snapLength: args.snaplen ?? null };
  return openInterfaces(tool, capture, signal);
}

/** The keys of an SFU on the way into the capture, where they were asked for. @returns what ends that. */
async function followKeys(
  args: CaptureArguments,
  capture: Pick<LiveCaptureType, 'addKeys'>,
  giveUp: () => Promise<void>,
): Promise<() => void> {
  if (args.keys === undefined) return () => {};
  try {
    return await followKeyLog({ url: args.keys, secret: controlSecret() }, (lines) => capture.addKeys(lines));
  } catch (error) {
    await giveUp();
    throw error;
  }
}

function controlSecret(): string {
  const secret = process.env['RTCSCOPE_CONTROL_SECRET'] ?? '';
  if (secret !== '') return secret;
  throw new UsageError('RTCSCOPE_CONTROL_SECRET is not set', 'Set it to what the SFU was started with.');
}

function openOutput(args: CaptureArguments): CaptureOutput {
  if (args.out === '-') return new StreamOutput(process.stdout);
  return new FileOutput(args.out!, ringOf(args));
}

function ringOf(args: CaptureArguments): Ring | null {
  const { ringFiles = null, ringMegabytes = null, ringSeconds = null } = args;
  if (ringMegabytes === null && ringSeconds === null) return null;
  return { files: ringFiles, megabytes: ringMegabytes, seconds: ringSeconds };
}

function sectionOf(args: CaptureArguments, tool: string, clock: string) {
  return {
    ...maybe('hardware', cpus()[0]?.model),
    operatingSystem: `${type()} ${release()}`,
    application: `rtcscope ${project.version}, ${tool}`,
    ...maybe('comment', args.comment),
    comments: [`host: ${hostname()}`, `clock: ${clock}`],
  };
}

const isInCluster = ({ pod, node }: CaptureArguments): boolean => pod !== undefined || node !== undefined;

function checkArguments(args: CaptureArguments): void {
  const once = [
    'sfu',
    'keys',
    'filter',
    'out',
    'snaplen',
    'duration',
    'packets',
    'comment',
    'name',
    'pod',
    'node',
  ] as const;
  const twice = once.find((option) => Array.isArray(args[option]));
  if (twice !== undefined) throw new UsageError(`--${twice} is given more than once`, 'Give it once.');
  if (isInCluster(args)) checkPlace(args);
  else if (args.sfu !== undefined) {
    const other = (['interface', 'filter', 'keys'] as const).find((option) => args[option] !== undefined);
    if (other !== undefined || args.tool !== 'auto') {
      const hint = 'An SFU records its own packets, all of them; analyze --filter selects later.';
      throw new UsageError(`--sfu and --${other ?? 'tool'} do not go together`, hint);
    }
  } else if ((args.interface ?? []).length === 0) {
    throw new UsageError('no interface is named', 'Give -i NAME; rtcscope capture --list shows what there is.');
  }
  for (const name of args.interface ?? []) {
    if (name === '' || name.includes('\0')) throw new UsageError('-i: not the name of an interface', 'See --list.');
  }
  if (args.out === undefined) {
    throw new UsageError('where to is not said', 'Give --out FILE.pcapng, or --out - to write into a pipe.');
  }
  if (args.out === '-' && process.stdout.isTTY) {
    throw new UsageError('--out - would write packets to the terminal', 'Pipe it on, or name a file.');
  }
  if (args.out !== '-' && !args.out.endsWith('.pcapng')) {
    throw new UsageError(`--out ${shownName(args.out)}: it is pcapng that is written`, 'End the name with .pcapng.');
  }
  whole('--snaplen', args.snaplen, SHORTEST_SNAPLEN, 262_144);
  whole('--packets', args.packets, 1, Number.MAX_SAFE_INTEGER);
  within('--duration', args.duration, 0.1, LONGEST_DURATION);
  within('--ring-megabytes', args.ringMegabytes, 0.1, 1_000_000);
  within('--ring-seconds', args.ringSeconds, 1, LONGEST_DURATION);
  whole('--ring-files', args.ringFiles, 1, 1_000_000);
  const hasRing = args.ringMegabytes !== undefined || args.ringSeconds !== undefined;
  if (args.ringFiles !== undefined && !hasRing) {
    throw new UsageError('--ring-files alone', 'Say when another file begins: --ring-megabytes or --ring-seconds.');
  }
  if (hasRing && args.out === '-') throw new UsageError('a ring needs files', 'Name a file with --out.');
}

function checkPlace(args: CaptureArguments): void {
  const place = args.pod === undefined ? 'node' : 'pod';
  const other = (['node', 'interface', 'sfu', 'keys'] as const).find(
    (option) => option !== place && args[option] !== undefined,
  );
  if (other !== undefined || args.tool !== 'auto') {
    const hint = 'In a cluster, tcpdump captures on the interface that has the address of the pod or the node.';
    throw new UsageError(`--${place} and --${other ?? 'tool'} do not go together`, hint);
  }
}

function within(option: string, value: number | undefined, least: number, most: number): void {
  if (value === undefined || (value >= least && value <= most)) return;
  throw new UsageError(`${option} ${value}: not a number that fits`, `Give ${least} to ${most}.`);
}

function whole(option: string, value: number | undefined, least: number, most: number): void {
  within(option, value, least, most);
  if (value !== undefined && !Number.isInteger(value)) {
    throw new UsageError(`${option} ${value}: not a whole number`, `Give ${least} to ${most}.`);
  }
}
