import { readFileSync } from 'node:fs';

/** CPU that the process may use, in cores: the limit of its control group, or one, as the media has one thread. */
export function availableCores(path = '/sys/fs/cgroup/cpu.max'): number {
  try {
    const [quota, period] = readFileSync(path, 'utf8').trim().split(/\s+/).map(Number);
    // `max` is no number.
    if (quota > 0 && period > 0) return Math.min(1, quota / period);
  } catch {
    // No control groups here.
  }
  return 1;
}

/** How much of what the SFU can carry is in use: of its CPU, or of the packets it was calibrated to, whichever is more. */
export class CapacityMeter {
  used = 0;
  packetsPerSecond = 0;
  joinsPerSecond = 0;
  readonly #cores: number;
  readonly #calibratedPps: number | null;
  #cpuMicroseconds = 0;
  #packets = 0;
  #joins = 0;

  constructor(calibratedPps: number | null, cores = availableCores()) {
    this.#calibratedPps = calibratedPps;
    this.#cores = cores;
  }

  /** @param packets forwarded and @param joins taken since the start. */
  sample(elapsedMs: number, packets: number, joins: number): void {
    const { user, system } = process.cpuUsage();
    const cpu = (user + system - this.#cpuMicroseconds) / (elapsedMs * 1000) / this.#cores;
    this.#cpuMicroseconds = user + system;
    this.packetsPerSecond = ((packets - this.#packets) * 1000) / elapsedMs;
    this.#packets = packets;
    this.joinsPerSecond = ((joins - this.#joins) * 1000) / elapsedMs;
    this.#joins = joins;
    const now = Math.max(cpu, this.#calibratedPps === null ? 0 : this.packetsPerSecond / this.#calibratedPps);
    // Half a second's join is no load: the mean is over about five seconds.
    this.used += (Math.min(now, 4) - this.used) * 0.2;
  }
}
