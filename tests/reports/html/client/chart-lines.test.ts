import { describe, expect, it } from 'vitest';
import { chosenLines, cutLine, nearest } from '../../../../reports/html/client/chart-lines.ts';
import { ChosenStreams } from '../../../../reports/html/client/chosen-streams.ts';
import { TimeRange } from '../../../../reports/html/client/time-range.ts';
import { reportData } from '../../../../reports/html/report-data.ts';
import { analysisFixture } from '../../analysis-fixture.ts';

const line = { slot: 0, id: 's1', x: [0, 10, 20, 30], y: [1, 2, null, 4] };

describe('lines of the charts', () => {
  it.each([
    [-5, 0],
    [4, 0],
    [6, 1],
    [15, 1],
    [16, 2],
    [99, 3],
  ])('the point nearest to %i is number %i', (x, place) => {
    expect(nearest(line, x)).toBe(place);
  });

  it('a line without points has none', () => {
    expect(nearest({ ...line, x: [], y: [] }, 3)).toBe(-1);
  });

  it('a part of a line runs one point beyond each end', () => {
    expect(cutLine(line, 12, 25)).toEqual({ ...line, x: [10, 20, 30], y: [2, null, 4] });
    expect(cutLine(line, 0, 30)).toEqual(line);
    expect(cutLine(line, 100, 200).x).toEqual([30]);
  });

  it('are those of the chosen streams, each in its slot', () => {
    const data = reportData(analysisFixture(3, 20), {});
    const streams = new Map(data.streams.map((stream) => [stream.id, stream]));
    const chosen = new ChosenStreams();
    for (const id of ['s3', 's1', 's2']) chosen.add(id);
    chosen.remove('s1');
    const lines = chosenLines('loss', streams, chosen);
    expect(lines.map(({ id, slot }) => [id, slot])).toEqual([
      ['s3', 0],
      ['s2', 2],
    ]);
    expect(lines[0].x[1] - lines[0].x[0]).toBe(1000);
  });
});

describe('chosen streams', () => {
  it('are as many as there are lines to tell apart', () => {
    const chosen = new ChosenStreams();
    const added = Array.from({ length: 9 }, (_, place) => chosen.add(`s${place}`));
    expect(added).toEqual([...new Array(8).fill(true), false]);
    chosen.remove('s2');
    expect(chosen.add('s8')).toBe(true);
    expect(chosen.slotOf('s8')).toBe(2);
  });
});

describe('range of time', () => {
  it('stays within the whole and never shows less than the least', () => {
    const range = new TimeRange({ startMs: 0, endMs: 1000 }, 100);
    range.set(900, 1500);
    expect([range.from, range.to]).toEqual([400, 1000]);
    range.set(500, 510);
    expect([range.from, range.to]).toEqual([455, 555]);
    range.move(-100);
    expect([range.from, range.to]).toEqual([0, 100]);
    range.zoom(100);
    expect([range.from, range.to]).toEqual([0, 1000]);
  });
});
