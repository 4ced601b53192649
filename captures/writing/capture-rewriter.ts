import type { CaptureInterface, RecordCursor } from '../records/record-cursor.ts';
import type { Timestamp } from '../timestamp.ts';
import { PacketBlocks } from './packet-blocks.ts';
import { type InterfaceDescription, PcapngWriter, type SectionDescription } from './pcapng-writer.ts';

/** NSS key log lines, which DTLS uses too (draft-ietf-opsawg-pcapng, 4.7). */
const TLS_KEY_LOG = 0x544c534b;
/** Keys kept for the files of a ring that follow. */
const MOST_KEY_BYTES = 4 * 1024 * 1024;
const NO_LIMIT = 0xffffffff;

export interface RewriterOptions {
  readonly section: SectionDescription;
  /** What is said of an interface beside its link type, and in place of what the capture itself says. */
  readonly describe: (described: CaptureInterface) => Omit<InterfaceDescription, 'linkType' | 'resolution'>;
  /** Bytes kept of each packet at most; null for all that there are. */
  readonly snapLength: number | null;
}

/**
 * Writes the records of a capture anew, as a pcapng with descriptions of our own: pieces of bytes, whole blocks each. May begin
 * another file at any time. The decryption secrets that the capture brings, and those that are added, come before the packets
 * that follow them.
 */
export class CaptureRewriter {
  readonly #options: RewriterOptions;
  readonly #writer = new PcapngWriter();
  readonly #blocks = new PacketBlocks();
  readonly #snapLength: number;
  readonly #keys: Uint8Array[] = [];
  #keyBytes = 0;
  #keysWritten = 0;
  #interfacesWritten = 0;
  #secretsWritten = 0;

  constructor(options: RewriterOptions) {
    this.#options = options;
    this.#snapLength = options.snapLength ?? NO_LIMIT;
  }

  /** The beginning of a file: its section, and what is known of interfaces and keys. */
  begin(cursor: RecordCursor): Uint8Array[] {
    this.#interfacesWritten = 0;
    this.#secretsWritten = 0;
    this.#keysWritten = 0;
    return [this.#writer.sectionHeader(this.#options.section), ...this.news(cursor)];
  }

  /** Whether {@link news} has something to say before the cursor's record. */
  hasNews(cursor: RecordCursor): boolean {
    return (
      cursor.interfaces.length !== this.#interfacesWritten ||
      cursor.secrets.length !== this.#secretsWritten ||
      this.#keys.length !== this.#keysWritten
    );
  }

  /** Interfaces and secrets that came since it was asked last. */
  news(cursor: RecordCursor): Uint8Array[] {
    const pieces: Uint8Array[] = [];
    for (; this.#secretsWritten < cursor.secrets.length; this.#secretsWritten++) {
      const { type, data } = cursor.secrets[this.#secretsWritten];
      pieces.push(this.#writer.decryptionSecrets(type, data));
    }
    for (; this.#keysWritten < this.#keys.length; this.#keysWritten++) {
      pieces.push(this.#writer.decryptionSecrets(TLS_KEY_LOG, this.#keys[this.#keysWritten]));
    }
    for (; this.#interfacesWritten < cursor.interfaces.length; this.#interfacesWritten++) {
      const described = cursor.interfaces[this.#interfacesWritten];
      pieces.push(
        this.#writer.interfaceDescription({
          ...this.#options.describe(described),
          linkType: described.linkType,
          resolution: 9,
        }),
      );
    }
    return pieces;
  }

  /** Lines of an NSS key log, to be written before the next packet. */
  addKeys(lines: Uint8Array): void {
    if (this.#keyBytes + lines.length > MOST_KEY_BYTES) return;
    this.#keyBytes += lines.length;
    this.#keys.push(lines);
  }

  /** Whether the record fits what is collected; where not, {@link collected} has to be written first. */
  hasRoom(cursor: RecordCursor): boolean {
    return this.#blocks.length === 0 || this.#blocks.hasRoom(Math.min(cursor.capturedLength, this.#snapLength));
  }

  /** Collects the record at which the cursor stands. */
  packet(cursor: RecordCursor): void {
    this.#blocks.add(cursor, cursor.interfaceIndex, this.#snapLength);
  }

  get collectedBytes(): number {
    return this.#blocks.length;
  }

  /** The packets collected, valid until {@link clear}. */
  collected(): Uint8Array {
    return this.#blocks.collected();
  }

  clear(): void {
    this.#blocks.clear();
  }

  /** What an interface received and dropped since the capture began; null where unknown. @param comment what else to say then. */
  statistics(
    interfaceId: number,
    time: Timestamp,
    received: number | null,
    dropped: number | null,
    comment?: string,
  ): Uint8Array {
    return this.#writer.interfaceStatistics({
      interfaceId,
      time,
      ...(received === null ? {} : { receivedPackets: received }),
      ...(dropped === null ? {} : { droppedBySystem: dropped }),
      ...(comment === undefined ? {} : { comment }),
    });
  }
}
