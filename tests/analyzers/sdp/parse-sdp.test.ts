import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseSdp } from '../../../analyzers/sdp/parse-sdp.ts';
import type { SdpDescription } from '../../../analyzers/sdp/sdp-description.ts';
import { missingCaptures, sharedCapture } from '../../shared-captures.ts';

function parsed(text: string): SdpDescription {
  const description = parseSdp(text);
  if (typeof description === 'string') throw new Error(description);
  return description;
}

const CALL = [
  'v=0',
  'o=- 1 2 IN IP4 192.0.2.1',
  's=-',
  'c=IN IP4 192.0.2.1',
  't=0 0',
  'm=audio 49170/2 RTP/AVP 0 8 97 101',
  'a=rtpmap:97 iLBC/8000',
  'a=rtpmap:101 telephone-event/8000',
  'a=fmtp:101 0-15',
  'a=ptime:30',
  'a=sendonly',
  'm=video 51372 RTP/AVP 99',
  'c=IN IP4 233.252.0.1/127',
  'a=rtpmap:99 h263-1998/90000',
  'a=rtcp:53020 IN IP4 126.16.64.4',
  'm=image 0 udptl t38',
];

describe('session descriptions (RFC 8866)', () => {
  it('reads addresses, ports and payload types', () => {
    const [audio, video, image] = parsed(CALL.join('\r\n')).media;
    expect(audio).toMatchObject({
      kind: 'audio',
      address: '192.0.2.1',
      port: 49170,
      rtcpPort: 49171,
      packetTimeMs: 30,
    });
    expect(audio).toMatchObject({ direction: 'sendonly', encrypted: false, protocol: 'RTP/AVP' });
    expect(
      [...audio.payloads.values()].map(({ payloadType, codec, clockRate }) => [payloadType, codec, clockRate]),
    ).toEqual([
      [0, 'PCMU', 8000],
      [8, 'PCMA', 8000],
      [97, 'iLBC', 8000],
      [101, 'telephone-event', 8000],
    ]);
    expect(video).toMatchObject({ address: '233.252.0.1', rtcpAddress: '126.16.64.4', rtcpPort: 53020 });
    expect(image).toMatchObject({ kind: 'image', port: 0, isRtp: false });
  });

  it('takes any ending of lines', () => {
    for (const end of ['\n', '\r', '\n\n', ' \r\n']) expect(parsed(CALL.join(end))).toEqual(parsed(CALL.join('\r\n')));
  });

  it('writes addresses as flows do', () => {
    const text =
      'v=0\nm=audio 5004 RTP/AVP 0\nc=IN IP6 2001:DB8:0:0:0:0:0:1\nm=audio 5006 RTP/AVP 0\nc=IN IP4 host.example\n';
    expect(parsed(text).media.map(({ address }) => address)).toEqual(['2001:db8::1', null]);
  });

  it('inherits from the session what sections do not say themselves', () => {
    const [section] = parsed(
      [
        'v=0',
        'a=ice-ufrag:abcd',
        'a=fingerprint:sha-256 00:11',
        'a=setup:active',
        'a=extmap:5 urn:x',
        'm=audio 9 RTP/AVPF 0',
      ].join('\n'),
    ).media;
    expect(section).toMatchObject({ usernameFragment: 'abcd', encrypted: true, setup: 'active' });
    expect([...section.extensions]).toEqual([[5, 'urn:x']]);
  });

  it('knows the clock of G.722 better than devices that write its sampling rate', () => {
    const text =
      'v=0\nm=audio 5004 RTP/AVP 9 96 97\na=rtpmap:9 G722/16000\na=rtpmap:96 g722/16000\na=rtpmap:97 AMR-WB/16000\n';
    expect([...parsed(text).media[0].payloads.values()].map(({ clockRate }) => clockRate)).toEqual([8000, 8000, 16000]);
    expect(parsed('v=0\nm=audio 5004 RTP/AVP 96\na=rtpmap:96 x/0\n').media[0].payloads.get(96)?.clockRate).toBeNull();
  });

  it('keeps as text what looks like a number', () => {
    const [section] = parsed('v=0\nm=audio 9 RTP/AVP 0\na=mid:0\na=ice-ufrag:1234\n').media;
    expect(section).toMatchObject({ mid: '0', usernameFragment: '1234' });
  });

  it.each([
    ['', 'not-sdp'],
    ['v=0\r\n', 'not-sdp'],
    ['m=audio 5004 RTP/AVP 0\r\n', 'not-sdp'],
    ['v=0\r\nm=audio $ RTP/AVP 8\r\n', 'not-sdp'],
    ['v=0\r\n{"a": 1}', 'not-sdp'],
    [`v=0\n${'m=audio 1 RTP/AVP 0\n'.repeat(5000)}`, 'too-many-lines'],
    [`v=0\n${'a=x\n'.repeat(40_000)}`, 'too-many-lines'],
    ['v=0'.padEnd(3_000_000), 'too-long'],
  ])('refuses %j', (text, reason) => {
    expect(parseSdp(text)).toBe(reason);
  });

  it('is not fooled by names that objects have by themselves', () => {
    const hostile =
      'v=0\nm=audio 5004 RTP/AVP 96 97\na=rtpmap:96 __proto__/8000\na=mid:__proto__\na=__proto__:x\na=group:BUNDLE __proto__\na=rtpmap:97 constructor/90000\na=ssrc:1 __proto__:x\n';
    const description = parsed(hostile);
    expect(description.media[0].payloads.get(96)?.codec).toBe('__proto__');
    expect(({} as Record<string, unknown>)['x']).toBeUndefined();
  });

  it('keeps to its bounds on long lists and lines', () => {
    const ssrcs = Array.from({ length: 20_000 }, (_, ssrc) => `a=ssrc:${ssrc} cname:x`).join('\n');
    const [section] = parsed(`v=0\nm=audio 5004 RTP/AVP 96\n${ssrcs}\na=rtpmap:96 ${'x'.repeat(10_000)}/8000\n`).media;
    expect(section.ssrcs.length).toBeLessThanOrEqual(512);
    expect(section.payloads.size).toBe(0);
  });

  it('never throws, whatever is done to a description', () => {
    const lines = fc.array(
      fc.oneof(
        fc.constantFrom(...CALL),
        fc.string(),
        fc.string().map((text) => `a=${text}`),
        fc.string().map((text) => `m=${text}`),
      ),
      { maxLength: 30 },
    );
    fc.assert(fc.property(lines, (text) => void parseSdp(`v=0\n${text.join('\n')}`)));
    const whole = CALL.join('\r\n');
    for (let length = 0; length <= whole.length; length++) parseSdp(whole.slice(0, length));
  });
});

const truth = sharedCapture('generated__chrome156/chrome156-direct-vp8.truth.json');

describe.skipIf(truth === null)(`Chromium's own offer${missingCaptures}`, () => {
  it('is read whole', () => {
    const { offer, inbound } = JSON.parse(readFileSync(truth as string, 'utf8'));
    const description = parsed(offer);
    expect(description.bundles).toEqual([['0', '1']]);
    const [audio, video] = description.media;
    expect(audio.payloads.get(111)).toMatchObject({ codec: 'opus', clockRate: 48000, channels: 2 });
    expect(audio.ssrcs).toEqual([inbound[0].ssrc]);
    expect(audio).toMatchObject({ usernameFragment: 'Gp8p', encrypted: true, mid: '0', port: 45909, rtcpPort: 9 });
    expect(audio.candidates).toEqual([{ address: '127.0.0.1', port: 45909 }]);
    expect(audio.extensions.get(3)).toMatch(/transport-wide-cc/);
    expect(video.payloads.size).toBe(23);
    expect(video.payloads.get(119)).toMatchObject({ codec: 'rtx', associatedPayloadType: 118 });
    expect(video.ssrcGroups).toEqual([{ semantics: 'FID', ssrcs: [3312685199, 9501599] }]);
  });
});
