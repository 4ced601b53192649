/** A session description (RFC 8866) as far as it tells of media on the wire. */
export interface SdpDescription {
  /** Of the `o=` line. */
  readonly originAddress: string | null;
  readonly media: readonly SdpMedia[];
  /** `mid`s of sections that share one transport (RFC 9143), group by group. */
  readonly bundles: readonly (readonly string[])[];
}

export type SdpMediaKind = 'audio' | 'video' | 'application' | 'image' | 'text' | 'message' | 'other';

/** One `m=` section, with what it inherits from the session. */
export interface SdpMedia {
  readonly kind: SdpMediaKind;
  /** Where its author wants to receive; null where that is a host name. 0.0.0.0 where ICE is to find it. */
  readonly address: string | null;
  /** 0 where the section is refused or bundled, 9 where ICE is to find it. */
  readonly port: number;
  readonly rtcpAddress: string | null;
  readonly rtcpPort: number;
  /** `RTP/AVP`, `UDP/TLS/RTP/SAVPF`, `udptl`, ... */
  readonly protocol: string;
  readonly isRtp: boolean;
  readonly payloads: ReadonlyMap<number, SdpPayload>;
  /** Header extensions by local identifier (RFC 8285). */
  readonly extensions: ReadonlyMap<number, string>;
  /** SSRCs that the author sends with (RFC 5576). */
  readonly ssrcs: readonly number[];
  /** `FID` (RTX), `FEC-FR`, `SIM`, ...: the first SSRC is the one that the others stand beside. */
  readonly ssrcGroups: readonly { readonly semantics: string; readonly ssrcs: readonly number[] }[];
  readonly packetTimeMs: number | null;
  /** `sendrecv`, `sendonly`, `recvonly` or `inactive`. */
  readonly direction: string;
  /** ICE `ufrag` of the author. */
  readonly usernameFragment: string | null;
  readonly candidates: readonly { readonly address: string; readonly port: number }[];
  /** By DTLS (RFC 5763), SDES (RFC 4568) or the protocol's name. */
  readonly encrypted: boolean;
  readonly setup: string | null;
  readonly mid: string | null;
  /** RTP stream ids of simulcast (RFC 8851). */
  readonly streamIds: readonly string[];
}

export interface SdpPayload {
  readonly payloadType: number;
  readonly codec: string;
  /** Null where the description leaves it out. */
  readonly clockRate: number | null;
  readonly channels: number;
  readonly fmtp: string | null;
  /** The payload type that this one retransmits (RFC 4588, `apt`). */
  readonly associatedPayloadType: number | null;
}
