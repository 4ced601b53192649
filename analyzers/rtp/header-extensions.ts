/*
 * RTP header extension elements (RFC 8285, section 4). The profile word of the RTP header extension tells the form:
 *
 *   one byte (0xBEDE):  |  ID 4  | len-1 4 | data ...        two bytes (0x1000 to 0x100F):  |  ID 8  |  len 8  | data ...
 *
 * A zero byte between elements is padding.
 */
const ONE_BYTE_PROFILE = 0xbede;
const TWO_BYTE_PROFILE = 0x1000;

/** @returns whether elements of RFC 8285 follow this profile word, and not something of an application's own. */
export function isElementProfile(profile: number): boolean {
  return profile === ONE_BYTE_PROFILE || (profile & 0xfff0) === TWO_BYTE_PROFILE;
}

/**
 * Walks the elements of one packet's header extension without allocating: set it on a packet with `begin`, then read
 * `id`, `offset` and `length` after each `next()` that returned true. An element that runs past the end ends the walk.
 */
export class HeaderExtensionWalk {
  id = 0;
  /** Where the element's data begins, in the bytes given to `begin`. */
  offset = 0;
  length = 0;
  /** True once an element was found to claim more bytes than there are. */
  malformed = false;
  #bytes: Uint8Array = new Uint8Array(0);
  #at = 0;
  #end = 0;
  #twoByte = false;

  /**
   * @param start first byte after the extension's length word.
   * @param end byte after the extension as far as the capture holds it.
   */
  begin(bytes: Uint8Array, start: number, end: number, profile: number): void {
    this.#bytes = bytes;
    this.#at = start;
    this.#end = isElementProfile(profile) ? Math.min(end, bytes.length) : start;
    this.#twoByte = profile !== ONE_BYTE_PROFILE;
    this.malformed = false;
  }

  next(): boolean {
    const bytes = this.#bytes;
    const end = this.#end;
    let at = this.#at;
    while (at < end && bytes[at] === 0) at++;
    if (at >= end) return this.#stop();
    let id: number;
    let length: number;
    if (this.#twoByte) {
      if (at + 1 >= end) return this.#stop(true);
      id = bytes[at];
      length = bytes[at + 1];
      at += 2;
    } else {
      id = bytes[at] >>> 4;
      length = (bytes[at] & 15) + 1;
      at += 1;
      // RFC 8285, 4.2: ID 15, and ID 0 with a length, end the processing of the whole extension.
      if (id === 15 || id === 0) return this.#stop();
    }
    if (at + length > end) return this.#stop(true);
    this.id = id;
    this.offset = at;
    this.length = length;
    this.#at = at + length;
    return true;
  }

  #stop(malformed = false): false {
    this.#at = this.#end;
    this.malformed = malformed;
    return false;
  }
}

const counting = new HeaderExtensionWalk();

/**
 * Adds one to `counts[row + id]` for each element. IDs from `width` on, which only the two-byte form can name, are
 * counted at `row + 0`: no element has the ID 0.
 *
 * @returns the number of elements.
 */
export function countHeaderExtensions(
  bytes: Uint8Array,
  start: number,
  end: number,
  profile: number,
  counts: Int32Array | Uint32Array | Float64Array,
  row: number,
  width: number,
): number {
  let elements = 0;
  counting.begin(bytes, start, end, profile);
  while (counting.next()) {
    counts[row + (counting.id < width ? counting.id : 0)]++;
    elements++;
  }
  return elements;
}

const KNOWN = new Map<string, string>([
  ['urn:ietf:params:rtp-hdrext:toffset', 'transmission time offset'],
  ['urn:ietf:params:rtp-hdrext:ssrc-audio-level', 'audio level'],
  ['urn:ietf:params:rtp-hdrext:csrc-audio-level', 'mixer-to-client audio level'],
  ['urn:ietf:params:rtp-hdrext:ntp-64', 'NTP time, 64 bits'],
  ['urn:ietf:params:rtp-hdrext:ntp-56', 'NTP time, 56 bits'],
  ['urn:ietf:params:rtp-hdrext:encrypt', 'encrypted element'],
  ['urn:ietf:params:rtp-hdrext:smpte-tc', 'SMPTE time code'],
  ['urn:ietf:params:rtp-hdrext:sdes:mid', 'media identification'],
  ['urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id', 'RTP stream id'],
  ['urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id', 'repaired RTP stream id'],
  ['urn:ietf:params:rtp-hdrext:sdes:cname', 'CNAME'],
  ['urn:ietf:params:rtp-hdrext:framemarking', 'frame marking'],
  ['urn:3gpp:video-orientation', 'video orientation'],
  ['http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time', 'absolute send time'],
  ['http://www.webrtc.org/experiments/rtp-hdrext/abs-capture-time', 'absolute capture time'],
  ['http://www.webrtc.org/experiments/rtp-hdrext/playout-delay', 'playout delay'],
  ['http://www.webrtc.org/experiments/rtp-hdrext/video-content-type', 'video content type'],
  ['http://www.webrtc.org/experiments/rtp-hdrext/video-timing', 'video timing'],
  ['http://www.webrtc.org/experiments/rtp-hdrext/color-space', 'colour space'],
  ['http://www.webrtc.org/experiments/rtp-hdrext/inband-cn', 'in-band comfort noise'],
  ['http://www.webrtc.org/experiments/rtp-hdrext/video-layers-allocation00', 'video layers allocation'],
  ['http://www.webrtc.org/experiments/rtp-hdrext/generic-frame-descriptor-00', 'generic frame descriptor'],
  ['http://www.webrtc.org/experiments/rtp-hdrext/transport-wide-cc-02', 'transport-wide sequence number, version 2'],
  ['http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01', 'transport-wide sequence number'],
  ['https://aomediacodec.github.io/av1-rtp-spec/#dependency-descriptor-rtp-header-extension', 'dependency descriptor'],
]);

/** A few words for a header extension's URI; the URI itself where it is not known. */
export function headerExtensionName(uri: string): string {
  return KNOWN.get(uri) ?? uri;
}
