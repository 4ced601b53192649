/** What is used of a line of `load.jsonl`. */
export type LoadLine =
  | { readonly event: 'load'; readonly timeMs: number; readonly participants: number }
  | {
      readonly event: 'stats';
      readonly timeMs: number;
      readonly client: string;
      readonly streams: readonly LoadStream[];
    }
  | { readonly event: 'join' | 'leave'; readonly timeMs: number; readonly client: string };

export interface LoadStream {
  readonly ssrc: number;
  /** Since the stream began. */
  readonly packets: number;
  readonly lost: number;
  readonly jitterMs: number | null;
}

/** @returns null for a line that is cut, or of which nothing is used. */
export function parseLoadLine(line: string): LoadLine | null {
  let value: Record<string, unknown>;
  try {
    value = JSON.parse(line);
  } catch {
    return null;
  }
  if (typeof value !== 'object' || value === null) return null;
  const timeMs = Date.parse(String(value['time']));
  if (Number.isNaN(timeMs)) return null;
  const { event, client, participants, streams } = value;
  if (event === 'load' && typeof participants === 'number') return { event, timeMs, participants };
  if ((event === 'join' || event === 'leave') && typeof client === 'string') return { event, timeMs, client };
  if (event !== 'stats' || typeof client !== 'string' || !Array.isArray(streams)) return null;
  const received = streams.filter((stream) => stream?.direction === 'received' && typeof stream.packets === 'number');
  return {
    ...{ event, timeMs, client },
    streams: received.map(({ ssrc, packets, lost, jitterMs }) => ({
      ...{ ssrc: Number(ssrc), packets, lost: typeof lost === 'number' ? lost : 0 },
      jitterMs: typeof jitterMs === 'number' ? jitterMs : null,
    })),
  };
}
