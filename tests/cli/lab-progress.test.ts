import { describe, expect, it } from 'vitest';
import { fitting, openLabProgress } from '../../cli/lab-progress.ts';

const PROGRESS = {
  ...{ phase: 'load-without-hpa', repetition: 1, leftSeconds: 110.2, totalLeftSeconds: 1399, desired: 3, ready: 2 },
  ...{ participants: 24, lossPercent: 1.234, jitterP95Ms: 12.34 },
};

describe('the progress of a run', () => {
  it.each([
    [
      200,
      'load-without-hpa: 111 s left (all: 23 min 19 s), replicas 2/3, participants 24, loss 1.23 %, jitter p95 12.3 ms',
    ],
    [81, 'load-without-hpa: 111 s left, replicas 2/3, 24 in, loss 1.23 %, jitter 12.3 ms'],
    [70, '111 s left, replicas 2/3, 24 in, loss 1.23 %, jitter 12.3 ms'],
    [10, '111 s lef'],
  ])('is the fullest that fits into %i columns', (columns, text) => {
    const shown = fitting(PROGRESS, columns);
    expect(shown).toBe(text);
    expect(shown.length).toBeLessThan(columns);
  });

  it('tells of what is not known', () => {
    expect(fitting({ ...PROGRESS, lossPercent: null, jitterP95Ms: null }, 200)).toMatch(/loss -, jitter p95 -$/);
  });

  it('a log gets a line at the beginning of a phase, and every ten seconds', () => {
    const lines: string[] = [];
    const stream = { isTTY: false, write: (text: string) => lines.push(text) > 0 };
    const view = openLabProgress(stream as never, false);
    for (let left = 30; left >= 0; left--) view.show({ ...PROGRESS, leftSeconds: left });
    view.show({ ...PROGRESS, phase: 'next', leftSeconds: 30 });
    view.say('something happened');
    view.end();
    expect(lines.map((line) => /^[^,(]*/.exec(line)![0].trim())).toEqual([
      'load-without-hpa: 30 s left',
      'load-without-hpa: 20 s left',
      'load-without-hpa: 10 s left',
      'load-without-hpa: 0 s left',
      'next: 30 s left',
      'rtcscope: something happened',
    ]);
  });
});
