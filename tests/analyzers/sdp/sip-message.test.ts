import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeSip, isSip, type SipMessage } from '../../../analyzers/sdp/sip-message.ts';

const encoder = new TextEncoder();

function decode(text: string) {
  const bytes = encoder.encode(text);
  return decodeSip(bytes, 0, bytes.length);
}

const SDP = 'v=0\r\nm=audio 5004 RTP/AVP 0\r\n';
const INVITE = [
  'INVITE sip:bob@example.org SIP/2.0',
  'Via: SIP/2.0/UDP pc33.example.org;branch=z9hG4bK776asdhds',
  'To: Bob <sip:bob@example.org>',
  'From: "Alice; <not this>" <sip:alice@example.org>;tag=1928301774',
  'Call-ID: a84b4c76e66710',
  'CSeq: 314159 INVITE',
  'Content-Type: application/sdp',
  `Content-Length: ${SDP.length}`,
  '',
  SDP,
].join('\r\n');

describe('SIP messages (RFC 3261)', () => {
  it('reads a request', () => {
    expect(decode(INVITE)).toEqual({
      method: 'INVITE',
      status: null,
      callId: 'a84b4c76e66710',
      from: 'sip:alice@example.org',
      to: 'sip:bob@example.org',
      toTag: false,
      sequence: 314159,
      descriptions: [SDP],
    } satisfies SipMessage);
  });

  it('reads a response with compact, folded and oddly written headers, and bare line feeds', () => {
    const text = 'SIP/2.0 486 Busy Here\ni : x@y\nf:sip:a@b;tag=1\nT: <sip:c@d>\n ;tag=2\ncSeQ:\t7   INVITE\n\n';
    expect(decode(text)).toMatchObject({
      method: 'INVITE',
      status: 486,
      callId: 'x@y',
      from: 'sip:a@b',
      to: 'sip:c@d',
      toTag: true,
      sequence: 7,
      descriptions: [],
    });
  });

  it('finds the description among the parts of a body (RFC 5621)', () => {
    const body = [
      '--b1',
      'Content-Type: application/isup',
      '',
      'v=0 m= none',
      '--b1',
      'content-type: application/sdp',
      '',
      `${SDP}--b1--`,
      '',
    ].join('\r\n');
    const text = `INVITE sip:x SIP/2.0\r\nCall-ID: 1\r\nContent-Type: multipart/mixed; boundary="b1"\r\n\r\n${body}`;
    expect(decode(text)).toMatchObject({ descriptions: [SDP] });
  });

  it('takes a body no further than its length says, and as far as it is there', () => {
    const head = 'INVITE sip:x SIP/2.0\r\nCall-ID: 1\r\nc: application/sdp\r\n';
    expect(decode(`${head}l: 5\r\n\r\n${SDP}`)).toMatchObject({ descriptions: ['v=0\r\n'] });
    expect(decode(`${head}l: 5000\r\n\r\n${SDP}`)).toMatchObject({ descriptions: [SDP] });
  });

  it.each([
    ['REGISTER sip:x SIP/2.0\r\n', true],
    ['SIP/2.0 200 OK\r\n', true],
    ['SIP/2.0 2x0 OK\r\n', false],
    ['SIP/2.0', false],
    ['INVITE sip:x SIP/3.0\r\n', false],
    ['INVITE  SIP/2.0', false],
    ['INVITED sip:x SIP/2.0\r\n', false],
    ['invite sip:x SIP/2.0\r\n', false],
    ['GET / HTTP/1.1\r\n', false],
    ['\r\n\r\n', false],
    ['', false],
  ])('tells whether %j is SIP', (text, expected) => {
    const bytes = encoder.encode(`..${text}`);
    expect(isSip(bytes, 2, bytes.length - 2)).toBe(expected);
  });

  it('refuses what has no end or too many headers', () => {
    expect(decode('INVITE sip:x SIP/2.0\r\nVia: x')).toBe('no-end-of-headers');
    expect(decode(`INVITE sip:x SIP/2.0\r\n${'Via: x\r\n'.repeat(2000)}\r\n`)).toBe('too-many-headers');
    expect(decode(`SIP/2.0 200 OK\r\nCall-ID: ${'x'.repeat(10_000)}\r\n\r\n`)).toMatchObject({
      callId: 'x'.repeat(256),
    });
  });

  it('never throws: every prefix, every changed byte, any bytes', () => {
    const whole = encoder.encode(INVITE);
    for (let length = 0; length <= whole.length; length++) decodeSip(whole, 0, length);
    fc.assert(
      fc.property(fc.nat(whole.length - 1), fc.nat(255), (at, byte) => {
        const changed = whole.slice();
        changed[at] = byte;
        decodeSip(changed, 0, changed.length);
      }),
    );
    fc.assert(
      fc.property(fc.string({ maxLength: 200 }), fc.nat(300), (text, length) => {
        const bytes = encoder.encode(`SIP/2.0 200 ${text}`);
        decodeSip(bytes, 0, length);
      }),
    );
  });
});
