import type { Scenario } from '../scenario/scenario.ts';

export interface ClusterNode {
  readonly name: string;
  readonly role: 'master' | 'worker';
}

/** A line of `metrics.jsonl`. */
export interface MetricSample {
  readonly time: string;
  readonly kind: 'node' | 'pod';
  readonly name: string;
  readonly node: string;
  /** Mean since the sample before; null for the first, and where it is not known. */
  readonly cpuCores: number | null;
  readonly memoryBytes: number | null;
  readonly source: 'cgroup' | 'proc' | 'metrics-api' | 'prometheus';
}

export type PodPhase = 'created' | 'ready' | 'unready' | 'terminating' | 'gone' | 'killed';

/** A line of `scaling.jsonl`. */
export type ScalingEvent = { readonly time: string } & (
  | {
      readonly event: 'replicas';
      readonly target: string;
      readonly desired: number;
      readonly current: number;
      readonly ready: number;
    }
  | {
      readonly event: 'decision';
      readonly target: string;
      readonly current: number;
      readonly desired: number;
      readonly reason: string;
      readonly limitedBy: string | null;
      readonly inputs: Readonly<Record<string, unknown>>;
    }
  | { readonly event: 'autoscaler'; readonly active: boolean; readonly reason: string }
  | { readonly event: 'pod'; readonly pod: string; readonly node: string; readonly phase: PodPhase }
);

/** An entry of `captures` of `run.json`. */
export interface CaptureEntry {
  readonly file: string;
  readonly kind: 'node' | 'pod' | 'tap' | 'load';
  readonly node: string | null;
  readonly pod: string | null;
  readonly tool: 'dumpcap' | 'tcpdump' | 'cap' | 'tap';
  readonly clockOffsetSeconds: number;
  readonly clockErrorSeconds: number;
  readonly droppedByCapture: number | null;
  readonly limits: readonly string[];
  /** Whether it has all packets from its beginning to its end; not said where nobody knows. */
  readonly complete?: boolean;
}

/** An entry of `problems` of `run.json`: a hole in what was recorded, or something that went wrong. */
export interface RunProblem {
  readonly time: string;
  readonly code: string;
  readonly text: string;
}

export interface DriverListener {
  scaling(event: ScalingEvent): void;
  problem(problem: RunProblem): void;
}

/** What a load is to do, and where what it counts goes. */
export interface LoadRun {
  /** Unique in the run: `load-with-hpa-1`. */
  readonly name: string;
  /** Of `rtcscope load`, without where to and what to write. */
  readonly args: readonly string[];
  readonly seconds: number;
  readonly files: {
    readonly record: string;
    readonly keyLog: string;
    /** What names of files with offers and answers begin with. */
    readonly sdp: string;
    /** What it says besides. */
    readonly log: string;
  };
}

/** Participants that run. */
export interface LoadProcess {
  /** Resolves with what it ended by. */
  readonly ended: Promise<{ readonly status: number | null; readonly signal: string | null }>;
  /** Has all leave, and ends it after so long. */
  stop(graceMs: number): Promise<void>;
}

/**
 * Where the conference runs. Methods are called in the order in which they stand; `teardown` at any time, more than once, and it
 * leaves nothing behind.
 */
export interface ClusterDriver {
  readonly name: Scenario['driver'];
  readonly nodes: readonly ClusterNode[];
  /** Versions of what it runs on, for `run.json`. */
  readonly versions: Readonly<Record<string, string>>;
  /** Starts what the scenario describes, with so many media pods and the autoscaler off. @param folder of the run. */
  apply(scenario: Scenario, replicas: number, folder: string, listener: DriverListener): Promise<void>;
  /** Resolves once the gateway answers and all media pods that are wanted are ready. @throws where the time runs out. */
  waitReady(timeoutMs: number, signal: AbortSignal): Promise<void>;
  /** Where clients go. Known after `apply`. */
  readonly gatewayUrl: string;
  /** Environment of `rtcscope load`: by what the gateway lets its participants in. None where it lets everybody in. */
  readonly loadEnvironment?: Readonly<Record<string, string>>;
  /** Starts participants where the conference runs. Not given where they are to run on this machine. */
  startLoad?(run: LoadRun, signal: AbortSignal): Promise<LoadProcess>;
  /** How many media pods there shall be, as long as the autoscaler is off. */
  setReplicas(replicas: number): Promise<void>;
  setAutoscaler(on: boolean): Promise<void>;
  /** Begins to record packets into `captures/` of the run's folder. */
  startCaptures(): Promise<void>;
  /** Lines of an NSS key log of the participants, for captures to carry. */
  addKeys?(lines: Uint8Array): void;
  /** Writes into captures that a phase begins. */
  remark?(text: string): void;
  /** CPU and memory of nodes and pods now. */
  sample(): Promise<readonly MetricSample[]>;
  /** CPU and memory of a phase that is over, where something recorded them meanwhile. */
  samplePhase?(startMs: number, endMs: number): Promise<readonly MetricSample[]>;
  /** Whether the gateway still runs, as far as is known: without it a phase is none. */
  readonly running: boolean;
  replicas(): { readonly desired: number; readonly current: number; readonly ready: number };
  /** Ends recording, and tells what there is. */
  stopCaptures(): Promise<readonly CaptureEntry[]>;
  teardown(): Promise<void>;
}
