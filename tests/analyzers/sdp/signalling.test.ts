import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { Signalling } from '../../../analyzers/sdp/signalling.ts';
import { Datagram, FlowTable } from '../../../captures/index.ts';
import { missingCaptures, sharedCapture } from '../../shared-captures.ts';
import { eachDatagram } from '../capture-datagrams.ts';

const OFFER = 'v=0\r\nc=IN IP4 0.0.0.0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 111\r\na=rtpmap:111 opus/48000/2\r\n';
const VIDEO = 'v=0\r\nc=IN IP4 0.0.0.0\r\nm=video 9 UDP/TLS/RTP/SAVPF 96\r\na=rtpmap:96 VP8/90000\r\n';

/** Codecs of payload types 111 and 96, as a file tells them, and how many descriptions it held. */
function fromFile(text: string): [number, string | undefined, string | undefined] {
  const signalling = new Signalling(new FlowTable());
  const count = signalling.addFile(text);
  const codec = (payloadType: number) =>
    signalling.knowledge.lookup('192.0.2.1', 1, '192.0.2.2', 2, 3, payloadType)?.codec;
  return [count, codec(111), codec(96)];
}

describe('files with session descriptions', () => {
  it.each([
    ['SDP', OFFER + VIDEO],
    ['SDP with blank lines and another ending', `\n${OFFER}\n\n${VIDEO}`.replaceAll('\r\n', '\n')],
    [
      'an array',
      JSON.stringify([
        { type: 'offer', sdp: OFFER },
        { type: 'answer', sdp: VIDEO },
      ]),
    ],
    ['names', JSON.stringify({ note: 'v=0 is not it', offer: OFFER, deeper: { answer: VIDEO } })],
    [
      'a dump of webrtc-internals',
      JSON.stringify({
        PeerConnections: {
          '1-1': {
            updateLog: [
              { type: 'setLocalDescription', value: `type: offer, sdp: ${OFFER}` },
              { type: 'setRemoteDescription', value: JSON.stringify({ type: 'answer', sdp: VIDEO }) },
            ],
          },
        },
      }),
    ],
  ])('are read as %s', (_, text) => {
    expect(fromFile(text)).toEqual([2, 'opus', 'VP8']);
  });

  it.each([
    ['nothing', ''],
    ['other text', 'hello\nv=0\nworld'],
    ['broken JSON', '{"sdp": "v=0'],
    ['deep JSON', '['.repeat(100_000)],
    ['JSON without SDP', '{"__proto__": {"sdp": 1}, "a": [null, 1, "x"]}'],
  ])('hold none: %s', (_, text) => {
    expect(fromFile(text)).toEqual([0, undefined, undefined]);
  });
});

function datagramOf(text: string, flow: number): Datagram {
  const datagram = new Datagram();
  datagram.bytes = new TextEncoder().encode(text);
  datagram.length = datagram.capturedLength = datagram.bytes.length;
  datagram.flow = flow;
  return datagram;
}

describe('signalling', () => {
  it('leaves alone what is none', () => {
    const signalling = new Signalling(new FlowTable());
    for (const text of ['', '\x80\x00', 'HTTP/1.1 200 OK\r\n'])
      expect(signalling.datagram(datagramOf(text, 0))).toBe(false);
    expect(signalling.report(6)).toEqual({ messages: 0, calls: [] });
  });

  it('takes what an RTSP server describes for what that server sends', () => {
    const flows = new FlowTable();
    const flow = flows.internIpv4(0xc0000201, 0xc0000202, (554 << 16) | 4000, 1);
    const signalling = new Signalling(flows);
    const sdp = 'v=0\r\nc=IN IP4 0.0.0.0\r\nm=video 0 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\n';
    expect(
      signalling.datagram(datagramOf(`RTSP/1.0 200 OK\r\nContent-Type: application/sdp\r\n\r\n${sdp}`, flow)),
    ).toBe(true);
    const from = (source: string) => signalling.knowledge.lookup(source, 6970, '192.0.2.2', 5000, 1, 96)?.codec;
    expect([from('192.0.2.1'), from('192.0.2.3')]).toEqual(['H264', undefined]);
  });
});

async function signallingOf(path: string): Promise<Signalling> {
  let signalling: Signalling | null = null;
  await eachDatagram(sharedCapture(path) as string, (datagram, flows) => {
    signalling ??= new Signalling(flows);
    signalling.datagram(datagram);
  });
  return signalling as unknown as Signalling;
}

const has = (path: string) => sharedCapture(path) !== null;
const ZEEK = 'zeek__zeek/testing/btest/Traces/sip/wireshark.pcap';
const FAX = 'ntop__nDPI/tests/cfgs/default/pcap/FAX-Call-t38-CA-TDM-SIP-FB-1.pcap';
const LARGE = 'OISF__suricata-verify/tests/sip-body-large/sip-body-large.pcap';
const RTSP = 'ntop__nDPI/tests/cfgs/default/pcap/rtsp.pcap';
const IPV6 = 'irontec__sngrep/tests/ipv6frag.pcap';
const TRUTH = 'generated__chrome156/chrome156-loss-vp8.truth.json';

