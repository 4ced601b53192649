import { createSecretKey, randomBytes } from 'node:crypto';
import { createSocket, type Socket } from 'node:dgram';
import { DtlsCertificate } from '../../../cluster/dtls/dtls-certificate.ts';
import { DtlsSession } from '../../../cluster/dtls/dtls-session.ts';
import { Log } from '../../../cluster/sfu/log.ts';
import { type RunningSfu, runSfu } from '../../../cluster/sfu/run-sfu.ts';
import { SrtpSession } from '../../../cluster/srtp/srtp-session.ts';
import { StunWriter } from '../../../cluster/stun/stun-writer.ts';
import { until } from '../gateway/open-test-gateway.ts';
import { SECRET } from './sfu-process.ts';

/** An SFU of this process. */
export async function sfuHere(options: { lastN?: number; graceMs?: number; onLog?: (line: string) => void } = {}) {
  return runSfu({
    ...{
      id: 'here',
      addresses: ['127.0.0.1'],
      udpPort: 0,
      tcpPort: null,
      capacityPps: null,
      lastN: options.lastN ?? 10,
    },
    ...{ mostRooms: 10, mostParticipants: 100, tap: null, health: null, secret: SECRET, graceMs: options.graceMs ?? 0 },
    control: { host: '127.0.0.1', port: 0 },
    log: new Log('debug', {}, options.onLog ?? (() => {})),
  });
}

/** An SFU of this process or of another. */
export type ReachableSfu = { readonly announcement: Pick<RunningSfu['announcement'], 'control' | 'media'> };

export interface ReceivedRtp {
  readonly ssrc: number;
  readonly payloadType: number;
  readonly sequence: number;
  readonly payload: string;
}

export interface ReceivedRtcp {
  readonly type: number;
  readonly count: number;
  readonly words: readonly number[];
}

/** A participant made by hand: sends the packets that a test wants, and keeps all that it gets. */
export class RawClient {
  readonly ufrag = randomBytes(4).toString('hex');
  readonly password = randomBytes(12).toString('hex');
  readonly ssrc = randomBytes(4).readUInt32BE() | 1;
  readonly rtp: ReceivedRtp[] = [];
  /** Compound packets, each as its parts. */
  readonly rtcp: ReceivedRtcp[][] = [];
  readonly socket: Socket = createSocket('udp4');
  readonly id: string;
  readonly #sfu: ReachableSfu;
  readonly #certificate: DtlsCertificate;
  remoteUfrag = '';
  remotePassword = '';
  #dtls: DtlsSession | null = null;
  srtp: SrtpSession | null = null;
  #timer: NodeJS.Timeout | null = null;

  private constructor(sfu: ReachableSfu, id: string, certificate: DtlsCertificate) {
    this.#sfu = sfu;
    this.id = id;
    this.#certificate = certificate;
  }

