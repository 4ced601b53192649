/** A payload type that needs no SDP: its meaning is fixed by RFC 3551, section 6, tables 4 and 5. */
export interface StaticPayloadType {
  readonly codec: string;
  /** Rate of the RTP timestamp in Hz; not always that of the signal (G722 counts at 8000, RFC 3551, 4.5.2). */
  readonly clockRate: number;
  readonly channels: number;
  readonly kind: 'audio' | 'video';
}

const audio = (codec: string, clockRate = 8000, channels = 1): StaticPayloadType => ({
  codec,
  clockRate,
  channels,
  kind: 'audio',
});
const video = (codec: string): StaticPayloadType => ({ codec, clockRate: 90000, channels: 1, kind: 'video' });

const ASSIGNED: readonly (readonly [payloadType: number, description: StaticPayloadType])[] = [
  [0, audio('PCMU')],
  [3, audio('GSM')],
  [4, audio('G723')],
  [5, audio('DVI4')],
  [6, audio('DVI4', 16000)],
  [7, audio('LPC')],
  [8, audio('PCMA')],
  [9, audio('G722')],
  [10, audio('L16', 44100, 2)],
  [11, audio('L16', 44100)],
  [12, audio('QCELP')],
  [13, audio('CN')],
  [14, audio('MPA', 90000)],
  [15, audio('G728')],
  [16, audio('DVI4', 11025)],
  [17, audio('DVI4', 22050)],
  [18, audio('G729')],
  [25, video('CelB')],
  [26, video('JPEG')],
  [28, video('nv')],
  [31, video('H261')],
  [32, video('MPV')],
  // Carries audio too; what it counts and how it looks on the wire is video's.
  [33, video('MP2T')],
  [34, video('H263')],
];

const TABLE: (StaticPayloadType | null)[] = new Array(128).fill(null);
for (const [payloadType, description] of ASSIGNED) TABLE[payloadType] = description;

/** @returns null for a payload type that RFC 3551 leaves unassigned, reserved or dynamic. */
export function staticPayloadType(payloadType: number): StaticPayloadType | null {
  return TABLE[payloadType] ?? null;
}
