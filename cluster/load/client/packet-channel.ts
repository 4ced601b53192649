import type { IceCandidate } from '../../ice/ice-agent.ts';

export interface ChannelHandlers {
  /** Packets can be sent from now on. */
  opened(): void;
  /** A buffer that is the taker's. */
  packet(bytes: Buffer, from: IceCandidate): void;
  /** It will never open, or is gone for good. */
  failed(reason: string): void;
}

/** What carries a participant's packets: a UDP socket, or a TCP connection with frames. */
export interface PacketChannel {
  /** Address and port of this side; null before they are known. */
  readonly localAddress: string | null;
  /** Whether a packet given to {@link sendMedia} may be kept for a while. */
  readonly isBehind: boolean;
  /** Datagrams that the system did not take. */
  readonly sendErrors: number;
  open(): void;
  /** @param to of no account once the channel is fixed. */
  send(bytes: Uint8Array, to: IceCandidate): void;
  /** From now on packets go to, and come from, one address. */
  fix(to: IceCandidate, fixed: () => void): void;
  sendMedia(bytes: Buffer): void;
  close(): void;
}

export const endpoint = (address: string, port: number): string =>
  address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