  /** Joins with a section of sound that sends, and `receive` that receive; resolves once connected. */
  static async join(sfu: ReachableSfu, room: string, id: string, receive = 1, more: readonly string[] = []) {
    const client = new RawClient(sfu, id, await DtlsCertificate.create());
    await new Promise<void>((resolve) => client.socket.bind(0, '127.0.0.1', resolve));
    client.socket.on('message', (bytes) => client.#take(bytes));
    const answer = await client.offer(room, receive, more);
    client.remoteUfrag = /a=ice-ufrag:(\S+)/.exec(answer)![1];
    client.remotePassword = /a=ice-pwd:(\S+)/.exec(answer)![1];
    client.#dtls = new DtlsSession('client', client.#certificate, /sha-256 (\S+)/.exec(answer)![1], {
      send: (datagram) => client.send(Buffer.from(datagram)),
      connected: (keys) => {
        client.srtp = new SrtpSession(keys);
      },
      failed: () => {},
      data: () => {},
      closed: () => {},
    });
    client.check();
    client.#timer = setInterval(() => client.check(), 200);
    await new Promise((resolve) => client.socket.once('message', resolve));
    client.#dtls.start();
    await until(() => client.srtp !== null);
    return client;
  }

  async offer(room: string, receive: number, more: readonly string[] = []): Promise<string> {
    const section = (mid: number, direction: string) => [
      'm=audio 9 UDP/TLS/RTP/SAVPF 111',
      'c=IN IP4 0.0.0.0',
      ...[
        `a=ice-ufrag:${this.ufrag}`,
        `a=ice-pwd:${this.password}`,
        'a=setup:actpass',
        `a=mid:${mid}`,
        `a=${direction}`,
      ],
      ...[`a=fingerprint:sha-256 ${this.#certificate.fingerprint}`, 'a=rtcp-mux', 'a=rtpmap:111 opus/48000/2'],
      ...['a=extmap:1 urn:ietf:params:rtp-hdrext:ssrc-audio-level', 'a=rtcp-fb:111 nack'],
      ...(direction === 'sendonly' ? [`a=ssrc:${this.ssrc >>> 0} cname:${this.id}`] : []),
    ];
    const sections = Array.from({ length: receive + 1 }, (_, mid) => section(mid, mid === 0 ? 'sendonly' : 'recvonly'));
    const mids = sections.map((_, mid) => mid).join(' ');
    const head = ['v=0', 'o=- 1 1 IN IP4 127.0.0.1', 's=-', 't=0 0', `a=group:BUNDLE ${mids}`];
    const sdp = `${[...head, ...sections.flat(), ...more].join('\r\n')}\r\n`;
    const { status, body } = await control(this.#sfu, 'POST', `/v1/rooms/${room}/participants/${this.id}/offer`, {
      ...{ sdp, name: this.id, publish: true, subscribe: true, automatic: true },
      tracks: [{ mid: '0', source: 'microphone', muted: false }],
    });
    if (status !== 200) throw new Error(`${status} ${JSON.stringify(body)}`);
    return (body as { sdp: string }).sdp;
  }

  send(bytes: Buffer, socket = this.socket): void {
    socket.send(bytes, this.#sfu.announcement.media.udpPort, '127.0.0.1');
  }

  /** A connectivity check, from another socket or with another password where given. */
  check(socket = this.socket, password = this.remotePassword): void {
    const request = {
      ...{ username: `${this.remoteUfrag}:${this.ufrag}`, priority: 1, useCandidate: true },
      ...{ role: 'controlling' as const, tieBreaker: 1n },
    };
    this.send(Buffer.from(new StunWriter().bindingRequest(request, createSecretKey(Buffer.from(password)))), socket);
  }

  /** An RTP packet with the loudness of RFC 6464 (0 is loudest) and a payload of text. */
  packet(sequence: number, payload: string, loudness = 30, ssrc = this.ssrc): Buffer {
    const head = Buffer.from('906f00000000000000000000bede000110000000', 'hex');
    head.writeUInt16BE(sequence & 0xffff, 2);
    head.writeUInt32BE((sequence * 960) >>> 0, 4);
    head.writeUInt32BE(ssrc >>> 0, 8);
    head[17] = 0x80 | loudness;
    return Buffer.concat([head, Buffer.from(payload)]);
  }

  sendRtp(packet: Buffer): void {
    const buffer = Buffer.alloc(packet.length + 32);
    packet.copy(buffer);
    this.send(buffer.subarray(0, this.srtp!.protectRtp(buffer, packet.length)));
  }

  sendRtcp(packet: Buffer): void {
    const buffer = Buffer.alloc(packet.length + 32);
    packet.copy(buffer);
    this.send(buffer.subarray(0, this.srtp!.protectRtcp(buffer, packet.length)));
  }

  #take(bytes: Buffer): void {
    if (bytes[0] >= 20 && bytes[0] <= 63) this.#dtls?.receive(bytes);
    if (bytes[0] >> 6 !== 2 || this.srtp === null) return;
    if (bytes[1] < 192 || bytes[1] > 223) {
      const length = this.srtp.unprotectRtp(bytes, bytes.length);
      if (length < 0) return;
      const at = 12 + ((bytes[0] & 0x10) === 0 ? 0 : 4 + bytes.readUInt16BE(14) * 4);
      this.rtp.push({
        ...{ ssrc: bytes.readUInt32BE(8), payloadType: bytes[1] & 0x7f, sequence: bytes.readUInt16BE(2) },
        payload: bytes.toString('utf8', at, length),
      });
      return;
    }
    const length = this.srtp.unprotectRtcp(bytes, bytes.length);
    const parts: ReceivedRtcp[] = [];
    for (let at = 0; at + 4 <= length; ) {
      const end = at + 4 + bytes.readUInt16BE(at + 2) * 4;
      const words: number[] = [];
      for (let word = at + 4; word < end && word + 4 <= length; word += 4) words.push(bytes.readUInt32BE(word));
      parts.push({ type: bytes[at + 1], count: bytes[at] & 31, words });
      at = end;
    }
    if (parts.length > 0) this.rtcp.push(parts);
  }

  close(): void {
    if (this.#timer !== null) clearInterval(this.#timer);
    this.#dtls?.close();
    this.socket.close();
  }

  /** Without a word: as a machine that lost its power. */
  vanish(): void {
    if (this.#timer !== null) clearInterval(this.#timer);
  }
}

export async function control(
  sfu: ReachableSfu,
  method: string,
  path: string,
  body?: object,
): Promise<{ status: number; body: unknown }> {
  const response = await fetch(sfu.announcement.control + path, {
    method,
    headers: { authorization: `Bearer ${SECRET}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return { status: response.status, body: await response.json() };
}
