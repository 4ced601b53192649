import { describe, expect, it } from 'vitest';
import { ByteWindow } from '../../../captures/records/byte-window.ts';
import { FileSource } from '../../../captures/sources/file-source.ts';
import { temporaryFolder } from '../temporary-folder.ts';

const folder = temporaryFolder();
const MIB = 1024 * 1024;

/** Bytes of which no two stretches are alike. */
function written(name: string, length: number): { path: string; bytes: Uint8Array } {
  const bytes = new Uint8Array(length);
  let state = 1;
  for (let at = 0; at < length; at++) {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    bytes[at] = state >>> 24;
  }
  return { path: folder.write(name, Buffer.from(bytes)), bytes };
}

/** Takes all bytes of a window in pieces of the sizes given, again and again. @returns whether it read ahead at its end. */
async function takeAll(window: ByteWindow, bytes: Uint8Array, sizes: readonly number[]): Promise<boolean> {
  let taken = 0;
  let readAhead = false;
  for (let turn = 0; ; turn++) {
    const size = sizes[turn % sizes.length];
    await window.fill(size);
    const count = Math.min(size, window.end - window.start);
    const same = Buffer.compare(
      window.bytes.subarray(window.start, window.start + count),
      bytes.subarray(taken, taken + count),
    );
    if (same !== 0) throw new Error(`other bytes at ${taken}`);
    window.start += count;
    taken += count;
    if (count < size) break;
    readAhead = window.readsAhead;
  }
  expect([taken, window.bytesRead, window.ended]).toEqual([bytes.length, bytes.length, true]);
  return readAhead;
}

async function opened(path: string, room: number): Promise<ByteWindow> {
  const window = new ByteWindow(new FileSource(path), 512 * 1024);
  await window.fill(24);
  window.moveInto(new Uint8Array(room));
  return window;
}

describe('a window that reads ahead', () => {
  const { path, bytes } = written('ahead.bin', 7 * MIB + 12_345);

  it.each([
    ['small', [1000, 16, 70_000]],
    ['of a large record', [250_000]],
    ['as large as may be left', [262_144, 262_143]],
    ['that never meet the places', [1_234_567, 99_991]],
  ])('gives all bytes in their order to who takes pieces %s', async (_, sizes) => {
    const window = await opened(path, 17 * MIB);
    await takeAll(window, bytes, sizes);
    await window.source.close();
  });

  it('reads when asked from an absurdly large record on', async () => {
    const window = await opened(path, 17 * MIB);
    await window.fill(1000);
    expect(window.readsAhead).toBe(true);
    expect(await takeAll(window, bytes, [700_000, 3 * MIB, 64])).toBe(false);
    await window.source.close();
  });

  it('does not read ahead into a room that is too small for it', async () => {
    const window = await opened(path, MIB);
    expect(window.readsAhead).toBe(false);
    await takeAll(window, bytes, [1000]);
    await window.source.close();
  });

  it('may be closed while it reads', async () => {
    const window = await opened(path, 17 * MIB);
    const closing = window.source.close();
    await window.fill(2 * MIB);
    await closing;
    expect(window.ended).toBe(true);
  });
});
