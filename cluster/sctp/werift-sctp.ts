import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

/** What is used of werift's SCTP, whose version is pinned to the digit. It is loaded with the first data channel. */
export interface WeriftSctp {
  readonly onReceive: { subscribe(take: (streamId: number, protocolId: number, data: Buffer) => void): void };
  readonly onReconfigStreams: { subscribe(take: (streamIds: readonly number[]) => void): void };
  readonly stateChanged: Readonly<Record<'connected' | 'closed', { subscribe(take: () => void): void }>>;
  readonly state: 'new' | 'closed' | 'connected' | 'connecting';
  readonly outboundQueue: readonly { readonly userData: Buffer }[];
  advertisedRwnd: number;
  lastReceivedTsn?: number;
  sackMisOrdered: Set<number>;
  sackDuplicates: number[];
  markReceived(tsn: number): boolean;
  start(remotePort: number): Promise<void>;
  handleData(packet: Buffer): Promise<void>;
  send(
    streamId: number,
    protocolId: number,
    data: Buffer,
    options: { ordered?: boolean; maxRetransmits?: number; expiry?: number },
  ): Promise<void>;
  stop(): Promise<void>;
}

interface Transport {
  onData?: (packet: Buffer) => void;
  send(packet: Buffer): Promise<void>;
  close(): void;
}

interface WeriftSctpClass {
  client(transport: Transport, port: number): WeriftSctp;
  server(transport: Transport, port: number): WeriftSctp;
}

let loaded: WeriftSctpClass | null = null;

function sctpClass(): WeriftSctpClass {
  if (loaded !== null) return loaded;
  const load = createRequire(import.meta.url);
  loaded = load(join(dirname(load.resolve('werift')), '../../sctp/src/index.js')).SCTP as WeriftSctpClass;
  return loaded;
}

/** How far `tsn` is ahead of `from`, in serial number arithmetic (RFC 1982). */
const ahead = (tsn: number, from: number): number => (tsn - from) | 0;

export function weriftSctp(role: 'client' | 'server', port: number, send: (packet: Buffer) => void): WeriftSctp {
  const transport: Transport = { send: async (packet) => send(packet), close: () => {} };
  const sctp = sctpClass()[role](transport, port);
  // In place of its own, which sorts numbers as text, and so stops where they gain a digit.
  sctp.markReceived = (tsn) => {
    const last = sctp.lastReceivedTsn ?? 0;
    if (ahead(tsn, last) <= 0 || sctp.sackMisOrdered.has(tsn)) {
      if (sctp.sackDuplicates.length < 64) sctp.sackDuplicates.push(tsn);
      return true;
    }
    sctp.sackMisOrdered.add(tsn);
    let next = (last + 1) >>> 0;
    while (sctp.sackMisOrdered.delete(next)) {
      sctp.lastReceivedTsn = next;
      next = (next + 1) >>> 0;
    }
    return false;
  };
  return sctp;
}
