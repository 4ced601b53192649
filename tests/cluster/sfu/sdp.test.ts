import * as fc from 'fast-check';
import sdpTransform from 'sdp-transform';
import { describe, expect, it } from 'vitest';
import { codecKey } from '../../../cluster/sfu/sdp/codec.ts';
import { OfferError, parseOffer } from '../../../cluster/sfu/sdp/parse-offer.ts';
import { writeAnswer } from '../../../cluster/sfu/sdp/write-answer.ts';
import { AUDIO, offerOf, VIDEO } from './offers.ts';

describe('offer', () => {
  it('is read: codecs with their repair, feedback and extensions that are known', () => {
    const [audio, video] = parseOffer(
      offerOf(
        AUDIO('0', 'sendonly'),
        VIDEO('1', 'sendonly', ['a=ssrc-group:FID 11 12', 'a=ssrc:11 cname:x', 'a=ssrc:12 cname:x']),
      ),
    ).sections;
    expect(audio.codecs.map(({ name, payloadType, channels }) => [name, payloadType, channels])).toEqual([
      ['opus', 111, 2],
    ]);
    expect(audio.extensions).toMatchObject({ audioLevel: 1, mid: 4, transportSequence: 0 });
    expect(video.codecs.map(({ key, payloadType, rtxPayloadType }) => [key, payloadType, rtxPayloadType])).toEqual([
      ['vp8', 96, 97],
      ['h264/constrained-baseline/1', 102, 103],
    ]);
    expect(video.codecs[0].feedback).toEqual(['nack', 'nack pli']);
    expect(video.sources).toEqual([{ ssrc: 11, rtxSsrc: 12 }]);
    expect(video.reducedSizeRtcp).toBe(true);
  });

  it('uses the first of two extensions that have the same identifier in one bundle', () => {
    const sendTime = 'a=extmap:1 http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time';
    const { sections } = parseOffer(offerOf(AUDIO('0', 'sendrecv'), VIDEO('1', 'sendrecv', [sendTime])));
    expect(sections[0].extensions).toMatchObject({ mid: 4, audioLevel: 1 });
    expect(sections[1].extensions).toMatchObject({ mid: 4, absoluteSendTime: 0 });
  });

  it('tells simulcast encodings in the order offered, and only those that are described', () => {
    const lines = ['a=rid:q send', 'a=rid:h send', 'a=rid:f send', 'a=simulcast:send q;~h;f;nowhere'];
    expect(parseOffer(offerOf(VIDEO('1', 'sendonly', lines))).sections[0].rids).toEqual(['q', 'h', 'f']);
  });

  it.each([
    ['no SDP', 'hello', /v=0/],
    ['no section', 'v=0\r\n', /no m-section/],
    [
      'too many sections',
      offerOf(...Array.from({ length: 257 }, (_, index) => AUDIO(String(index), 'recvonly'))),
      /256/,
    ],
    ['two of one mid', offerOf(AUDIO('0', 'recvonly'), AUDIO('0', 'recvonly')), /same a=mid/],
    ['a mid of other characters', offerOf(AUDIO('a/b', 'recvonly')), /mid/],
    ['no fingerprint', offerOf(AUDIO('0', 'recvonly')).replace(/a=fingerprint.*\r\n/, ''), /fingerprint/],
    ['a weak fingerprint', offerOf(AUDIO('0', 'recvonly')).replace('sha-256', 'sha-1'), /sha-256/],
    ['no password', offerOf(AUDIO('0', 'recvonly')).replace(/a=ice-pwd.*\r\n/, ''), /ice-pwd/],
    ['two servers', offerOf(AUDIO('0', 'recvonly')).replace('actpass', 'passive'), /setup/],
    ['a long line', offerOf([...AUDIO('0', 'recvonly'), `a=x:${'y'.repeat(5000)}`]), /too long/],
  ])('is refused: %s', (_what, sdp, reason) => {
    expect(() => parseOffer(sdp)).toThrow(reason);
    expect(() => parseOffer(sdp)).toThrow(OfferError);
  });

  it.each([
    ['without rtcp-mux', ['a=rtcp-mux', '']],
    ['with another protocol', ['UDP/TLS/RTP/SAVPF', 'RTP/AVP']],
    ['without a codec that is known', ['opus/48000/2', 'speex/16000']],
    ['with port 0', ['m=audio 9', 'm=audio 0']],
    ['outside of BUNDLE', ['BUNDLE 0', 'BUNDLE 7']],
  ])('has a section rejected: %s', (_what, [text, replacement]) => {
    expect(parseOffer(offerOf(AUDIO('0', 'sendonly')).replace(text, replacement)).sections[0].rejected).toBe(true);
  });

  it('never makes anything but a refusal or an offer of what is mutated', () => {
    const lines = offerOf(AUDIO('0', 'sendrecv'), VIDEO('1', 'sendrecv')).split('\r\n');
    fc.assert(
      fc.property(fc.nat(lines.length - 1), fc.string({ maxLength: 60 }), fc.nat(60), (index, text, at) => {
        const changed = [...lines];
        changed[index] = changed[index].slice(0, at) + text + changed[index].slice(at);
        try {
          parseOffer(changed.join('\r\n'));
        } catch (error) {
          if (!(error instanceof OfferError)) throw error;
        }
      }),
      { numRuns: 500 },
    );
  });
});

