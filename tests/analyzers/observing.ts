import { readFileSync } from 'node:fs';
import type { Timestamp } from '../../captures/index.ts';
import { Datagram, type DatagramSink, FlowTable, formatTime, PacketDecoder, RecordStep } from '../../captures/index.ts';
import { captureCursor } from '../captures/packets/decoding.ts';

/** Walks a whole capture file and gives its datagrams to the sink that `observe` makes. */
export function observeCapture<Sink extends DatagramSink>(path: string, observe: (flows: FlowTable) => Sink): Sink {
  const flows = new FlowTable();
  const sink = observe(flows);
  const decoder = new PacketDecoder(flows, sink);
  const cursor = captureCursor(readFileSync(path));
  while (cursor.advance() === RecordStep.record) decoder.packet(cursor, cursor.interfaceIndex);
  return sink;
}

export const timeText = (time: Timestamp): string => formatTime(time, 9) ?? '';

/** Makes datagrams between two IPv4 endpoints, from `a` (192.0.2.1) to `b` (192.0.2.2) or back. */
export class Conversation {
  readonly flows = new FlowTable();
  readonly #ports: readonly [number, number];

  constructor(aPort = 5000, bPort = 6000) {
    this.#ports = [aPort, bPort];
  }

  /** @param atMs since 2026-01-01T00:00:00Z. */
  datagram(from: 'a' | 'b', bytes: Uint8Array, atMs: number, more: Partial<Datagram> = {}): Datagram {
    const [aPort, bPort] = this.#ports;
    const datagram = new Datagram();
    const atNs = Math.round(atMs * 1e6);
    Object.assign(datagram, {
      bytes,
      length: bytes.length,
      capturedLength: bytes.length,
      seconds: 1_767_225_600 + Math.floor(atNs / 1e9),
      nanoseconds: atNs % 1e9,
      arrivalNs: atNs,
      observationPoint: 1,
      ...more,
    });
    datagram.flow =
      more.flow ??
      (from === 'a'
        ? this.flows.internIpv4(0xc0000201, 0xc0000202, (aPort << 16) | bPort, datagram.transport)
        : this.flows.internIpv4(0xc0000202, 0xc0000201, (bPort << 16) | aPort, datagram.transport));
    return datagram;
  }
}
