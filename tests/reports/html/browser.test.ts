import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { renderHtml } from '../../../reports/index.ts';
import { launchChromium, missingChromium } from '../../chromium.ts';
import { analysisFixture, HOSTILE } from '../analysis-fixture.ts';
import { buildHtmlAssets } from '../html-assets.ts';

describe.skipIf(missingChromium !== '')(`HTML report in a browser${missingChromium}`, () => {
  const folder = mkdtempSync(join(tmpdir(), 'rtcscope-report-'));
  let browser: Browser;
  let assets: Awaited<ReturnType<typeof buildHtmlAssets>>;

  beforeAll(async () => {
    [browser, assets] = await Promise.all([launchChromium(), buildHtmlAssets()]);
  });
  afterAll(async () => {
    await browser?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  /** Opens a report as a reader does, from a file, and notes what a page must never do. */
  async function open(analysis = analysisFixture(12, 120), viewport = { width: 1280, height: 900 }) {
    const file = join(folder, `report-${Math.abs(viewport.width)}-${analysis.streams.length}.html`);
    writeFileSync(file, await renderHtml(analysis, assets));
    const context = await browser.newContext({ viewport });
    const page = await context.newPage();
    const alarms: string[] = [];
    page.on('dialog', (dialog) => {
      alarms.push(`dialog ${dialog.message()}`);
      void dialog.dismiss();
    });
    page.on('pageerror', (error) => alarms.push(`error ${error.message}`));
    page.on('console', (message) => alarms.push(`console ${message.text()}`));
    page.on('request', (request) => {
      if (!/^(file|data):/.test(request.url())) alarms.push(`request ${request.url()}`);
    });
    // As text: it runs in the page, whose types are not the tests'.
    await page.addInitScript(`document.addEventListener('securitypolicyviolation', (event) => {
      console.error('policy ' + event.violatedDirective + ' ' + event.blockedURI + ' ' + event.sample);
    })`);
    await page.goto(pathToFileURL(file).href);
    await page.waitForSelector('html[data-ready] figure[data-chart="loss"] .mark-line path');
    return { page, alarms, close: () => context.close() };
  }

  const idsOf = (page: Page) => page.locator('#stream-table tbody tr[data-id] th').allTextContents();
  const linesOf = (page: Page, chart: string) => page.locator(`figure[data-chart="${chart}"] .mark-line path`);

  it('draws charts of the worst streams, and breaks no rule of its policy', async () => {
    const { page, alarms, close } = await open();
    for (const chart of ['loss', 'jitter', 'throughput', 'delay']) {
      await expect.poll(() => linesOf(page, chart).count(), { timeout: 5000 }).toBeGreaterThanOrEqual(3);
      expect((await linesOf(page, chart).first().getAttribute('d'))?.length, chart).toBeGreaterThan(50);
    }
    expect(await page.locator('figure[data-chart="timeline"] .mark-rect path').count()).toBeGreaterThan(12);
    expect(alarms).toEqual([]);
    await close();
  });

  it('draws more and less as streams are chosen', async () => {
    const { page, alarms, close } = await open();
    await expect.poll(() => linesOf(page, 'loss').count()).toBe(4);
    await page.locator('tr[data-id="s9"] input').check();
    await expect.poll(() => linesOf(page, 'loss').count()).toBe(5);
    await page.locator('#chosen button').first().click();
    await expect.poll(() => linesOf(page, 'loss').count()).toBe(4);
    expect(await page.locator('tr[data-id="s1"] input').isChecked()).toBe(false);
    expect(alarms).toEqual([]);
    await close();
  });

  it('sorts by a column, back, and worst first again', async () => {
    const { page, close } = await open();
    const worstFirst = await idsOf(page);
    const header = page.locator('th.c-packets');
    await header.locator('button').click();
    expect(await header.getAttribute('aria-sort')).toBe('descending');
    const counts = (await page.locator('td.c-packets').allTextContents()).map((text) =>
      Number(text.replaceAll(',', '')),
    );
    expect(counts).toEqual([...counts].sort((a, b) => b - a));
    await header.locator('button').click();
    expect(await header.getAttribute('aria-sort')).toBe('ascending');
    await header.locator('button').click();
    expect(await idsOf(page)).toEqual(worstFirst);
    await close();
  });

  it('filters by words and by figures', async () => {
    const { page, close } = await open();
    await page.locator('#filter-text').fill('audio opus');
    expect(await idsOf(page)).toEqual(['s4', 's6', 's8', 's10', 's12']);
    expect(await page.locator('#filter-count').textContent()).toBe('5 of 12 streams');
    await page.locator('#filter-text').fill('');
    await page.locator('#filter-grade').selectOption('trouble');
    expect(await idsOf(page)).toEqual(['s1', 's2']);
    await close();
  });

  it('opens all figures of a stream, from the table and from a finding', async () => {
    const { page, close } = await open();
    const opener = page.locator('tr[data-id="s3"] th button');
    await opener.press('Enter');
    expect(await opener.getAttribute('aria-expanded')).toBe('true');
    await expect.poll(() => page.locator('.detail').textContent()).toContain('Delay variation p99');
    expect(await page.locator('.detail .wireshark input').inputValue()).toBe(
      'rtp.ssrc == 0xdeadfccd && udp.dstport == 5008',
    );
    await opener.press('Enter');
    expect(await page.locator('.detail').count()).toBe(0);
    await page.locator('#findings [data-stream="s2"]').click();
    expect(await page.locator('.detail').count()).toBe(1);
    await close();
  });

  it('zooms all charts over time by a drag, and back by a double click', async () => {
    const { page, alarms, close } = await open();
    const plot = page.locator('figure[data-chart="jitter"] .plot');
    await plot.scrollIntoViewIfNeeded();
    // Sorted: the order in which Vega keeps labels is its own affair.
    const labels = async () =>
      (await page.locator('figure[data-chart="loss"] .role-axis-label text').allTextContents()).sort();
    await expect.poll(async () => (await labels()).length).toBeGreaterThan(2);
    const whole = await labels();
    const box = (await plot.boundingBox())!;
    await page.mouse.move(box.x + box.width * 0.4, box.y + 50);
    await page.mouse.down();
    await page.mouse.move(box.x + box.width * 0.6, box.y + 50, { steps: 4 });
    await page.mouse.up();
    await expect.poll(labels).not.toEqual(whole);
    await plot.dblclick({ position: { x: box.width / 2, y: 50 } });
    await expect.poll(labels).toEqual(whole);
    expect(alarms).toEqual([]);
    await close();
  });

  it('shows the values under the pointer, and by arrow keys', async () => {
    const { page, close } = await open();
    const plot = page.locator('figure[data-chart="throughput"] .plot');
    await plot.hover({ position: { x: 300, y: 60 } });
    await expect.poll(() => page.locator('#tip li').allTextContents()).toHaveLength(4);
    expect((await page.locator('#tip li').allTextContents())[0]).toMatch(/^s1\d+(\.\d+)? [kM]?b\/s$/);
    await page.mouse.move(0, 0);
    expect(await page.locator('#tip').isVisible()).toBe(false);
    await plot.focus();
    await plot.press('ArrowRight');
    const first = await page.locator('#tip p').textContent();
    await plot.press('ArrowRight');
    expect(await page.locator('#tip p').textContent()).not.toBe(first);
    await close();
  });

  it('runs nothing that a packet brought', async () => {
    const { page, alarms, close } = await open(analysisFixture(13, 60, HOSTILE));
    for (const id of ['s1', 's2']) await page.locator(`tr[data-id="${id}"] th button`).click();
    await page.locator('figure[data-chart="loss"] .plot').hover({ position: { x: 300, y: 60 } });
    expect(await page.locator('img').count()).toBe(0);
    expect(await page.locator('.detail').first().textContent()).toContain(
      '</script><img src=x onerror=alert(1)>\\u{1b}[31m',
    );
    expect(alarms).toEqual([]);
    await close();
  });

  it('fits a phone: nothing but the tables scrolls sideways', async () => {
    const { page, close } = await open(analysisFixture(14, 60), { width: 390, height: 844 });
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(390);
    await close();
  });

  it('follows the system into the dark, and the reader out of it', async () => {
    const { page, close } = await open(analysisFixture(15, 60));
    const paper = () => page.evaluate('getComputedStyle(document.body).backgroundColor');
    expect(await paper()).toBe('rgb(255, 255, 255)');
    await page.emulateMedia({ colorScheme: 'dark' });
    expect(await paper()).toBe('rgb(20, 24, 29)');
    await page.locator('#theme').click();
    expect(await paper()).toBe('rgb(255, 255, 255)');
    await close();
  });
});
