import { hostname } from 'node:os';
import { PcapngWriter } from '../writing/pcapng-writer.ts';
import { type AddonCapture, loadAddon } from './addon.ts';
import { LiveCaptureError, type LiveCounts, type LiveSource } from './live-source.ts';
import { refusalIn } from './tool-words.ts';

/** libpcap cuts it into slots of the longest packet: four thousand packets may wait, whatever their length. It takes less where there is less. */
const KERNEL_BUFFER_BYTES = 256 * 1024 * 1024;
/** libpcap cuts packets at this length for `cap`. */
const LONGEST_PACKET = 65_535;
/** What may wait to be read; packets beyond are dropped and counted. */
const MOST_WAITING_BYTES = 64 * 1024 * 1024;
const LINK_TYPES: Readonly<Record<string, number>> = {
  NULL: 0,
  ETHERNET: 1,
  RAW: 101,
  LINKTYPE_LINUX_SLL: 113,
  IEEE802_11_RADIO: 127,
};

/**
 * Captures by npm's `cap` in this process. It hands on packets without the time at which the kernel saw them: they carry the
 * time at which this program got them, which is later, and by how much nobody knows.
 */
export class AddonSource implements LiveSource {
  readonly name: string;
  readonly tool = 'cap (libpcap)';
  readonly clock = `time stamps in user space of ${hostname()}: when the program got a packet, not the kernel`;
  readonly device: string;
  readonly #capture: AddonCapture;
  readonly #buffer = Buffer.alloc(LONGEST_PACKET);
  readonly #writer = new PcapngWriter();
  #waiting: Uint8Array[] = [];
  #waitingBytes = 0;
  #wake: (() => void) | null = null;
  #isOver = false;
  #received = 0;
  #dropped = 0;

  private constructor(capture: AddonCapture, device: string, filter: string) {
    this.#capture = capture;
    this.name = device;
    this.device = device;
    const name = capture.open(device, filter, KERNEL_BUFFER_BYTES, this.#buffer);
    const linkType = LINK_TYPES[name] ?? Number(/^Unknown linktype (\d+)$/.exec(name)?.[1] ?? Number.NaN);
    if (Number.isNaN(linkType)) throw new Error(`a link type of which nothing is known: ${name}`);
    this.#push(this.#writer.sectionHeader());
    this.#push(this.#writer.interfaceDescription({ linkType, name: device, snapLength: LONGEST_PACKET }));
    capture.on('packet', (length) => this.#packet(length));
  }

  /** @throws LiveCaptureError where the package is not there, or may not capture. */
  static async open(device: string, filter: string): Promise<AddonSource> {
    const addon = await loadAddon();
    if (addon === null) {
      const hint =
        "It is npm's optional package cap: install libpcap's headers (libpcap-dev) and run npm install again.";
      throw new LiveCaptureError('no-tool', 'cap is not installed', hint);
    }
    try {
      return new AddonSource(new addon.Cap(), device, filter);
    } catch (error) {
      throw refusalIn('cap', device, (error as Error).message);
    }
  }

  #packet(length: number): void {
    this.#received++;
    if (this.#waitingBytes > MOST_WAITING_BYTES) {
      this.#dropped++;
      return;
    }
    const ms = performance.timeOrigin + performance.now();
    const seconds = Math.floor(ms / 1000);
    const nanoseconds = Math.min(999_999_999, Math.round((ms - seconds * 1000) * 1e6));
    const data = this.#buffer.subarray(0, length);
    this.#push(this.#writer.packet({ interfaceId: 0, time: { seconds, nanoseconds }, data }));
  }

  #push(bytes: Uint8Array): void {
    this.#waiting.push(bytes);
    this.#waitingBytes += bytes.length;
    this.#wake?.();
  }

  async read(into: Uint8Array): Promise<number> {
    while (this.#waiting.length === 0) {
      if (this.#isOver) return 0;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
      this.#wake = null;
    }
    let used = 0;
    let taken = 0;
    for (; taken < this.#waiting.length && used < into.length; taken++) {
      const next = this.#waiting[taken];
      const count = Math.min(next.length, into.length - used);
      into.set(next.subarray(0, count), used);
      used += count;
      if (count < next.length) {
        this.#waiting[taken] = next.subarray(count);
        break;
      }
    }
    this.#waiting.splice(0, taken);
    this.#waitingBytes -= used;
    return used;
  }

  stop(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#capture.close();
    this.#wake?.();
  }

  counts(): LiveCounts {
    // What the kernel dropped `cap` does not tell.
    return { received: this.#received, dropped: this.#dropped === 0 ? null : this.#dropped };
  }

  askCounts(): void {}

  fault(): LiveCaptureError | null {
    return null;
  }

  async close(): Promise<void> {
    this.stop();
  }
}
