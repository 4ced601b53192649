import { createSecretKey, randomBytes } from 'node:crypto';
import { createSocket, type Socket } from 'node:dgram';
import type { DtlsCertificate } from '../cluster/dtls/dtls-certificate.ts';
import { DtlsSession } from '../cluster/dtls/dtls-session.ts';
import type { SrtpProfile } from '../cluster/srtp/srtp-profile.ts';
import { SrtpSession } from '../cluster/srtp/srtp-session.ts';
import { hasIntegrity } from '../cluster/stun/message-integrity.ts';
import { StunMessage } from '../cluster/stun/stun-message.ts';
import { STUN_TYPE } from '../cluster/stun/stun-type.ts';
import { StunWriter } from '../cluster/stun/stun-writer.ts';
import { BENCH_ADDRESS, isInOwnNetwork } from './own-network.ts';

const CLIENT_ADDRESS = isInOwnNetwork() ? BENCH_ADDRESS : '127.0.0.1';
const CHECK_EVERY_MS = 300;
/** Longer than a server that is starved keeps one who does not come. */
const CHECKS_FOR_MS = 30_000;
const message = new StunMessage();
const writer = new StunWriter();

export type Direction = 'sendonly' | 'recvonly';

/** One Opus and one VP8 section, in one direction, over a socket of its own: enough of WebRTC to load a server with. */
export class LightPeer {
  readonly ufrag = randomBytes(4).toString('hex');
  readonly password = randomBytes(12).toString('hex');
  readonly audioSsrc = (randomBytes(4).readUInt32BE() | 1) >>> 0;
  readonly videoSsrc = (this.audioSsrc ^ 0x5555) >>> 0;
  received = 0;
  /** Told of each protected RTP packet. */
  onRtp: ((packet: Buffer) => void) | null = null;
  readonly #certificate: DtlsCertificate;
  readonly #direction: Direction;
  readonly #profiles: readonly SrtpProfile[];
  readonly #socket: Socket;
  #remote = { host: '', port: 0, ufrag: '', password: '', fingerprint: '', isActive: false };
  #dtls: DtlsSession | null = null;
  #srtp: SrtpSession | null = null;
  #checkedMs = 0;
  #timer: NodeJS.Timeout | null = null;
  #connected: (() => void) | null = null;
  #failed: ((error: Error) => void) | null = null;

  constructor(certificate: DtlsCertificate, direction: Direction, profiles: readonly SrtpProfile[]) {
    this.#certificate = certificate;
    this.#direction = direction;
    this.#profiles = profiles;
    this.#socket = createSocket({ type: 'udp4', lookup: (host, _options, found) => found(null, host, 4) });
    this.#socket.on('message', (bytes, from) => this.#take(bytes, from.address, from.port));
  }

