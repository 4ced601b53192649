import type { Analysis, Finding } from '../analysis.ts';
import { captureFindings } from './capture-findings.ts';
import { connectionFindings } from './connection-findings.ts';
import { ordered } from './finding.ts';
import { streamFindings } from './stream-findings.ts';

/** All that is to be said of an analysis, whether it was made in one piece or put together from parts. */
export function analysisFindings(
  analysis: Omit<Analysis, 'findings' | 'schema' | 'windowSeconds' | 'states'>,
): Finding[] {
  const { captures, traffic, streams } = analysis;
  return ordered([
    ...captureFindings(captures, traffic, streams.length),
    ...streams.flatMap((stream) => streamFindings(stream)),
    ...connectionFindings(analysis),
  ]);
}
