// biome-ignore-all lint/suspicious/noExplicitAny: what a browser and its page hold has no types here
import { mkdirSync } from 'node:fs';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { launchChromium, missingChromium } from '../../chromium.ts';
import { builtProgram } from '../../cli/program.ts';
import { type Conference, startUp } from '../load/running-conference.ts';
import { Person } from './conference-browser.ts';

const program = builtProgram();
/** Set to see how the page looks. */
const PICTURES = process.env['RTCSCOPE_PICTURES'];

/** Of what a screen reader announces as something to use or to know, what has no name. */
async function nameless(context: BrowserContext, page: Page): Promise<string[]> {
  const session = await context.newCDPSession(page);
  const { nodes } = await session.send('Accessibility.getFullAXTree');
  await session.detach();
  const named = new Set(['button', 'textbox', 'img', 'list', 'log', 'complementary', 'region', 'group', 'table']);
  return nodes
    .filter(({ ignored, role, name }) => !ignored && named.has(role?.value) && (name?.value ?? '') === '')
    .map(({ role, nodeId }) => `${role?.value} ${nodeId}`);
}

/** Texts that stand out from their ground by less than WCAG 2.2 asks for (1.4.3: 4.5 to 1, 3 to 1 for large ones). */
const faint = (page: Page): Promise<string[]> =>
  page.evaluate(() => {
    const { document, getComputedStyle } = globalThis as any;
    const rgb = (text: string) => text.match(/[\d.]+/g)!.map(Number);
    const luminance = (color: number[]) => {
      const [r, g, b] = color.slice(0, 3).map((value) => {
        const part = value / 255;
        return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
      });
      return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    const found: string[] = [];
    for (const element of document.querySelectorAll('button, label, h1, h2, th, td, .count, .state, .notice, .path')) {
      const text = element.textContent.trim();
      if (text === '' || !element.checkVisibility() || element.disabled || element.classList.contains('unseen'))
        continue;
      let ground = element;
      while (ground !== null && (rgb(getComputedStyle(ground).backgroundColor)[3] ?? 1) < 1)
        ground = ground.parentElement;
      const style = getComputedStyle(element);
      const [one, other] = [rgb(style.color), rgb(getComputedStyle(ground ?? document.body).backgroundColor)].map(
        luminance,
      );
      const ratio = (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05);
      const size = Number.parseFloat(style.fontSize);
      const isLarge = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700);
      if (ratio < (isLarge ? 3 : 4.5)) found.push(`${element.id || element.tagName} "${text}" ${ratio.toFixed(2)}`);
    }
    return found;
  });

/** What lies outside of the screen's width, and whether the page can be pushed aside. */
const outside = (page: Page): Promise<string[]> =>
  page.evaluate(() => {
    const { document, innerWidth, innerHeight } = globalThis as any;
    const found: string[] = [];
    if (document.documentElement.scrollWidth > innerWidth) found.push(`page ${document.documentElement.scrollWidth}`);
    for (const element of document.querySelectorAll('button, input, .tile, .panel')) {
      if (!element.checkVisibility()) continue;
      const { left, right, bottom } = element.getBoundingClientRect();
      const isControl = element.closest('.controls') !== null;
      if (left < 0 || right > innerWidth + 0.5 || (isControl && bottom > innerHeight + 0.5))
        found.push(`${element.id || element.className} ${left} ${right} ${bottom}`);
    }
    return found;
  });

const focused = (page: Page): Promise<string> =>
  page.evaluate(() => {
    const { id, textContent } = (globalThis as any).document.activeElement;
    return id || textContent.trim();
  });

/** What the tabulator reaches, from where the focus is. */
async function tabs(page: Page, count: number): Promise<string[]> {
  const reached: string[] = [];
  for (let index = 0; index < count; index++) {
    await page.keyboard.press('Tab');
    reached.push(await focused(page));
  }
  return reached;
}

