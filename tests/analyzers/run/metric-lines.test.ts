import { expect, it } from 'vitest';
import { linesOfOneSource, type TimedLine } from '../../../analyzers/index.ts';

const line = (timeMs: number, name: string, source?: string): TimedLine => ({
  timeMs,
  fields: { kind: 'pod', name, ...(source === undefined ? {} : { source }) },
});

it('takes each node or pod from one source, from Prometheus where it has it', () => {
  const a = [
    line(1, 'a', 'metrics-api'),
    line(2, 'a', 'prometheus'),
    line(3, 'a', 'metrics-api'),
    line(4, 'a', 'prometheus'),
  ];
  const b = [line(1, 'b', 'metrics-api'), line(3, 'b', 'metrics-api')];
  const c = [line(2, 'c')];
  const all = [...a, ...b, ...c].sort((one, other) => one.timeMs - other.timeMs);
  const taken = linesOfOneSource(all);
  expect(taken).toEqual([b[0], a[1], c[0], b[1], a[3]]);
});
