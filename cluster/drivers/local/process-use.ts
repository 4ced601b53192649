import { readFileSync } from 'node:fs';

/** Ticks of `/proc/PID/stat`: the kernel shows 100 a second to programs on every architecture that Node.js runs on. */
const TICKS_PER_SECOND = 100;

/** CPU time of a process so far, by `/proc/PID/stat` (proc(5)); null where there is none. */
export function processCpuSeconds(pid: number): number | null {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'latin1');
    // The name of the program stands in parentheses and may hold anything.
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
  } catch {
    return null;
  }
}

/** Resident memory of a process; null where it is not known. */
export function processMemoryBytes(pid: number): number | null {
  try {
    const kilobytes = /^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'));
    return kilobytes === null ? null : Number(kilobytes[1]) * 1024;
  } catch {
    return null;
  }
}
