import { describe, expect, it } from 'vitest';
import { Demultiplexer, Evidence, type ProtocolObservers } from '../../../analyzers/demultiplex/demultiplexer.ts';
import { CompiledFilter } from '../../../analyzers/filter/compiled-filter.ts';
import { parseFilter } from '../../../analyzers/filter/parse-filter.ts';
import type { Datagram } from '../../../captures/index.ts';
import { Conversation } from '../observing.ts';
import { RtpFeed, rtpBytes } from '../rtp/rtp-feed.ts';

type Belief = (datagram: Datagram) => boolean;
type Beliefs = Partial<Record<'stun' | 'dtls' | 'turn' | 'signalling', Belief>>;

const yes: Belief = () => true;
const no: Belief = () => false;

/** Observers that write down what they are given, and believe what they are told to. */
function watching({ stun = yes, dtls = yes, turn = no, signalling = no }: Beliefs) {
  const seen: string[] = [];
  const note = (name: string) => () => void seen.push(name);
  const observers: ProtocolObservers = {
    rtcp: { datagram: note('rtcp') },
    stun: { isStun: stun, message: note('stun') },
    turn: {
      unwrap(datagram, into) {
        if (!turn(datagram)) return false;
        const { offset, length, capturedLength } = datagram;
        Object.assign(into, datagram, { offset: offset + 4, length: length - 4, capturedLength: capturedLength - 4 });
        return true;
      },
    },
    dtls: { isDtls: dtls, datagram: note('dtls'), media: note('media') },
    signalling: { datagram: signalling },
  };
  return { seen, observers };
}

function demultiplexer(beliefs: Beliefs = {}, filter: string | null = null) {
  const talk = new Conversation();
  const { streams } = new RtpFeed();
  const { seen, observers } = watching(beliefs);
  const parsed = filter === null ? null : parseFilter(filter);
  if (parsed !== null && !(parsed instanceof CompiledFilter)) throw new Error(JSON.stringify(parsed));
  const target = new Demultiplexer(talk.flows, streams, observers, parsed);
  let atMs = 0;
  const give = (from: 'a' | 'b', bytes: Uint8Array, more: Partial<Datagram> = {}) => {
    atMs += 20;
    const datagram = talk.datagram(from, bytes, atMs, more);
    target.datagram(datagram);
    return datagram;
  };
  return { target, give, seen, streams };
}

const bytesOf = (first: number, second: number, length = 60) => {
  const bytes = new Uint8Array(length);
  bytes.set([first, second].slice(0, length));
  return bytes;
};
const rtp = (sequence: number) => rtpBytes({ sequence, timestamp: sequence * 160, atNs: 0 });

