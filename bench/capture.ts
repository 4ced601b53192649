import { spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { type BenchResult, note, printResult } from './result.ts';

const PAYLOAD_BYTES = 1150;
/** Ethernet, IPv4 and UDP. */
const WIRE_BYTES = PAYLOAD_BYTES + 42;
const WORK = 'bench/.work';

interface Captured {
  readonly sent: number;
  readonly missing: number;
  readonly dropped: number | null;
  readonly cpuMicrosecondsPerPacket: number;
}

/** Sends at an even rate, or all at once, to a socket that nobody reads. @returns how many. */
async function send(port: number, megabitsPerSecond: number, seconds: number): Promise<number> {
  const socket = createSocket({ type: 'udp4', lookup: (name, _, found) => found(null, name, 4) });
  await new Promise<void>((resolve) => socket.connect(port, '127.0.0.1', resolve));
  const payload = Buffer.alloc(PAYLOAD_BYTES, 0x80);
  const perMs = (megabitsPerSecond * 1000) / 8 / WIRE_BYTES;
  const total = Math.round(perMs * seconds * 1000);
  const beginMs = performance.now();
  let sent = 0;
  let arrived = 0;
  while (sent < total) {
    const due = Math.min(total, Math.floor((performance.now() - beginMs) * perMs));
    for (; sent < due; sent++) socket.send(payload, () => arrived++);
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  while (arrived < total) await new Promise((resolve) => setTimeout(resolve, 10));
  socket.close();
  return total;
}

async function capture(tool: string, megabitsPerSecond: number, seconds: number): Promise<Captured | null> {
  const receiver = createSocket('udp4').bind(0, '127.0.0.1');
  await once(receiver, 'listening');
  const { port } = receiver.address();
  const path = `${WORK}/capture-${process.pid}.pcapng`;
  mkdirSync(WORK, { recursive: true });
  const args = ['-i', 'lo', '--tool', tool, '--filter', `udp dst port ${port}`, '--out', path];
  const child = spawn(process.execPath, ['dist/main.js', 'capture', ...args], { stdio: ['ignore', 'ignore', 'pipe'] });
  try {
    let words = '';
    child.stderr.setEncoding('utf8').on('data', (text) => (words += text));
    const ended = once(child, 'close');
    while (!words.includes('Capturing on')) {
      if (child.exitCode !== null) return null;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    const sent = await send(port, megabitsPerSecond, seconds);
    await new Promise((resolve) => setTimeout(resolve, 1000));
    const fields = readFileSync(`/proc/${child.pid}/stat`, 'utf8').split(') ')[1].split(' ');
    child.kill('SIGINT');
    await ended;
    const last = words.trimEnd().split('\n').at(-1) ?? '';
    const count = (unit: string) => {
      const digits = new RegExp(`([\\d,]+) ${unit}`).exec(last)?.[1].replaceAll(',', '');
      return digits === undefined ? null : Number(digits);
    };
    const packets = count('packets?') ?? 0;
    const dropped = count('dropped');
    const cpuMicrosecondsPerPacket = ((Number(fields[11]) + Number(fields[12])) * 10_000) / sent;
    return { sent, missing: sent - packets, dropped, cpuMicrosecondsPerPacket };
  } finally {
    child.kill('SIGKILL');
    receiver.close();
    rmSync(path, { force: true });
  }
}

/**
 * `npm run -s bench -- capture [--megabits N] [--seconds S] [--json]`: whether `rtcscope capture` on the loopback interface misses
 * packets of a steady rate, with each tool; needs the right to capture, and `npm run build` before.
 */
export async function main(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      megabits: { type: 'string', default: '120' },
      seconds: { type: 'string', default: '10' },
      json: { type: 'boolean', default: false },
    },
  });
  const figures: Record<string, number | null> = {};
  for (const tool of ['dumpcap', 'tcpdump', 'cap']) {
    note(`${tool}: ${values.megabits} Mb/s for ${values.seconds} s`);
    const captured = await capture(tool, Number(values.megabits), Number(values.seconds));
    figures[`${tool}Sent`] = captured?.sent ?? null;
    figures[`${tool}Missing`] = captured?.missing ?? null;
    figures[`${tool}SaidDropped`] = captured?.dropped ?? null;
    figures[`${tool}OwnCpuMicrosecondsPerPacket`] = captured?.cpuMicrosecondsPerPacket ?? null;
  }
  const result: BenchResult = { name: 'capture', figures, ratios: {} };
  printResult(result, values.json);
}
