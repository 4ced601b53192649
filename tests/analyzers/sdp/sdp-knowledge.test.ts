import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseSdp } from '../../../analyzers/sdp/parse-sdp.ts';
import { SdpKnowledge, type SdpOrigin } from '../../../analyzers/sdp/sdp-knowledge.ts';

const NAT_INSIDE = '192.168.1.2';

function audio(address: string, port: number, rtpmap: string, ...more: string[]): string {
  return ['v=0', `c=IN IP4 ${address}`, `m=audio ${port} RTP/AVP 0 96`, `a=rtpmap:96 ${rtpmap}`, ...more].join('\r\n');
}

function knowing(...texts: (string | [string, SdpOrigin])[]): SdpKnowledge {
  const knowledge = new SdpKnowledge();
  for (const entry of texts) {
    const [text, origin] = typeof entry === 'string' ? [entry, 'capture' as const] : entry;
    const description = parseSdp(text);
    if (typeof description === 'string') throw new Error(description);
    knowledge.add(description, origin);
  }
  return knowledge;
}

/** What payload type 96 of `ssrc` is, from 198.51.100.9:7000 to 203.0.113.5:5004 unless said otherwise. */
function ask(
  knowledge: SdpKnowledge,
  { ssrc = 1, from = '198.51.100.9:7000', to = '203.0.113.5:5004', payloadType = 96 } = {},
) {
  const [source, sourcePort] = from.split(':');
  const [destination, destinationPort] = to.split(':');
  const found = knowledge.lookup(source, Number(sourcePort), destination, Number(destinationPort), ssrc, payloadType);
  return found === null ? null : `${found.codec}/${found.clockRate} by ${found.match}`;
}

