import { readFileSync } from 'node:fs';
import { type Analysis, Analyzer, type AnalyzerOptions, type StreamAnalysis } from '../../analyzers/index.ts';
import { CaptureWalk, RecordStep } from '../../captures/index.ts';
import { captureCursor } from '../captures/packets/decoding.ts';

/** Analyses a capture file, as the command does: with the express lane, unless told otherwise. */
export async function analysisOf(path: string, options: AnalyzerOptions = {}): Promise<Analysis> {
  const analyzer = new Analyzer({ express: true, ...options });
  const walk = new CaptureWalk([path], { express: analyzer.express });
  await walk.run((cursor, _capture, interfaceNumber) => analyzer.record(cursor, interfaceNumber));
  return analyzer.report(walk.summaries());
}

/** Analyses a capture held in memory. */
export function analysisOfBytes(bytes: Uint8Array): Analysis {
  const analyzer = new Analyzer();
  const cursor = captureCursor(bytes);
  while (cursor.advance() === RecordStep.record) analyzer.record(cursor, cursor.interfaceIndex);
  return analyzer.report([]);
}

export const readJson = (path: string) => JSON.parse(readFileSync(path, 'utf8'));

export const hexSsrc = (ssrc: number): string => `0x${ssrc.toString(16).padStart(8, '0')}`;

/** The streams of one SSRC, in the order of appearance. */
export function bySsrc({ streams }: Analysis, ssrc: number): StreamAnalysis[] {
  const order = ({ id }: StreamAnalysis) => Number(id.slice(1));
  return streams.filter((stream) => stream.ssrc === ssrc).sort((a, b) => order(a) - order(b));
}
