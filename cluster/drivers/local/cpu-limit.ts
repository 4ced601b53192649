import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const PERIOD_US = 100_000;

/** A control group of the kernel that limits a process, where we may make one. */
export interface ProcessGroup {
  readonly limited: boolean;
  add(pid: number): void;
  /** CPU time used so far; null where it is not known. */
  cpuSeconds(): number | null;
  remove(): void;
}

/**
 * Makes a group that gets at most so many cores and so much memory.
 *
 * @returns null where no control group can be written: then no limit is in force.
 */
export function openProcessGroup(
  name: string,
  cores: number,
  memoryBytes: number,
  mount = '/sys/fs/cgroup',
): ProcessGroup | null {
  try {
    return existsSync(join(mount, 'cgroup.controllers'))
      ? openVersion2(join(mount, name), cores, memoryBytes)
      : openVersion1(mount, name, cores, memoryBytes);
  } catch {
    return null;
  }
}

const GROUP = /^rtcscope-(\d+)-/;

/** @param name unique among the groups of this process. */
export const groupName = (name: string): string => `rtcscope-${process.pid}-${name}`;

/** Takes away groups that a process could not since it was killed; the kernel keeps those that anything still runs in. */
export function removeLeftGroups(mount = '/sys/fs/cgroup'): void {
  for (const tree of ['', 'cpu', 'memory', 'cpuacct']) {
    for (const name of namesIn(join(mount, tree))) {
      const owner = GROUP.exec(name)?.[1];
      if (owner === undefined || existsSync(join('/proc', owner))) continue;
      try {
        rmdirSync(join(mount, tree, name));
      } catch {
        // Not ours to take, or in use.
      }
    }
  }
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

const quotaUs = (cores: number): number => Math.max(1000, Math.round(cores * PERIOD_US));

/** https://docs.kernel.org/admin-guide/cgroup-v2.html */
function openVersion2(folder: string, cores: number, memoryBytes: number): ProcessGroup | null {
  mkdirSync(folder);
  try {
    writeFileSync(join(folder, 'cpu.max'), `${quotaUs(cores)} ${PERIOD_US}`);
    if (existsSync(join(folder, 'memory.max'))) writeFileSync(join(folder, 'memory.max'), String(memoryBytes));
  } catch {
    // The controllers are not handed down to us here.
    rmdirSync(folder);
    return null;
  }
  return {
    limited: true,
    add: (pid) => writeFileSync(join(folder, 'cgroup.procs'), String(pid)),
    cpuSeconds() {
      const used = /^usage_usec (\d+)/m.exec(readText(join(folder, 'cpu.stat')) ?? '');
      return used === null ? null : Number(used[1]) / 1e6;
    },
    remove: () => removeFolder(folder),
  };
}

/** https://docs.kernel.org/scheduler/sched-bwc.html: each controller has a tree of its own. */
function openVersion1(mount: string, name: string, cores: number, memoryBytes: number): ProcessGroup | null {
  const folders: string[] = [];
  const make = (controller: string): string | null => {
    const parent = join(mount, controller);
    if (!existsSync(parent)) return null;
    const folder = join(parent, name);
    mkdirSync(folder);
    folders.push(folder);
    return folder;
  };
  try {
    const cpu = make('cpu');
    if (cpu === null) return null;
    writeFileSync(join(cpu, 'cpu.cfs_period_us'), String(PERIOD_US));
    writeFileSync(join(cpu, 'cpu.cfs_quota_us'), String(quotaUs(cores)));
    const memory = make('memory');
    if (memory !== null) writeFileSync(join(memory, 'memory.limit_in_bytes'), String(memoryBytes));
    // Often one tree with `cpu`.
    const account = existsSync(join(cpu, 'cpuacct.usage')) ? cpu : make('cpuacct');
    return {
      limited: true,
      add: (pid) => {
        for (const folder of folders) writeFileSync(join(folder, 'cgroup.procs'), String(pid));
      },
      cpuSeconds() {
        const used = account === null ? null : readText(join(account, 'cpuacct.usage'));
        return used === null ? null : Number(used) / 1e9;
      },
      remove: () => folders.forEach(removeFolder),
    };
  } catch (error) {
    folders.forEach(removeFolder);
    throw error;
  }
}

function readText(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return null;
  }
}

/** Gone only once the last process of it is; what remains is empty and does nothing. */
function removeFolder(folder: string): void {
  for (let attempt = 0; attempt < 20; attempt++) {
    try {
      rmdirSync(folder);
      return;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EBUSY') return;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 10);
    }
  }
}
