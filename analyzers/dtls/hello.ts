/*
 * ClientHello and ServerHello as DTLS has them (RFC 6347, 4.2.1; RFC 9147, 5.3 and 5.4). The client's has a cookie:
 *
 *   client: version 16, random (32 bytes), session id <0..32>, cookie <0..255>, cipher suites <2..>, compression <1..>
 *   server: version 16, random (32 bytes), session id <0..32>, cipher suite 16, compression 8
 *   both:   extensions <0..>, each type 16 and data <0..65535>
 */
const USE_SRTP = 14;
const SUPPORTED_VERSIONS = 43;
const RANDOM_BYTES = 32;

export interface ClientHello {
  readonly version: number;
  /** In hex, 64 digits. */
  readonly random: string;
  readonly cipherSuites: readonly number[];
  /** By use_srtp, in the client's order. */
  readonly srtpProfiles: readonly number[];
  /** By supported_versions; empty where the extension is absent. */
  readonly supportedVersions: readonly number[];
}

export interface ServerHello {
  readonly version: number;
  readonly random: string;
  readonly cipherSuite: number;
  /** By use_srtp; null where absent, as always in DTLS 1.3, which sends it encrypted. */
  readonly srtpProfile: number | null;
  /** By supported_versions; null where absent, which means `version`. */
  readonly selectedVersion: number | null;
}

/** A list of the hello runs past its end. */
export type NotHello = 'too-short';

/** @param body of the handshake message, without the 12-byte header, as far as it is there. */
export function decodeClientHello(body: Uint8Array): ClientHello | NotHello {
  let at = 2 + RANDOM_BYTES;
  if (body.length < at + 1) return 'too-short';
  at += 1 + body[at];
  if (at >= body.length) return 'too-short';
  at += 1 + body[at];
  if (at + 2 > body.length) return 'too-short';
  const suites = vector16(body, at);
  if (suites === null) return 'too-short';
  at += 2 + suites.length;
  if (at >= body.length) return 'too-short';
  at += 1 + body[at];
  const srtp = extension(body, at, USE_SRTP);
  const versions = extension(body, at, SUPPORTED_VERSIONS);
  return {
    version: uint16(body, 0),
    random: randomOf(body),
    cipherSuites: uint16List(suites),
    srtpProfiles: srtp === null ? [] : uint16List(vector16(srtp, 0)),
    supportedVersions:
      versions === null || versions.length < 1 ? [] : uint16List(versions.subarray(1, 1 + versions[0])),
  };
}

export function decodeServerHello(body: Uint8Array): ServerHello | NotHello {
  let at = 2 + RANDOM_BYTES;
  if (body.length < at + 1) return 'too-short';
  at += 1 + body[at];
  if (at + 3 > body.length) return 'too-short';
  const cipherSuite = uint16(body, at);
  at += 3;
  const srtp = extension(body, at, USE_SRTP);
  const version = extension(body, at, SUPPORTED_VERSIONS);
  const profiles = srtp === null ? [] : uint16List(vector16(srtp, 0));
  return {
    version: uint16(body, 0),
    random: randomOf(body),
    cipherSuite,
    srtpProfile: profiles.length > 0 ? profiles[0] : null,
    selectedVersion: version !== null && version.length >= 2 ? uint16(version, 0) : null,
  };
}

/** `1.0`, `1.2`, `1.3`; null for a version that is none of DTLS. */
export function dtlsVersionName(version: number): string | null {
  switch (version) {
    case 0xfeff:
    case 0x0100:
      return '1.0';
    case 0xfefd:
      return '1.2';
    case 0xfefc:
      return '1.3';
    default:
      return null;
  }
}

/** Data of an extension, as far as it is there; `at` is where the list's length stands, which may be left out. */
function extension(body: Uint8Array, at: number, type: number): Uint8Array | null {
  if (at + 2 > body.length) return null;
  const end = Math.min(at + 2 + uint16(body, at), body.length);
  for (at += 2; at + 4 <= end; ) {
    const length = uint16(body, at + 2);
    if (at + 4 + length > end) return null;
    if (uint16(body, at) === type) return body.subarray(at + 4, at + 4 + length);
    at += 4 + length;
  }
  return null;
}

function vector16(bytes: Uint8Array, at: number): Uint8Array | null {
  if (at + 2 > bytes.length) return null;
  const length = uint16(bytes, at);
  return at + 2 + length > bytes.length ? null : bytes.subarray(at + 2, at + 2 + length);
}

/** At most 256 numbers: the rest of a list that long says nothing more. */
function uint16List(bytes: Uint8Array | null): number[] {
  const list: number[] = [];
  for (let at = 0; bytes !== null && at + 2 <= bytes.length && list.length < 256; at += 2) list.push(uint16(bytes, at));
  return list;
}

function uint16(bytes: Uint8Array, at: number): number {
  return (bytes[at] << 8) | bytes[at + 1];
}

function randomOf(body: Uint8Array): string {
  let text = '';
  for (let at = 2; at < 2 + RANDOM_BYTES; at++) text += body[at].toString(16).padStart(2, '0');
  return text;
}
