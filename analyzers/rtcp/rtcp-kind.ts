/** Packet types that have a decoder here (IANA, RTCP Control Packet Types). */
export const RtcpType = {
  senderReport: 200,
  receiverReport: 201,
  sourceDescription: 202,
  goodbye: 203,
  applicationDefined: 204,
  transportFeedback: 205,
  payloadFeedback: 206,
  extendedReport: 207,
} as const;

/** Feedback message types (FMT) of transport-layer feedback, RTPFB. */
export const TransportFormat = { nack: 1, tmmbr: 3, tmmbn: 4, congestionFeedback: 11, transportWide: 15 } as const;

/** Feedback message types (FMT) of payload-specific feedback, PSFB. */
export const PayloadFormat = {
  pictureLoss: 1,
  sliceLoss: 2,
  referencePicture: 3,
  fullIntra: 4,
  application: 15,
} as const;

/** IANA, RTCP Control Packet Types; 205 and 206 are told apart by their format. */
const TYPES: readonly (readonly [type: number, name: string])[] = [
  [192, 'FIR-H261'],
  [193, 'NACK-H261'],
  [194, 'SMPTETC'],
  [195, 'IJ'],
  [200, 'SR'],
  [201, 'RR'],
  [202, 'SDES'],
  [203, 'BYE'],
  [204, 'APP'],
  [205, 'RTPFB'],
  [206, 'PSFB'],
  [207, 'XR'],
  [208, 'AVB'],
  [209, 'RSI'],
  [210, 'TOKEN'],
  [211, 'IDMS'],
  [212, 'RGRS'],
  [213, 'SNM'],
];

/** IANA, FMT Values for RTPFB Payload Types. */
const TRANSPORT_FORMATS: readonly (readonly [format: number, name: string])[] = [
  [1, 'NACK'],
  [3, 'TMMBR'],
  [4, 'TMMBN'],
  [5, 'SR-REQ'],
  [6, 'RAMS'],
  [7, 'TLLEI'],
  [8, 'ECN'],
  [9, 'PAUSE'],
  [10, 'DBI'],
  [11, 'CCFB'],
  [15, 'TWCC'],
];

/** IANA, FMT Values for PSFB Payload Types. */
const PAYLOAD_FORMATS: readonly (readonly [format: number, name: string])[] = [
  [1, 'PLI'],
  [2, 'SLI'],
  [3, 'RPSI'],
  [4, 'FIR'],
  [5, 'TSTR'],
  [6, 'TSTN'],
  [7, 'VBCM'],
  [8, 'PSLEI'],
  [9, 'ROI'],
  [10, 'LRR'],
  [15, 'AFB'],
];

const names: string[] = ['unknown'];
const byType = new Uint8Array(256);
const byTransportFormat = new Uint8Array(32);
const byPayloadFormat = new Uint8Array(32);
for (const [type, name] of TYPES) byType[type] = names.push(name) - 1;
byTransportFormat.fill(byType[RtcpType.transportFeedback]);
byPayloadFormat.fill(byType[RtcpType.payloadFeedback]);
for (const [format, name] of TRANSPORT_FORMATS) byTransportFormat[format] = names.push(name) - 1;
for (const [format, name] of PAYLOAD_FORMATS) byPayloadFormat[format] = names.push(name) - 1;

/** A kind is a small number for what a packet is: its type, and for feedback its format. */
export const REMB_KIND = names.push('REMB') - 1;
export const RTCP_KINDS = names.length;

/** Whether IANA lists the packet type. RFC 5761 takes 192 to 223 for RTCP; most of that range has never been assigned. */
export function isRtcpType(type: number): boolean {
  return byType[type] !== 0;
}

/** @param count the header's five bits, which for feedback hold the format. */
export function rtcpKind(type: number, count: number): number {
  if (type === RtcpType.transportFeedback) return byTransportFormat[count];
  if (type === RtcpType.payloadFeedback) return byPayloadFormat[count];
  return byType[type];
}

/** `SR`, `TWCC`, `PLI`, ...; `RTPFB` and `PSFB` for formats without a name. */
export function rtcpKindName(kind: number): string {
  return names[kind];
}
