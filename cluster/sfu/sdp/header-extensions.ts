/** RTP header extensions (RFC 8285) that the SFU reads or writes. */
export const EXTENSIONS = {
  mid: 'urn:ietf:params:rtp-hdrext:sdes:mid',
  rid: 'urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id',
  repairedRid: 'urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id',
  transportSequence: 'http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01',
  absoluteSendTime: 'http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time',
  audioLevel: 'urn:ietf:params:rtp-hdrext:ssrc-audio-level',
  videoOrientation: 'urn:3gpp:video-orientation',
} as const;

export type ExtensionName = keyof typeof EXTENSIONS;
export const EXTENSION_NAMES = Object.keys(EXTENSIONS) as readonly ExtensionName[];

/** Identifiers that one side chose; 0 where the extension is not in use. */
export type ExtensionIds = Record<ExtensionName, number>;

export const noExtensions = (): ExtensionIds => ({
  mid: 0,
  rid: 0,
  repairedRid: 0,
  transportSequence: 0,
  absoluteSendTime: 0,
  audioLevel: 0,
  videoOrientation: 0,
});

const BY_URI: ReadonlyMap<string, ExtensionName> = new Map(EXTENSION_NAMES.map((name) => [EXTENSIONS[name], name]));

/**
 * @returns the extension that an `a=extmap` names, or null. Identifiers above 14 do not fit the one-byte form, the only one
 * that we write.
 */
export function extensionName(uri: string, id: number): ExtensionName | null {
  return Number.isInteger(id) && id >= 1 && id <= 14 ? (BY_URI.get(uri) ?? null) : null;
}
