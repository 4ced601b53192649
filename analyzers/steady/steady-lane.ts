import {
  Datagram,
  type ExpressLane,
  observationPlace,
  type PacketDecoder,
  type PcapCursor,
  type Taken,
  TUNNEL_PORTS,
} from '../../captures/index.ts';
import type { Demultiplexer } from '../demultiplex/demultiplexer.ts';
import { DELAY_CLASSES_MS, type DelaySummary } from '../rtp/delay-summary.ts';
import type { RtpStreams, SampleFigures } from '../rtp/rtp-streams.ts';
import bytes from './assembly/steady.wasm';
import {
  KEYS_AT,
  NOTE_BYTES,
  NOTES_AT,
  ROOM_AT,
  ROWS_AT,
  SLOTS,
  SLOTS_AT,
  STACKS_AT,
  TOTALS_AT,
  TUNNELS_AT,
} from './memory-layout.ts';
import { takeNotes } from './notes.ts';
import type { SteadyMemory } from './steady-memory.ts';

/** What the module exports: see `assembly/steady.ts`. */
interface SteadyModule {
  place(rows: number, totals: number): void;
  placeKeys(keys: number, slots: number, slotMask: number, hashSeed: number): void;
  placeNotes(at: number, bytes: number): void;
  setWindows(lengthNs: number, bySecond: number, bitsPerSecondOfAByte: number): void;
  setLink(linkType: number, place: number, stacks: number, tunnelPorts: number): void;
  setClock(nsPerUnit: number, unitsPerSecond: number): void;
  run(at: number, end: number): number;
  learn(packet: number, end: number, row: number): void;
  forgetRow(row: number): void;
  seedSelection(seed: number): void;
  jitterQuantile(row: number, count: number, share: number): number;
  summariseDelays(row: number, count: number, nsPerTick: number): void;
}

const UNKNOWN_STREAM = 2;
/** Places of the totals that a run leaves. */
const NOTES = 6;
const OUTCOME = 7;
const STACKS = 8;

/**
 * The usual packet's path: an RTP packet of a stream that is known, next by its number, behind a gap or late. It is taken by compiled code that needs
 * no time to warm up; every other packet is left to the code that defines what the figures are, and that this
 * path agrees with to the last digit.
 */
