import { expect, it } from 'vitest';
import { StallWatch } from '../../cluster/lab/stall-watch.ts';

it('tells how long nothing ran, where that was a share of the phase', () => {
  const watch = new StallWatch();
  watch.fired(1000, 1000, 3900);
  expect(watch.told('load', 60_000)).toBeNull();
  watch.fired(10_000, 1000, 17_400);
  watch.fired(20_000, -5, 22_600);
  expect(watch.told('load', 60_000)).toEqual({
    time: '1970-01-01T00:00:10.000Z',
    text: 'this machine stood still, or had no time for the run, 2 times in load: 9 s in all, 6 s at most',
  });
  // Nine seconds of an hour.
  expect(watch.told('load', 3_600_000)).toBeNull();
});
