import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';

export type CaptureTool = 'dumpcap' | 'tcpdump';

export interface PacketCaptureOptions {
  readonly tool: CaptureTool;
  readonly file: string;
  readonly device: string;
  /** Berkeley packet filter. */
  readonly filter: string;
  readonly snapLength: number;
  readonly maxMiB: number;
  /** For the section of a pcapng. */
  readonly comment: string;
}

const STARTED_WITHIN_MS = 10_000;

/** A capture process with kernel timestamps. */
export class PacketCapture {
  readonly options: PacketCaptureOptions;
  readonly ended: Promise<void>;
  readonly #child: ChildProcess;
  #errors = '';
  #running = true;
  #stopping = false;

  private constructor(options: PacketCaptureOptions) {
    this.options = options;
    const [program, ...args] = commandOf(options);
    this.#child = spawn(program, args, { stdio: ['ignore', 'ignore', 'pipe'], detached: true });
    this.#child.stderr!.on('data', (bytes: Buffer) => {
      this.#errors = (this.#errors + bytes.toString('utf8')).slice(-8192);
    });
    this.ended = new Promise((resolve) => {
      const finish = () => {
        this.#running = false;
        resolve();
      };
      this.#child.once('error', finish);
      this.#child.once('close', finish);
    });
  }

  /** @returns null where this machine does not let us capture. */
  static async open(options: PacketCaptureOptions): Promise<PacketCapture | null> {
    const capture = new PacketCapture(options);
    const deadline = Date.now() + STARTED_WITHIN_MS;
    while (capture.#running && Date.now() < deadline) {
      // Both say so once the socket is open.
      if (/^(File:|Capturing on)|listening on/m.test(capture.#errors) && existsSync(options.file)) return capture;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    await capture.stop();
    return null;
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  /** It ended without having been asked to. */
  get died(): boolean {
    return !this.#running && !this.#stopping;
  }

  get isFull(): boolean {
    const { file, maxMiB } = this.options;
    return existsSync(file) && statSync(file).size >= maxMiB * 1_000_000;
  }

  /** Packets that the kernel or the tool had to leave out; null where it did not say. */
  get dropped(): number | null {
    const byDumpcap = /received\/dropped on interface .*: \d+\/(\d+)/.exec(this.#errors);
    const byTcpdump = /(\d+) packets? dropped by kernel/.exec(this.#errors);
    const found = byDumpcap ?? byTcpdump;
    return found === null ? null : Number(found[1]);
  }

  async stop(): Promise<void> {
    if (this.#running) this.#stopping = true;
    this.#child.kill('SIGINT');
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), 5000);
    await this.ended;
    clearTimeout(timer);
  }
}

function commandOf({ tool, file, device, filter, snapLength, maxMiB, comment }: PacketCaptureOptions): string[] {
  if (tool === 'tcpdump') {
    // -U: what was seen is in the file at once. -C with -W 1 would begin anew, so the size is watched by whoever runs it.
    const user = process.getuid?.() === 0 ? ['-Z', 'root'] : [];
    return ['tcpdump', ...user, '-i', device, '-n', '-U', '-s', String(snapLength), '-w', file, filter];
  }
  const kilobytes = String(maxMiB * 1000);
  return ['dumpcap', '-q', '-i', device, '-f', filter, '-s', String(snapLength), '-a', `filesize:${kilobytes}`].concat([
    '--capture-comment',
    comment,
    '-w',
    file,
  ]);
}
