import type { StreamReport } from './client/stream-report.ts';
import type { MachineHealth } from './machine-health.ts';

/** RTP packets by SSRC. */
export type CountsBySsrc = Readonly<Record<string, number>>;

export interface InjectedFaults {
  readonly lossPercent: number;
  readonly delayMs: number;
  readonly jitterMs: number;
  /** What was dropped, on either way: an SSRC goes one way only. */
  readonly dropped: CountsBySsrc;
  /** Of what was sent, by SSRC: interarrival jitter as packets left, by injected delays and the sender's own rhythm. Empty without faults. */
  readonly sentJitterMs: Readonly<Record<string, number>>;
  /** Of what was sent, by SSRC: packets that left behind a later one, whatever delayed them. */
  readonly sentReordered: CountsBySsrc;
  readonly duplicated: CountsBySsrc;
  /** Held back so that others overtake them; some of them are overtaken by none. */
  readonly reordered: CountsBySsrc;
}

export interface ClientReport {
  readonly client: string;
  readonly room: string;
  readonly participantId: string | null;
  /** From the open WebSocket to the first media of somebody else, or to the connection where nobody publishes. */
  readonly joinMs: number | null;
  readonly connectMs: number | null;
  readonly failure: string | null;
  readonly rejoins: number;
  /** From the end of a connection, as it was noticed, to the first media on the next one; the longest of them, null without any. */
  readonly longestBreakMs: number | null;
  readonly streams: readonly StreamReport[];
  readonly injected: InjectedFaults;
  readonly sendErrors: number;
}

/** Of all participants together. */
export interface LoadCounts {
  readonly participants: number;
  readonly joined: number;
  readonly failed: number;
  readonly packetsSent: number;
  readonly packetsReceived: number;
  readonly packetsLost: number;
}

export interface LoadResult extends LoadCounts {
  readonly joinMs: { readonly median: number | null; readonly p95: number | null };
  readonly rejoins: number;
  /** CPU time of this process, per second and participant. */
  readonly cpuMsPerClientSecond: number | null;
  readonly machine: MachineHealth;
  readonly clients: readonly ClientReport[];
}

/** The value that a share of the sorted values does not exceed (nearest rank); null of none. */
export function quantile(values: readonly number[], share: number): number | null {
  const sorted = [...values].sort((one, other) => one - other);
  return sorted.length === 0 ? null : sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)];
}

export function summarise(
  clients: readonly ClientReport[],
  cpuMsPerClientSecond: number | null,
  machine: MachineHealth,
): LoadResult {
  const streams = clients.flatMap((client) => client.streams);
  const sum = (direction: 'sent' | 'received', field: 'packets' | 'lost') =>
    streams.reduce((total, stream) => total + (stream.direction === direction ? (stream[field] ?? 0) : 0), 0);
  const joins = clients.flatMap(({ joinMs }) => joinMs ?? []);
  return {
    participants: clients.length,
    joined: joins.length,
    failed: clients.filter(({ failure }) => failure !== null).length,
    packetsSent: sum('sent', 'packets'),
    packetsReceived: sum('received', 'packets'),
    packetsLost: sum('received', 'lost'),
    joinMs: { median: quantile(joins, 0.5), p95: quantile(joins, 0.95) },
    rejoins: clients.reduce((total, { rejoins }) => total + rejoins, 0),
    cpuMsPerClientSecond,
    machine,
    clients,
  };
}
