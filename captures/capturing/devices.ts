import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { networkInterfaces } from 'node:os';
import { loadAddon } from './addon.ts';
import { findProgram } from './find-program.ts';

export interface CaptureDevice {
  readonly name: string;
  readonly description: string | null;
  readonly addresses: readonly string[];
}

export interface DeviceList {
  /** Who says so: `cap (libpcap)`, `dumpcap -D`, `tcpdump -D`, `/sys/class/net`. */
  readonly source: string;
  readonly devices: readonly CaptureDevice[];
}

/** Who can be asked: the first that answers is believed. The last one always does. */
export const DEVICE_TELLERS: readonly (() => Promise<DeviceList | null>)[] = [
  byAddon,
  async () => byTool('dumpcap'),
  async () => byTool('tcpdump'),
  async () => bySystem(),
];

/** What can be captured on here. */
export async function listDevices(): Promise<DeviceList> {
  for (const ask of DEVICE_TELLERS) {
    const list = await ask();
    if (list !== null) return list;
  }
  return bySystem();
}

async function byAddon(): Promise<DeviceList | null> {
  const addon = await loadAddon();
  if (addon === null) return null;
  try {
    const devices = addon.deviceList().map(({ name, description, addresses }) => ({
      name: String(name),
      description: description === undefined || description === '' ? null : String(description),
      addresses: addresses.map(({ addr }) => addr).filter((address) => typeof address === 'string'),
    }));
    return { source: 'cap (libpcap)', devices };
  } catch {
    return null;
  }
}

/** Lines such as `6. lo (Loopback)` by dumpcap, `6.lo [Up, Running, Loopback]` by tcpdump. */
function byTool(tool: 'dumpcap' | 'tcpdump'): DeviceList | null {
  const program = findProgram(tool);
  if (program === null) return null;
  const { status, stdout } = spawnSync(program, ['-D'], { encoding: 'utf8', timeout: 10_000 });
  if (status !== 0) return null;
  const devices: CaptureDevice[] = [];
  for (const line of stdout.split('\n')) {
    const match = /^\d+\. ?(\S+)(?: \(([^)]*)\))?/.exec(line);
    if (match !== null) devices.push(device(match[1], match[2] ?? null));
  }
  return devices.length === 0 ? null : { source: `${tool} -D`, devices };
}

function bySystem(): DeviceList {
  let names: string[];
  let source = '/sys/class/net';
  try {
    names = readdirSync(source);
  } catch {
    names = Object.keys(networkInterfaces());
    source = 'the operating system';
  }
  return { source, devices: names.map((name) => device(name, alias(name))) };
}

function device(name: string, description: string | null): CaptureDevice {
  return { name, description, addresses: (networkInterfaces()[name] ?? []).map(({ address }) => address) };
}

function alias(name: string): string | null {
  try {
    return readFileSync(`/sys/class/net/${name}/ifalias`, 'utf8').trim() || null;
  } catch {
    return null;
  }
}
