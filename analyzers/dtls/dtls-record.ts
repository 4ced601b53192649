/*
 * DTLS records. In clear, and encrypted in DTLS 1.0 and 1.2 (RFC 6347, 4.1); type 25 puts a connection id of a length
 * agreed before in front of the length (RFC 9146, 4):
 *
 *   | type 8 | version 16 | epoch 16 | sequence number 48 | [ connection id ] | length 16 | fragment |
 *
 * Encrypted in DTLS 1.3 (RFC 9147, 4), sequence number and length present as C, S and L tell:
 *
 *   | 0 0 1 C S L E E | [ connection id ] | sequence number 8 or 16 | [ length 16 ] | ciphertext |
 */
const HEADER_BYTES = 13;

export const DtlsContent = {
  changeCipherSpec: 20,
  alert: 21,
  handshake: 22,
  applicationData: 23,
  heartbeat: 24,
  connectionId: 25,
  acknowledgement: 26,
  /** Of DTLS 1.3: the true type is inside. */
  ciphertext: 32,
} as const;

/** Walks the records of one datagram without allocating; read the fields after each `next()` that returned true. */
export class DtlsRecordWalk {
  /** One of {@link DtlsContent}. */
  type = 0;
  /** As on the wire: 0xFEFF for 1.0, 0xFEFD for 1.2; 0 for ciphertext of 1.3, which has none. */
  version = 0;
  /** The low two bits only in ciphertext of 1.3. */
  epoch = 0;
  /** The low 32 bits of the sequence number; encrypted in ciphertext of 1.3. */
  sequence = 0;
  /** Where the fragment begins. */
  offset = 0;
  /** Bytes of the fragment on the wire. */
  length = 0;
  capturedLength = 0;
  /** True once a record was found that does not fit. */
  malformed = false;
  #bytes: Uint8Array = new Uint8Array(0);
  #at = 0;
  #end = 0;
  #wireEnd = 0;

  begin(bytes: Uint8Array, offset: number, length: number, capturedLength: number): void {
    this.#bytes = bytes;
    this.#at = offset;
    this.#wireEnd = offset + length;
    this.#end = Math.min(offset + capturedLength, this.#wireEnd, bytes.length);
    this.malformed = false;
  }

