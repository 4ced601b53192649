import { readFileSync } from 'node:fs';
import {
  ByteWindow,
  type Datagram,
  FlowTable,
  PacketDecoder,
  PcapCursor,
  PcapngCursor,
  pcapngByteOrder,
  type RecordCursor,
  RecordStep,
  Transport,
} from '../../../captures/index.ts';

/** A datagram as a plain value, copied out of the reused one. */
export interface Seen {
  readonly source: string;
  readonly destination: string;
  readonly transport: string;
  readonly payload: Uint8Array;
  readonly length: number;
  readonly arrivalNs: number;
  readonly observationPoint: number;
}

const TRANSPORTS = Object.fromEntries(Object.entries(Transport).map(([name, number]) => [number, name]));

/** A sink that keeps what it is given, and checks that it makes sense. */
export function recordingSink(flows: FlowTable): { seen: Seen[]; datagram: (datagram: Datagram) => void } {
  const seen: Seen[] = [];
  const datagram = (d: Datagram): void => {
    if (d.offset < 0 || d.capturedLength < 0 || d.offset + d.capturedLength > d.bytes.length) {
      throw new Error(`payload outside the bytes: ${d.offset} + ${d.capturedLength} of ${d.bytes.length}`);
    }
    if (d.capturedLength > d.length) throw new Error(`captured ${d.capturedLength} of ${d.length}`);
    seen.push({
      source: flows.source(d.flow),
      destination: flows.destination(d.flow),
      transport: TRANSPORTS[d.transport],
      payload: new Uint8Array(d.bytes.subarray(d.offset, d.offset + d.capturedLength)),
      length: d.length,
      arrivalNs: d.arrivalNs,
      observationPoint: d.observationPoint,
    });
  };
  return { seen, datagram };
}

/** A decoder that keeps what it decodes. */
export function recordingDecoder(): { decoder: PacketDecoder; flows: FlowTable; seen: Seen[] } {
  const flows = new FlowTable();
  const { seen, datagram } = recordingSink(flows);
  return { decoder: new PacketDecoder(flows, { datagram }), flows, seen };
}

/** A cursor that stands on one packet. */
export function packetOf(
  bytes: Uint8Array,
  linkType: number,
  more: Partial<Pick<RecordCursor, 'originalLength' | 'seconds' | 'nanoseconds' | 'direction' | 'hasTime'>> = {},
): RecordCursor {
  return {
    bytes,
    offset: 0,
    capturedLength: bytes.length,
    originalLength: bytes.length,
    linkType,
    seconds: 0,
    nanoseconds: 0,
    hasTime: true,
    interfaceIndex: 0,
    direction: 0,
    ...more,
  } as RecordCursor;
}

/** Decodes single packets of one link type. */
export function decodePackets(linkType: number, ...packets: Uint8Array[]) {
  const recording = recordingDecoder();
  for (const bytes of packets) recording.decoder.packet(packetOf(bytes, linkType), 0);
  return { ...recording, undecoded: recording.decoder.undecoded(), layers: recording.decoder.layers() };
}

/** Walks a whole pcap or pcapng file held in memory. */
export function captureCursor(bytes: Uint8Array): RecordCursor {
  const window = new ByteWindow({ name: 'test', read: () => 0, close: async () => {} }, 0);
  window.bytes = bytes;
  window.end = bytes.length;
  window.ended = true;
  return pcapngByteOrder(bytes) === null ? new PcapCursor(window) : new PcapngCursor(window);
}

/** Decodes a whole capture, pcap or pcapng. */
export function decodePcap(path: string) {
  const recording = recordingDecoder();
  const cursor = captureCursor(new Uint8Array(readFileSync(path)));
  while (cursor.advance() === RecordStep.record) recording.decoder.packet(cursor, cursor.interfaceIndex);
  return { ...recording, undecoded: recording.decoder.undecoded(), layers: recording.decoder.layers() };
}

/** Bytes from an annotated listing: hex digits, with everything from `//` to the line's end left out. */
export function hex(listing: string): Uint8Array {
  const digits = listing.replace(/\/\/.*$/gm, '').replace(/\s+/g, '');
  if (!/^([0-9a-f]{2})*$/i.test(digits)) throw new Error(`not hex: ${digits}`);
  return Uint8Array.from(digits.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
}

export function concat(...parts: Uint8Array[]): Uint8Array {
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
