// biome-ignore-all lint/suspicious/noExplicitAny: what a page holds has no types here
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { launchChromium, missingChromium } from '../../chromium.ts';
import { builtProgram } from '../../cli/program.ts';
import { type SfuProcess, startSfu } from './sfu-process.ts';

const program = builtProgram();

/** Joins from a page with data channels alone, and keeps what comes on any channel. */
async function joinRoom(page: Page, sfu: SfuProcess, room: string, id: string, labels: readonly string[]) {
  await page.exposeFunction('offerToSfu', async (sdp: string) => {
    const path = `/v1/rooms/${room}/participants/${id}/offer`;
    const { status, body } = await sfu.request('POST', path, {
      sdp,
      name: id,
      publish: true,
      subscribe: true,
      tracks: [],
    });
    if (status !== 200) throw new Error(JSON.stringify(body));
    return body.sdp;
  });
  await page.evaluate(async (labels) => {
    const scope = globalThis as any;
    const connection = new scope.RTCPeerConnection();
    scope.connection = connection;
    scope.heard = [];
    scope.channels = {};
    const listen = (channel: any) => {
      channel.binaryType = 'arraybuffer';
      scope.channels[channel.label] = channel;
      channel.onmessage = ({ data }: any) =>
        scope.heard.push([channel.label, typeof data === 'string' ? data : `${data.byteLength} bytes`]);
    };
    connection.ondatachannel = ({ channel }: any) => listen(channel);
    for (const label of labels.length === 0 ? ['unused'] : labels) listen(connection.createDataChannel(label));
    await connection.setLocalDescription();
    const sdp = await scope.offerToSfu(connection.localDescription.sdp);
    await connection.setRemoteDescription({ type: 'answer', sdp });
  }, labels);
  await expect
    .poll(
      () =>
        page.evaluate(() =>
          (Object.values((globalThis as any).channels) as any[]).every((c) => c.readyState === 'open'),
        ),
      {
        timeout: 60_000,
      },
    )
    .toBe(true);
}

const heard = (page: Page): Promise<[string, string][]> => page.evaluate(() => (globalThis as any).heard);

describe.skipIf(missingChromium !== '')(`data channels of Chromium${missingChromium}`, () => {
  let browser: Browser;
  let sfus: SfuProcess[];
  const newPage = async () => {
    const page = await (await browser.newContext()).newPage();
    await page.goto(`${sfus[0].health}/healthz`);
    return page;
  };

  beforeAll(async () => {
    sfus = await Promise.all(['a', 'b'].map((id) => startSfu(program.path, ['--id', id])));
    browser = await launchChromium();
  }, 90_000);
  afterAll(async () => {
    await browser?.close();
    for (const sfu of sfus ?? []) await sfu.stop();
  });

  it('reach all others of the room, also on another SFU, and nobody of another room', {
    timeout: 180_000,
  }, async () => {
    const [ada, bob, cyd, eve] = await Promise.all([newPage(), newPage(), newPage(), newPage()]);
    await joinRoom(ada, sfus[0], 'tea', 'ada', ['notes']);
    await joinRoom(bob, sfus[0], 'tea', 'bob', ['notes']);
    // Has not made the channel, and is on the other SFU.
    await joinRoom(cyd, sfus[1], 'tea', 'cyd', []);
    await joinRoom(eve, sfus[0], 'coffee', 'eve', ['notes']);
    const relay = await sfus[0].request('POST', '/v1/relays', { room: 'tea', peer: { controlUrl: sfus[1].control } });
    expect(relay.status).toBe(200);
    await ada.evaluate(() => {
      const { notes } = (globalThis as any).channels;
      notes.send('hello');
      notes.send(new Uint8Array(16_384));
      notes.send('');
    });
    const all = [
      ['notes', 'hello'],
      ['notes', '16384 bytes'],
      ['notes', ''],
    ];
    for (const page of [bob, cyd]) await expect.poll(() => heard(page), { timeout: 60_000 }).toEqual(all);
    // The channel that the SFU opened carries the other way as well.
    await cyd.evaluate(() => (globalThis as any).channels.notes.send('back'));
    await expect.poll(() => heard(ada), { timeout: 60_000 }).toEqual([['notes', 'back']]);
    expect(await heard(eve)).toEqual([]);
    // What nobody may send: beyond the size that the answer names, Chromium refuses itself.
    await expect(ada.evaluate(() => (globalThis as any).channels.notes.send(new Uint8Array(16_385)))).rejects.toThrow();
    // Of a flood, each message is handed on or refused and counted, and the association goes on.
    await bob.evaluate(() => {
      for (let index = 0; index < 1000; index++) (globalThis as any).channels.notes.send(`flood ${index}`);
    });
    const refused = async () =>
      Number(
        /^rtcscope_sfu_refused_data_messages_total (\d+)/m.exec(
          await (await fetch(`${sfus[0].health}/metrics`)).text(),
        )?.[1],
      );
    // Besides what came back from cyd.
    const accounted = async () => (await refused()) + (await heard(ada)).length - 1;
    await expect.poll(accounted, { timeout: 90_000 }).toBe(1000);
    await ada.evaluate(() => (globalThis as any).channels.notes.send('still there'));
    await expect.poll(async () => (await heard(cyd)).at(-1), { timeout: 60_000 }).toEqual(['notes', 'still there']);
  });
});
