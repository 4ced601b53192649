/** Why a packet came to no datagram. */
export type UndecodedReason =
  /** A link type that no decoder here knows. */
  | 'unknown-link-type'
  /** The capture's snap length cut the packet inside its headers. */
  | 'snapped'
  /** The packet itself ends inside its headers. */
  | 'too-short'
  /** A header contradicts itself. */
  | 'bad-header'
  /** More layers than a sane packet has. */
  | 'too-deep'
  | 'arp'
  | 'unknown-ethertype'
  /** IEEE 802.3 LLC other than SNAP: spanning tree, IS-IS, NetBIOS. */
  | 'llc'
  | 'unknown-ppp-protocol'
  | 'unknown-address-family'
  /** An 802.11 management or control frame, or data frame without data. */
  | 'wlan-control'
  /** A part of a packet that an 802.11 station cut into several frames. */
  | 'wlan-fragment'
  /** Encrypted below IP: protected 802.11, MACsec. */
  | 'link-encrypted'
  /** Damaged on the air, as the receiver itself said (radiotap bad FCS). */
  | 'bad-fcs'
  | 'unknown-tunnel-content'
  | 'icmp'
  | 'igmp'
  | 'sctp'
  | 'esp'
  | 'unknown-ip-protocol'
  /** Fragments of a datagram of which others never came. */
  | 'fragment-incomplete'
  /** Fragments that overlap (RFC 8200, 4.5; RFC 5722), or of a datagram beyond 64 KiB. */
  | 'fragment-bad'
  /** TCP segments without data: handshakes, acknowledgments. */
  | 'tcp-empty'
  /** TCP data that was there before. */
  | 'tcp-repeated'
  /** TCP data after a gap in the capture, before the next frame could be found. */
  | 'tcp-gap'
  /** TCP that carries none of the framings for media. */
  | 'tcp-other'
  /** TLS over TCP: TURN over TLS cannot be told from other TLS. */
  | 'tls';

/** Counts of packets that came to no datagram, by reason. */
export class UndecodedCounts {
  readonly #counts: Map<UndecodedReason, number>;

  constructor(from: UndecodedCounts | null = null) {
    this.#counts = new Map(from === null ? [] : from.#counts);
  }

  add(reason: UndecodedReason, packets = 1): void {
    this.#counts.set(reason, (this.#counts.get(reason) ?? 0) + packets);
  }

  /** A snapshot, in the order in which the reasons first appeared. */
  toRecord(): Partial<Record<UndecodedReason, number>> {
    return Object.fromEntries(this.#counts);
  }
}
