import { describe, expect, it } from 'vitest';
import { ROW_FIELDS } from '../../../analyzers/rtp/rows.ts';
import { addStep, silences } from '../../../analyzers/rtp/silences.ts';
import { measured, steady } from './rtp-feed.ts';

function silencesOf(...steps: number[]) {
  const fields = new Float64Array(ROW_FIELDS);
  for (const step of steps) addStep(fields, 0, step);
  return silences(fields, 0);
}

const times = (count: number, step: number) => new Array<number>(count).fill(step);

describe('silences', () => {
  it('are steps of twice the usual one and more', () => {
    expect(silencesOf(160, 160, 160, 319, 160)).toEqual({ usualTicks: 160, pauses: 0, pausedTicks: 0 });
    expect(silencesOf(160, 160, 160, 8000, 160, 480, 160)).toEqual({
      ...{ usualTicks: 160, pauses: 2, pausedTicks: 8000 - 160 + 480 - 160 },
    });
  });

  it('are none before a step is usual, which takes it twice', () => {
    expect(silencesOf(8000, 160, 16_000, 160)).toMatchObject({ usualTicks: 0, pauses: 0 });
    expect(silencesOf(8000, 160, 160, 16_000)).toMatchObject({ usualTicks: 160, pauses: 1 });
  });

  it('stay silences however many updates come in them (RFC 7587: each 400 ms)', () => {
    const updates = silencesOf(...times(50, 960), ...times(30, 19_200), ...times(50, 960));
    expect(updates).toEqual({ usualTicks: 960, pauses: 30, pausedTicks: 30 * (19_200 - 960) });
  });

  it('are none where the packet time changes, either way', () => {
    expect(silencesOf(...times(50, 160), ...times(50, 480))).toEqual({ usualTicks: 480, pauses: 0, pausedTicks: 0 });
    expect(silencesOf(...times(50, 480), ...times(50, 160))).toEqual({ usualTicks: 160, pauses: 0, pausedTicks: 0 });
  });

  it('are not made of timestamps that stand still or run back', () => {
    expect(silencesOf(160, 160, 0, -160, -8000, 160)).toEqual({ usualTicks: 160, pauses: 0, pausedTicks: 0 });
  });
});

describe('silences of a stream', () => {
  it('are no loss, and loss is no silence', () => {
    const talk = steady(100, 0);
    // Half a second without packets, numbers run on: 25 packets' time, of which one is usual.
    const afterSilence = talk.slice(50).map(({ sequence, timestamp, atNs }) => ({
      ...{ sequence, timestamp: timestamp + 24 * 160, atNs: atNs + 24 * 20e6 },
    }));
    const silent = measured([...talk.slice(0, 50), ...afterSilence]);
    expect(silent).toMatchObject({ lost: 0, audio: { packetTimeMs: 20, silences: 1, silenceMs: 480 } });
    expect(silent.jitterMs!.max).toBe(0);

    const lossy = measured([...talk.slice(0, 50), ...talk.slice(74)]);
    expect(lossy).toMatchObject({ lost: 24, audio: { packetTimeMs: 20, silences: 0, silenceMs: 0 } });
  });
});
