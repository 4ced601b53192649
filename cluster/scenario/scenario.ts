import type { ScalingPolicy } from '../autoscaling/behavior.ts';
import { choice, type Field, FLAG, integer, list, number, object, offOr, type Shape, toJsonSchema } from './shape.ts';

/** An experiment: what runs where, under which load, for how long. Everything is filled in. */
export interface Scenario {
  readonly name: string;
  readonly description: string;
  readonly driver: 'local' | 'kubernetes';
  readonly nodes: { readonly workers: number };
  readonly mediaPod: MediaPodScenario;
  readonly autoscaler: AutoscalerScenario | null;
  readonly phases: readonly PhaseScenario[];
  readonly capture: CaptureScenario | null;
  readonly knee: KneeScenario | null;
  readonly repetitions: number;
  readonly pauseSeconds: number;
  readonly seed: number;
}

export interface MediaPodScenario {
  /** Cores that a pod requests: what the autoscaler's target is a share of. */
  readonly cpuRequest: number;
  /** Cores that a pod gets at most. */
  readonly cpuLimit: number;
  readonly memoryLimitMiB: number;
}

export interface AutoscalerScenario {
  readonly minReplicas: number;
  readonly maxReplicas: number;
  /** Percent of the requested CPU. */
  readonly targetCpuPercent: number;
  readonly syncPeriodSeconds: number;
  readonly cpuInitializationPeriodSeconds: number;
  readonly behavior: { readonly scaleUp: WrittenRules; readonly scaleDown: WrittenRules };
}

interface WrittenRules {
  readonly stabilizationWindowSeconds: number | null;
  readonly selectPolicy: 'Max' | 'Min' | 'Disabled' | null;
  readonly policies: readonly ScalingPolicy[] | null;
  readonly tolerance: number | null;
}

export interface PhaseScenario {
  readonly name: string;
  readonly seconds: number;
  readonly autoscaling: boolean;
  /** With how many media pods the phase begins. */
  readonly replicas: number;
  readonly load: LoadScenario | null;
  readonly http: HttpScenario | null;
}

export interface LoadScenario {
  readonly rooms: number;
  /** In each room. */
  readonly participants: number;
  /** Over which time they join, evenly. */
  readonly rampSeconds: number;
  /** Whether a ramp fills all rooms alike, or one room after the other. */
  readonly fill: 'rooms-alike' | 'room-by-room';
  readonly video: boolean;
  readonly videoKbps: number;
  /** What each participant does to the packets it sends, by a seeded plan. */
  readonly lossPercent: number;
  readonly delayMs: number;
  readonly jitterMs: number;
}

export interface HttpScenario {
  readonly users: number;
  readonly rampSeconds: number;
  readonly path: string;
  /** Between two requests of a user. */
  readonly pauseMs: number;
  /** The room that each user also offers to publish to by WHIP; null: none. */
  readonly whipRoom: string | null;
}

export interface CaptureScenario {
  readonly points: readonly ('nodes' | 'pods')[];
  /** Bytes kept of each packet. */
  readonly snapLength: number;
  readonly maxMiB: number;
  /** Null: a capture ends at its largest size. */
  readonly ringFiles: number | null;
}

/** A pod is saturated once a figure of the streams crosses one of these. */
export interface KneeScenario {
  readonly lossPercent: number;
  readonly jitterP95Ms: number;
}

const NAME: Shape = {
  kind: 'text',
  pattern: /^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/,
  allowed: 'up to 40 small letters, digits and inner dashes',
  maxLength: 40,
};
const field = (shape: Shape, meaning: string): Field => ({ shape, meaning });
const optional = (shape: Shape, meaning: string, value: unknown): Field => ({ shape, meaning, default: value });

