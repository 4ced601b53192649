import type { ClusterDriver, RunProblem } from '../drivers/cluster-driver.ts';
import type { ProgramCommand } from '../drivers/local/role-process.ts';
import type { Quality } from './live-quality.ts';

export interface LabProgress extends Quality {
  readonly phase: string;
  readonly repetition: number;
  /** Of the phase. */
  readonly leftSeconds: number;
  /** Of all phases. */
  readonly totalLeftSeconds: number;
  readonly desired: number;
  readonly ready: number;
  readonly participants: number;
}

export interface LabOptions {
  readonly folder: string;
  readonly driver: ClusterDriver;
  /** Starts `rtcscope load`. */
  readonly program: ProgramCommand;
  readonly version: string;
  /** Null where JMeter is not installed. */
  readonly jmeter: string | null;
  readonly signal: AbortSignal;
  readonly onProgress: (progress: LabProgress) => void;
  readonly onProblem: (problem: RunProblem) => void;
}
