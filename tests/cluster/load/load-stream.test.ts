import { describe, expect, it } from 'vitest';
import { type LoadMessage, LoadStreamReader, loadStream } from '../../../cluster/load/load-stream.ts';

const MESSAGES: readonly LoadMessage[] = [
  { kind: 'record', line: '{"event":"load","participants":2}' },
  { kind: 'offer', client: 'load-1-2', sdp: `v=0\r\n${'a=ssrc:1 ü\r\n'.repeat(3000)}` },
  { kind: 'keys', line: 'CLIENT_RANDOM 00 11' },
  { kind: 'result', json: '{"joined":2}' },
];

function written(): string[] {
  let text = '';
  const tell = loadStream((lines) => (text += lines));
  for (const message of MESSAGES) tell(message);
  return text.split('\n');
}

function read(...logs: readonly (readonly string[])[]) {
  const messages: LoadMessage[] = [];
  const others: string[] = [];
  const reader = new LoadStreamReader({
    message: (message) => messages.push(message),
    other: (line) => others.push(line),
  });
  for (const log of logs) {
    reader.begin();
    for (const line of log) reader.line(line);
  }
  return { messages, others, missing: reader.missing };
}

describe('what a load in a pod tells', () => {
  it('comes back as it was, in lines that no runtime cuts', () => {
    const lines = written();
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThan(8100);
    expect(lines.length).toBeGreaterThan(MESSAGES.length + 3);
    expect(read(lines)).toEqual({ messages: MESSAGES, others: [], missing: 0 });
  });

  it('is taken once, however often the log is read again', () => {
    const lines = ['warning: slow', ...written(), 'warning: slower'];
    for (let cut = 0; cut < lines.length; cut++) {
      const before = lines.slice(0, cut);
      expect(read(before, before, lines)).toEqual({
        messages: MESSAGES,
        others: ['warning: slow', 'warning: slower'],
        missing: 0,
      });
    }
  });

  it('is missed where the node threw it away, and the rest is taken', () => {
    const lines = written();
    const { messages, missing } = read([...lines.slice(0, 1), ...lines.slice(3)]);
    expect(missing).toBeGreaterThanOrEqual(2);
    expect(messages.filter(({ kind }) => kind !== 'offer')).toEqual(MESSAGES.filter(({ kind }) => kind !== 'offer'));
  });

  it('is not believed where it could lead elsewhere', () => {
    const line = (value: unknown, number = 1) => `rtcscope-load ${number} . ${JSON.stringify(value)}`;
    for (const value of [
      { kind: 'offer', client: '../../etc/x', sdp: '' },
      { kind: 'answer', client: 'a/b', sdp: '' },
      { kind: 'record', line: 'a\nb' },
      { kind: 'record' },
      null,
      7,
    ]) {
      expect(read([line(value)])).toEqual({ messages: [], others: [], missing: 1 });
    }
    expect(read(['rtcscope-load 1 . {', 'rtcscope-load x . {}', 'rtcscope-load'])).toMatchObject({ messages: [] });
  });
});
