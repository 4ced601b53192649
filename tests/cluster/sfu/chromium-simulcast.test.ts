import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { missingChromium } from '../../chromium.ts';
import { builtProgram } from '../../cli/program.ts';
import { inbound, joinRoom, launchWithMedia } from './chromium-room.ts';
import { NarrowWay } from './narrow-way.ts';
import { type SfuProcess, startSfu } from './sfu-process.ts';

const program = builtProgram();

describe.skipIf(missingChromium !== '')(`a simulcast of Chromium${missingChromium}`, () => {
  let browser: Browser;
  let sfu: SfuProcess;
  let way: NarrowWay | null = null;
  const newPage = async (): Promise<Page> => {
    const page = await (await browser.newContext({ permissions: ['camera', 'microphone'] })).newPage();
    await page.goto(`${sfu.health}/healthz`);
    return page;
  };

  beforeAll(async () => {
    sfu = await startSfu(program.path);
    browser = await launchWithMedia();
  }, 90_000);
  afterAll(async () => {
    await browser?.close();
    way?.close();
    await sfu?.stop();
  });

  it('is received in its best picture, in a small one while the way is narrow, and in the best again', {
    timeout: 300_000,
  }, async () => {
    const [sender, receiver] = [await newPage(), await newPage()];
    // Chromium sends three encodings from 960 by 540 on, two below: so the top one of 480 lines never came.
    await joinRoom(sender, sfu, 'layers', 'sender', 0, {
      ...{ simulcast: true, codec: 'VP8', size: [960, 540] },
      maxKbps: { q: 100, h: 300, f: 800 },
    });
    way = await NarrowWay.open(sfu.media.udpPort);
    await joinRoom(receiver, sfu, 'layers', 'receiver', 1, { udpPort: way.port });
    const height = async (): Promise<number> => {
      const video = (await inbound(receiver)).find(({ kind }) => kind === 'video');
      return video?.frameHeight ?? 0;
    };
    const long = { timeout: 90_000, interval: 250 };
    await expect.poll(height, long).toBe(540);
    way.bps = 250_000;
    await expect.poll(height, long).toBe(135);
    way.bps = Number.POSITIVE_INFINITY;
    await expect.poll(height, long).toBe(540);
    for (const page of [sender, receiver]) await page.context().close();
  });

  it('goes to another SFU only as far as somebody there wants it', { timeout: 300_000 }, async () => {
    const other = await startSfu(program.path);
    try {
      const sender = await newPage();
      await joinRoom(sender, sfu, 'apart', 'sender', 0, {
        ...{ simulcast: true, codec: 'VP8', size: [960, 540] },
        maxKbps: { q: 100, h: 300, f: 800 },
      });
      // Nobody is here but the sender: what this SFU forwards is what goes to the other one.
      const sentBits = async () =>
        Number(
          /^rtcscope_sfu_forwarded_bits_total (\d+)/m.exec(await (await fetch(`${sfu.health}/metrics`)).text())?.[1],
        );
      const kbps = async () => {
        const [beforeMs, before] = [performance.now(), await sentBits()];
        await sender.waitForTimeout(1500);
        return ((await sentBits()) - before) / (performance.now() - beforeMs);
      };
      const relay = { room: 'apart', peer: { controlUrl: other.control } };
      expect((await sfu.request('POST', '/v1/relays', relay)).status).toBe(200);
      const long = { timeout: 90_000, interval: 250 };
      const isBetween = (least: number, most: number) =>
        expect
          .poll(async () => {
            const now = await kbps();
            return now > least && now < most;
          }, long)
          .toBe(true);
      // Sound alone.
      await isBetween(5, 80);

      const receiver = await newPage();
      await joinRoom(receiver, other, 'apart', 'receiver', 1);
      const height = async (): Promise<number> => {
        const video = (await inbound(receiver)).find(({ kind }) => kind === 'video');
        return video?.frameHeight ?? 0;
      };
      const [trackId] = await receiver.evaluate(async () =>
        // biome-ignore lint/suspicious/noExplicitAny: what a page holds has no types here
        Object.values<string>((await (globalThis as any).negotiate()).subscriptions).slice(-1),
      );
      const want = async (maxHeight: number | null, on = true) => {
        const wish = { trackId, on, maxHeight };
        const { status } = await other.request('POST', '/v1/rooms/apart/participants/receiver/subscribe', wish);
        expect(status).toBe(200);
      };
      await expect.poll(height, long).toBe(540);
      await isBetween(400, Number.POSITIVE_INFINITY);
      await want(200);
      await expect.poll(height, long).toBe(135);
      await isBetween(5, 220);
      await want(null);
      await expect.poll(height, long).toBe(540);
      await want(null, false);
      await isBetween(5, 80);
    } finally {
      await other.stop();
    }
  });
});
