import { existsSync } from 'node:fs';
import { type Browser, chromium } from 'playwright-core';

const PLACES = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];
export const chromiumPath = process.env['RTCSCOPE_CHROMIUM'] ?? PLACES.find((place) => existsSync(place)) ?? null;

/** The reason why tests in a browser are skipped, for their names; empty where there is one. */
export const missingChromium =
  chromiumPath === null ? ' (SKIPPED: no Chromium; install it or set RTCSCOPE_CHROMIUM)' : '';

/** Chromium without a window, with a profile of its own that goes with it. */
export async function launchChromium(more: readonly string[] = []): Promise<Browser> {
  return chromium.launch({
    executablePath: chromiumPath as string,
    args: [
      '--headless',
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      ...more,
    ],
  });
}