describe('a datagram by its first bytes (RFC 7983, RFC 5761)', () => {
  it.each([
    [0, 1, 'stun'],
    [3, 1, 'stun'],
    [4, 1, 'other'],
    [19, 1, 'other'],
    [20, 1, 'dtls'],
    [63, 1, 'dtls'],
    [64, 1, 'other'],
    [127, 1, 'other'],
    [128, 0, 'rtp'],
    [128, 127, 'rtp'],
    [128, 191, 'rtp'],
    [128, 192, 'rtcp'],
    [128, 200, 'rtcp'],
    [143, 223, 'rtcp'],
    [128, 224, 'rtp'],
    [192, 200, 'other'],
    [255, 1, 'other'],
  ])('%i, %i is %s', (first, second, protocol) => {
    const { target, give } = demultiplexer();
    give('a', bytesOf(first, second));
    expect(Object.entries(target.counts()).filter(([, count]) => count > 0)).toEqual([[protocol, 1]]);
  });

  it('goes to nobody whose protocol it turns out not to be, and is counted as other', () => {
    const { target, give, seen } = demultiplexer({ stun: no, dtls: no });
    for (const [first, second, length] of [
      [0, 1, 60],
      [22, 254, 60],
      [128, 200, 7], // RTCP has eight bytes at least.
      [128, 8, 11], // RTP has twelve.
      [128, 8, 1],
      [128, 8, 0],
    ]) {
      give('a', bytesOf(first, second, length));
    }
    expect(target.counts()).toMatchObject({ other: 6, rtp: 0, rtcp: 0, stun: 0, dtls: 0 });
    expect(seen).toEqual([]);
  });

  it('is not RTP where its header does not fit its length', () => {
    const { target, give, streams } = demultiplexer();
    // 15 CSRCs are 60 bytes; an extension of 200 words; padding without a byte to tell its length.
    give('a', bytesOf(0x8f, 8, 40));
    const extension = bytesOf(0x90, 8, 40);
    extension[15] = 200;
    give('a', extension);
    give('a', bytesOf(0xa0, 8, 12));
    expect([target.counts().rtp, target.counts().other, streams.malformed]).toEqual([0, 3, 3]);
    // Cut short by the capture, the lengths are those of the headers.
    give('a', bytesOf(0x8f, 8, 40), { length: 72 });
    expect(target.counts().rtp).toBe(1);
  });

  it('may be signalling, by what it says', () => {
    const { target, give } = demultiplexer({ signalling: ({ bytes }) => bytes[0] === 'I'.charCodeAt(0) });
    give('a', Buffer.from('INVITE sip:b@example.org SIP/2.0\r\n'));
    give('a', Buffer.from('JUNK'));
    expect(target.counts()).toMatchObject({ signalling: 1, other: 1 });
  });
});

describe('evidence', () => {
  it('counts for both directions of a flow', () => {
    const { target, give } = demultiplexer();
    const { flow } = give('a', rtp(1));
    expect(target.evidence(flow)).toBe(Evidence.rtp);
    const back = give('b', bytesOf(0, 1)).flow;
    give('b', bytesOf(22, 254));
    expect(target.evidence(flow)).toBe(Evidence.rtp | Evidence.stun | Evidence.dtls);
    expect(target.evidence(back)).toBe(target.evidence(flow));
  });

  it('tells DTLS of a flow’s first media, once', () => {
    const { give, seen } = demultiplexer();
    for (const number of [1, 2, 3]) give('a', rtp(number));
    give('b', rtp(1));
    expect(seen).toEqual(['media', 'media']);
  });
});

describe('relays', () => {
  const channel = (inner: Uint8Array) =>
    Buffer.concat([Uint8Array.of(0x40, 0, inner.length >> 8, inner.length & 255), inner]);
  const turn: Belief = ({ bytes, offset }) => bytes[offset] === 0x40;

  it('hand on what they carry', () => {
    const { target, give } = demultiplexer({ turn });
    give('a', channel(rtp(1)));
    expect(target.counts()).toMatchObject({ 'turn-channel': 1, rtp: 1, other: 0 });
  });

  it('are followed three deep and no further', () => {
    const { target, give } = demultiplexer({ turn });
    give('a', channel(channel(channel(rtp(1)))));
    expect(target.counts()).toMatchObject({ 'turn-channel': 3, rtp: 1, other: 0 });
    give('a', channel(channel(channel(channel(rtp(2))))));
    expect(target.counts()).toMatchObject({ 'turn-channel': 6, rtp: 1, other: 1 });
    // And the next one is not affected by it.
    give('a', channel(rtp(3)));
    expect(target.counts()).toMatchObject({ 'turn-channel': 7, rtp: 2, other: 1 });
  });
});

describe('filters', () => {
  it('leave out what they do not match, and count it', () => {
    const { target, give } = demultiplexer({}, 'rtp.ssrc == 0x5eed0001');
    give('a', rtp(1));
    give('a', rtpBytes({ sequence: 1, timestamp: 0, atNs: 0, ssrc: 7 }));
    give('a', bytesOf(0, 1));
    expect(target.counts()).toMatchObject({ rtp: 1, stun: 0, other: 0 });
    expect(target.filtered).toBe(2);
  });
});