describe.skipIf(missingChromium !== '')(
  `the page on a phone, by keyboard alone${missingChromium}`,
  {
    timeout: 120_000,
  },
  () => {
    let conference: Conference;
    let browser: Browser;
    let context: BrowserContext;
    let page: Page;
    let bob: Person;

    const picture = async (name: string) => {
      if (PICTURES === undefined) return;
      mkdirSync(PICTURES, { recursive: true });
      await page.screenshot({ path: `${PICTURES}/${name}.png` });
    };
    const isFit = async (name: string) => {
      await picture(name);
      expect(await outside(page)).toEqual([]);
      expect(await nameless(context, page)).toEqual([]);
      for (const colorScheme of ['light', 'dark'] as const) {
        await page.emulateMedia({ colorScheme });
        expect(await faint(page), colorScheme).toEqual([]);
      }
    };

    beforeAll(async () => {
      [conference, browser] = await Promise.all([
        startUp(program),
        launchChromium(['--use-fake-device-for-media-stream', '--use-fake-ui-for-media-stream']),
      ]);
      context = await browser.newContext({ viewport: { width: 360, height: 640 }, reducedMotion: 'reduce' });
      page = await context.newPage();
    }, 120_000);
    afterAll(async () => {
      await browser?.close();
      await conference?.close();
    });

    it('is entered', async () => {
      await page.goto(`${conference.url}tea`);
      await page.getByRole('button', { name: 'Camera on' }).waitFor();
      await isFit('lobby');
      expect(await tabs(page, 5)).toEqual(['lobby-microphone', 'lobby-camera', 'room', 'name', 'Join']);
      // Who comes in silent stays so, and stays.
      await page.getByRole('button', { name: 'Microphone on' }).press('Space');
      await page.getByRole('button', { name: 'Microphone off' }).waitFor();
      await page.getByLabel('Your name').focus();
      await page.keyboard.type('Ada');
      await page.keyboard.press('Enter');
      await page.getByRole('status').filter({ hasText: 'Connected' }).waitFor();
      expect(await focused(page)).toBe('microphone');
      expect(await tabs(page, 5)).toEqual(['camera', 'screen', 'chat-button', 'statistics-button', 'leave']);
    });

    it('tells by word what others see', async () => {
      const news: string[] = [];
      await page.exposeFunction('tell', (text: string) => news.push(text));
      await page.evaluate(() => {
        const { document, MutationObserver, tell } = globalThis as any;
        const region = document.querySelector('[aria-live="polite"]');
        new MutationObserver(() => tell(region.textContent)).observe(region, { childList: true, subtree: true });
      });
      bob = await Person.join(browser, conference.url, 'tea', 'Bob');
      await bob.tile('Ada').getByText('muted').waitFor();
      await expect.poll(() => news, { timeout: 30_000 }).toContain('Bob joined.');
      await page.getByRole('listitem').filter({ hasText: 'Bob' }).waitFor();
      await page.getByRole('img', { name: /quality/i }).waitFor();
      await isFit('call');
      for (const state of ['on', 'off']) {
        await page.getByRole('button', { name: /^Microphone/ }).press('Space');
        await page.getByRole('button', { name: `Microphone ${state}` }).waitFor();
        await expect.poll(() => news, { timeout: 30_000 }).toContain(`Microphone ${state}.`);
      }
      await bob.press('Chat');
      await bob.page.getByLabel('Message to everybody').fill('Hello');
      await bob.page.keyboard.press('Enter');
      await expect.poll(() => news, { timeout: 30_000 }).toContain('Bob writes: Hello');
      await page.getByRole('button', { name: 'Chat, new messages' }).waitFor();
    });

    it('opens and closes its panels, and keeps the focus in sight', async () => {
      await page.keyboard.press('c');
      await expect.poll(() => focused(page)).toBe('chat-text');
      await page.keyboard.type('Hello Bob, mind the vase');
      await page.keyboard.press('Enter');
      await bob.page.getByRole('log').getByText('Hello Bob, mind the vase').waitFor();
      await isFit('chat');
      await page.keyboard.press('Escape');
      expect(await page.getByRole('complementary', { name: 'Chat' }).isVisible()).toBe(false);
      expect(await focused(page)).toBe('chat-button');
      await page.keyboard.press('i');
      await page.getByRole('cell', { name: 'Bob, camera' }).waitFor();
      expect(await page.getByRole('button', { name: 'Statistics', expanded: true }).count()).toBe(1);
      await isFit('statistics');
      await page.keyboard.press('Escape');
      await page.getByRole('button', { name: 'Statistics', expanded: false }).waitFor();
    });

    it('is left', async () => {
      await page.getByRole('button', { name: 'Leave' }).focus();
      await page.keyboard.press('Enter');
      await page.getByRole('heading', { name: 'Ready to join?' }).waitFor();
      expect(await focused(page)).toBe('name');
      await page.getByRole('alert').filter({ hasText: 'You left the call.' }).waitFor();
      await isFit('left');
      await bob.tile('Ada').waitFor({ state: 'detached' });
    });
  },
);
