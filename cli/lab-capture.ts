import type { Scenario } from '../cluster/index.ts';
import { UsageError } from './exit-status.ts';

export interface LabCaptureArguments {
  readonly snaplen?: number | undefined;
  readonly ringFiles?: number | undefined;
  readonly ringMegabytes?: number | undefined;
}

const SHORTEST_SNAPLEN = 64;
const LONGEST_SNAPLEN = 262_144;

/** The scenario with what was asked for on the command line in place of its own. @throws UsageError */
export function withCapture(scenario: Scenario, args: LabCaptureArguments): Scenario {
  const given = (['snaplen', 'ringFiles', 'ringMegabytes'] as const).filter((name) => args[name] !== undefined);
  if (given.length === 0) return scenario;
  const { capture } = scenario;
  if (capture === null) {
    throw new UsageError(`${optionOf(given[0])}: the scenario captures nothing`, 'Take capture: off out of it.');
  }
  const { snaplen = capture.snapLength, ringFiles = capture.ringFiles, ringMegabytes = capture.maxMiB } = args;
  whole('--snaplen', snaplen, SHORTEST_SNAPLEN, LONGEST_SNAPLEN);
  if (ringFiles !== null) whole('--ring-files', ringFiles, 1, 10_000);
  whole('--ring-megabytes', ringMegabytes, 1, 1_048_576);
  if (ringFiles === null && args.ringMegabytes !== undefined) {
    throw new UsageError('--ring-megabytes without a ring', 'Say how many files are kept: --ring-files.');
  }
  return { ...scenario, capture: { ...capture, snapLength: snaplen, ringFiles, maxMiB: ringMegabytes } };
}

const optionOf = (name: string): string => `--${name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;

function whole(option: string, value: number, least: number, most: number): void {
  if (Number.isInteger(value) && value >= least && value <= most) return;
  throw new UsageError(`${option} ${value}: not a whole number from ${least} to ${most}`, `Give ${least} to ${most}.`);
}