describe('codecs that mean the same', () => {
  it.each([
    // RFC 6184 table 5.
    ['h264', 'profile-level-id=42e01f;packetization-mode=1', 'profile-level-id=4d801f;packetization-mode=1', true],
    ['h264', 'profile-level-id=42e01f;packetization-mode=1', 'profile-level-id=42e034;packetization-mode=1', true],
    ['h264', 'profile-level-id=42e01f;packetization-mode=1', 'profile-level-id=42e01f;packetization-mode=0', false],
    ['h264', 'profile-level-id=42e01f;packetization-mode=1', 'profile-level-id=42001f;packetization-mode=1', false],
    ['h264', 'profile-level-id=64001f', 'profile-level-id=640c1f', false],
    ['vp9', '', 'profile-id=0', true],
    ['vp9', 'profile-id=2', 'profile-id=0', false],
    ['av1', 'level-idx=5;profile=0;tier=0', '', true],
  ] as const)('%s %s and %s: %s', (name, one, other, same) => {
    expect(codecKey(name, one) === codecKey(name, other)).toBe(same);
  });
});

describe('answer', () => {
  it('has a section for each offered, in order, with one transport and what was agreed', () => {
    const offer = parseOffer(offerOf(AUDIO('0', 'sendonly'), VIDEO('1', 'recvonly'), VIDEO('x', 'recvonly')));
    const sdp = writeAnswer({
      sessionId: '5',
      version: 1,
      iceUfrag: 'ufrag',
      icePwd: 'p'.repeat(24),
      fingerprint: 'AA',
      addresses: [{ address: '127.0.0.1', udpPort: 5000, tcpPort: 5001 }],
      maxMessageBytes: 1000,
      sections: offer.sections.map((offered, index) => ({
        offered,
        accepted: index < 2,
        direction: index === 0 ? 'recvonly' : 'sendonly',
        codecs: offered.codecs,
        extensions: offered.extensions,
        stream: index === 1 ? { streamId: 'ann', trackId: 't', cname: 'ann', ssrc: 7, rtxSsrc: 8 } : null,
      })),
    });
    const session = sdpTransform.parse(sdp);
    expect(session.groups).toEqual([{ type: 'BUNDLE', mids: '0 1' }]);
    expect(session.media.map(({ mid, port, direction }) => [String(mid), port, direction])).toEqual([
      ['0', 5000, 'recvonly'],
      ['1', 5000, 'sendonly'],
      ['x', 0, 'inactive'],
    ]);
    expect(session.media[0].candidates).toHaveLength(2);
    expect(session.media[1].candidates).toBeUndefined();
    expect(session.media[1].ssrcGroups).toEqual([{ semantics: 'FID', ssrcs: '7 8' }]);
    expect(session.media[1].payloads).toBe('96 97 102 103');
    expect(sdp).toContain('a=ice-lite\r\n');
    expect(sdp).toContain('tcptype passive');
    expect(sdp).not.toContain('unheard');
  });
});
