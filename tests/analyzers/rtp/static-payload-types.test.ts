import { describe, expect, it } from 'vitest';
import { staticPayloadType } from '../../../analyzers/rtp/static-payload-types.ts';

describe('static payload types (RFC 3551, tables 4 and 5)', () => {
  it.each([
    [0, 'PCMU', 8000, 1, 'audio'],
    [4, 'G723', 8000, 1, 'audio'],
    [6, 'DVI4', 16000, 1, 'audio'],
    // The sampling rate is 16000, the clock rate 8000 for an error in RFC 1890 that stayed.
    [9, 'G722', 8000, 1, 'audio'],
    [10, 'L16', 44100, 2, 'audio'],
    [14, 'MPA', 90000, 1, 'audio'],
    [16, 'DVI4', 11025, 1, 'audio'],
    [18, 'G729', 8000, 1, 'audio'],
    [26, 'JPEG', 90000, 1, 'video'],
    [34, 'H263', 90000, 1, 'video'],
  ])('%i is %s at %i Hz', (payloadType, codec, clockRate, channels, kind) => {
    expect(staticPayloadType(payloadType)).toEqual({ codec, clockRate, channels, kind });
  });

  it('knows nothing of the reserved, unassigned and dynamic ones', () => {
    const none = [1, 2, 19, 20, 24, 27, 29, 30, 35, 71, 72, 76, 77, 95, 96, 111, 127, 128, -1, 1.5];
    expect(none.map(staticPayloadType)).toEqual(none.map(() => null));
  });

  it('knows 24 in all', () => {
    expect([...Array(128).keys()].filter((payloadType) => staticPayloadType(payloadType) !== null)).toHaveLength(24);
  });
});
