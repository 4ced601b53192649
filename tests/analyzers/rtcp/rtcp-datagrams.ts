import { RtcpObserver } from '../../../analyzers/index.ts';
import { Datagram, FlowTable, Transport } from '../../../captures/index.ts';
import { concat, hex } from '../../captures/packets/decoding.ts';

/** Hosts 10.0.0.1, 10.0.0.2, ... by their last number. */
export interface From {
  readonly from: number;
  readonly to: number;
  /** Ports, 5004 on both sides unless given. */
  readonly fromPort?: number;
  readonly toPort?: number;
}

/** An observer that is fed made-up datagrams. */
export class RtcpScene {
  readonly flows = new FlowTable();
  readonly observer = new RtcpObserver(this.flows);

  flow({ from, to, fromPort = 5004, toPort = 5004 }: From): number {
    return this.flows.internIpv4(0x0a000000 + from, 0x0a000000 + to, (fromPort << 16) | toPort, Transport.udp);
  }

  send(way: From, atMs: number, bytes: Uint8Array, more: Partial<Datagram> = {}): void {
    const datagram = new Datagram();
    // What stands around the payload is not the observer's to read.
    datagram.bytes = concat(Uint8Array.of(0xff, 0xff, 0xff), bytes, new Uint8Array(16).fill(0xff));
    datagram.offset = 3;
    datagram.length = bytes.length;
    datagram.capturedLength = bytes.length;
    datagram.flow = this.flow(way);
    datagram.arrivalNs = atMs * 1e6;
    datagram.seconds = 1_700_000_000 + Math.floor(atMs / 1000);
    datagram.nanoseconds = (atMs % 1000) * 1e6;
    Object.assign(datagram, more);
    this.observer.datagram(datagram);
  }

  report() {
    return this.observer.report(({ seconds, nanoseconds }) => `${seconds}+${nanoseconds}`);
  }
}

const word = (value: number): string => (value >>> 0).toString(16).padStart(8, '0');

/** An SR without report blocks, whose NTP time has `middle` as its middle 32 bits. */
export function senderReport(ssrc: number, middle: number, more: { rtpTimestamp?: number; packets?: number } = {}) {
  const ntpSeconds = 0xec1b0000 | (middle >>> 16);
  const fraction = (middle & 0xffff) << 16;
  return hex(
    `80c80006 ${word(ssrc)} ${word(ntpSeconds)} ${word(fraction)} ${word(more.rtpTimestamp ?? 0)} ${word(more.packets ?? 0)} 00000000`,
  );
}

export interface Block {
  readonly ssrc: number;
  readonly fraction?: number;
  readonly lost?: number;
  readonly highest?: number;
  readonly jitter?: number;
  readonly lsr?: number;
  readonly dlsr?: number;
}

export function receiverReport(ssrc: number, ...blocks: Block[]): Uint8Array {
  const body = blocks.map(({ ssrc, fraction = 0, lost = 0, highest = 0, jitter = 0, lsr = 0, dlsr = 0 }) =>
    [ssrc, ((fraction << 24) | (lost & 0xffffff)) >>> 0, highest, jitter, lsr, dlsr].map(word).join(''),
  );
  return hex(`${word(0x80c90001 + (blocks.length << 24) + blocks.length * 6)} ${word(ssrc)} ${body.join('')}`);
}

/** SRTCP of RFC 3711: the first header and SSRC in clear, then noise, E flag and index, and a tag of ten bytes. */
export function encryptedReport(ssrc: number, index: number, noise: number): Uint8Array {
  const body = new Uint8Array(20);
  for (let at = 0; at < body.length; at++) body[at] = Math.imul(noise + at, 0x9e3779b1) >>> 24;
  return concat(hex(`80c80006 ${word(ssrc)}`), body, hex(word(index + 0x80000000)), new Uint8Array(10).fill(noise));
}
