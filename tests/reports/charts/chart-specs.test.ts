import { compile } from 'vega-lite';
import { describe, expect, it } from 'vitest';
import { cumulativeDelay } from '../../../reports/charts/delay-chart.ts';
import { chartSpecs } from '../../../reports/index.ts';
import { analysisFixture, HOSTILE } from '../analysis-fixture.ts';

function warningsOf(spec: Parameters<typeof compile>[0]): string[] {
  const warnings: string[] = [];
  const note = (...text: unknown[]) => {
    warnings.push(text.join(' '));
    return logger;
  };
  const logger = { level: () => logger, error: note, warn: note, info: () => logger, debug: () => logger };
  compile(spec, { logger: logger as never });
  return warnings;
}

describe('charts', () => {
  it.each([1, 3, 50])('of %i streams are plain JSON that Vega-Lite takes without a warning', (streams) => {
    const charts = chartSpecs(analysisFixture(streams, 30));
    expect(charts.map(({ name }) => name)).toEqual(['throughput', 'loss', 'jitter', 'delay', 'timeline']);
    for (const { spec } of charts) {
      expect(JSON.parse(JSON.stringify(spec))).toEqual(spec);
      expect(warningsOf(spec)).toEqual([]);
    }
  });

  it('draw the worst streams one by one, the others as one line, and say so', () => {
    const [throughput] = chartSpecs(analysisFixture(50, 30));
    const lines = new Set((throughput.spec as never as Lines).data.values.map(({ stream }) => stream));
    expect(lines.size).toBe(9);
    expect([...lines].at(-1)).toBe('42 others together');
    expect(JSON.stringify(throughput.spec.title)).toContain('the 8 worst of 50 streams; the other 42 in grey');
  });

  it('stay small however long the capture', () => {
    const [throughput] = chartSpecs(analysisFixture(2, 20_000));
    expect((throughput.spec as never as Lines).data.values.length).toBeLessThanOrEqual(2 * 600);
  });

  it('show control characters in labels', () => {
    const text = JSON.stringify(chartSpecs(analysisFixture(3, 10, `${HOSTILE.slice(-20)}`)));
    expect(text).not.toContain('\\u001b');
    expect(text).not.toContain('\u202e');
  });

  it('are none without streams', () => {
    expect(chartSpecs(analysisFixture(0))).toEqual([]);
  });

  it('add delay up to all packets', () => {
    const [stream] = analysisFixture(1).streams;
    const delayHistogram = { upperMs: [0, 1, 2, 4], packets: [10, 30, 0, 60] };
    expect(cumulativeDelay({ ...stream, series: { ...stream.series, delayHistogram } })).toEqual([
      { delayMs: 1, share: 40 },
      { delayMs: 4, share: 100 },
    ]);
    expect(
      cumulativeDelay({ ...stream, series: { ...stream.series, delayHistogram: { upperMs: [], packets: [] } } }),
    ).toEqual([]);
  });
});

interface Lines {
  readonly data: { readonly values: readonly { readonly stream: string }[] };
}
