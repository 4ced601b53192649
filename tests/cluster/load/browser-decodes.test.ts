import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { launchChromium, missingChromium } from '../../chromium.ts';
import { builtProgram } from '../../cli/program.ts';
import { type Conference, startUp } from './running-conference.ts';

/** In the page: receives a room by WHEP, and tells what the decoders made of it once both have done enough. */
async function watch(url: string): Promise<{ framesDecoded: number; width: number; audioPackets: number }> {
  const { RTCPeerConnection, fetch } = globalThis as never as {
    RTCPeerConnection: new () => {
      addTransceiver(kind: string, init: object): void;
      createOffer(): Promise<{ sdp: string }>;
      setLocalDescription(description: object): Promise<void>;
      setRemoteDescription(description: object): Promise<void>;
      getStats(): Promise<Map<string, Record<string, number | string>>>;
      close(): void;
    };
    fetch: typeof globalThis.fetch;
  };
  const peer = new RTCPeerConnection();
  peer.addTransceiver('audio', { direction: 'recvonly' });
  peer.addTransceiver('video', { direction: 'recvonly' });
  const offer = await peer.createOffer();
  await peer.setLocalDescription(offer);
  const headers = { 'content-type': 'application/sdp' };
  const response = await fetch(url, { method: 'POST', headers, body: offer.sdp });
  if (response.status !== 201) throw new Error(`WHEP: ${response.status} ${await response.text()}`);
  await peer.setRemoteDescription({ type: 'answer', sdp: await response.text() });
  const seen = { framesDecoded: 0, width: 0, audioPackets: 0 };
  for (let turn = 0; turn < 150; turn++) {
    await new Promise((resolve) => setTimeout(resolve, 200));
    for (const stats of (await peer.getStats()).values()) {
      if (stats['type'] !== 'inbound-rtp') continue;
      if (stats['kind'] === 'video') {
        seen.framesDecoded = Number(stats['framesDecoded'] ?? 0);
        seen.width = Number(stats['frameWidth'] ?? 0);
      } else {
        seen.audioPackets = Number(stats['packetsReceived'] ?? 0);
      }
    }
    if (seen.framesDecoded > 40 && seen.audioPackets > 40) break;
  }
  peer.close();
  return seen;
}

describe.skipIf(missingChromium !== '')(`what a load publishes, in Chromium${missingChromium}`, () => {
  const program = builtProgram();
  let conference: Conference | null = null;
  let browser: Browser | null = null;

  beforeAll(async () => {
    [conference, browser] = await Promise.all([startUp(program), launchChromium()]);
  }, 60_000);
  afterAll(async () => {
    await browser?.close();
    await conference?.close();
  });

  it('is decoded as a moving picture, with sound beside it', async () => {
    const { url } = conference!;
    const load = program.start(['load', '--url', url, '--participants', '1', '--seconds', '90', '--json', '-']);
    let output = '';
    load.stdout!.on('data', (text) => (output += text));
    load.stderr!.resume();
    const ended = new Promise<number | null>((resolve) => load.on('close', resolve));
    const page = await browser!.newPage();
    await page.goto(url);
    // The room is there once somebody publishes in it.
    await new Promise((resolve) => setTimeout(resolve, 3000));
    const seen = await page.evaluate(watch, new URL('/whep/load-1', url).href);
    load.kill('SIGINT');
    expect(await ended).toBe(0);
    expect(seen.framesDecoded).toBeGreaterThan(40);
    expect(seen.width).toBe(320);
    expect(seen.audioPackets).toBeGreaterThan(40);
    // Ctrl-C leaves properly, and what was counted is printed all the same.
    expect(JSON.parse(output)).toMatchObject({ participants: 1, joined: 1, failed: 0 });
  }, 100_000);
});
