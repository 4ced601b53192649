/** Content types of TLS 1.2 (RFC 5246 section 6.2.1). */
export const CONTENT_TYPE = { CHANGE_CIPHER_SPEC: 20, ALERT: 21, HANDSHAKE: 22, APPLICATION_DATA: 23 } as const;

export const RECORD_HEADER_BYTES = 13;

/** A DTLS 1.2 record's header (RFC 6347 section 4.1), read again for each record. */
export class DtlsRecord {
  contentType = 0;
  minorVersion = 0;
  epoch = 0;
  sequenceNumber = 0;
  fragmentAt = 0;
  /** Where the next record begins. */
  end = 0;

  /** @returns false where no whole record of DTLS 1.0 or 1.2 begins at `at`. */
  read(datagram: Buffer, at: number): boolean {
    if (at + RECORD_HEADER_BYTES > datagram.length) return false;
    this.contentType = datagram[at];
    this.minorVersion = datagram[at + 2];
    this.epoch = datagram.readUInt16BE(at + 3);
    this.sequenceNumber = datagram.readUIntBE(at + 5, 6);
    this.fragmentAt = at + RECORD_HEADER_BYTES;
    this.end = this.fragmentAt + datagram.readUInt16BE(at + 11);
    const isKnown = this.minorVersion === 253 || this.minorVersion === 255;
    return datagram[at + 1] === 254 && isKnown && this.end <= datagram.length;
  }
}

/** Writes a record. */
export function recordBytes(contentType: number, epoch: number, sequenceNumber: number, fragment: Uint8Array): Buffer {
  const record = Buffer.alloc(RECORD_HEADER_BYTES + fragment.length);
  record[0] = contentType;
  record[1] = 254;
  record[2] = 253;
  record.writeUInt16BE(epoch, 3);
  record.writeUIntBE(sequenceNumber, 5, 6);
  record.writeUInt16BE(fragment.length, 11);
  record.set(fragment, RECORD_HEADER_BYTES);
  return record;
}
