import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { temporaryFolder } from '../captures/temporary-folder.ts';
import { launchChromium, missingChromium } from '../chromium.ts';
import { HOSTILE, type HostileKind, hostileCapture } from '../fuzz/hostile-capture.ts';
import { reportFaults } from '../fuzz/report-faults.ts';
import { builtProgram } from './program.ts';

/*
 * Captures whose every text (SDES, BYE, STUN, SIP, SDP, interface names, the file's own name) tries to run somewhere. Whatever
 * is made of them must show the text and do nothing.
 */
const program = builtProgram();
const folder = temporaryFolder();
const KINDS = Object.keys(HOSTILE) as HostileKind[];
const FORMATS = ['json', 'csv', 'markdown', 'html'] as const;
const made = new Map<HostileKind, Record<(typeof FORMATS)[number] | 'terminal' | 'errors', string>>();

const pathOf = (kind: HostileKind, format: string) => join(folder.path, `${kind}.${format}`);

beforeAll(() => {
  for (const kind of KINDS) {
    const text = HOSTILE[kind];
    // As much of it as a file name may hold.
    const capture = folder.write(`${text.replaceAll('/', '∕').slice(0, 40)}.pcapng`, hostileCapture(text));
    const outputs = FORMATS.flatMap((format) => [`--${format}`, pathOf(kind, format)]);
    const { status, stdout, stderr } = program.run(['analyze', capture, ...outputs]);
    expect([kind, status]).toEqual([kind, 0]);
    const read = (format: string) => readFileSync(pathOf(kind, format), 'utf8');
    made.set(kind, {
      ...{ json: read('json'), csv: read('csv'), markdown: read('markdown'), html: read('html') },
      ...{ terminal: stdout, errors: stderr },
    });
  }
});

describe.each(KINDS)('texts of the kind %s', (kind) => {
  it('reach the analysis as they are', () => {
    const { streams, captures } = JSON.parse(made.get(kind)!.json);
    expect(streams).toHaveLength(1);
    expect(streams[0].cname).toBe(HOSTILE[kind]);
    expect(captures[0].interfaces[0].name).toBe(HOSTILE[kind]);
  });

  it('do nothing in the terminal, CSV, Markdown and HTML', () => {
    const { terminal, csv, markdown, html, errors } = made.get(kind)!;
    expect(reportFaults({ terminal, plain: terminal, csv, markdown, html })).toEqual([]);
    expect(errors).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e]/);
  });

  it('do nothing in what inspect prints', () => {
    const capture = folder.write(`inspected-${kind}.pcapng`, hostileCapture(HOSTILE[kind]));
    const { status, stdout } = program.run(['inspect', capture]);
    expect(status).toBe(0);
    expect(stdout).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e]/);
  });
});

describe(`the HTML report in a browser${missingChromium}`, () => {
  it.skipIf(missingChromium)(
    'runs nothing, loads nothing, and still works',
    async () => {
      const browser = await launchChromium();
      try {
        for (const kind of KINDS) {
          const page = await browser.newPage();
          const seen: string[] = [];
          page.on('dialog', (dialog) => {
            seen.push(`dialog ${dialog.message()}`);
            void dialog.dismiss();
          });
          page.on('pageerror', (error) => seen.push(`error ${error.message}`));
          page.on('request', (request) => {
            if (!/^(file|data):/.test(request.url())) seen.push(`request ${request.url()}`);
          });
          await page.goto(`file://${pathOf(kind, 'html')}`);
          // Its own script ran: it is what makes the charts.
          await page.waitForSelector('svg', { timeout: 20_000 });
          expect([kind, seen]).toEqual([kind, []]);
          expect(await page.locator('img, iframe, object, embed').count()).toBe(0);
          await page.close();
        }
      } finally {
        await browser.close();
      }
    },
    90_000,
  );
});
