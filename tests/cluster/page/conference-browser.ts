import type { Browser, BrowserContext, Page } from 'playwright-core';
import { expect } from 'vitest';

/** Somebody in front of the page, in a browser profile of their own. */
export class Person {
  readonly name: string;
  readonly page: Page;
  readonly context: BrowserContext;
  readonly complaints: string[] = [];

  private constructor(name: string, context: BrowserContext, page: Page) {
    this.name = name;
    this.context = context;
    this.page = page;
    page.on('pageerror', (error) => this.complaints.push(String(error)));
    page.on('console', (message) => {
      if (/Content Security Policy|Refused to/.test(message.text())) this.complaints.push(message.text());
    });
  }

  /** @param prepare does with the profile what has to be done before the page is there. */
  static async join(
    browser: Browser,
    url: string,
    room: string,
    name: string,
    prepare: (context: BrowserContext) => Promise<void> = async () => {},
  ): Promise<Person> {
    const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, colorScheme: 'dark' });
    await prepare(context);
    const person = new Person(name, context, await context.newPage());
    await person.page.goto(`${url}${room}`);
    await person.page.getByLabel('Your name').fill(name);
    await person.page.getByRole('button', { name: 'Join' }).click();
    await person.isConnected();
    return person;
  }

  async isConnected(withinMs = 30_000): Promise<void> {
    await this.page.getByRole('status').filter({ hasText: 'Connected' }).waitFor({ timeout: withinMs });
  }

  /**
   * Notes every text of the status from now on. On a busy machine a connection may be lost and made again between two
   * looks at the page.
   *
   * @returns waits until a status other than "Connected" has been there since.
   */
  async watchStatus(): Promise<(withinMs?: number) => Promise<void>> {
    await this.page.evaluate(`{
      const status = document.querySelector('[role="status"]');
      globalThis.statusTexts = [];
      new MutationObserver(() => globalThis.statusTexts.push(status.textContent))
        .observe(status, { childList: true, characterData: true, subtree: true });
    }`);
    return (withinMs = 30_000) =>
      expect
        .poll(() => this.page.evaluate<string[]>('globalThis.statusTexts'), {
          timeout: withinMs,
          message: `${this.name} loses the connection`,
        })
        .toContainEqual(expect.not.stringContaining('Connected'));
  }

  tile(name: string, source: 'camera' | 'screen' = 'camera') {
    return this.page.locator(`.tile[data-name="${name}"][data-source="${source}"]`);
  }

  /** Pictures that the browser has shown of somebody, as the video element counts them. */
  framesOf(name: string, source: 'camera' | 'screen' = 'camera'): Promise<number> {
    return this.tile(name, source)
      .locator('video')
      .evaluate((video) => (video as unknown as VideoElement).getVideoPlaybackQuality().totalVideoFrames);
  }

  /** Waits until pictures of somebody move. */
  async sees(name: string, source: 'camera' | 'screen' = 'camera', withinMs = 30_000): Promise<void> {
    await expect
      .poll(
        async () => {
          const before = await this.framesOf(name, source).catch(() => 0);
          await this.page.waitForTimeout(250);
          return (await this.framesOf(name, source).catch(() => 0)) - before;
        },
        { timeout: withinMs, interval: 100, message: `${this.name} sees ${name} move` },
      )
      .toBeGreaterThan(2);
  }

  press(name: string | RegExp): Promise<void> {
    return this.page.getByRole('button', { name }).click();
  }

  /** `framesDecoded` of getStats, as the statistics panel shows it. */
  async framesDecoded(): Promise<number[]> {
    const cells = this.page.locator('#streams tr[data-direction="in"][data-kind="video"] td[data-stat="frames"]');
    return (await cells.allTextContents()).map(Number);
  }
}

/** Lets the media of a profile go by the ways that are given for the media addresses of SFUs, over UDP alone. */
export async function routeMedia(context: BrowserContext, ways: ReadonlyMap<string, number>): Promise<void> {
  await context.routeWebSocket(/\/rtc$/, (page) => {
    const gateway = page.connectToServer();
    page.onMessage((message) => gateway.send(message));
    gateway.onMessage((message) => {
      let text = String(message).replace(/a=candidate:\d+ 1 tcp [^\\]*\\r\\n/g, '');
      for (const [media, port] of ways) {
        const [address, from] = media.split(':');
        text = text.replaceAll(`${address} ${from} typ host`, `${address} ${port} typ host`);
      }
      page.send(text);
    });
  });
}

interface VideoElement {
  getVideoPlaybackQuality(): { readonly totalVideoFrames: number };
}