describe(`signalling in captures${missingCaptures}`, () => {
  it.skipIf(!has(ZEEK))('follows calls that came to nothing', async () => {
    const { messages, calls } = (await signallingOf(ZEEK)).report(6);
    expect(messages).toBe(81);
    expect(calls.map(({ callId, finalStatus, answeredTime }) => [callId, finalStatus, answeredTime])).toEqual([
      ['105090259-446faf7a@192.168.1.2', 408, null],
      ['85216695-42dcdb1d@192.168.1.2', 403, null],
      ['24487391-449bf2a0@192.168.1.2', 403, null],
      ['11894297-4432a9f8@192.168.1.2', 480, null],
    ]);
    expect(calls[3]).toMatchObject({
      from: 'sip:35104723@sip.cybercity.dk',
      startTime: '2005-07-04T09:56:06.443914Z',
      endTime: '2005-07-04T09:56:24.332623Z',
    });
    expect(calls[3].media[1]).toMatchObject({ kind: 'audio', codecs: ['PCMA', 'PCMU'] });
  });

  it.skipIf(!has(LARGE))('follows a call over TCP whose body runs over many segments', async () => {
    const { messages, calls } = (await signallingOf(LARGE)).report(6);
    expect(messages).toBe(2);
    expect(calls).toMatchObject([
      { callId: 'test123@attacker.com', from: 'sip:alice@attacker.com', finalStatus: null },
    ]);
  });

  it.skipIf(!has(RTSP))('leaves open what a camera calls both its video and its sound', async () => {
    const { knowledge } = await signallingOf(RTSP);
    expect(knowledge.empty).toBe(false);
    expect(knowledge.lookup('10.2.2.2', 1, '10.1.1.10', 2, 3, 96)).toBeNull();
  });

  it.skipIf(!has(IPV6))('follows a call over IPv6, its INVITE in fragments', async () => {
    const signalling = await signallingOf(IPV6);
    const { calls } = signalling.report(6);
    expect(calls).toHaveLength(1);
    expect(calls[0]).toMatchObject({
      startTime: '2022-03-22T05:20:26.047912Z',
      answeredTime: '2022-03-22T05:20:29.887808Z',
      endTime: '2022-03-22T05:23:10.655733Z',
      finalStatus: 200,
    });
    expect(calls[0].media.map(({ address }) => address)).toContain('[fd17:625c:f037:2:a00:27ff:feb9:4222]:25062');
    expect(signalling.knowledge.vouches('fd17:625c:f037:2:a00:27ff:feb9:4222', 25062)).toBe(true);
  });

  it.skipIf(!has(FAX))('names the payload types of a call, through SIP and MEGACO', async () => {
    const signalling = await signallingOf(FAX);
    const codec = (from: number, to: string, payloadType: number) =>
      signalling.knowledge.lookup('10.35.60.100', from, to, 16756, 0x0eaf0eaf, payloadType)?.codec ?? null;
    expect([8, 102, 103, 100].map((payloadType) => codec(15580, '10.23.1.52', payloadType))).toEqual([
      'PCMA',
      'telephone-event',
      'G726-32',
      null,
    ]);
    expect(signalling.report(6).calls.map(({ finalStatus }) => finalStatus)).toEqual([200, 200]);
    expect(signalling.knowledge.vouches('10.23.1.52', 16756)).toBe(true);
  });

  it.skipIf(!has(TRUTH))("takes a browser's offer and answer for streams that a relay moved elsewhere", () => {
    const text = readFileSync(sharedCapture(TRUTH) as string, 'utf8');
    const signalling = new Signalling(new FlowTable());
    expect(signalling.addFile(text)).toBe(2);
    const look = (ssrc: number, payloadType: number) =>
      signalling.knowledge.lookup('127.0.0.1', 42000, '127.0.0.1', 50053, ssrc, payloadType);
    expect(look(0x195ec059, 111)).toMatchObject({ codec: 'opus', clockRate: 48000, match: 'ssrc', encrypted: true });
    expect(look(0x7beea42d, 118)).toMatchObject({ codec: 'red', kind: 'video', clockRate: 90000 });
    expect(look(0xe6e5647f, 119)).toMatchObject({ kind: 'rtx', repairsSsrc: 0x7beea42d, associatedPayloadType: 118 });
    expect(look(1, 111)).toMatchObject({ codec: 'opus', match: 'destination' });
    expect(signalling.knowledge.lookup('192.0.2.1', 1, '192.0.2.2', 2, 1, 111)).toMatchObject({ match: 'file' });
  });
});
