import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type LiveStream, LiveTable } from '../../../analyzers/index.ts';
import { type LiveScreen, renderLive } from '../../../reports/index.ts';
import { formatAge } from '../../../reports/live/live-columns.ts';
import { displayWidth } from '../../../reports/text/display-width.ts';

const NOW = 1_767_225_600;
const stream = (number: number, more: Partial<LiveStream> = {}): LiveStream => ({
  ...{ number, source: '192.0.2.10:40000', destination: '198.51.100.20:41000', transport: 'udp', ssrc: 0xabc + number },
  ...{ kind: 'video', codec: 'VP8', clockRate: 90_000, packets: 1000, bytes: 1_000_000, expected: 1000, lost: 0 },
  ...{ jitterMs: 2.5, firstSeconds: NOW - 100, lastSeconds: NOW },
  ...more,
});

function screenOf(streams: readonly LiveStream[], more: Partial<LiveScreen> = {}): LiveScreen {
  const rows = new LiveTable().look(streams, NOW);
  return {
    ...{ source: 'eth0', rows, packets: 12_345, dropped: 7, sort: 'worst', reversed: false },
    ...{ notes: [], selected: null, help: false },
    ...more,
  };
}

const plain = { width: 130, height: null, color: false, unicode: true };
const SGR = /\u001b\[\d+m/g;

describe('a look at live streams', () => {
  it('says what there is to say of each', () => {
    const lines = renderLive(
      screenOf([stream(0, { lost: 60, packets: 940 }), stream(1, { codec: null, jitterMs: null })]),
      plain,
    );
    expect(lines).toEqual([
      'eth0 · 2 streams · 160 kb/s · 12,345 packets · 7 dropped',
      expect.stringMatching(/^ {2}media +source → destination +loss +jitter ms +bitrate +pkt\/s +age +lost in all$/),
      expect.stringMatching(
        /^✖ video VP8 +192\.0\.2\.10:40000 → 198\.51\.100\.20:41000 +6\.00 % +2\.50 +80\.0 kb\/s +9 +1m40 +60$/,
      ),
      expect.stringMatching(/^ {2}video +192.* 0\.00 % +- +80\.0 kb\/s +10 +1m40 +0$/),
    ]);
  });

  it('is never wider or higher than the terminal, whatever the terminal and the streams', () => {
    const hostile = fc.string({ unit: 'binary', maxLength: 30 });
    fc.assert(
      fc.property(
        fc.integer({ min: 4, max: 220 }),
        fc.integer({ min: 1, max: 50 }),
        fc.array(
          fc.record({
            codec: fc.option(hostile),
            lost: fc.nat(1000),
            jitterMs: fc.option(fc.double({ min: 0, max: 1e9, noNaN: true })),
          }),
          { maxLength: 60 },
        ),
        fc.record({
          selected: fc.option(fc.nat(60)),
          help: fc.boolean(),
          reversed: fc.boolean(),
          notes: fc.constantFrom([], ['ended']),
        }),
        fc.boolean(),
        (width, height, streams, state, unicode) => {
          const screen = screenOf(
            streams.map((more, index) => stream(index, more)),
            { ...state, source: 'x\u001b[2J\n' },
          );
          const lines = renderLive(screen, { width, height, color: true, unicode });
          expect(lines).toHaveLength(height);
          for (const line of lines) {
            const bare = line.replace(SGR, '');
            expect(displayWidth(bare)).toBeLessThanOrEqual(width);
            expect(bare).not.toMatch(unicode ? /[\u0000-\u001f\u007f-\u009f\u202e]/ : /[^ -~]/);
          }
        },
      ),
      { numRuns: 300 },
    );
  });

  it('keeps the chosen stream in sight, and draws how it went', () => {
    const streams = Array.from({ length: 40 }, (_, index) => stream(index));
    const lines = renderLive(screenOf(streams, { selected: 33 }), { ...plain, height: 20 });
    expect(lines.filter((line) => line.startsWith('> '))).toHaveLength(1);
    expect(lines.at(-5)).toMatch(/^video VP8 {2}192\.0\.2\.10:40000 → 198\.51\.100\.20:41000 {2}udp {2}0x00000add/);
    expect(lines.at(-4)).toMatch(/^loss .* 0\.00 %, 0 of 1,000$/);
    expect(lines.at(-2)).toMatch(/^bitrate {2}█ .* 80\.0 kb\/s$/);
  });

  it('marks the column that sorts, and leaves out colours where none are wanted', () => {
    const lines = renderLive(screenOf([stream(0, { lost: 900 })], { sort: 'jitter', reversed: true }), {
      ...plain,
      height: 10,
    });
    expect(lines[1]).toContain('jitter ms ^');
    expect(lines.join('')).not.toContain('\u001b');
    expect(lines.at(-1)).toBe('q ends  ? helps  sorted by jitter, reversed');
  });
});

it.each([
  [0.9, '0s'],
  [59.9, '59s'],
  [60, '1m00'],
  [3599, '59m59'],
  [3600, '1h00'],
  [86_399, '23h59'],
  [90_000, '1d01'],
])('an age of %s s is %s', (seconds, text) => {
  expect(formatAge(seconds)).toBe(text);
});