describe('what SDP tells of a stream', () => {
  it('lets the receiver say what it accepts, before the sender (RFC 3264, 5.1)', () => {
    const receiver = audio('203.0.113.5', 5004, 'opus/48000/2');
    const sender = audio('198.51.100.9', 7000, 'iLBC/8000');
    expect(ask(knowing(sender, receiver))).toBe('opus/48000 by destination');
    expect(ask(knowing(sender))).toBe('iLBC/8000 by source');
    expect(ask(knowing(sender), { from: '198.51.100.9:7002' })).toBeNull();
    expect(ask(knowing(receiver), { payloadType: 97 })).toBeNull();
    expect(ask(knowing(receiver), { payloadType: 0 })).toBe('PCMU/8000 by destination');
  });

  it('believes an announced SSRC before addresses', () => {
    const receiver = audio('203.0.113.5', 5004, 'opus/48000/2');
    const elsewhere = audio('198.51.100.77', 9000, 'iSAC/16000', 'a=ssrc:4711 cname:x');
    expect(ask(knowing(receiver, elsewhere), { ssrc: 4711 })).toBe('iSAC/16000 by ssrc');
    expect(ask(knowing(receiver, elsewhere), { ssrc: 4712 })).toBe('opus/48000 by destination');
  });

  it('rather says nothing than something wrong, where descriptions contradict each other', () => {
    const first = audio('203.0.113.5', 5004, 'opus/48000/2');
    const second = audio('203.0.113.5', 5004, 'speex/16000', 'a=ssrc:5 cname:x');
    expect(ask(knowing(first, second))).toBeNull();
    expect(ask(knowing(first, second), { ssrc: 5 })).toBe('speex/16000 by ssrc');
    expect(ask(knowing(first, second), { payloadType: 0 })).toBe('PCMU/8000 by destination');
    expect(ask(knowing(first, audio('203.0.113.5', 5004, 'OPUS/48000/2')))).toBe('OPUS/48000 by destination');
  });

  it('finds who announced an SSRC of two calls by the address', () => {
    const one = audio('198.51.100.9', 7000, 'opus/48000/2', 'a=ssrc:5 cname:x');
    const other = audio('198.51.100.10', 7000, 'speex/16000', 'a=ssrc:5 cname:x');
    expect(ask(knowing(one, other), { ssrc: 5 })).toBe('opus/48000 by ssrc');
  });

  it('looks behind a NAT by the port alone, but only for private addresses', () => {
    expect(ask(knowing(audio(NAT_INSIDE, 5004, 'opus/48000/2')))).toBe('opus/48000 by port');
    expect(ask(knowing(audio('203.0.113.99', 5004, 'opus/48000/2')))).toBeNull();
    expect(ask(knowing(audio(NAT_INSIDE, 5004, 'opus/48000/2'), audio('10.0.0.1', 5004, 'iLBC/8000')))).toBeNull();
  });

  it('takes a file without addresses for every flow, one with addresses for those', () => {
    const anywhere = audio('0.0.0.0', 9, 'opus/48000/2');
    expect(ask(knowing([anywhere, 'file']))).toBe('opus/48000 by file');
    expect(ask(knowing(anywhere))).toBeNull();
    expect(ask(knowing([audio('203.0.113.5', 5004, 'opus/48000/2'), 'file']))).toBe('opus/48000 by destination');
    expect(ask(knowing([audio('203.0.113.6', 5004, 'opus/48000/2'), 'file']))).toBeNull();
  });

  it('gives every place of a bundle the payload types of all its sections (RFC 9143)', () => {
    const bundle = [
      'v=0',
      'a=group:BUNDLE a v',
      'c=IN IP4 203.0.113.5',
      'm=audio 5004 RTP/SAVPF 111',
      'a=mid:a',
      'a=rtpmap:111 opus/48000/2',
      'm=video 0 RTP/SAVPF 96',
      'a=mid:v',
      'a=rtpmap:96 VP8/90000',
    ].join('\n');
    expect(ask(knowing(bundle))).toBe('VP8/90000 by destination');
    expect(ask(knowing(bundle.replace('BUNDLE a v', 'BUNDLE a')))).toBeNull();
  });

  it('learns addresses from connectivity checks', () => {
    const knowledge = knowing(audio('0.0.0.0', 9, 'opus/48000/2', 'a=ice-ufrag:here'));
    expect(ask(knowledge)).toBeNull();
    knowledge.addConnectivityCheck('198.51.100.9', 7000, '203.0.113.5', 5004, 'here:there');
    expect(ask(knowledge)).toBe('opus/48000 by destination');
    expect(knowledge.vouches('203.0.113.5', 5004)).toBe(true);
    expect(knowledge.vouches('198.51.100.9', 7000)).toBe(false);
  });

  it('names retransmission and correction, and whom they repair', () => {
    const text = [
      'v=0',
      'c=IN IP4 203.0.113.5',
      'm=video 5004 UDP/TLS/RTP/SAVPF 96 97 98',
      'a=rtpmap:96 VP8/90000',
      'a=rtpmap:97 rtx/90000',
      'a=fmtp:97 rtx-time=3000;apt=96',
      'a=rtpmap:98 flexfec-03/90000',
      'a=ssrc-group:FID 10 11',
      'a=ssrc-group:FEC-FR 10 12',
      'a=ssrc-group:SIM 10 20',
      'a=extmap:3 urn:x',
    ].join('\r\n');
    const knowledge = knowing(text);
    const look = (ssrc: number, payloadType: number) =>
      knowledge.lookup('1.1.1.1', 1, '203.0.113.5', 5004, ssrc, payloadType);
    expect(look(11, 97)).toMatchObject({ kind: 'rtx', mediaKind: 'video', associatedPayloadType: 96, repairsSsrc: 10 });
    expect(look(12, 98)).toMatchObject({ kind: 'fec', repairsSsrc: 10, encrypted: true });
    expect(look(20, 96)).toMatchObject({ kind: 'video', repairsSsrc: null });
    expect(look(10, 96)?.extensions.get(3)).toBe('urn:x');
  });

  it('vouches for the ports of RTP and RTCP', () => {
    const knowledge = knowing(audio('203.0.113.5', 5004, 'opus/48000/2'), audio('203.0.113.6', 0, 'opus/48000/2'));
    expect([5003, 5004, 5005, 5006].map((port) => knowledge.vouches('203.0.113.5', port))).toEqual([
      false,
      true,
      true,
      false,
    ]);
    expect([0, 1].map((port) => knowledge.vouches('203.0.113.6', port))).toEqual([false, false]);
  });

  it('does not grow without end', () => {
    const knowledge = new SdpKnowledge();
    const description = parseSdp(audio('203.0.113.5', 5004, 'opus/48000/2'));
    if (typeof description === 'string') throw new Error(description);
    for (let round = 0; round < 25_000; round++) knowledge.add(description, 'capture');
    expect(knowledge.dropped).toBeGreaterThan(5000 - 1);
    expect(ask(knowledge)).toBe('opus/48000 by destination');
  });

  it('never throws on what packets may ask', () => {
    const knowledge = knowing(audio('203.0.113.5', 5004, 'opus/48000/2', 'a=ice-ufrag:here'));
    fc.assert(
      fc.property(
        fc.string(),
        fc.nat(70_000),
        fc.string(),
        fc.nat(),
        fc.nat(300),
        fc.string(),
        (a, port, b, ssrc, type, name) => {
          knowledge.addConnectivityCheck(a, port, b, port, name);
          knowledge.lookup(a, port, b, port, ssrc, type);
        },
      ),
    );
  });
});
