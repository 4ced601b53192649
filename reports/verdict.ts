import type { Analysis, Finding, Severity } from '../analyzers/index.ts';
import { countOf, formatCount, formatPercent } from './text/figures.ts';

/**
 * What the findings say of one stream. Reports judge nothing themselves: a threshold lives with the measurement, so that
 * terminal, page and exit status cannot disagree.
 */
export type Grade = 'bad' | 'fair' | 'good';

export interface Verdict {
  /** The worst stream's; null where there is no stream to judge. */
  readonly grade: Grade | null;
  /** One sentence that could stand alone in a message. */
  readonly headline: string;
  /** What limits the verdict, a sentence each: dropped packets, a cut file, unknown clock rates. */
  readonly caveats: readonly string[];
}

const RANK: Record<Severity, number> = { error: 0, warning: 1, info: 2 };

/** Findings, the gravest first, otherwise as they came. */
export function orderFindings(findings: readonly Finding[]): Finding[] {
  return [...findings].sort((a, b) => RANK[a.severity] - RANK[b.severity]);
}

/** The grade of every stream that a finding speaks of; the others are `good`. */
export function gradeStreams(analysis: Analysis): Map<string, Grade> {
  const grades = new Map<string, Grade>();
  for (const finding of analysis.findings) {
    if (finding.severity === 'info') continue;
    const grade = finding.severity === 'error' ? 'bad' : 'fair';
    for (const id of finding.streams) if (grades.get(id) !== 'bad') grades.set(id, grade);
  }
  return grades;
}

export function judge(analysis: Analysis): Verdict {
  return { ...headline(analysis), caveats: caveats(analysis) };
}

function headline(analysis: Analysis): Pick<Verdict, 'grade' | 'headline'> {
  const total = analysis.streams.length;
  if (total === 0) return { grade: null, headline: withoutStreams(analysis) };
  const grades = gradeStreams(analysis);
  let bad = 0;
  let fair = 0;
  for (const stream of analysis.streams) {
    const grade = grades.get(stream.id);
    if (grade === 'bad') bad++;
    else if (grade === 'fair') fair++;
  }
  const lost = analysis.streams.reduce((sum, stream) => sum + stream.lost, 0);
  const expected = analysis.streams.reduce((sum, stream) => sum + stream.expected, 0);
  const loss =
    lost === 0
      ? 'no packet was lost'
      : `${formatPercent((100 * lost) / expected)} of all packets lost (${formatCount(lost)} of ${formatCount(expected)})`;
  if (bad + fair === 0) {
    const subject = total === 1 ? 'The stream shows' : `All ${formatCount(total)} streams show`;
    return { grade: 'good', headline: `${subject} no trouble; ${loss}.` };
  }
  const parts: string[] = [];
  if (bad > 0) parts.push(`${formatCount(bad)} bad`);
  if (fair > 0) parts.push(`${formatCount(fair)} impaired`);
  const rest = total - bad - fair;
  if (rest > 0) parts.push(`${formatCount(rest)} without trouble`);
  return { grade: bad > 0 ? 'bad' : 'fair', headline: `${countOf(total, 'stream')}: ${parts.join(', ')}; ${loss}.` };
}

function withoutStreams({ captures, traffic }: Analysis): string {
  if (traffic.packets === 0) {
    const held = captures.reduce((sum, { packets }) => sum + packets, 0);
    return held === 0
      ? 'The captures hold no packets.'
      : `None of ${countOf(held, 'packet')} lies in the time asked for.`;
  }
  return `No RTP stream among ${countOf(traffic.packets, 'packet')}.`;
}

function caveats(analysis: Analysis): string[] {
  const sentences: string[] = [];
  const dropped = analysis.captures.reduce((sum, capture) => sum + (capture.droppedByCapture ?? 0), 0);
  if (dropped > 0) {
    sentences.push(
      `The capture itself dropped ${countOf(dropped, 'packet')}: part of the loss may not be the network's.`,
    );
  }
  const cut = analysis.captures.filter((capture) => capture.truncated).length;
  if (cut > 0) {
    sentences.push(
      cut === 1
        ? `${analysis.captures.length === 1 ? 'The' : 'One'} capture file is cut off; everything before the cut was used.`
        : `${formatCount(cut)} capture files are cut off; everything before the cuts was used.`,
    );
  }
  // Repair streams have no playout of their own: nobody misses their jitter.
  const clockless = analysis.streams.filter(
    ({ clockRate, kind }) => clockRate === null && kind !== 'rtx' && kind !== 'fec',
  ).length;
  if (clockless > 0) {
    sentences.push(`No clock rate is known for ${countOf(clockless, 'stream')}, hence no jitter.`);
  }
  return sentences;
}
