import { expect, it } from 'vitest';
import type { Comparison } from '../../../analyzers/index.ts';
import { sideCharts } from '../../../reports/comparison/comparison-charts.ts';
import { analysisFixture } from '../analysis-fixture.ts';

const side = (name: string) => ({ name, runs: 2, streams: 4, packets: 100, leftOut: [] });
const comparison = {
  schema: 'rtcscope.comparison/1',
  sides: [side('a'), side('b')],
  metrics: [],
} as unknown as Comparison;

it('draws each repetition from its own begin, and nothing between them', () => {
  const analysis = analysisFixture(4, 120);
  const startMs = Math.min(...analysis.streams.map(({ series }) => Date.parse(series.startTime ?? '')));
  const part = (from: number, to: number) => ({ startMs: startMs + from * 1000, endMs: startMs + to * 1000 });
  const charts = sideCharts(comparison, [[analysis], [analysis]], [[[part(0, 20), part(80, 110)]], [null]]);
  expect(charts.length).toBeGreaterThan(1);
  for (const { data } of charts as unknown as {
    data: { values: { side: string; run: string; seconds: number }[] };
  }[]) {
    const longest = (name: string, run: string) =>
      Math.max(...data.values.filter((one) => one.side === name && one.run === run).map(({ seconds }) => seconds));
    expect([longest('A a', '1'), longest('A a', '2')]).toEqual([19, 29]);
    expect(longest('B b', '1')).toBeGreaterThan(90);
    expect(new Set(data.values.map((one) => `${one.side} ${one.run}`))).toEqual(new Set(['A a 1', 'A a 2', 'B b 1']));
  }
});
