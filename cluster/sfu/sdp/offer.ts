import type { Codec } from './codec.ts';
import type { ExtensionIds } from './header-extensions.ts';

export type SectionKind = 'audio' | 'video' | 'application';
export type Direction = 'sendrecv' | 'sendonly' | 'recvonly' | 'inactive';

/** A stream of packets announced by `a=ssrc` (RFC 5576), with that of its retransmissions. */
export interface AnnouncedSource {
  readonly ssrc: number;
  readonly rtxSsrc: number | null;
  /** Of the encoding, where one of several is announced by SSRC as well: between SFUs. */
  readonly rid?: string | null;
}

/** An m-section of an offer, as far as it is understood. */
export interface OfferedSection {
  readonly kind: SectionKind | 'other';
  /** What stood in the m-line, to be given back: media, protocol, formats. */
  readonly media: string;
  readonly protocol: string;
  readonly formats: string;
  readonly mid: string;
  /** Port 0 without `a=bundle-only`: not in use, or a mistake that the answer rejects. */
  readonly rejected: boolean;
  /** From the one who offered. */
  readonly direction: Direction;
  readonly codecs: readonly Codec[];
  readonly extensions: ExtensionIds;
  readonly reducedSizeRtcp: boolean;
  /** Simulcast encodings that the client will send, in its order (RFC 8853); empty for one. */
  readonly rids: readonly string[];
  readonly sources: readonly AnnouncedSource[];
  readonly sctpPort: number;
  readonly maxMessageBytes: number;
}

export interface Offer {
  readonly iceUfrag: string;
  readonly icePwd: string;
  /** SHA-256 of the client's DTLS certificate: 32 bytes in hexadecimal with colons, upper case. */
  readonly fingerprint: string;
  readonly sections: readonly OfferedSection[];
}
