import { PcapngWriter } from '../../captures/index.ts';
import { type Endpoint, type TimedFrame, udpFrame } from '../samples/frames.ts';

/** What an attacker would have a report run, by where it would run. None of it may come out as it is. */
export const HOSTILE = {
  terminal: '\u001b[2J\u001b]0;owned\u0007\u009b31m',
  html: '</script><script>alert(1)</script><img src=x onerror=alert(2)>"\'',
  formula: "=cmd|' /C calc'!A0",
  markdown: '[click](javascript:alert(3)) | `x` ![i](http://tracker.example/i.png)',
  bidi: '\u202egnp.exe',
  prototype: '__proto__',
} as const;
export type HostileKind = keyof typeof HOSTILE;

const START_US = Date.UTC(2026, 0, 15, 10, 0, 0) * 1000;
const A: Endpoint = { address: '192.0.2.66', port: 40000 };
const B: Endpoint = { address: '198.51.100.66', port: 41000 };
const SSRC = 0x0badcafe;
const RTP_PACKETS = 60;

function rtp(index: number): Buffer {
  const packet = Buffer.alloc(12 + 160, 0xd5);
  packet[0] = 0x80;
  packet[1] = 96;
  packet.writeUInt16BE(65500 + index > 65535 ? index - 36 : 65500 + index, 2);
  packet.writeUInt32BE(index * 160, 4);
  packet.writeUInt32BE(SSRC, 8);
  return packet;
}

/** RTCP: a receiver report without blocks, then `body` under `type`, padded to words (RFC 3550, 6.1). */
function rtcp(type: number, count: number, body: Buffer): Buffer {
  const padded = Buffer.concat([body, Buffer.alloc((4 - (body.length % 4)) % 4)]);
  const packet = Buffer.alloc(12 + padded.length);
  packet.set([0x80, 201, 0, 1]);
  packet.writeUInt32BE(SSRC, 4);
  packet.set([0x80 | count, type], 8);
  packet.writeUInt16BE(padded.length / 4, 10);
  packet.set(padded, 12);
  return packet;
}

function ssrcBytes(): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(SSRC);
  return bytes;
}

/** SDES with the text as CNAME, NAME, TOOL and NOTE (RFC 3550, 6.5). */
function sourceDescription(text: Buffer): Buffer {
  const short = text.subarray(0, 255);
  const items = [1, 2, 6, 7].map((type) => Buffer.concat([Buffer.from([type, short.length]), short]));
  return rtcp(202, 1, Buffer.concat([ssrcBytes(), ...items, Buffer.alloc(1)]));
}

/** BYE with the text as reason (RFC 3550, 6.6). */
function goodbye(text: Buffer): Buffer {
  const short = text.subarray(0, 255);
  return rtcp(203, 1, Buffer.concat([ssrcBytes(), Buffer.from([short.length]), short]));
}

function attribute(type: number, value: Buffer): Buffer {
  const bytes = Buffer.alloc(4 + ((value.length + 3) & ~3));
  bytes.writeUInt16BE(type, 0);
  bytes.writeUInt16BE(value.length, 2);
  bytes.set(value, 4);
  return bytes;
}

/** STUN (RFC 8489) with the text as USERNAME, SOFTWARE, REALM and, in an error, as its reason. */
function stun(type: number, transaction: number, text: Buffer): Buffer {
  const attributes = Buffer.concat([
    attribute(0x0006, text.subarray(0, 500)),
    attribute(0x8022, text.subarray(0, 500)),
    attribute(0x0014, text.subarray(0, 500)),
    ...(type === 0x0111 || type === 0x0113
      ? [attribute(0x0009, Buffer.concat([Buffer.from([0, 0, 4, 31]), text]))]
      : []),
    ...(type === 0x0003 ? [attribute(0x0019, Buffer.from([17, 0, 0, 0]))] : []),
  ]);
  const header = Buffer.alloc(20);
  header.writeUInt16BE(type, 0);
  header.writeUInt16BE(attributes.length, 2);
  header.writeUInt32BE(0x2112a442, 4);
  header.writeUInt32BE(transaction, 16);
  return Buffer.concat([header, attributes]);
}

function sip(firstLine: string, text: string, body: string): Buffer {
  const line = text.replace(/[\r\n]/g, ' ');
  const lines = [
    firstLine,
    `Via: SIP/2.0/UDP ${A.address}:5060;branch=z9hG4bK${line}`,
    `From: "${line}" <sip:${line}@example.com>;tag=a1`,
    `To: "${line}" <sip:bob@example.com>`,
    `Call-ID: ${line}`,
    'CSeq: 1 INVITE',
    `User-Agent: ${line}`,
    'Content-Type: application/sdp',
    `Content-Length: ${Buffer.byteLength(body)}`,
    '',
    body,
  ];
  return Buffer.from(lines.join('\r\n'));
}

function sdp(text: string, at: Endpoint): string {
  const line = text.replace(/[\r\n]/g, ' ');
  const codec = line.replace(/[\s/]/g, '');
  return [
    ...['v=0', `o=${codec} 1 1 IN IP4 ${at.address}`, `s=${line}`, `c=IN IP4 ${at.address}`, 't=0 0'],
    ...[`m=audio ${at.port} RTP/AVP 96 97`, `a=rtpmap:96 ${codec}/8000`, 'a=rtpmap:97 telephone-event/8000'],
    ...[`a=fmtp:96 ${line}`, `a=mid:${line}`, `a=extmap:1 ${line}`, `a=ssrc:${SSRC} cname:${line}`, ''],
  ].join('\r\n');
}

/** A call in which every text that a packet can hold is `text`; as pcapng, whose own texts are so too. */
export function hostileCapture(text: string): Buffer {
  const bytes = Buffer.from(text);
  const frames: TimedFrame[] = [];
  let timeUs = START_US;
  const send = (from: Endpoint, to: Endpoint, payload: Buffer) => {
    frames.push({ timeUs, frame: udpFrame(from, to, payload, frames.length) });
    timeUs += 20_000;
  };
  const [sipA, sipB] = [
    { ...A, port: 5060 },
    { ...B, port: 5060 },
  ];
  send(sipA, sipB, sip('INVITE sip:bob@example.com SIP/2.0', text, sdp(text, A)));
  send(sipB, sipA, sip('SIP/2.0 200 OK', text, sdp(text, B)));
  send(A, B, stun(0x0001, 1, bytes));
  send(B, A, stun(0x0111, 1, bytes));
  const server = { address: '203.0.113.66', port: 3478 };
  send(A, server, stun(0x0003, 2, bytes));
  send(server, A, stun(0x0113, 2, bytes));
  for (let index = 0; index < RTP_PACKETS; index++) {
    if (index !== 30 && index !== 31) send(A, B, rtp(index));
    if (index % 20 === 5) send({ ...A, port: A.port + 1 }, { ...B, port: B.port + 1 }, sourceDescription(bytes));
  }
  send({ ...A, port: A.port + 1 }, { ...B, port: B.port + 1 }, goodbye(bytes));
  const writer = new PcapngWriter();
  return Buffer.concat([
    writer.sectionHeader({ hardware: text, operatingSystem: text, application: text, comment: text }),
    writer.interfaceDescription({ linkType: 1, name: text, description: text, filter: text, comment: text }),
    ...frames.map(({ timeUs: us, frame }) =>
      writer.packet({
        interfaceId: 0,
        time: { seconds: Math.floor(us / 1e6), nanoseconds: (us % 1e6) * 1000 },
        data: frame,
        comment: text,
      }),
    ),
  ]);
}