const POLICY = object({
  type: field(choice('Pods', 'Percent'), 'Unit of value'),
  value: field(integer(1, 10_000), 'How much may change within the period'),
  periodSeconds: field(integer(1, 1800), 'How far back changes count'),
});
const RULES = object({
  stabilizationWindowSeconds: optional(integer(0, 3600), 'How long recommendations are kept', null),
  selectPolicy: optional(choice('Max', 'Min', 'Disabled'), 'Which policy counts', null),
  policies: optional(list(POLICY, 1, 10), 'How fast replicas may change', null),
  tolerance: optional(number(0, 1), 'Ratios so near to 1 change nothing', null),
});
const AUTOSCALER = object({
  minReplicas: optional(integer(1, 100), 'Fewest media pods', 1),
  maxReplicas: field(integer(1, 100), 'Most media pods'),
  targetCpuPercent: field(integer(1, 1000), 'Mean CPU that pods shall come to, in percent of what they request'),
  syncPeriodSeconds: optional(integer(1, 300), 'Seconds between decisions; 15 as in Kubernetes', 15),
  cpuInitializationPeriodSeconds: optional(integer(0, 3600), 'How long a new pod may be starting up', 300),
  behavior: optional(
    object({
      scaleUp: optional(RULES, 'As spec.behavior.scaleUp of autoscaling/v2', {}),
      scaleDown: optional(RULES, 'As spec.behavior.scaleDown of autoscaling/v2', {}),
    }),
    'As spec.behavior of autoscaling/v2',
    {},
  ),
});
const LOAD = object({
  rooms: field(integer(1, 200), 'Rooms'),
  participants: field(integer(1, 100), 'Participants of each room'),
  rampSeconds: optional(number(0, 3600), 'Over which time they join, evenly', 0),
  fill: optional(
    choice('rooms-alike', 'room-by-room'),
    'Whether a ramp fills all rooms alike, or one room after the other',
    'rooms-alike',
  ),
  video: optional(FLAG, 'Whether they send video', true),
  videoKbps: optional(integer(30, 10_000), 'Bit rate of each video', 300),
  lossPercent: optional(
    number(0, 100),
    'Packets that each participant drops, of what it sends and of what it receives',
    0,
  ),
  delayMs: optional(number(0, 5000), 'How long each participant holds its packets back', 0),
  jitterMs: optional(number(0, 1000), 'By how much that varies', 0),
});
const HTTP = object({
  users: field(integer(1, 1000), 'Users at the same time, threads of JMeter'),
  rampSeconds: optional(number(0, 3600), 'Over which time they start', 0),
  path: optional(
    { kind: 'text', pattern: /^\/[\w.~/-]*$/, allowed: 'a path such as /healthz', maxLength: 200 },
    'What they ask for',
    '/',
  ),
  pauseMs: optional(integer(0, 60_000), 'Between two requests of a user', 100),
  whipRoom: optional(offOr(NAME), 'Room that each user also offers to publish to by WHIP, and leaves at once', null),
});
const PHASE = object({
  name: field(NAME, 'Unique name'),
  seconds: field(number(1, 86_400), 'How long it lasts'),
  autoscaling: optional(FLAG, 'Whether the autoscaler is on', false),
  replicas: optional(integer(1, 100), 'Media pods at the start', 1),
  load: optional(offOr(LOAD), 'Participants of the conference', null),
  http: optional(offOr(HTTP), 'Load on the web server', null),
});

export const SCENARIO_SHAPE = object({
  name: field(NAME, 'Name of the experiment'),
  description: optional(
    { kind: 'text', allowed: 'text of up to 2000 characters', maxLength: 2000 },
    'What it is for',
    '',
  ),
  driver: optional(choice('local', 'kubernetes'), 'Where it runs', 'local'),
  nodes: optional(
    object({ workers: optional(integer(1, 16), 'Nodes for media pods, beside the master', 2) }),
    'Nodes',
    {},
  ),
  mediaPod: optional(
    object({
      cpuRequest: optional(number(0.01, 64), 'Cores that a pod requests', 0.2),
      cpuLimit: optional(number(0.01, 64), 'Cores that a pod gets at most', 0.5),
      memoryLimitMiB: optional(integer(64, 65_536), 'Memory that a pod gets at most', 512),
    }),
    'Resources of a media pod',
    {},
  ),
  autoscaler: optional(offOr(AUTOSCALER), 'HorizontalPodAutoscaler of the media pods', null),
  phases: field(list(PHASE, 1, 100), 'One after the other'),
  capture: optional(
    offOr(
      object({
        points: optional(list(choice('nodes', 'pods'), 1, 2), 'Where packets are recorded', ['nodes']),
        snapLength: optional(integer(64, 262_144), 'Bytes kept of each packet', 160),
        maxMiB: optional(integer(1, 1_048_576), 'Largest capture at each point, or file of a ring', 2048),
        ringFiles: optional(offOr(integer(1, 10_000)), 'How many files are kept at each point, the newest', null),
      }),
    ),
    'Captures',
    {},
  ),
  knee: optional(
    offOr(
      object({
        lossPercent: optional(number(0, 100), 'Loss of the streams of a second', 1),
        jitterP95Ms: optional(number(0, 10_000), '95th percentile of the jitter of streams', 30),
      }),
    ),
    'Where a pod counts as saturated: its knee is looked for where this is given',
    null,
  ),
  repetitions: optional(integer(1, 100), 'How often all phases run', 1),
  pauseSeconds: optional(number(0, 3600), 'Between phases', 0),
  seed: optional(integer(0, 2 ** 31 - 1), 'Begins the random numbers of the load', 1),
});

/** JSON Schema of a scenario file, as `docs/scenario.schema.json` has it. */
export const scenarioSchema = (): Record<string, unknown> => ({
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  $id: 'rtcscope.scenario/1',
  title: 'Scenario of rtcscope lab run',
  ...toJsonSchema(SCENARIO_SHAPE),
});
