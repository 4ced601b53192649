import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { trueTypeOfWoff } from '../reports/index.ts';

const FONT = '@fontsource/dejavu-sans/files/dejavu-sans-latin-400-normal.woff';

/**
 * Lends a font to draw pictures with, so that they have their text on machines without any font too, and look alike everywhere. The
 * renderer takes TrueType files alone: one is there while `draw` runs.
 */
export async function withChartFont<T>(draw: (fontFiles: readonly string[]) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'rtcscope-font-'));
  try {
    const file = join(folder, 'DejaVuSans.ttf');
    writeFileSync(file, trueTypeOfWoff(readFileSync(createRequire(import.meta.url).resolve(FONT))));
    return await draw([file]);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
