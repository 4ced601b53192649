import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Analysis, buildStates, type StateAnalysis } from '../../../analyzers/index.ts';
import { generateCapture } from '../../../bench/generate.ts';
import { analysisOf } from '../analysis-of.ts';

let folder = '';
let file = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'states-'));
  file = join(folder, 'traffic.pcap');
  generateCapture(file, { packets: 40_000, streams: 8, otherFlows: 0, payloadBytes: 160, seed: 9 });
});
afterAll(() => rmSync(folder, { recursive: true }));

/** Cuts at moments given in seconds from the capture's begin. */
function cutAt(whole: Analysis, seconds: readonly number[], clockOffsetSeconds = 0) {
  const startMs = Date.parse(whole.captures[0].startTime as string) + clockOffsetSeconds * 1000;
  const phases = seconds.map((from, place) => ({
    name: `p${place}`,
    repetition: 1,
    fromMs: startMs + from * 1000,
    toMs: startMs + (seconds[place + 1] ?? 1e6) * 1000,
  }));
  return { stretches: buildStates(null, { phases }), clockOffsetSeconds };
}

const sum = (states: readonly StateAnalysis[], of: (state: StateAnalysis) => number) =>
  states.reduce((all, state) => all + of(state), 0);

describe('figures by state', () => {
  it.each([0, 3600.5, -12])('sum up to the whole, with clocks %d s apart', async (offset) => {
    const whole = await analysisOf(file);
    const {
      states = [],
      stateGroups = [],
      ...rest
    } = await analysisOf(file, { states: cutAt(whole, [0, 20, 40.25], offset) });
    expect(rest).toEqual(whole);
    expect(states).toHaveLength(3);
    const packets = whole.streams.reduce((all, stream) => all + stream.packets, 0);
    expect(sum(states, (state) => state.packets)).toBe(packets);
    expect(sum(states, (state) => state.bytes)).toBe(whole.streams.reduce((all, stream) => all + stream.bytes, 0));
    expect(sum(states, (state) => state.lost)).toBe(whole.streams.reduce((all, stream) => all + stream.lost, 0));
    expect(sum(states, (state) => state.expected)).toBe(whole.streams.reduce((all, one) => all + one.expected, 0));
    expect(stateGroups.filter(({ state }) => state === null).map((group) => group.packets)).toEqual(
      states.map((state) => state.packets),
    );
  });

  it('are those of the capture cut there', async () => {
    const whole = await analysisOf(file);
    const bounds = [0, 20, 40.25];
    const { states = [] } = await analysisOf(file, { states: cutAt(whole, bounds) });
    for (const [place, state] of states.entries()) {
      // A capture's times are whole microseconds: the last one before the next state.
      const to = bounds[place + 1] === undefined ? null : bounds[place + 1] - 1e-6;
      const cut = await analysisOf(file, { from: bounds[place], to });
      const bySsrc = new Map(whole.streams.map(({ id, ssrc }) => [id, ssrc]));
      for (const part of state.perStream) {
        const same = cut.streams.find(({ ssrc }) => ssrc === bySsrc.get(part.stream));
        expect(part.packets).toBe(same?.packets);
        expect(part.bytes).toBe(same?.bytes);
        // What is missing across the cut is seen by nobody who has one side only.
        expect(Math.abs(part.lost - (same?.lost ?? 0))).toBeLessThanOrEqual(3);
        // The filter of J begins anew with the cut.
        expect(part.jitterMs).toBeCloseTo(same?.jitterMs?.mean ?? Number.NaN, 0);
        expect(part.bitrateBps).toBeCloseTo(same?.bitrateBps.mean ?? 0, -4);
      }
      expect(state.streams).toBe(8);
      expect(state.unknown).toMatchObject({ freezes: 'no video stream' });
    }
  });

  it('know nothing of time that was not captured', async () => {
    const whole = await analysisOf(file);
    const { states = [] } = await analysisOf(file, { states: cutAt(whole, [-100, -50, 1e5]) });
    expect(states.map(({ phase }) => phase)).toEqual(['p1']);
  });
});
