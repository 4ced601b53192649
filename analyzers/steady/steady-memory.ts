import type { SampleColumns } from '../rtp/arrival-samples.ts';
import { FLOATS, INTEGERS } from '../rtp/clock-layout.ts';
import type { RangeColumns } from '../rtp/missing-ranges.ts';
import { ROW_FIELDS } from '../rtp/rows.ts';
import type { StreamMemory } from '../rtp/rtp-streams.ts';
import { MOST_RANGES, MOST_SAMPLES, MOST_WINDOWS, SERIES_FIELDS, STREAMS_WITH_MOST } from '../rtp/stream-limits.ts';
import { OCTAVES, STEPS } from '../statistics/log-classes.ts';
import type { FirstRows } from '../statistics/log-histogram.ts';
import {
  CLOCK_FLOATS_AT,
  CLOCK_INTEGERS_AT,
  CLOCK_SETTLED_AT,
  DELAY_FIGURES_AT,
  FRAME_CLASSES_AT,
  FRAME_COUNTS_AT,
  FRAME_ZEROS_AT,
  NOTE_BYTES,
  NOTES_AT,
  PAGES,
  RANGE_BYTES,
  RANGE_COUNTS_AT,
  RANGES_AT,
  ROOM_AT,
  ROOM_BYTES,
  ROWS,
  ROWS_AT,
  SAMPLE_BYTES,
  SAMPLES_AT,
  SERIES_AT,
  THROUGHPUT_CLASSES_AT,
  THROUGHPUT_COUNTS_AT,
  THROUGHPUT_ZEROS_AT,
  TOTALS_AT,
  WINDOW_LIMIT_AT,
} from './memory-layout.ts';

/**
 * The memory that the usual packet's path shares with JavaScript. It never grows, so that no view of it is ever cut off;
 * it is a shared one because only those are not counted against the heap of V8, which would collect garbage for it.
 */
export class SteadyMemory implements StreamMemory {
  readonly memory = new WebAssembly.Memory({ initial: PAGES, maximum: PAGES, shared: true });
  readonly mostRows = ROWS;
  readonly sampledRows = STREAMS_WITH_MOST;
  readonly all = new Uint8Array(this.memory.buffer);
  readonly rows = this.floats(ROWS_AT, ROWS * ROW_FIELDS);
  readonly room = this.bytes(ROOM_AT, ROOM_BYTES);
  readonly totals = this.floats(TOTALS_AT, 64);
  readonly notes = this.floats(NOTES_AT, NOTE_BYTES / 8);
  readonly delayFigures = this.floats(DELAY_FIGURES_AT, 6);
  readonly delayClasses = this.floats(DELAY_FIGURES_AT + 64, 23);
  readonly delayBounds = this.floats(DELAY_FIGURES_AT + 256, 32);
  readonly clocks = {
    integers: this.integers(CLOCK_INTEGERS_AT, ROWS * INTEGERS),
    floats: this.floats(CLOCK_FLOATS_AT, ROWS * FLOATS),
    settled: this.bytes(CLOCK_SETTLED_AT, ROWS),
  };
  readonly frameSizes = this.#classes(FRAME_COUNTS_AT, FRAME_ZEROS_AT, FRAME_CLASSES_AT);
  readonly throughput = this.#classes(THROUGHPUT_COUNTS_AT, THROUGHPUT_ZEROS_AT, THROUGHPUT_CLASSES_AT);
  readonly rangeCounts = this.integers(RANGE_COUNTS_AT, STREAMS_WITH_MOST);
  readonly windowLimit = this.floats(WINDOW_LIMIT_AT, 1);

  bytes(at: number, length: number): Uint8Array {
    return new Uint8Array(this.memory.buffer, at, length);
  }

  integers(at: number, length: number): Int32Array {
    return new Int32Array(this.memory.buffer, at, length);
  }

  floats(at: number, length: number): Float64Array {
    return new Float64Array(this.memory.buffer, at, length);
  }

  #classes(countsAt: number, zerosAt: number, classesAt: number): FirstRows {
    return {
      counts: this.floats(countsAt, STREAMS_WITH_MOST),
      zeros: this.floats(zerosAt, STREAMS_WITH_MOST),
      classes: new Uint32Array(this.memory.buffer, classesAt, STREAMS_WITH_MOST * OCTAVES * STEPS),
    };
  }

  windows(row: number): Float64Array {
    const numbers = MOST_WINDOWS * SERIES_FIELDS;
    return this.floats(SERIES_AT + row * numbers * 8, numbers);
  }

  ranges(row: number): RangeColumns {
    const at = RANGES_AT + row * MOST_RANGES * RANGE_BYTES;
    return {
      count: this.rangeCounts.subarray(row, row + 1),
      first: this.integers(at, MOST_RANGES),
      last: this.integers(at + MOST_RANGES * 4, MOST_RANGES),
      beforeNs: this.floats(at + MOST_RANGES * 8, MOST_RANGES),
      afterNs: this.floats(at + MOST_RANGES * 16, MOST_RANGES),
      window: this.floats(at + MOST_RANGES * 24, MOST_RANGES),
    };
  }

  samples(row: number): SampleColumns {
    const at = SAMPLES_AT + row * SAMPLE_BYTES * MOST_SAMPLES;
    return {
      arrivalNs: this.floats(at, MOST_SAMPLES),
      timestamp: this.integers(at + MOST_SAMPLES * 8, MOST_SAMPLES),
      jitterNs: new Float32Array(this.memory.buffer, at + MOST_SAMPLES * 12, MOST_SAMPLES),
      payloadType: this.bytes(at + MOST_SAMPLES * 16, MOST_SAMPLES),
      begins: this.bytes(at + MOST_SAMPLES * 17, MOST_SAMPLES),
    };
  }

  /** @returns null where the system does not give so much of its address space. */
  static reserve(): SteadyMemory | null {
    try {
      return new SteadyMemory();
    } catch (error) {
      if (error instanceof RangeError) return null;
      throw error;
    }
  }
}
