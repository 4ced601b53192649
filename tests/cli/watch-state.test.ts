import { describe, expect, it } from 'vitest';
import { keysIn, pressKey, type WatchState } from '../../cli/watch-state.ts';

const fresh = (): WatchState => ({ sort: 'worst', reversed: false, paused: false, help: false, selected: null });
const rows = [{ number: 5 }, { number: 3 }, { number: 9 }] as unknown as Parameters<typeof pressKey>[2];

function pressed(text: string): WatchState {
  const state = fresh();
  for (const key of keysIn(text)) pressKey(state, key, rows);
  return state;
}

describe('keys', () => {
  it('are told apart, however many come at once', () => {
    expect(keysIn('\u001b[A\u001bOBq\u001b')).toEqual(['\u001b[A', '\u001bOB', 'q', '\u001b']);
    expect(keysIn('\u001b[1;5C?')).toEqual(['\u001b[1;5C', '?']);
  });

  it('sort, turn round, hold and help', () => {
    expect(pressed('b')).toMatchObject({ sort: 'bitrate', reversed: false });
    expect(pressed('br')).toMatchObject({ sort: 'bitrate', reversed: true });
    expect(pressed('brl')).toMatchObject({ sort: 'loss', reversed: false });
    expect(pressed('\u001b[C').sort).toBe('loss');
    expect(pressed('\u001b[D').sort).toBe('address');
    expect(pressed(' ?')).toMatchObject({ paused: true, help: true });
    expect(pressed('  ??')).toMatchObject({ paused: false, help: false });
  });

  it('choose a stream by its place, and none', () => {
    expect(pressed('\u001b[B').selected).toBe(5);
    expect(pressed('\u001b[B\u001b[B\u001b[B\u001b[B').selected).toBe(9);
    expect(pressed('\u001b[A').selected).toBe(9);
    expect(pressed('\u001b[A\u001b[A').selected).toBe(3);
    expect(pressed('\u001b[B\u001b').selected).toBeNull();
    const state = fresh();
    expect([pressKey(state, '\u001b[B', []), state.selected]).toEqual([null, null]);
  });

  it('end and suspend; others do nothing', () => {
    expect(['q', '\u0003', '\u0004', '\u001a', 'z', '\u001b[5~'].map((key) => pressKey(fresh(), key, rows))).toEqual([
      ...['end', 'end', 'end', 'suspend', null, null],
    ]);
    expect(pressed('z\u001b[5~')).toEqual(fresh());
  });
});
