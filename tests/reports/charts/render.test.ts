import { describe, expect, it } from 'vitest';
import { withChartFont } from '../../../cli/chart-font.ts';
import { canDrawText, chartSpecs, renderPng, renderSvg } from '../../../reports/index.ts';
import { analysisFixture } from '../analysis-fixture.ts';

describe('pictures', () => {
  it.each(['throughput', 'loss', 'jitter', 'delay', 'timeline'])(
    '%s becomes an SVG with its lines and words',
    async (name) => {
      const chart = chartSpecs(analysisFixture(12, 60)).find((one) => one.name === name)!;
      const svg = await renderSvg(chart.spec);
      expect(svg).toMatch(/^<svg [^>]*xmlns="http:\/\/www\.w3\.org\/2000\/svg"/);
      expect(svg).not.toContain('NaN');
      expect(svg).toContain('s1 video VP8 → 10.0.0.7:5004');
      const marks = name === 'timeline' ? /mark-rect/ : /mark-line/;
      expect(svg).toMatch(marks);
      // Drawn paths, not only their empty groups.
      expect(svg.match(/<path [^>]*d="M[^"]{40,}"/g)?.length ?? 0).toBeGreaterThan(name === 'timeline' ? 0 : 7);
    },
  );

  it('its ticks of time tell hour and minute', async () => {
    const chart = chartSpecs(analysisFixture(2, 20)).find(({ name }) => name === 'loss')!;
    const svg = await renderSvg(chart.spec);
    expect(svg.match(/>\d\d:\d\d(:\d\d)?</g)?.length ?? 0).toBeGreaterThan(2);
    expect(svg).not.toMatch(/>:\d\d</);
  });

  it('strings from packets are text in it, never elements', async () => {
    const [chart] = chartSpecs(analysisFixture(3, 10, '<img src=x>&"'));
    const svg = await renderSvg(chart.spec);
    expect(svg).not.toContain('<img');
    expect(svg).toContain('&lt;img src=x&gt;&amp;');
  });

  it('a PNG has the size asked for', async () => {
    const [chart] = chartSpecs(analysisFixture(2, 20));
    const sizeOf = (png: Uint8Array) => new DataView(png.buffer, png.byteOffset).getUint32(16);
    const single = await renderPng(chart.spec, { scale: 1 });
    expect([...single.subarray(0, 8)]).toEqual([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
    expect(Math.abs(sizeOf(await renderPng(chart.spec)) - 2 * sizeOf(single))).toBeLessThanOrEqual(2);
  });

  it('a PNG has its text on a machine without fonts', async () => {
    const [chart] = chartSpecs(analysisFixture(2, 20));
    const without = structuredClone(chart.spec) as { title?: unknown };
    delete without.title;
    expect(await canDrawText({ systemFonts: false })).toBe(false);
    await withChartFont(async (fontFiles) => {
      const options = { fontFiles, systemFonts: false, scale: 1 };
      expect(await canDrawText(options)).toBe(true);
      expect(await renderPng(chart.spec, options)).not.toEqual(await renderPng(without as never, options));
      const silent = await renderPng(chart.spec, { systemFonts: false, scale: 1 });
      expect(await renderPng(chart.spec, options)).not.toEqual(silent);
    });
  });
});
