import { describe, expect, it } from 'vitest';
import { PayloadTypes } from '../../../analyzers/rtp/payload-types.ts';

describe('payload types of a stream', () => {
  it('are counted by the change, most used first', () => {
    const types = new PayloadTypes();
    types.start(0, 8);
    types.change(0, 101, 11); // The 11th packet is the first of type 101.
    types.change(0, 8, 14);
    types.change(0, 13, 15);
    expect(types.list(0, 15)).toEqual([
      { payloadType: 8, packets: 11 },
      { payloadType: 101, packets: 3 },
      { payloadType: 13, packets: 1 },
    ]);
    // Asked again as the stream goes on.
    expect(types.list(0, 40)[0]).toEqual({ payloadType: 13, packets: 26 });
  });

  it('keep streams apart, and begin anew with a row', () => {
    const types = new PayloadTypes();
    types.start(0, 0);
    types.start(1, 9);
    types.markEvent(1, 101);
    types.change(1, 8, 5);
    expect([types.isEvent(1, 101), types.isEvent(0, 101), types.isEvent(1, 8)]).toEqual([true, false, false]);
    types.start(1, 111);
    expect(types.list(1, 3)).toEqual([{ payloadType: 111, packets: 3 }]);
    expect(types.list(0, 2)).toEqual([{ payloadType: 0, packets: 2 }]);
    expect(types.isEvent(1, 101)).toBe(false);
  });

  it('are bounded, whatever a sender does', () => {
    const types = new PayloadTypes();
    types.start(0, 0);
    for (let packet = 2; packet <= 1000; packet++) types.change(0, packet % 128, packet);
    const list = types.list(0, 1000);
    expect(list.length).toBeLessThanOrEqual(33);
    expect(list.reduce((sum, { packets }) => sum + packets, 0)).toBeLessThanOrEqual(1000);
  });
});
