import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseClientMessage } from '../../../cluster/signalling/client-messages.ts';
import { parseSfuEvent } from '../../../cluster/signalling/control-messages.ts';
import { LIMITS } from '../../../cluster/signalling/limits.ts';
import { isRoom, shownParticipantName } from '../../../cluster/signalling/names.ts';
import { parseServerMessage } from '../../../cluster/signalling/server-messages.ts';

const parse = (message: unknown) => parseClientMessage(JSON.stringify(message));

describe('messages of clients', () => {
  it('are taken with what is left out filled in, and nothing that is not known', () => {
    expect(parse({ type: 'join', room: 'tea', name: 'Ada', admin: true })).toEqual({
      type: 'join',
      token: null,
      room: 'tea',
      name: 'Ada',
      resume: null,
    });
    const tracks = [{ mid: '0', source: 'camera', muted: false }];
    expect(parse({ type: 'offer', id: 1, sdp: 'v=0', tracks })).toEqual({
      type: 'offer',
      id: 1,
      sdp: 'v=0',
      tracks,
      fresh: false,
      automatic: false,
    });
    expect(parse({ type: 'subscribe', trackId: 't1', on: true })).toEqual({
      type: 'subscribe',
      trackId: 't1',
      on: true,
      maxHeight: null,
    });
    expect(parse({ type: 'leave' })).toEqual({ type: 'leave' });
  });

  it.each([
    [{}, /^type is not one of join, offer/],
    [{ type: 'toString' }, /^type is not one of/],
    [{ type: 'join', room: '../etc' }, /^room is not a room/],
    [{ type: 'join', room: 'a'.repeat(65) }, /^room is not a room/],
    [{ type: 'join', token: 'x'.repeat(5000) }, /^token is not text of/],
    [{ type: 'offer', id: 1.5, sdp: '', tracks: [] }, /^id is not a whole number/],
    [{ type: 'offer', id: 1, sdp: 7, tracks: [] }, /^sdp is not text/],
    [{ type: 'offer', id: 1, sdp: 'v=0', tracks: {} }, /^tracks is not a list/],
    [{ type: 'offer', id: 1, sdp: 'v=0', tracks: [{ mid: '0', source: 'tv', muted: false }] }, /^tracks\[0\]\.source/],
    [{ type: 'mute', trackId: 'a b', muted: true }, /^trackId is not an identifier/],
    [{ type: 'mute', trackId: 'a', muted: 'yes' }, /^muted is not true or false/],
    [{ type: 'chat', text: '' }, /^text is not text of 1 to/],
    [{ type: 'chat', text: 'x'.repeat(LIMITS.chatCharacters + 1) }, /^text is not text of 1 to/],
    [[], /^message is not an object/],
    [null, /^message is not an object/],
  ])('are refused with what is wrong: %j', (message, problem) => {
    expect(parse(message)).toEqual({ problem: expect.stringMatching(problem) });
  });

  it('that are not JSON are refused', () => {
    expect(parseClientMessage('{"type":')).toEqual({ problem: 'message is not JSON' });
  });
});

describe('whatever is sent', () => {
  const parsers = [parseClientMessage, parseServerMessage, parseSfuEvent];

  it('gets an object back, and never an exception', () => {
    fc.assert(
      fc.property(fc.oneof(fc.json(), fc.string()), (json) => {
        for (const parser of parsers) expect(parser(json)).toBeTypeOf('object');
      }),
    );
  });

  it('says no more the second time than the first', () => {
    const value = fc.oneof(fc.jsonValue(), fc.string(), fc.integer(), fc.boolean(), fc.constant([]));
    const names = ['token', 'room', 'name', 'id', 'sdp', 'tracks', 'trackId', 'muted', 'on', 'maxHeight', 'text'];
    const message = fc
      .tuple(
        fc.constantFrom('join', 'offer', 'mute', 'subscribe', 'chat', 'leave'),
        fc.dictionary(fc.constantFrom(...names), value),
      )
      .map(([type, members]) => ({ ...members, type }));
    fc.assert(
      fc.property(message, (sent) => {
        const once = parse(sent);
        if (!('problem' in once)) expect(parse(once)).toEqual(once);
      }),
    );
  });

  it('changes no prototype', () => {
    const json = '{"type":"answer","id":1,"sdp":"","tracks":{"__proto__":"t1"},"subscriptions":{}}';
    const answer = parseServerMessage(json);
    expect('problem' in answer).toBe(false);
    expect(({} as Record<string, unknown>)['t1']).toBeUndefined();
  });
});

describe('names', () => {
  it.each(['a', 'tea', 'Room-1', 'a.b_c'])('%s is a room', (name) => expect(isRoom(name)).toBe(true));
  it.each(['', '-', '.', '..', 'a/', 'a b', 'é', '.a', 'a-', 'rtc?'])('%j is none', (name) =>
    expect(isRoom(name)).toBe(false),
  );

  it('are shown without what could deceive', () => {
    expect(shownParticipantName(' Ada \u202e\u0007 Love\nlace ')).toBe('Ada Love lace');
    expect(shownParticipantName('\u200b \u200d')).toBe('Guest');
    expect(shownParticipantName('👩‍💻 Grace')).toBe('👩‍💻 Grace');
    expect(shownParticipantName('x'.repeat(100)).length).toBeLessThanOrEqual(LIMITS.nameCharacters);
  });
});
