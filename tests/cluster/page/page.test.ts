import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { UpReport } from '../../../cluster/index.ts';
import { launchChromium, missingChromium } from '../../chromium.ts';
import { builtProgram } from '../../cli/program.ts';
import { NarrowWay } from '../sfu/narrow-way.ts';
import { Person, routeMedia } from './conference-browser.ts';
import { speechWav } from './speech-wav.ts';

const program = builtProgram();

describe.skipIf(missingChromium !== '')(
  `three people in front of the page${missingChromium}`,
  { timeout: 120_000 },
  () => {
    const folder = mkdtempSync(join(tmpdir(), 'rtcscope-page-'));
    let up: ChildProcess;
    let report: UpReport;
    let browser: Browser;
    let ada: Person;
    let bob: Person;
    let cyd: Person;
    /** The media of Bob. */
    const ways: NarrowWay[] = [];

    beforeAll(async () => {
      writeFileSync(join(folder, 'speech.wav'), speechWav());
      up = spawn(process.execPath, [program.path, 'up', '--sfus', '2', '--port', '0', '--open'], {
        stdio: ['ignore', 'pipe', 'ignore'],
      });
      const [line] = await once(up.stdout!, 'data');
      report = JSON.parse(String(line));
      browser = await launchChromium([
        '--use-fake-device-for-media-stream',
        '--use-fake-ui-for-media-stream',
        '--autoplay-policy=no-user-gesture-required',
        '--disable-features=WebRtcHideLocalIpsWithMdns',
        `--use-file-for-fake-audio-capture=${join(folder, 'speech.wav')}`,
        '--auto-select-desktop-capture-source=Entire screen',
      ]);
      const portOf = new Map<string, number>();
      for (const { media } of report.sfus) {
        const [address, port] = media.split(':');
        const way = await NarrowWay.open(Number(port), address);
        ways.push(way);
        portOf.set(media, way.port);
      }
      [ada, bob, cyd] = await Promise.all(
        ['Ada Lovelace', 'Bob', 'Cyd'].map((name) =>
          Person.join(browser, report.url, 'tea', name, async (context) => {
            if (name === 'Bob') await routeMedia(context, portOf);
          }),
        ),
      );
    }, 120_000);

    afterAll(async () => {
      await browser?.close();
      for (const way of ways) way.close();
      rmSync(folder, { recursive: true });
      if (up.exitCode === null && up.signalCode === null) {
        up.kill('SIGTERM');
        await once(up, 'exit');
      }
    });

    const everybodySees = async (withinMs?: number) => {
      const pairs = [ada, bob, cyd].flatMap((one) =>
        [ada, bob, cyd].filter((other) => other !== one).map((other) => [one, other]),
      );
      await Promise.all(pairs.map(([one, other]) => one.sees(other.name, 'camera', withinMs)));
    };

    it('see each other move, as getStats says as well', async () => {
      await everybodySees();
      await ada.press('Statistics');
      await expect.poll(() => ada.framesDecoded(), { timeout: 20_000 }).toHaveLength(2);
      const before = await ada.framesDecoded();
      await expect
        .poll(async () => (await ada.framesDecoded()).every((frames, index) => frames > before[index]), {
          timeout: 20_000,
        })
        .toBe(true);
      await expect
        .poll(() => ada.page.locator('.quality[data-quality="unknown"]').count(), { timeout: 20_000 })
        .toBe(0);
      await ada.press('Statistics');
    });

    it('get pictures as large as they are shown, and smaller ones through a narrow way', async () => {
      const pictures = (person: Person) =>
        person.page
          .locator('#streams tr[data-direction="in"][data-kind="video"] td[data-stat="picture"]')
          .evaluateAll((cells) => cells.map(({ textContent }) => /\d+×\d+/.exec(textContent ?? '')?.[0]));
      for (const person of [ada, bob]) await person.press('Statistics');
      const long = { timeout: 60_000, interval: 250 };
      await expect.poll(() => pictures(ada), long).toEqual(['640×360', '640×360']);
      await expect.poll(() => pictures(bob), long).toEqual(['640×360', '640×360']);
      for (const way of ways) way.bps = 500_000;
      await expect.poll(() => pictures(bob), long).toEqual(['320×180', '320×180']);
      await Promise.all([bob.sees('Ada Lovelace'), bob.sees('Cyd')]);
      await expect.poll(() => pictures(ada), long).toEqual(['640×360', '640×360']);
      for (const way of ways) way.bps = Number.POSITIVE_INFINITY;
      for (const person of [ada, bob]) await person.press('Statistics');
    });

    it('hear each other, and see who speaks', async () => {
      // The fake microphone beeps.
      await ada.page.locator('.tile.speaking').first().waitFor();
      const playing = await ada.page
        .locator('#sounds audio')
        .evaluateAll((players) => players.map((player) => !(player as unknown as { paused: boolean }).paused));
      expect(playing).toEqual([true, true]);
    });

    it('see when one mutes, by the keyboard', async () => {
      await bob.page.keyboard.press('m');
      await ada.tile('Bob').getByText('muted').waitFor();
      await cyd.tile('Bob').getByText('muted').waitFor();
      await bob.page.keyboard.press('m');
      await ada.tile('Bob').getByText('muted').waitFor({ state: 'hidden' });
    });

    it('see when one turns the camera off and on', async () => {
      await bob.press('Camera on');
      await ada.tile('Bob').locator('video').waitFor({ state: 'hidden' });
      await bob.press('Camera off');
      await ada.sees('Bob');
    });

    it('write to each other, and what is written stays text', async () => {
      await cyd.press('Chat');
      await cyd.page.getByLabel('Message to everybody').fill('Hello <img src=x onerror=alert(1)>');
      await cyd.page.keyboard.press('Enter');
      await ada.press(/Chat/);
      await ada.page.getByRole('log').getByText('Hello <img src=x onerror=alert(1)>').waitFor();
      for (const person of [ada, cyd]) await person.press(/Chat/);
    });

    it('see a screen that one shares, until it is no more', async () => {
      await cyd.press('Share screen');
      await ada.sees('Cyd', 'screen');
      await bob.sees('Cyd', 'screen');
      await cyd.press('Stop sharing');
      await ada.tile('Cyd', 'screen').waitFor({ state: 'detached' });
      await everybodySees();
    });

    it('are back after the network of one died and came back', async () => {
      await bob.context.setOffline(true);
      await bob.page.evaluate('dispatchEvent(new Event("online"))');
      await bob.page.getByRole('status').filter({ hasText: 'Reconnecting' }).waitFor();
      await bob.context.setOffline(false);
      await bob.isConnected();
      await everybodySees();
      expect(await ada.page.locator('.tile').count()).toBe(3);
    });

    it('are back after the way of the media of one was cut and mended, while the WebSocket stayed', async () => {
      const isLost = await bob.watchStatus();
      for (const way of ways) way.isCut = true;
      await isLost(60_000);
      for (const way of ways) way.isCut = false;
      await bob.isConnected(60_000);
      await everybodySees(60_000);
    });

    it('are back by themselves after their SFU is killed', async () => {
      const everybody = [ada, bob, cyd];
      const losses = await Promise.all(everybody.map((person) => person.watchStatus()));
      process.kill(await carrier(report), 'SIGKILL');
      // 5 s is what it takes at most on a machine that does nothing else.
      await Promise.all(losses.map((isLost) => isLost()));
      await Promise.all([ada, bob, cyd].map((person) => person.isConnected(20_000)));
      await everybodySees(30_000);
    });

    it('meet no error on the page', () => {
      expect([ada, bob, cyd].flatMap(({ complaints }) => complaints)).toEqual([]);
    });

    it('hear of who leaves', async () => {
      await cyd.press('Leave');
      await cyd.page.getByRole('heading', { name: 'Ready to join?' }).waitFor();
      await ada.tile('Cyd').waitFor({ state: 'detached' });
      await ada.page.getByText('2 people').waitFor();
    });
  },
);

/** The process of the SFU that carries the room. */
async function carrier({ sfus }: UpReport): Promise<number> {
  const participants = async (health: string) => {
    const metrics = await (await fetch(`${health}/metrics`)).text();
    return Number(/^rtcscope_sfu_participants (\d+)/m.exec(metrics)?.[1]);
  };
  const counts = await Promise.all(sfus.map(({ health }) => participants(health)));
  expect(counts.toSorted()).toEqual([0, 3]);
  return sfus[counts.indexOf(3)].pid;
}