export class SteadyLane implements ExpressLane, SampleFigures {
  readonly room: Uint8Array;
  readonly #memory: SteadyMemory;
  readonly #module: SteadyModule;
  readonly #streams: RtpStreams;
  readonly #demultiplexer: Demultiplexer;
  readonly #decoder: PacketDecoder;
  readonly #taken: Taken = {
    packets: 0,
    bytes: 0,
    start: { seconds: 0, nanoseconds: 0 },
    end: { seconds: 0, nanoseconds: 0 },
  };
  readonly #datagram = new Datagram();
  #cursor: PcapCursor | null = null;
  #unknown = false;

  constructor(
    memory: SteadyMemory,
    streams: RtpStreams,
    demultiplexer: Demultiplexer,
    decoder: PacketDecoder,
    hashSeed: number,
  ) {
    this.#memory = memory;
    this.room = memory.room;
    this.#datagram.bytes = memory.all;
    this.#streams = streams;
    this.#demultiplexer = demultiplexer;
    this.#decoder = decoder;
    const { exports } = new WebAssembly.Instance(new WebAssembly.Module(bytes), {
      env: { memory: memory.memory },
      streams: {
        endClockWindow: (row: number, endNs: number, timestamp: number) =>
          streams.sampler.endWindow(row, endNs, timestamp),
        hole: (row: number, count: number, seconds: number) => streams.hole(row, count, seconds),
        handOver: this.#handOver.bind(this),
      },
    });
    const module = exports as unknown as SteadyModule;
    this.#module = module;
    module.place(ROWS_AT, TOTALS_AT);
    module.placeKeys(KEYS_AT, SLOTS_AT, SLOTS - 1, hashSeed);
    module.placeNotes(NOTES_AT, NOTE_BYTES);
    const { lengthNs, throughputBySecond } = streams.windows;
    module.setWindows(lengthNs, throughputBySecond === null ? 0 : 1, 8 / (lengthNs / 1e9));
    memory.bytes(TUNNELS_AT, TUNNEL_PORTS.length).set(TUNNEL_PORTS);
    memory.integers(STACKS_AT, decoder.usualStacks.length).set(decoder.usualStacks);
    module.seedSelection(hashSeed);
    memory.delayBounds.fill(Number.POSITIVE_INFINITY).set(DELAY_CLASSES_MS.map((ms) => ms * 1e6));
    streams.figures = this;
    streams.onRelease = (row) => module.forgetRow(row);
  }

  take(cursor: PcapCursor, interfaceNumber: number): Taken | null {
    const window = cursor.window;
    if (window.bytes.buffer !== this.room.buffer) return null;
    if (cursor !== this.#cursor) this.#begin(cursor, interfaceNumber);
    let taken: Taken | null = null;
    for (;;) {
      const end = ROOM_AT + window.end;
      const at = this.#module.run(ROOM_AT + window.start, end);
      const totals = this.#memory.totals;
      takeNotes(this.#memory.notes, totals[NOTES], this.#streams, this.#memory.all);
      this.#unknown = totals[OUTCOME] === UNKNOWN_STREAM;
      if (totals[0] === 0) return taken;
      window.start = at - ROOM_AT;
      taken = this.#add(taken);
    }
  }

  handedOn(cursor: PcapCursor): void {
    if (!this.#unknown) return;
    this.#unknown = false;
    const row = this.#streams.lastRow;
    if (row < 0 || row >= this.#memory.mostRows) return;
    const packet = ROOM_AT + cursor.offset;
    this.#module.learn(packet, packet + cursor.capturedLength, row);
  }

  /** Takes a packet of a known stream that is not the usual one, after the notes of those before it. */
  #handOver(
    row: number,
    notes: number,
    at: number,
    present: number,
    length: number,
    point: number,
    seconds: number,
    nanoseconds: number,
  ): void {
    if (notes > 0) takeNotes(this.#memory.notes, notes, this.#streams, this.#memory.all);
    const datagram = this.#datagram;
    datagram.offset = at;
    datagram.capturedLength = present;
    datagram.length = length;
    datagram.flow = this.#streams.table.flow(row);
    datagram.seconds = seconds;
    datagram.nanoseconds = nanoseconds;
    datagram.observationPoint = point;
    this.#streams.packetOf(row, datagram);
  }

  jitterQuantileNs(row: number, count: number, share: number): number | null {
    const jitterNs = this.#module.jitterQuantile(row, count, share);
    return jitterNs < 0 ? null : jitterNs;
  }

  delaySummary(row: number, count: number, nsPerTick: number): DelaySummary {
    this.#module.summariseDelays(row, count, nsPerTick);
    const [meanNs, maxNs, p50, p95, p99, skewPpm] = this.#memory.delayFigures;
    const classes = Array.from(this.#memory.delayClasses);
    while (classes[classes.length - 1] === 0) classes.pop();
    return { meanNs, maxNs, quantilesNs: [p50, p95, p99], classes, skewPpm: Number.isNaN(skewPpm) ? null : skewPpm };
  }

  #begin(cursor: PcapCursor, interfaceNumber: number): void {
    this.#cursor = cursor;
    this.#module.setLink(cursor.linkType, observationPlace(interfaceNumber, cursor.direction), STACKS_AT, TUNNELS_AT);
    this.#module.setClock(cursor.usualUnitNs, 1e9 / cursor.usualUnitNs);
  }

  /** Counts what a run took. */
  #add(before: Taken | null): Taken {
    const totals = this.#memory.totals;
    const taken = this.#taken;
    const { start, end } = taken;
    const packets = totals[0];
    this.#demultiplexer.countRtp(packets);
    for (let stack = 0; stack < this.#decoder.usualStacks.length; stack++) {
      const count = totals[STACKS + stack];
      if (count > 0) this.#decoder.countMany(stack, count);
    }
    taken.packets = (before?.packets ?? 0) + packets;
    taken.bytes = (before?.bytes ?? 0) + totals[1];
    if (before === null || isBefore(totals[2], totals[3], start)) {
      start.seconds = totals[2];
      start.nanoseconds = totals[3];
    }
    if (before === null || !isBefore(totals[4], totals[5], end)) {
      end.seconds = totals[4];
      end.nanoseconds = totals[5];
    }
    return taken;
  }
}

function isBefore(seconds: number, nanoseconds: number, other: { seconds: number; nanoseconds: number }): boolean {
  return seconds < other.seconds || (seconds === other.seconds && nanoseconds < other.nanoseconds);
}
