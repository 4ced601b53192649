import { describe, expect, it } from 'vitest';
import { jsonChunks, renderJson } from '../../../reports/index.ts';
import { analysisFixture, HOSTILE } from '../analysis-fixture.ts';

/** The same value, every object's members in the reverse order. */
function reversed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reversed);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([name, member]) => [name, reversed(member)]),
  );
}

describe('JSON report', () => {
  it('gives back what it was given', () => {
    const analysis = analysisFixture(6, 30, HOSTILE);
    expect(JSON.parse(renderJson(analysis))).toEqual(analysis);
  });

  it('does not depend on the order in which the value was built', () => {
    const analysis = analysisFixture(3);
    const text = renderJson(analysis);
    expect(renderJson(reversed(analysis) as typeof analysis)).toBe(text);
    expect(text.split('\n').slice(0, 5).join('\n')).toBe(
      '{\n  "schema": "rtcscope.analysis/1",\n  "captures": [\n    {\n      "path": "call-alice@example.net.pcapng",',
    );
  });

  it('writes a series on one line', () => {
    const [line] = renderJson(analysisFixture(1, 5)).match(/^ +"lost": \[.*$/m) as RegExpMatchArray;
    expect(JSON.parse(`{${line.trim().replace(/,$/, '')}}`).lost).toHaveLength(5);
  });

  it('writes null for what is not finite', () => {
    const analysis = analysisFixture(1);
    const streams = [{ ...analysis.streams[0], mos: Number.NaN, packetRate: Number.POSITIVE_INFINITY }];
    const [stream] = JSON.parse(renderJson({ ...analysis, streams })).streams;
    expect(stream).toMatchObject({ mos: null, packetRate: null });
  });

  it('comes in pieces, none of them much above 64 KiB for many streams', () => {
    const pieces = [...jsonChunks(analysisFixture(300, 20))];
    expect(pieces.length).toBeGreaterThan(5);
    for (const piece of pieces) expect(piece.length).toBeLessThan(70_000);
    expect(JSON.parse(pieces.join('')).streams).toHaveLength(300);
  });
});
