import type { WriteStream } from 'node:tty';
import type { LabProgress } from '../cluster/index.ts';

export interface LabProgressView {
  show(progress: LabProgress): void;
  /** A line that stays. */
  say(text: string): void;
  end(): void;
}

/** Lines of a log tell how it goes so often. */
const EVERY_SECONDS = 10;
const CLEAR = '\r\u001b[K';

/** One line that changes on a terminal, a line now and then elsewhere. */
export function openLabProgress(stream: WriteStream, quiet: boolean): LabProgressView {
  const live = stream.isTTY && !quiet;
  let saidPhase = '';
  let saidAtSeconds = 0;
  return {
    show(progress) {
      if (quiet) return;
      if (live) {
        stream.write(`${CLEAR}${fitting(progress, stream.columns ?? 80)}`);
        return;
      }
      const { phase, repetition, leftSeconds } = progress;
      const name = `${phase} ${repetition}`;
      if (name === saidPhase && saidAtSeconds - leftSeconds < EVERY_SECONDS) return;
      saidPhase = name;
      saidAtSeconds = leftSeconds;
      stream.write(`${variants(progress)[0]}\n`);
    },
    say: (text) => void stream.write(`${live ? CLEAR : ''}rtcscope: ${text}\n`),
    end: () => void (live && stream.write(CLEAR)),
  };
}

/** The fullest that fits: a line that wraps cannot be taken back. */
export function fitting(progress: LabProgress, columns: number): string {
  const texts = variants(progress);
  return texts.find((text) => text.length < columns) ?? texts.at(-1)!.slice(0, Math.max(0, columns - 1));
}

function variants(progress: LabProgress): string[] {
  const { phase, leftSeconds, totalLeftSeconds, ready, desired, participants, lossPercent, jitterP95Ms } = progress;
  const loss = `loss ${lossPercent === null ? '-' : `${lossPercent.toFixed(2)} %`}`;
  const jitter = jitterP95Ms === null ? '-' : `${jitterP95Ms.toFixed(1)} ms`;
  const left = `${time(leftSeconds)} left`;
  const pods = `replicas ${ready}/${desired}`;
  return [
    `${phase}: ${left} (all: ${time(totalLeftSeconds)}), ${pods}, participants ${participants}, ${loss}, jitter p95 ${jitter}`,
    `${phase}: ${left} (all: ${time(totalLeftSeconds)}), ${pods}, ${participants} in, ${loss}, jitter ${jitter}`,
    `${phase}: ${left}, ${pods}, ${participants} in, ${loss}, jitter ${jitter}`,
    `${left}, ${pods}, ${participants} in, ${loss}, jitter ${jitter}`,
    `${left}, ${ready}/${desired}, ${participants} in, ${loss}`,
  ];
}

function time(seconds: number): string {
  const whole = Math.ceil(seconds);
  return whole < 120 ? `${whole} s` : `${Math.floor(whole / 60)} min ${String(whole % 60).padStart(2, '0')} s`;
}
