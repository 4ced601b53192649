// biome-ignore-all lint/suspicious/noExplicitAny: what a browser and its page hold has no types here
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { missingChromium } from '../../chromium.ts';
import { builtProgram } from '../../cli/program.ts';
import { inbound, joinRoom, launchWithMedia } from './chromium-room.ts';
import { type SfuProcess, startSfu } from './sfu-process.ts';

const program = builtProgram();

/** Waits until `count` pictures have been decoded on each of `streams` streams, and sound has come. */
async function seesAndHears(page: Page, streams: number): Promise<void> {
  await expect
    .poll(
      async () =>
        (await inbound(page)).filter(({ kind, framesDecoded }) => kind === 'video' && framesDecoded > 20).length,
      {
        timeout: 25_000,
      },
    )
    .toBe(streams);
  await expect
    .poll(
      async () =>
        (await inbound(page)).filter((s) => s.kind === 'audio' && s.packetsReceived > 50 && s.audioLevel > 0).length,
      { timeout: 25_000 },
    )
    .toBe(streams);
}

describe.skipIf(missingChromium !== '')(`Chromium through the SFU${missingChromium}`, () => {
  let browser: Browser;
  let sfu: SfuProcess;
  let folder: string;
  const newPage = async () => {
    const context = await browser.newContext({ permissions: ['camera', 'microphone'] });
    const page = await context.newPage();
    // A secure context, for getUserMedia.
    await page.goto(`${sfu.health}/healthz`);
    return page;
  };

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'rtcscope-sfu-'));
    sfu = await startSfu(program.path, ['--tap', join(folder, 'tap.pcapng')]);
    browser = await launchWithMedia();
  });
  afterAll(async () => {
    await browser?.close();
    await sfu?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  it('carries sound and pictures between two, both ways', { timeout: 90_000 }, async () => {
    const [one, two] = [await newPage(), await newPage()];
    await joinRoom(one, sfu, 'pair', 'one', 1);
    await joinRoom(two, sfu, 'pair', 'two', 1);
    // The first was alone when it offered.
    await one.evaluate(() => (globalThis as any).negotiate());
    await Promise.all([seesAndHears(one, 1), seesAndHears(two, 1)]);
    for (const page of [one, two]) await page.context().close();
  });

  it('carries a simulcast to a subscriber over TCP, and goes over to a higher picture', {
    timeout: 90_000,
  }, async () => {
    const [one, two] = [await newPage(), await newPage()];
    await joinRoom(one, sfu, 'layers', 'three', 0, { simulcast: true, codec: 'VP8' });
    await joinRoom(two, sfu, 'layers', 'four', 1, { tcp: true });
    await seesAndHears(two, 1);
    await expect
      .poll(async () => (await inbound(two)).find(({ kind }) => kind === 'video')?.frameHeight, { timeout: 40_000 })
      .toBeGreaterThanOrEqual(240);
    for (const page of [one, two]) await page.context().close();
  });

  it('leaves a capture of both calls when it ends', { timeout: 60_000 }, async () => {
    const metrics = await (await fetch(`${sfu.health}/metrics`)).text();
    const figure = (name: string) => Number(new RegExp(`^rtcscope_sfu_${name} (\\d+)`, 'm').exec(metrics)?.[1]);
    // How many depends on how long the calls before took to show what they were waited for.
    expect(figure('forwarded_packets_total')).toBeGreaterThan(100);
    expect(figure('joins_total')).toBe(4);
    expect(await sfu.stop()).toBe(0);
    const tap = join(folder, 'tap.pcapng');
    const { status, stdout } = program.run(['analyze', tap, '--json', '-', '--quiet']);
    expect(status).toBe(0);
    const { streams } = JSON.parse(stdout);
    // Two send sound and picture to each other; one sends three encodings and sound to another.
    const packets = streams.reduce((sum: number, stream: { packets: number }) => sum + stream.packets, 0);
    expect(packets).toBeGreaterThan(figure('forwarded_packets_total'));
    expect(readFileSync(tap, 'latin1')).toMatch(/CLIENT_RANDOM [0-9a-f]{64} [0-9a-f]{96}/);
  });
});
