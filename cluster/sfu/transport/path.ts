/** Whose a path is. */
export interface PathOwner {
  packet(bytes: Buffer, nowMs: number): void;
  pathClosed(path: Path): void;
}

/** One way to a peer: a remote address of the UDP socket, or a TCP connection. */
export interface Path {
  readonly protocol: 'udp' | 'tcp';
  readonly address: string;
  readonly port: number;
  readonly localAddress: string;
  readonly localPort: number;
  /** Whose address it is, told by an authentic Binding request; null before one. */
  peer: PathOwner | null;
  /**
   * Sends `length` bytes of the buffer.
   *
   * @returns false where the buffer stays in use, so that the caller takes another one.
   */
  send(buffer: Buffer, length: number): boolean;
  close(): void;
}

/** Sees all packets of all paths. */
export interface Wiretap {
  /** False while nobody listens: then packets need not be shown. */
  readonly isOpen: boolean;
  /** A line of an NSS key log; to be forgotten with its session. */
  keys(line: string): void;
  forget(line: string): void;
  received(bytes: Uint8Array, path: Path, nowMs: number): void;
  sent(bytes: Uint8Array, length: number, path: Path, nowMs: number): void;
}

/** What takes the packets of all paths. */
export interface PacketSink {
  packet(bytes: Buffer, path: Path): void;
}
