import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { afterAll } from 'vitest';
import { PcapngWriter } from '../../captures/index.ts';
import { everyRecord } from '../captures/records/every-record.ts';

/** Why packets cannot be captured here with this tool; empty where they can. */
export function cannotCapture(tool: 'dumpcap' | 'tcpdump'): string {
  if (process.platform !== 'linux') return ' (SKIPPED: not on Linux)';
  if (spawnSync(tool, ['--version']).error !== undefined) return ` (SKIPPED: no ${tool})`;
  // Opens the interface, compiles, and ends.
  const tried = spawnSync(tool, ['-i', 'lo', '-d', ...(tool === 'dumpcap' ? ['-f', 'udp'] : ['udp'])]);
  return tried.status === 0 ? '' : ' (SKIPPED: no right to capture)';
}

/** What a test that fails leaves behind is ended after it. */
const started = new Set<ChildProcess>();
afterAll(async () => {
  for (const child of started) {
    if (child.exitCode !== null || child.signalCode !== null) continue;
    const ended = once(child, 'close');
    child.kill('SIGTERM');
    await ended;
  }
});

/** A command that is running, what it says, and how it ends. */
export class Running {
  readonly child: ChildProcess;
  readonly ended: Promise<number | null>;
  stdout: Buffer = Buffer.alloc(0);
  stderr = '';

  constructor(child: ChildProcess) {
    this.child = child;
    started.add(child);
    child.stdout!.on('data', (bytes: Buffer) => {
      this.stdout = Buffer.concat([this.stdout, bytes]);
    });
    child.stderr!.setEncoding('utf8').on('data', (text: string) => {
      this.stderr += text;
    });
    this.ended = new Promise((resolve) => child.on('close', (status) => resolve(status)));
  }

  /** Resolves once the condition holds; throws where the command ends before. */
  async until(holds: () => boolean): Promise<void> {
    let over = false;
    void this.ended.then(() => {
      over = true;
    });
    while (!holds()) {
      if (over) throw new Error(`it ended: ${this.stderr}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  /** Resolves once what is sent from now on is captured. */
  capturing(): Promise<void> {
    return this.until(() => this.stderr.includes('Capturing on'));
  }
}

export const running = (command: readonly string[]): Running =>
  new Running(spawn(command[0], command.slice(1), { stdio: 'pipe' }));

/** A UDP socket of ours, so that the port is nobody else's, and what sends to it. */
export async function openReceiver(): Promise<{
  port: number;
  send(payloads: readonly Uint8Array[]): Promise<void>;
  close(): void;
}> {
  const socket = createSocket('udp4');
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  const { port } = socket.address();
  const sender = createSocket('udp4');
  return {
    port,
    async send(payloads) {
      for (const payload of payloads) {
        await new Promise<void>((resolve, reject) => {
          sender.send(payload, port, '127.0.0.1', (error) => (error === null ? resolve() : reject(error)));
        });
      }
    },
    close() {
      socket.close();
      sender.close();
    },
  };
}

export const numbered = (count: number): Uint8Array[] =>
  Array.from({ length: count }, (_, index) => Buffer.from(`packet ${index} ${'x'.repeat(index % 400)}`));

const ETHERNET_IPV4_UDP = 14 + 20 + 8;

/** UDP payloads of a capture of Ethernet, in order. */
export async function payloadsIn(capture: string | Uint8Array): Promise<{ payloads: string[]; cursor: Cursor }> {
  let bytes: Uint8Array = typeof capture === 'string' ? readFileSync(capture) : capture;
  // Opened, and nothing written yet.
  if (bytes.length === 0) bytes = new PcapngWriter().sectionHeader();
  const { cursor, records } = await everyRecord(bytes, { size: 1 << 20 });
  return { cursor, payloads: records.map(({ data }) => Buffer.from(data.slice(ETHERNET_IPV4_UDP)).toString()) };
}

type Cursor = Awaited<ReturnType<typeof everyRecord>>['cursor'];
