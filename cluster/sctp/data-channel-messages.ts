/** Data Channel Establishment Protocol (RFC 8832), and how messages are marked (RFC 8831 section 8). */
export const PROTOCOL_ID = { DCEP: 50, TEXT: 51, BINARY: 53, EMPTY_TEXT: 56, EMPTY_BINARY: 57 } as const;

const OPEN = 3;
const ACK = 2;

export interface ChannelKind {
  readonly label: string;
  readonly protocol: string;
  readonly ordered: boolean;
  /** At most so many retransmissions, or so many milliseconds; both null for a reliable channel. */
  readonly maxRetransmits: number | null;
  readonly maxLifetimeMs: number | null;
}

export const LONGEST_LABEL_BYTES = 128;

/**
 * ```
 * |  Message Type |  Channel Type |            Priority           |
 * |                    Reliability Parameter                      |
 * |         Label Length          |       Protocol Length         |
 * ```
 *
 * @returns null for what is no DATA_CHANNEL_OPEN, or has names that are too long.
 */
export function decodeOpen(bytes: Buffer): ChannelKind | null {
  if (bytes.length < 12 || bytes[0] !== OPEN) return null;
  const labelLength = bytes.readUInt16BE(8);
  const protocolLength = bytes.readUInt16BE(10);
  if (labelLength > LONGEST_LABEL_BYTES || protocolLength > LONGEST_LABEL_BYTES) return null;
  if (12 + labelLength + protocolLength > bytes.length) return null;
  const parameter = bytes.readUInt32BE(4);
  const reliability = bytes[1] & 0x7f;
  if (reliability > 2) return null;
  return {
    label: bytes.toString('utf8', 12, 12 + labelLength),
    protocol: bytes.toString('utf8', 12 + labelLength, 12 + labelLength + protocolLength),
    ordered: (bytes[1] & 0x80) === 0,
    maxRetransmits: reliability === 1 ? parameter : null,
    maxLifetimeMs: reliability === 2 ? parameter : null,
  };
}

export function encodeOpen({ label, protocol, ordered, maxRetransmits, maxLifetimeMs }: ChannelKind): Buffer {
  const names = [Buffer.from(label), Buffer.from(protocol)];
  const head = Buffer.alloc(12);
  head[0] = OPEN;
  head[1] = (ordered ? 0 : 0x80) | (maxRetransmits !== null ? 1 : maxLifetimeMs !== null ? 2 : 0);
  head.writeUInt32BE(maxRetransmits ?? maxLifetimeMs ?? 0, 4);
  head.writeUInt16BE(names[0].length, 8);
  head.writeUInt16BE(names[1].length, 10);
  return Buffer.concat([head, ...names]);
}

export const encodeAck = (): Buffer => Buffer.of(ACK);