  /** Opens its socket, before anything else. */
  async bind(): Promise<void> {
    // A callback, as with a synchronous lookup it listens before `bind` returns.
    await new Promise<void>((resolve) => this.#socket.bind(0, CLIENT_ADDRESS, resolve));
    try {
      this.#socket.setRecvBufferSize(4 << 20);
    } catch {
      // As much as the machine allows.
    }
  }

  get offer(): string {
    return this.#describe('actpass', [
      { mid: '0', type: 111 },
      { mid: '1', type: 96 },
    ]);
  }

  /** The answer to an offer of one sound and one picture. */
  answer(offer: string): string {
    const sections = offer.split(/^m=/m).slice(1);
    return this.#describe(
      'active',
      sections.map((section) => ({
        mid: /^a=mid:(\S+)/m.exec(section)?.[1] ?? '',
        type: Number(/^\w+ \d+ \S+ (\d+)/.exec(section)?.[1]),
        kind: /^\w+/.exec(section)?.[0],
      })),
    );
  }

  #describe(setup: string, sections: readonly { mid: string; type: number; kind?: string | undefined }[]): string {
    const bundle = sections.map(({ mid }) => mid).join(' ');
    const lines = [
      'v=0',
      'o=- 1 1 IN IP4 127.0.0.1',
      's=-',
      't=0 0',
      `a=group:BUNDLE ${bundle}`,
      'a=msid-semantic: WMS *',
    ];
    const section = (mid: string, kind: string, type: number, codec: string, ssrc: number) => {
      lines.push(`m=${kind} 9 UDP/TLS/RTP/SAVPF ${type}`, 'c=IN IP4 0.0.0.0', 'a=rtcp:9 IN IP4 0.0.0.0');
      lines.push(
        `a=ice-ufrag:${this.ufrag}`,
        `a=ice-pwd:${this.password}`,
        `a=fingerprint:sha-256 ${this.#certificate.fingerprint}`,
      );
      lines.push(`a=setup:${setup}`, `a=mid:${mid}`, `a=${this.#direction}`, 'a=rtcp-mux');
      // Janus asks nobody before it is told of a candidate.
      lines.push(
        `a=candidate:1 1 udp 2113937151 ${CLIENT_ADDRESS} ${this.#socket.address().port} typ host`,
        `a=rtpmap:${type} ${codec}`,
      );
      if (kind === 'video') lines.push(`a=rtcp-fb:${type} nack`, `a=rtcp-fb:${type} nack pli`);
      if (this.#direction === 'sendonly') lines.push(`a=msid:stream ${kind}`, `a=ssrc:${ssrc} cname:bench`);
    };
    for (const { mid, type, kind = mid === '0' ? 'audio' : 'video' } of sections) {
      if (kind === 'audio') section(mid, kind, type, 'opus/48000/2', this.audioSsrc);
      else section(mid, kind, type, 'VP8/90000', this.videoSsrc);
    }
    return `${lines.join('\r\n')}\r\n`;
  }

  async connect(answer: string): Promise<void> {
    const value = (pattern: RegExp) => pattern.exec(answer)?.[1] ?? '';
    const candidate = /a=candidate:\S+ 1 udp \d+ (127\.0\.0\.1|\d+\.\d+\.\d+\.\d+) (\d+) typ host/i.exec(answer);
    if (candidate === null) throw new Error(`no candidate in the answer:\n${answer}`);
    this.#remote = {
      host: candidate[1],
      port: Number(candidate[2]),
      ufrag: value(/a=ice-ufrag:(\S+)/),
      password: value(/a=ice-pwd:(\S+)/),
      fingerprint: value(/a=fingerprint:sha-256 (\S+)/i),
      isActive: value(/a=setup:(\S+)/) === 'active',
    };
    const role = this.#remote.isActive ? 'server' : 'client';
    const connected = new Promise<void>((resolve, reject) => {
      this.#connected = resolve;
      this.#failed = reject;
    });
    this.#dtls = new DtlsSession(
      role,
      this.#certificate,
      this.#remote.fingerprint,
      {
        send: (datagram) => this.#socket.send(datagram, this.#remote.port, this.#remote.host),
        connected: (keys) => {
          this.#srtp = new SrtpSession(keys);
          this.#connected?.();
        },
        failed: (reason) => this.#failed?.(new Error(reason)),
        data: () => {},
        closed: () => {},
      },
      { profiles: this.#profiles },
    );
    this.#check();
    this.#timer = setInterval(() => this.#check(), CHECK_EVERY_MS);
    await connected;
  }

  #check(): void {
    // Afterwards they are the consent (RFC 7675), which a server that is gone does not end here.
    if (this.#srtp === null && (this.#checkedMs += CHECK_EVERY_MS) > CHECKS_FOR_MS) {
      this.#failed?.(new Error('no connection: the server answers neither ICE nor DTLS'));
      return;
    }
    const { ufrag, password, host, port } = this.#remote;
    const request = {
      username: `${ufrag}:${this.ufrag}`,
      priority: 0x6e0001ff,
      useCandidate: true,
      role: 'controlling',
      tieBreaker: 1n,
    } as const;
    this.#socket.send(Buffer.from(writer.bindingRequest(request, createSecretKey(Buffer.from(password)))), port, host);
  }

  #take(bytes: Buffer, host: string, port: number): void {
    const first = bytes[0];
    if (first >= 128) {
      if (bytes[1] >= 192 && bytes[1] <= 223) return;
      this.received++;
      this.onRtp?.(bytes);
    } else if (first >= 20) this.#dtls?.receive(bytes);
    else if (message.decode(bytes, bytes.length) === null) {
      if (message.type === STUN_TYPE.BINDING_SUCCESS) this.#dtls?.start();
      else if (message.type === STUN_TYPE.BINDING_REQUEST) {
        const key = createSecretKey(Buffer.from(this.password));
        if (hasIntegrity(message, key))
          this.#socket.send(Buffer.from(writer.bindingSuccess(bytes, host, port, key)), port, host);
      }
    }
  }

  /** Opens a packet in place. @returns its length, or a negative reason. */
  open(packet: Buffer): number {
    return this.#srtp!.unprotectRtp(packet, packet.length);
  }

  /** Protects and sends an RTP packet of `length` bytes, behind which the buffer has room. */
  send(packet: Buffer, length: number): void {
    const protectedLength = this.#srtp!.protectRtp(packet, length);
    this.#socket.send(packet, 0, protectedLength, this.#remote.port, this.#remote.host);
  }

  close(): void {
    if (this.#timer !== null) clearInterval(this.#timer);
    this.#dtls?.close();
    this.#socket.close();
  }

  /** Is gone without a word to the other side. */
  vanish(): void {
    if (this.#timer !== null) clearInterval(this.#timer);
    this.#socket.close();
  }
}
