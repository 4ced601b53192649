import { beforeAll, describe, expect, it } from 'vitest';
import { sourceHash } from '../../../reports/html/security.ts';
import { type HtmlAssets, renderHtml } from '../../../reports/index.ts';
import { analysisFixture, HOSTILE } from '../analysis-fixture.ts';
import { buildHtmlAssets } from '../html-assets.ts';

let assets: HtmlAssets;
beforeAll(async () => {
  assets = await buildHtmlAssets();
});

/** The page's text between `<name ...>` and its end tag. */
function elementOf(page: string, begin: string): string {
  const from = page.indexOf(begin) + begin.length;
  return page.slice(from, page.indexOf(`</${begin.slice(1).split(/[ >]/)[0]}`, from));
}

/** The page but for its own script and style sheet, which are not what a packet brought. */
function withoutSources(page: string): string {
  return page.split(elementOf(page, '<script>')).join('').split(elementOf(page, '<style>')).join('');
}

describe('HTML report', () => {
  it('allows its own script and style by hash, and nothing else', async () => {
    const page = await renderHtml(analysisFixture(3), assets);
    const [, policy] = /http-equiv="Content-Security-Policy" content="([^"]*)"/.exec(page) as RegExpExecArray;
    const rules = policy.replaceAll('&#39;', "'").split('; ');
    expect(rules).toContain("default-src 'none'");
    expect(rules).toContain("connect-src 'none'");
    expect(rules).toContain(`script-src '${sourceHash(elementOf(page, '<script>'))}'`);
    expect(rules).toContain(`style-src '${sourceHash(elementOf(page, '<style>'))}'`);
    expect(policy).not.toContain('unsafe');
    // The policy comes before everything that it is to govern.
    expect(page.indexOf('Content-Security-Policy')).toBeLessThan(page.indexOf('<style>'));
  });

  it('refers to nothing outside of itself', async () => {
    const page = await renderHtml(analysisFixture(3), assets);
    const markup = withoutSources(page);
    expect(markup.match(/\b(?:src|href|action)="[^"]*"/g)).toEqual(['href="data:,"']);
    expect(elementOf(page, '<style>')).not.toMatch(/url\(|@import/);
  });

  it('has no handlers or styles in attributes', async () => {
    const page = await renderHtml(analysisFixture(1), assets);
    expect(withoutSources(page)).not.toMatch(/ on[a-z]+=|javascript:| style="/);
  });

  it('lets no string from a packet become markup', async () => {
    const page = await renderHtml(analysisFixture(6, 30, HOSTILE), assets);
    const markup = withoutSources(page);
    expect(markup).not.toContain('<img');
    expect(markup).not.toMatch(/[\u001b\u202e]/);
    expect(page.match(/<\/script>/g)).toHaveLength(2);
    const data = JSON.parse(elementOf(page, '<script type="application/json" id="data">'));
    expect(data.streams[0].cname).toBe(HOSTILE);
  });

  it('says the verdict first, then findings, streams, paths, control and what was read', async () => {
    const page = await renderHtml(analysisFixture(12), assets);
    const ids = [...page.matchAll(/<section id="([a-z]+)"/g)].map(([, id]) => id);
    expect(ids).toEqual([
      'verdict',
      'findings',
      'streams',
      'charts',
      'sessions',
      'ice',
      'turn',
      'dtls',
      'rtcp',
      'sip',
      'read',
    ]);
    expect(withoutSources(page)).toMatch(
      /<p class="headline"><span class="badge bad">Bad<\/span> 12 streams: 1 bad, 1 impaired/,
    );
  });

  it('keeps every figure; only what is drawn is thinned', async () => {
    const analysis = analysisFixture(4, 5000);
    const page = await renderHtml(analysis, assets);
    const data = JSON.parse(elementOf(page, '<script type="application/json" id="data">'));
    for (const [place, stream] of analysis.streams.entries()) {
      const { series: _, ...figures } = stream;
      expect(data.streams[place]).toMatchObject(figures);
      expect(data.streams[place].lines.measures.loss.values.length).toBeLessThanOrEqual(500);
    }
  });

  it('of 50 streams and one hour stays below 2 MiB', async () => {
    expect((await renderHtml(analysisFixture(50, 3600), assets)).length).toBeLessThan(2 * 1024 * 1024);
  });

  it('holds without streams: a verdict, no table, no charts', async () => {
    const page = await renderHtml(analysisFixture(0), assets);
    expect(withoutSources(page)).toContain('No RTP stream among 200 packets.');
    expect(withoutSources(page)).not.toContain('<section id="charts">');
  });
});
