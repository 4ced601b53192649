import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';

/** A folder that is gone after the tests of the file. */
export function temporaryFolder(): { path: string; write(name: string, content: Uint8Array | string): string } {
  const path = mkdtempSync(join(tmpdir(), 'rtcscope-test-'));
  afterAll(() => rmSync(path, { recursive: true, force: true }));
  return {
    path,
    write(name, content) {
      const full = join(path, name);
      writeFileSync(full, content);
      return full;
    },
  };
}
