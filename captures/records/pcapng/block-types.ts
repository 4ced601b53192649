/** Block types of draft-ietf-opsawg-pcapng, section 11.1, that this program reads; every other one is skipped. */
export const BlockType = {
  /** The same in both byte orders, so that it can be told before the byte order is known. */
  sectionHeader: 0x0a0d0d0a,
  interfaceDescription: 1,
  /** The Enhanced Packet Block's forerunner, obsolete but still met. */
  packet: 2,
  simplePacket: 3,
  interfaceStatistics: 5,
  enhancedPacket: 6,
  decryptionSecrets: 0x0a,
} as const;

/** Type, total length, and the total length again at the end. */
export const SMALLEST_BLOCK_BYTES = 12;

export const BYTE_ORDER_MAGIC = 0x1a2b3c4d;

/** Interfaces kept per capture, over all sections: far beyond any real one, so that a hostile capture stays small. */
export const MOST_INTERFACES = 16_384;

/** Key material kept per capture. */
export const MOST_SECRETS_BYTES = 16 * 1024 * 1024;

/** Sections whose descriptions are kept: a capture put together from files has one for each, and nobody reads a thousand. */
export const MOST_SECTIONS = 100;
