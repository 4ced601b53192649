/** How a datagram travelled. */
export const Transport = {
  udp: 0,
  /** A frame out of a TCP stream: RFC 4571, STUN, SIP. */
  tcp: 1,
  /** Relayed by TURN (RFC 8656) between the client and its server over UDP. */
  turnUdp: 2,
  turnTcp: 3,
} as const;
export type Transport = (typeof Transport)[keyof typeof Transport];

/**
 * One datagram of a flow as decoding leaves it: the payload of UDP, a frame of a TCP stream, or what a TURN message
 * carries. One instance is filled again for each; nobody keeps it. Rare events that outlive the call copy what they need.
 */
export class Datagram {
  bytes: Uint8Array = new Uint8Array(0);
  /** Where the payload begins in `bytes`. */
  offset = 0;
  /** Payload bytes present: below `length` where the capture's snap length cut the packet. */
  capturedLength = 0;
  /** Payload bytes on the wire, from the headers. */
  length = 0;
  /** The flow (directional 5-tuple) by its number in the {@link FlowTable}. */
  flow = 0;
  transport: Transport = Transport.udp;
  /** Arrival at the capture point: whole seconds since 1970-01-01T00:00:00Z, and the rest. */
  seconds = 0;
  nanoseconds = 0;
  /** Nanoseconds since the start of the second of the capture's first record; exact over 104 days. */
  arrivalNs = 0;
  /** The capture's interface, counted over all sections and files. */
  interfaceIndex = 0;
  /**
   * Where and how the packet was seen, as one number: interface, direction, encapsulation, time to live. A copy of a
   * packet seen elsewhere on the node has another number; a duplicate made by the network has the same.
   */
  observationPoint = 0;
}

/** Receives datagrams as decoding finds them: none, one or several a packet. */
export interface DatagramSink {
  datagram(datagram: Datagram): void;
}