  next(): boolean {
    const at = this.#at;
    if (at >= this.#end) return false;
    const first = this.#bytes[at];
    if (first >= 20 && first <= 26) return this.#plain(at);
    if (first >= 32 && first <= 63) return this.#unified(at);
    return this.#fail();
  }

  #plain(at: number): boolean {
    const bytes = this.#bytes;
    if (at + HEADER_BYTES > this.#end) return this.#fail(at + HEADER_BYTES > this.#wireEnd);
    this.type = bytes[at];
    this.version = (bytes[at + 1] << 8) | bytes[at + 2];
    this.epoch = (bytes[at + 3] << 8) | bytes[at + 4];
    this.sequence = ((bytes[at + 7] << 24) | (bytes[at + 8] << 16) | (bytes[at + 9] << 8) | bytes[at + 10]) >>> 0;
    if (!isVersion(this.version)) return this.#fail();
    if (this.type === DtlsContent.connectionId) {
      // The connection id's length is not known here: what is left of the datagram is taken as one record.
      return this.#record(at + 11, this.#wireEnd);
    }
    return this.#record(at + HEADER_BYTES, at + HEADER_BYTES + ((bytes[at + 11] << 8) | bytes[at + 12]));
  }

  #unified(at: number): boolean {
    const bytes = this.#bytes;
    const flags = bytes[at];
    this.type = DtlsContent.ciphertext;
    this.version = 0;
    this.epoch = flags & 3;
    this.sequence = 0;
    // With a connection id of unknown length, or without a length, the record takes the rest (RFC 9147, 4).
    if ((flags & 0x10) !== 0 || (flags & 0x04) === 0) return this.#record(at + 1, this.#wireEnd);
    const lengthAt = at + ((flags & 0x08) !== 0 ? 3 : 2);
    if (lengthAt + 2 > this.#end) return this.#fail(lengthAt + 2 > this.#wireEnd);
    return this.#record(lengthAt + 2, lengthAt + 2 + ((bytes[lengthAt] << 8) | bytes[lengthAt + 1]));
  }

  #record(start: number, wireEnd: number): boolean {
    if (wireEnd > this.#wireEnd) return this.#fail();
    this.offset = start;
    this.length = wireEnd - start;
    this.capturedLength = Math.max(0, Math.min(this.length, this.#end - start));
    this.#at = wireEnd;
    return true;
  }

  #fail(malformed = true): false {
    this.malformed = malformed;
    this.#at = this.#end;
    return false;
  }
}

/** 0x0100 is what OpenSSL before 0.9.8f wrote for 1.0. */
function isVersion(version: number): boolean {
  return version === 0xfeff || version === 0xfefd || version === 0xfefc || version === 0x0100;
}

const walk = new DtlsRecordWalk();

/**
 * Whether a datagram is made of DTLS records: they fill it to the byte, and the first is such as no other traffic is by
 * chance. Ciphertext of DTLS 1.3 says so little of itself that this takes it only with a length; where a handshake was
 * seen on the flow, {@link isDtlsCiphertext} is enough.
 */
export function isDtls(bytes: Uint8Array, offset: number, length: number, capturedLength = length): boolean {
  if (capturedLength < 1 || offset >= bytes.length) return false;
  const first = bytes[offset];
  if (first < 20 || first > 63) return false;
  walk.begin(bytes, offset, length, capturedLength);
  if (!walk.next() || !isPlausibleRecord(bytes)) return false;
  if (first >= 32 && ((first & 0x14) !== 0x04 || walk.length < 17)) return false;
  while (walk.next());
  return !walk.malformed;
}

/** Whether a datagram may be ciphertext of DTLS 1.3, for flows on which a handshake was seen. */
export function isDtlsCiphertext(bytes: Uint8Array, offset: number, length: number, capturedLength = length): boolean {
  if (capturedLength < 1 || offset >= bytes.length || bytes[offset] < 32 || bytes[offset] > 63) return false;
  walk.begin(bytes, offset, length, capturedLength);
  while (walk.next()) if (walk.length < 17) return false;
  return !walk.malformed;
}

/** What the first record of a datagram is asked beyond its header. */
function isPlausibleRecord(bytes: Uint8Array): boolean {
  const { offset, length, capturedLength, epoch } = walk;
  switch (walk.type) {
    case DtlsContent.handshake: {
      if (epoch !== 0) return length > 0;
      if (length < 12) return false;
      if (capturedLength < 12) return true;
      const messageLength = (bytes[offset + 1] << 16) | (bytes[offset + 2] << 8) | bytes[offset + 3];
      const fragmentOffset = (bytes[offset + 6] << 16) | (bytes[offset + 7] << 8) | bytes[offset + 8];
      const fragmentLength = (bytes[offset + 9] << 16) | (bytes[offset + 10] << 8) | bytes[offset + 11];
      return fragmentOffset + fragmentLength <= messageLength && fragmentLength <= length - 12;
    }
    case DtlsContent.alert:
      return epoch !== 0 || (length === 2 && (capturedLength < 1 || bytes[offset] === 1 || bytes[offset] === 2));
    case DtlsContent.changeCipherSpec:
      // Three bytes in the form of version 0x0100, which carries a message number.
      return length === 1 || length === 3 || epoch !== 0;
    case DtlsContent.acknowledgement:
      return length >= 2;
    case DtlsContent.applicationData:
    case DtlsContent.heartbeat:
    case DtlsContent.connectionId:
      return epoch !== 0 && length > 0;
    default:
      return true;
  }
}
