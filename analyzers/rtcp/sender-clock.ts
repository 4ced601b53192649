import type { SenderReport } from './sender-report.ts';

/** Below this the rounding of either clock weighs too much. */
const SHORTEST_SECONDS = 1;

/**
 * The rate of a stream's timestamps, measured by what its SRs say of both clocks at one moment (RFC 3550, 6.4.1). It needs
 * no payload type, and no jitter of the network is in it.
 */
export class SenderClock {
  #ntpSeconds = Number.NaN;
  #rtpTimestamp = 0;
  #elapsedSeconds = 0;
  #elapsedUnits = 0;

  add(report: SenderReport): void {
    const ntpSeconds = report.ntpSeconds + report.ntpFraction / 2 ** 32;
    const seconds = ntpSeconds - this.#ntpSeconds;
    // An SR that comes twice, or late, says nothing new.
    if (seconds <= 0 && seconds > -SHORTEST_SECONDS) return;
    // Modulo 2^32; between two reports the timestamp advances by less than half of its range.
    const units = (report.rtpTimestamp - this.#rtpTimestamp) | 0;
    if (seconds > 0 && units >= 0) {
      this.#elapsedSeconds += seconds;
      this.#elapsedUnits += units;
    } else {
      // The first, or a sender that began anew.
      this.#elapsedSeconds = 0;
      this.#elapsedUnits = 0;
    }
    this.#ntpSeconds = ntpSeconds;
    this.#rtpTimestamp = report.rtpTimestamp;
  }

  /** In Hz as measured, such as 90,003.2; null where the SRs cover less than a second or the timestamp stands still. */
  rate(): number | null {
    if (this.#elapsedSeconds < SHORTEST_SECONDS || this.#elapsedUnits === 0) return null;
    return this.#elapsedUnits / this.#elapsedSeconds;
  }
}
