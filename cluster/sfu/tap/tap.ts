import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import type { Writable } from 'node:stream';
import { Direction, PcapngWriter } from '../../../captures/index.ts';
import { addressBytes } from '../../stun/stun-writer.ts';
import type { Path } from '../transport/path.ts';
import { rawIpPacket } from './raw-ip.ts';

const LINKTYPE_RAW = 101;
const TLS_KEY_LOG = 0x544c534b;
/** What may wait for the disk. */
const MOST_WAITING_BYTES = 64 * 1024 * 1024;
/** So that a reader that goes knows of all drops but the last ones. */
const STATISTICS_EVERY_MS = 1000;
const MOST_FLOWS = 10_000;

/** Packets are handed on together: when so many bytes wait, or after so long. */
const BATCH_BYTES = 64 * 1024;
const BATCH_MS = 40;

export interface TapLimits {
  /** Bytes kept of each packet, IP header included; null for all. */
  readonly snapLength: number | null;
  /** Size at which no more packets are written, which counts as dropping them; null for none. */
  readonly bytes: number | null;
  /** What may wait to be taken; 64 MiB where not given. Packets beyond are dropped and counted. */
  readonly waitingBytes?: number;
}

const NO_LIMITS: TapLimits = { snapLength: null, bytes: null };

/**
 * Writes what goes through the SFU's sockets to a pcapng file or stream, encrypted as it is on the wire, with the DTLS keys in Decryption
 * Secrets Blocks. It needs no right to capture. Times are those at which this process saw the packets, not the kernel's; IP and transport
 * headers are made up from the addresses, as sockets do not show them.
 */
export class Tap {
  readonly #writer = new PcapngWriter();
  readonly #stream: Writable;
  #batch: Uint8Array[] = [];
  #batchBytes = 0;
  #timer: NodeJS.Timeout | null = null;
  /** Milliseconds since 1970 at the zero of `performance.now`. */
  readonly #originMs = performance.timeOrigin;
  readonly #tcpSequences = new Map<string, number>();
  #statisticsMs = Number.NEGATIVE_INFINITY;
  readonly #limits: TapLimits;
  #bytes = 0;
  written = 0;
  dropped = 0;
  #failed = false;

  /** @param name of the SFU. */
  constructor(stream: Writable, name: string, limits: TapLimits = NO_LIMITS) {
    this.#stream = stream;
    this.#limits = limits;
    stream.on('error', () => {
      this.#failed = true;
    });
    this.#write(
      this.#writer.sectionHeader({
        application: 'rtcscope sfu',
        comment:
          'Tap of an SFU: times are of the process (user space), IP and transport headers are made from socket addresses',
      }),
    );
    this.#write(
      this.#writer.interfaceDescription({
        linkType: LINKTYPE_RAW,
        name,
        description: 'media sockets of the SFU',
        ...(limits.snapLength === null ? {} : { snapLength: limits.snapLength }),
        resolution: 9,
      }),
    );
  }

  /** @throws where the file cannot be written. */
  static async open(path: string, name: string, limits: TapLimits = NO_LIMITS): Promise<Tap> {
    const file = createWriteStream(path, { highWaterMark: 1 << 20 });
    await once(file, 'open');
    return new Tap(file, name, limits);
  }

  /** A line of an NSS key log, which has to come before the packets that it decrypts, or soon after. */
  keys(line: string): void {
    if (!this.#failed) this.#write(this.#writer.decryptionSecrets(TLS_KEY_LOG, Buffer.from(`${line}\n`)));
  }

  received(bytes: Uint8Array, path: Path, nowMs: number): void {
    this.#packet(bytes, bytes.length, path, nowMs, true);
  }

  sent(bytes: Uint8Array, length: number, path: Path, nowMs: number): void {
    this.#packet(bytes, length, path, nowMs, false);
  }

  #packet(bytes: Uint8Array, length: number, path: Path, nowMs: number, isReceived: boolean): void {
    const isFull = this.#limits.bytes !== null && this.#bytes >= this.#limits.bytes;
    if (this.#failed || isFull || this.#stream.writableLength > (this.#limits.waitingBytes ?? MOST_WAITING_BYTES)) {
      this.dropped++;
      return;
    }
    const local = addressBytes(path.localAddress);
    const remote = addressBytes(path.address);
    if (local.length !== remote.length) {
      this.dropped++;
      return;
    }
    let payload = bytes.subarray(0, length);
    let sequence: number | null = null;
    if (path.protocol === 'tcp') {
      // RFC 4571 framing, as on the wire.
      payload = Buffer.concat([Uint8Array.of(length >> 8, length & 0xff), payload]);
      sequence = this.#tcpSequence(path, isReceived, payload.length);
    }
    const ends = isReceived
      ? { from: remote, fromPort: path.port, to: local, toPort: path.localPort }
      : { from: local, fromPort: path.localPort, to: remote, toPort: path.port };
    const time = this.#time(nowMs);
    const data = rawIpPacket(ends, payload, sequence);
    const direction = isReceived ? Direction.inbound : Direction.outbound;
    const { snapLength } = this.#limits;
    const kept = snapLength === null ? data : data.subarray(0, snapLength);
    const originalLength = data.length;
    this.#write(this.#writer.packet({ interfaceId: 0, time, data: kept, originalLength, direction }));
    this.written++;
    if (nowMs - this.#statisticsMs > STATISTICS_EVERY_MS) {
      this.#statisticsMs = nowMs;
      this.#statistics(nowMs);
    }
  }

  #time(nowMs: number): { seconds: number; nanoseconds: number } {
    const ms = this.#originMs + nowMs;
    const seconds = Math.floor(ms / 1000);
    return { seconds, nanoseconds: Math.min(999_999_999, Math.round((ms - seconds * 1000) * 1e6)) };
  }

  #tcpSequence(path: Path, isReceived: boolean, length: number): number {
    if (this.#tcpSequences.size > MOST_FLOWS) this.#tcpSequences.clear();
    const flow = `${path.address} ${path.port} ${isReceived}`;
    const sequence = this.#tcpSequences.get(flow) ?? 1;
    this.#tcpSequences.set(flow, (sequence + length) >>> 0);
    return sequence;
  }

  #statistics(nowMs: number): void {
    this.#write(
      this.#writer.interfaceStatistics({
        interfaceId: 0,
        time: this.#time(nowMs),
        receivedPackets: this.written + this.dropped,
        droppedBySystem: this.dropped,
      }),
    );
  }

  #write(bytes: Uint8Array): void {
    this.#bytes += bytes.length;
    this.#batch.push(bytes);
    this.#batchBytes += bytes.length;
    if (this.#batchBytes >= BATCH_BYTES) this.#flush();
    else this.#timer ??= setTimeout(() => this.#flush(), BATCH_MS);
  }

  #flush(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    if (!this.#failed && this.#batchBytes > 0) this.#stream.write(Buffer.concat(this.#batch, this.#batchBytes));
    this.#batch = [];
    this.#batchBytes = 0;
  }

  /** Nobody reads on. */
  abandon(): void {
    this.#failed = true;
    this.#flush();
  }

  /** Writes what waits, and ends the file or stream. */
  async close(): Promise<void> {
    if (!this.#failed) this.#statistics(performance.now());
    this.#flush();
    if (this.#failed) return;
    this.#failed = true;
    await new Promise<void>((resolve) => {
      this.#stream.once('close', resolve);
      this.#stream.once('error', () => resolve());
      this.#stream.end(() => resolve());
    });
  }
}
