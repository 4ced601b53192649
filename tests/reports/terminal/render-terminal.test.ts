import { describe, expect, it } from 'vitest';
import { renderTerminal } from '../../../reports/index.ts';
import { displayWidth } from '../../../reports/text/display-width.ts';
import { analysisFixture, HOSTILE } from '../analysis-fixture.ts';

const plain = { color: false, unicode: true } as const;

describe('terminal report', () => {
  it.each([80, 100, 120, 160, 240])('keeps to %i columns', (width) => {
    for (const line of renderTerminal(analysisFixture(50), { ...plain, width }).split('\n')) {
      expect(displayWidth(line), line).toBeLessThanOrEqual(width);
    }
  });

  it('says the verdict first, then findings, streams worst first, and what was read', () => {
    const text = renderTerminal(analysisFixture(12), { ...plain, width: 160, limit: 3 });
    const places = [
      '12 streams: 1 bad',
      'video to 10.0.0.7:5004 lost',
      's1 ',
      's3 ',
      'the 3 worst of 12 streams',
      'Capture',
    ];
    const found = places.map((place) => text.indexOf(place));
    expect(found).not.toContain(-1);
    expect(found).toEqual([...found].sort((a, b) => a - b));
    expect(text).not.toContain('s4 ');
  });

  it('shows the figures of a stream', () => {
    const analysis = analysisFixture(2);
    const [, audio] = analysis.streams;
    const row = renderTerminal(analysis, { ...plain, width: 160 })
      .split('\n')
      .find((line) => line.includes(audio.source)) as string;
    expect(row).toMatch(/^▲ s2 +audio alice@exa… +10\.0\.0\.6:5004 → 10\.0\.0\.7:5006 /);
    expect(row).toContain(`${audio.lostPercent.toFixed(2)} %`);
    expect(row).toContain(audio.mos!.toFixed(2));
  });

  it.each([80, 120, 160])('shows addresses whole where there is room for them, at %i columns', (width) => {
    const analysis = analysisFixture(1);
    const pairs = [
      ['10.1.3.143:5000', '10.1.6.18:2006'],
      ['10.1.6.18:2006', '10.1.3.143:5000'],
      ['1.2.3.4:5', '192.168.100.100:50000'],
    ];
    const streams = pairs.map(([source, destination]) => ({ ...analysis.streams[0], source, destination }));
    const text = renderTerminal({ ...analysis, streams }, { ...plain, width });
    for (const [source, destination] of pairs) expect(text).toContain(`${source} → ${destination}`);
  });

  it('writes no escape sequence where colour is off, and only its own where it is on', () => {
    const hostile = analysisFixture(6, 60, HOSTILE);
    expect(renderTerminal(hostile, { ...plain, width: 100 })).not.toMatch(
      /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/,
    );
    const colored = renderTerminal(hostile, { color: true, unicode: true, width: 100 });
    expect(colored).toContain('\u001b[31m');
    expect(colored.replace(/\u001b\[(1|2|22|31|32|33|39)m/g, '')).not.toContain('\u001b');
    expect(colored).toContain('\\u{1b}[31m');
  });

  it('is ASCII where the terminal is not Unicode', () => {
    const text = renderTerminal(analysisFixture(6, 60, 'Zoë 会議'), { color: false, unicode: false, width: 80 });
    expect(text).toMatch(/^[\x20-\x7e\n]*$/);
  });

  it('holds without streams', () => {
    expect(renderTerminal(analysisFixture(0), { ...plain, width: 80 })).toContain('No RTP stream among 200 packets.');
  });
});
