// biome-ignore-all lint/suspicious/noExplicitAny: what a browser and its page hold has no types here
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Log } from '../../../cluster/sfu/log.ts';
import { Sfu } from '../../../cluster/sfu/sfu.ts';
import type { ControlOffer } from '../../../cluster/signalling/control-messages.ts';
import { missingChromium } from '../../chromium.ts';
import { inbound, joinRoom, launchWithMedia } from './chromium-room.ts';

describe.skipIf(missingChromium !== '')(`what Chromium encodes${missingChromium}`, () => {
  let browser: Browser;
  let sfu: Sfu;
  let site: Server;
  let canSend: string[];
  const newPage = async (): Promise<Page> => {
    const page = await (await browser.newContext({ permissions: ['camera', 'microphone'] })).newPage();
    // A secure context, for getUserMedia.
    await page.goto(`http://127.0.0.1:${(site.address() as AddressInfo).port}/`);
    return page;
  };

  beforeAll(async () => {
    site = createServer((_, response) => response.end('here')).listen(0, '127.0.0.1');
    await once(site, 'listening');
    sfu = await Sfu.start({
      ...{ id: 'here', addresses: ['127.0.0.1'], udpPort: 0, tcpPort: null, capacityPps: null, lastN: 10 },
      ...{ mostRooms: 10, mostParticipants: 10, tap: null, log: new Log('silent', {}, () => {}) },
    });
    browser = await launchWithMedia();
    const page = await newPage();
    canSend = await page.evaluate(() =>
      (globalThis as any).RTCRtpSender.getCapabilities('video').codecs.map(({ mimeType }: any) => mimeType),
    );
    await page.context().close();
  }, 90_000);
  afterAll(async () => {
    await browser?.close();
    sfu?.close();
    site?.close();
  });

  /** The control interface without HTTP. */
  const request = async (_: string, path: string, body?: unknown) => {
    const [, , , room, , id] = path.split('/');
    return { status: 200, body: sfu.offer(room, id, body as ControlOffer) };
  };

  it.each(['VP8', 'VP9', 'H264', 'AV1'])(
    '%s is forwarded, decoded, and its height known',
    {
      timeout: 150_000,
    },
    async (codec) => {
      // Debian's build has all four; one that has not is named rather than passed over.
      expect(canSend).toContain(`video/${codec}`);
      const [one, two] = [await newPage(), await newPage()];
      // 360 lines are no multiple of 16: an encoder of blocks adds some and says how many to leave out.
      await joinRoom(one, { request }, codec, 'sender', 0, { codec, size: [640, 360] });
      await joinRoom(two, { request }, codec, 'receiver', 1);
      const received = async () => {
        const streams = await inbound(two);
        const picture = streams.find(({ kind }) => kind === 'video');
        const sound = streams.find(({ kind }) => kind === 'audio');
        return { height: picture?.frameHeight, moves: picture?.framesDecoded > 20, isHeard: sound?.audioLevel > 0 };
      };
      const long = { timeout: 60_000, interval: 200 };
      await expect.poll(received, long).toEqual({ height: 360, moves: true, isHeard: true });
      const stream = () => {
        const tracks = sfu.rooms.get(codec)?.participants.get('sender')?.tracks ?? [];
        const [encoding] = tracks.find(({ kind }) => kind === 'video')?.encodings ?? [];
        return { codec: encoding?.codec.name, height: encoding?.height };
      };
      await expect.poll(stream, long).toEqual({ codec: codec.toLowerCase(), height: 360 });
      const used = await two.evaluate(async () => {
        const report = await (globalThis as any).connection.getStats();
        const video = [...report.values()].find(({ type, kind }) => type === 'inbound-rtp' && kind === 'video');
        return report.get(video.codecId).mimeType;
      });
      expect(used).toBe(`video/${codec}`);
      for (const page of [one, two]) await page.context().close();
    },
  );
});
