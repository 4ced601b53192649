import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline/promises';
import {
  type ClusterDriver,
  findJmeter,
  JmeterError,
  KubernetesDriver,
  LocalDriver,
  labRunText,
  readScenario,
  runLab,
  type Scenario,
} from '../cluster/index.ts';
import project from '../package.json' with { type: 'json' };
import { ExitStatus, UsageError } from './exit-status.ts';
import { type LabCaptureArguments, withCapture } from './lab-capture.ts';
import { openLabProgress } from './lab-progress.ts';

export interface LabArguments extends LabCaptureArguments {
  readonly scenario: string;
  readonly out?: string | undefined;
  readonly driver?: 'local' | 'kubernetes' | undefined;
  readonly capture: 'auto' | 'tap';
  readonly kubeconfig?: string | undefined;
  readonly context?: string | undefined;
  readonly namespace?: string | undefined;
  readonly image?: string | undefined;
  readonly mediaPort?: number | undefined;
  readonly overlay?: string | undefined;
  readonly prometheus?: string | undefined;
  readonly load?: 'here' | 'cluster' | undefined;
  readonly jmeter?: string | undefined;
  readonly yes: boolean;
  readonly quiet: boolean;
}

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
/** Longer than this is asked about. */
const LONG_SECONDS = 600;

/** Runs a scenario to its end, or until Ctrl-C, and has its report written. */
export async function runScenario(args: LabArguments): Promise<ExitStatus> {
  const read = readScenario(args.scenario);
  const scenario = withCapture({ ...read, driver: args.driver ?? read.driver }, args);
  const folder = args.out ?? `${scenario.name}-${new Date().toISOString().slice(0, 19).replaceAll(/[:T]/g, '-')}`;
  if (existsSync(folder) && readdirSync(folder).length > 0) {
    throw new UsageError(`${folder}: is there already, and not empty`, 'Name another directory with --out.');
  }
  const jmeter = jmeterOf(args.jmeter);
  if (!(await mayTakeSoLong(scenario, args.yes))) return ExitStatus.done;
  const program = [process.execPath, ...process.execArgv, process.argv[1]];
  const driver = await openDriver(scenario, program, args);
  mkdirSync(folder, { recursive: true });

  const abort = new AbortController();
  const stop = () => abort.abort();
  for (const name of SIGNALS) process.on(name, stop);
  const show = openLabProgress(process.stderr, args.quiet);
  const { description, complete } = await runLab(scenario, {
    ...{ folder, driver, program, version: project.version, jmeter, signal: abort.signal },
    onProgress: (progress) => show.show(progress),
    onProblem: ({ code, text }) => show.say(`${code}: ${text}`),
  });
  for (const name of SIGNALS) process.off(name, stop);
  show.end();
  for (const knee of description.knee) {
    const where =
      knee.participantsPerPod === null ? 'no knee found' : `${knee.participantsPerPod.toFixed(1)} participants per pod`;
    show.say(`knee of ${knee.phase}: ${where}; carried ${knee.carried} participants`);
  }
  const reported = writeReport(program, folder);
  process.stdout.write(`${folder}\n`);
  if (!reported) show.say(`no report was written; try: rtcscope report ${folder}`);
  return complete ? ExitStatus.done : ExitStatus.thresholdCrossed;
}

function jmeterOf(named: string | undefined): string | null {
  try {
    return findJmeter(named);
  } catch (error) {
    if (error instanceof JmeterError) throw new UsageError(error.message, error.hint);
    throw error;
  }
}

async function openDriver(
  scenario: Scenario,
  program: readonly string[],
  { capture, mediaPort, load, ...asked }: LabArguments,
): Promise<ClusterDriver> {
  if (scenario.driver === 'local' && load === 'cluster') {
    throw new UsageError(
      '--load cluster: the conference is on this machine',
      'Add --driver kubernetes, or leave it out.',
    );
  }
  if (scenario.driver === 'local' && asked.prometheus !== undefined) {
    throw new UsageError(
      '--prometheus: the conference is on this machine',
      'Add --driver kubernetes, or leave it out.',
    );
  }
  if (scenario.driver === 'local') return new LocalDriver({ program, capture });
  if (mediaPort !== undefined && !(Number.isInteger(mediaPort) && mediaPort > 0 && mediaPort < 65_536)) {
    throw new UsageError(`--media-port ${mediaPort}: is no port`, 'Give one from 1 to 65535.');
  }
  const { kubeconfig, context, namespace, image, overlay, prometheus } = asked;
  const options = { kubeconfig, context, namespace, image, mediaPort, overlay, load, prometheus };
  const driver = await KubernetesDriver.connect(scenario, options);
  for (const run of driver.otherRuns) process.stderr.write(`rtcscope: ${labRunText(run)}\n`);
  return driver;
}

async function mayTakeSoLong({ phases, repetitions, pauseSeconds }: Scenario, yes: boolean): Promise<boolean> {
  const seconds = repetitions * phases.reduce((sum, phase) => sum + phase.seconds + pauseSeconds, 0);
  if (yes || seconds <= LONG_SECONDS || !process.stdin.isTTY) return true;
  const asking = createInterface({ input: process.stdin, output: process.stderr });
  const answer = await asking.question(`This takes ${Math.ceil(seconds / 60)} minutes. Go on? [y/N] `);
  asking.close();
  return /^y/i.test(answer);
}

/** The report is a command of its own, and needs nothing that is in memory here. */
function writeReport(program: readonly string[], folder: string): boolean {
  const outputs = ['html', 'markdown', 'json'].flatMap((kind) => [
    `--${kind}`,
    join(folder, `report.${kind === 'markdown' ? 'md' : kind}`),
  ]);
  const { status } = spawnSync(program[0], [...program.slice(1), 'report', folder, ...outputs], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  return status === 0;
}
