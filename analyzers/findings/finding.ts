import type { Finding, Severity, StreamAnalysis } from '../analysis.ts';

/** Findings of one code that are told one by one; the rest is told in one sentence. */
const TOLD_ONE_BY_ONE = 8;
const ORDER: Record<Severity, number> = { error: 0, warning: 1, info: 2 };

export function finding(
  severity: Severity,
  code: string,
  text: string,
  streams: readonly { readonly id: string }[] = [],
): Finding {
  return { severity, code, text, streams: streams.map(({ id }) => id) };
}

/** `video to 10.0.0.7:5004`, as a person would say which stream is meant. */
export function nameOf(stream: Pick<StreamAnalysis, 'kind' | 'codec' | 'destination' | 'relayedPeer'>): string {
  const kind = stream.kind === 'unknown' ? 'RTP' : stream.kind === 'rtx' ? 'retransmissions' : stream.kind;
  const via = stream.relayedPeer === null ? '' : ` (relayed, peer ${stream.relayedPeer})`;
  return `${kind === 'fec' ? 'FEC' : kind} to ${stream.destination}${via}`;
}

/** At most three significant figures: `2.8`, `0.04`, `12`. */
export function round(value: number): string {
  if (value === 0) return '0';
  const digits = Math.max(0, Math.min(3, 1 - Math.floor(Math.log10(Math.abs(value)))));
  return String(Number(value.toFixed(digits)));
}

/** `1 burst`, `3 bursts`. */
export function plural(count: number, one: string, many = `${one}s`): string {
  return `${grouped(count)} ${count === 1 ? one : many}`;
}

/** `1,712`. Loading the language data behind `toLocaleString` takes longer than analysing a small capture. */
function grouped(count: number): string {
  return String(count).replace(/\B(?=(\d{3})+$)/g, ',');
}

/** `12:03:14` of an ISO time. */
export function clockOf(isoTime: string): string {
  return isoTime.slice(11, 19);
}

/** Most severe first; of one code only the first few are told one by one. */
export function ordered(findings: readonly Finding[]): Finding[] {
  const sorted = [...findings].sort((a, b) => ORDER[a.severity] - ORDER[b.severity]);
  const seen = new Map<string, number>();
  const told: Finding[] = [];
  const more = new Map<string, Finding[]>();
  for (const one of sorted) {
    const key = `${one.severity} ${one.code}`;
    const count = (seen.get(key) ?? 0) + 1;
    seen.set(key, count);
    if (count <= TOLD_ONE_BY_ONE) told.push(one);
    else if (count === TOLD_ONE_BY_ONE + 1) more.set(key, [one]);
    else more.get(key)?.push(one);
  }
  for (const rest of more.values()) {
    const { severity, code } = rest[0];
    const streams = rest.flatMap((one) => one.streams);
    const what = streams.length > 0 ? plural(streams.length, 'further stream') : plural(rest.length, 'further case');
    const at = told.findLastIndex((one) => one.severity === severity && one.code === code);
    told.splice(at + 1, 0, { severity, code, text: `${what} with the same finding (${code})`, streams });
  }
  return told;
}
