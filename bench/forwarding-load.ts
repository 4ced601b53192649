import type { DtlsCertificate } from '../cluster/dtls/dtls-certificate.ts';
import type { SrtpProfile } from '../cluster/srtp/srtp-profile.ts';
import { cpuMs, type Forwarder, residentKB } from './forwarders.ts';
import { LightPeer } from './light-peer.ts';

export const CM: readonly SrtpProfile[] = ['SRTP_AES128_CM_HMAC_SHA1_80'];
export const GCM: readonly SrtpProfile[] = ['SRTP_AEAD_AES_128_GCM'];
const VIDEO_BYTES = 1150;
const AUDIO_BYTES = 120;
const AUDIO_EVERY_MS = 20;
const sleep = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

export interface Measured {
  readonly microseconds: number;
  readonly packetsPerSecond: number;
  readonly cpuShare: number;
  readonly delayMs: { readonly median: number; readonly p99: number };
}

/** Sends video at a rate and audio beside it, and keeps when each packet left. */
export class Publisher {
  readonly #peer: LightPeer;
  readonly #video = packet(96, VIDEO_BYTES);
  readonly #audio = packet(111, AUDIO_BYTES);
  readonly sentMs = new Float64Array(65_536);
  #videoSequence = 0;
  #audioSequence = 0;
  #timer: NodeJS.Timeout | null = null;
  constructor(peer: LightPeer) {
    this.#peer = peer;
  }

  start(videoPerSecond: number): void {
    this.stop();
    let dueVideoMs = performance.now();
    let dueAudioMs = dueVideoMs;
    const step = () => {
      const now = performance.now();
      // After a pause of this process it does not make up for it with a burst.
      if (now - dueVideoMs > 50) dueVideoMs = now;
      for (; dueVideoMs <= now; dueVideoMs += 1000 / videoPerSecond) this.#sendVideo();
      for (; dueAudioMs <= now; dueAudioMs += AUDIO_EVERY_MS) this.#sendAudio();
      this.#timer = setTimeout(step, 1);
    };
    step();
  }

  stop(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
  }

  #sendVideo(): void {
    const sequence = (this.#videoSequence = (this.#videoSequence + 1) & 0xffff);
    // Each is a key frame of one packet: the timestamp tells at the other side which one it was.
    this.#fill(this.#video, sequence, sequence, this.#peer.videoSsrc);
    this.#video.set([0x10, 0x50, 0x01, 0x00, 0x9d, 0x01, 0x2a, 0x80, 0x02, 0x68, 0x01], 12);
    this.sentMs[sequence] = performance.now();
    this.#peer.send(this.#video, VIDEO_BYTES);
  }

  #sendAudio(): void {
    const sequence = (this.#audioSequence = (this.#audioSequence + 1) & 0xffff);
    this.#fill(this.#audio, sequence, sequence * 960, this.#peer.audioSsrc);
    this.#peer.send(this.#audio, AUDIO_BYTES);
  }

  #fill(bytes: Buffer, sequence: number, timestamp: number, ssrc: number): void {
    bytes.fill(sequence & 255, 12);
    bytes.writeUInt16BE(sequence, 2);
    bytes.writeUInt32BE(timestamp >>> 0, 4);
    bytes.writeUInt32BE(ssrc, 8);
  }
}

function packet(payloadType: number, length: number): Buffer {
  const bytes = Buffer.alloc(length + 20);
  bytes[0] = 0x80;
  bytes[1] = 0x80 | payloadType;
  return bytes;
}

export interface Load {
  readonly subscribers: number;
  readonly seconds: number;
  /** Packets a second to all subscribers together. */
  readonly rate: number;
}

/** CPU time of a forwarder for each packet that it forwards, and how long the packets take. */
export async function measure(
  forwarder: Forwarder,
  certificate: DtlsCertificate,
  profiles: readonly SrtpProfile[],
  load: Load,
): Promise<Measured> {
  const peers: LightPeer[] = [];
  const join = async (name: string, publishes: boolean) => {
    const peer = new LightPeer(certificate, publishes ? 'sendonly' : 'recvonly', profiles);
    peers.push(peer);
    await peer.bind();
    await forwarder.join(name, peer, publishes);
    return peer;
  };
  try {
    const publisherPeer = await join('publisher', true);
    const publisher = new Publisher(publisherPeer);
    publisher.start(20);
    const subscribers: LightPeer[] = [];
    for (let i = 0; i < load.subscribers; i++) subscribers.push(await join(`subscriber-${i}`, false));
    const delays: number[] = [];
    let isWatching = false;
    subscribers[0].onRtp = (bytes) => {
      if (!isWatching || bytes.length < 500) return;
      delays.push(performance.now() - publisher.sentMs[bytes.readUInt32BE(4) & 0xffff]);
    };
    await sleep(1000);
    if (subscribers.some(({ received }) => received === 0)) throw new Error('a subscriber gets nothing');
    const perSecond = load.rate / load.subscribers - 1000 / AUDIO_EVERY_MS;
    publisher.start(perSecond / 2);
    await sleep(1000);
    isWatching = true;
    await sleep(3000);
    isWatching = false;
    publisher.start(perSecond);
    await sleep(1500);
    const forwardedBefore = await forwarder.forwarded();
    const cpuBefore = cpuMs(forwarder.pid);
    const begin = performance.now();
    await sleep(load.seconds * 1000);
    const cpu = cpuMs(forwarder.pid) - cpuBefore;
    const elapsedMs = performance.now() - begin;
    const forwarded = (await forwarder.forwarded()) - forwardedBefore;
    publisher.stop();
    delays.sort((a, b) => a - b);
    const quantile = (q: number) => delays[Math.min(delays.length - 1, Math.floor(delays.length * q))] ?? Number.NaN;
    return {
      microseconds: (cpu * 1000) / forwarded,
      packetsPerSecond: (forwarded * 1000) / elapsedMs,
      cpuShare: cpu / elapsedMs,
      delayMs: { median: quantile(0.5), p99: quantile(0.99) },
    };
  } finally {
    for (const peer of peers) peer.close();
  }
}

/** CPU time and memory that joining costs the SFU. */
export async function measureJoins(forwarder: Forwarder, certificate: DtlsCertificate, count: number) {
  const peers: LightPeer[] = [];
  const join = async (name: string) => {
    const peer = new LightPeer(certificate, 'sendonly', CM);
    peers.push(peer);
    await peer.bind();
    await forwarder.join(name, peer, true);
  };
  for (let i = 0; i < 20; i++) await join(`warm-${i}`);
  await sleep(300);
  const cpuBefore = cpuMs(forwarder.pid);
  const memoryBefore = residentKB(forwarder.pid);
  for (let i = 0; i < count; i++) await join(`joiner-${i}`);
  const joinCpuMs = (cpuMs(forwarder.pid) - cpuBefore) / count;
  const memoryPerParticipantKB = (residentKB(forwarder.pid) - memoryBefore) / count;
  for (const peer of peers) peer.close();
  return { joinCpuMs, memoryPerParticipantKB };
}
