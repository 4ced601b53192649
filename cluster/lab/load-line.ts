/** What is used of a line of `load.jsonl`: the sample of a second. */
export interface LoadSample {
  readonly participants: number;
  /** By all who are present, since each joined; null where the line does not say. */
  readonly received: { readonly packets: number; readonly lost: number; readonly jitterP95Ms: number | null } | null;
}

/** @returns null for a line that is cut, or of which nothing is used. */
export function parseLoadSample(line: string): LoadSample | null {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return null;
  }
  if (typeof value !== 'object' || value === null) return null;
  const { event, participants, received } = value as Record<string, unknown>;
  if (event !== 'load' || typeof participants !== 'number') return null;
  if (typeof received !== 'object' || received === null) return { participants, received: null };
  const { packets, lost, jitterP95Ms } = received as Record<string, unknown>;
  if (typeof packets !== 'number' || typeof lost !== 'number') return { participants, received: null };
  return {
    participants,
    received: { packets, lost, jitterP95Ms: typeof jitterP95Ms === 'number' ? jitterP95Ms : null },
  };
}
