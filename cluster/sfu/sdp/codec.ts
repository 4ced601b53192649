/** The codecs that are forwarded, and how two sides find that they mean the same one. */

export type CodecName = 'opus' | 'vp8' | 'vp9' | 'h264' | 'av1';

/** RTCP that is used for the codec where both sides can (RFC 4585, RFC 5104, draft-holmer-rmcat-transport-wide-cc). */
export const FEEDBACK = ['nack', 'nack pli', 'ccm fir', 'transport-cc', 'goog-remb'] as const;
export type Feedback = (typeof FEEDBACK)[number];

export interface Codec {
  readonly name: CodecName;
  /** As the one who offered spelt it. */
  readonly encodingName: string;
  readonly payloadType: number;
  readonly clockRate: number;
  readonly channels: number;
  /** Parameters of `a=fmtp`, as offered; empty where there are none. */
  readonly parameters: string;
  /** Equal for two codecs of which one side's packets are decodable by the other. */
  readonly key: string;
  /** Payload type of RFC 4588 retransmissions, or null. */
  readonly rtxPayloadType: number | null;
  readonly feedback: readonly Feedback[];
}

const CLOCK_RATES: Readonly<Record<CodecName, number>> = {
  opus: 48_000,
  vp8: 90_000,
  vp9: 90_000,
  h264: 90_000,
  av1: 90_000,
};

/** @returns the name by which we know the codec, or null for one that is not forwarded. */
export function codecName(encodingName: string, clockRate: number): CodecName | null {
  const name = encodingName.toLowerCase();
  if (!Object.hasOwn(CLOCK_RATES, name)) return null;
  return CLOCK_RATES[name as CodecName] === clockRate ? (name as CodecName) : null;
}

/** The value of a parameter in `a=fmtp`, or null. */
export function parameter(parameters: string, name: string): string | null {
  for (const part of parameters.split(';')) {
    const equals = part.indexOf('=');
    if (equals > 0 && part.slice(0, equals).trim().toLowerCase() === name) return part.slice(equals + 1).trim();
  }
  return null;
}

/**
 * What has to be the same on both sides. H.264: profile and packetization mode (RFC 6184 section 8.2.2); the level is what
 * a side can at most, and no browser holds to it. VP9 and AV1: profile, 0 where not said.
 */
export function codecKey(name: CodecName, parameters: string): string {
  if (name === 'vp9') return `vp9/${parameter(parameters, 'profile-id') ?? '0'}`;
  if (name === 'av1') return `av1/${parameter(parameters, 'profile') ?? '0'}`;
  if (name !== 'h264') return name;
  const mode = parameter(parameters, 'packetization-mode') ?? '0';
  return `h264/${h264Profile(parameter(parameters, 'profile-level-id') ?? '42000a')}/${mode}`;
}

/** RFC 6184 table 5: several combinations of profile_idc and profile-iop mean one profile. */
function h264Profile(profileLevelId: string): string {
  if (!/^[0-9a-f]{6}$/i.test(profileLevelId)) return 'unknown';
  const profile = Number.parseInt(profileLevelId.slice(0, 2), 16);
  const constraints = Number.parseInt(profileLevelId.slice(2, 4), 16);
  const set = (bit: number) => (constraints & (0x80 >> bit)) !== 0;
  if ((profile === 0x42 && set(1)) || (profile === 0x4d && set(0)) || (profile === 0x58 && set(0) && set(1))) {
    return 'constrained-baseline';
  }
  if (profile === 0x42 || (profile === 0x58 && set(0))) return 'baseline';
  if (profile === 0x4d) return 'main';
  if (profile === 0x58) return 'extended';
  if (profile === 0x64) return set(4) && set(5) ? 'constrained-high' : 'high';
  return profile.toString(16);
}
