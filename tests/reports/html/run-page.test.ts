import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { launchChromium, missingChromium } from '../../chromium.ts';
import { builtProgram, samples } from '../../cli/program.ts';

describe.skipIf(missingChromium !== '')(`the page of a run in a browser${missingChromium}`, () => {
  const program = builtProgram();
  const folder = mkdtempSync(join(tmpdir(), 'rtcscope-run-page-'));
  const file = join(folder, 'run.html');
  let browser: Browser;
  beforeAll(async () => {
    browser = await launchChromium();
    const { status, stderr } = program.run(['report', join(samples, 'scaling-run'), '--html', file, '--quiet']);
    expect(status, stderr).toBe(0);
  }, 60_000);
  afterAll(async () => {
    await browser?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  async function open(viewport = { width: 1280, height: 900 }, script = '') {
    const context = await browser.newContext({ viewport });
    const page = await context.newPage();
    await page.addInitScript(script);
    const alarms: string[] = [];
    page.on('pageerror', (error) => alarms.push(error.message));
    page.on('console', (message) => alarms.push(message.text()));
    await page.goto(pathToFileURL(file).href);
    await page.waitForSelector('html[data-ready] figure[data-chart="run-cpu"] .mark-line path');
    return { page, alarms, close: () => context.close() };
  }

  it('goes from what was run to single streams', { timeout: 60_000 }, async () => {
    const { page, alarms, close } = await open();
    const order = await page.locator('main > section').evaluateAll((sections) => sections.map(({ id }) => id));
    const wanted = [
      'run',
      'run-verdict',
      'run-phases',
      'run-comparison',
      'run-charts',
      'run-injected',
      'findings',
      'streams',
    ];
    expect(order.filter((id) => wanted.includes(id))).toEqual(wanted);
    expect(await page.locator('[data-legend="run-cpu"] li').allInnerTexts()).toContain('node worker-1');
    expect(alarms).toEqual([]);
    await close();
  });

  it('tells values under the pointer and by keyboard, each with its unit', { timeout: 60_000 }, async () => {
    const { page, close } = await open();
    const tip = page.locator('#tip');
    for (const [chart, value] of [
      ['run-cpu', /node worker-1\s+0\.\d{3} cores/],
      ['run-memory', /node master\s+[\d.]+ MB/],
      ['run-replicas', /wanted\s+\d/],
      ['run-http', /request\s+[\d.]+ ms/],
      ['run-loss', /all streams\s+[\d.]+ %/],
    ] as const) {
      await page.locator(`figure[data-chart="${chart}"] .plot`).hover({ position: { x: 150, y: 60 } });
      await expect.poll(() => tip.innerText(), { timeout: 10_000 }).toMatch(value);
    }
    await page.mouse.move(5, 5);
    await page.locator('figure[data-chart="run-cpu"] .plot').focus();
    await page.keyboard.press('ArrowRight');
    await expect.poll(() => tip.innerText(), { timeout: 10_000 }).toMatch(/cores/);
    await close();
  });

  it('fits a phone', { timeout: 60_000 }, async () => {
    const { page, close } = await open({ width: 390, height: 800 });
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(390);
    await close();
  });

  it('fits on paper, for which no script lays it out anew', { timeout: 60_000 }, async () => {
    const { page, close } = await open(undefined, 'window.ResizeObserver = class { observe() {} disconnect() {} };');
    await page.emulateMedia({ media: 'print' });
    await page.setViewportSize({ width: 718, height: 1000 });
    const pictures = await page
      .locator('figure[data-chart] .plot svg')
      .evaluateAll((all) =>
        all.map((svg) => [svg.getBoundingClientRect().right, svg.parentElement!.getBoundingClientRect().right]),
      );
    expect(pictures.length).toBeGreaterThan(5);
    for (const [right, plotRight] of pictures) expect(right).toBeLessThanOrEqual(plotRight + 1);
    await close();
  });

  it('cuts none of its own sentences', async () => {
    const text = readFileSync(file, 'utf8');
    expect(text).toContain('Nothing is called better or worse where the interval holds zero.');
  });
});
