import type { Datagram, FlowTable } from '../../captures/index.ts';
import type { SipAnalysis } from '../analysis.ts';
import { parseSdp } from './parse-sdp.ts';
import type { SdpDescription } from './sdp-description.ts';
import { SdpKnowledge } from './sdp-knowledge.ts';
import { findDescriptions, findDescriptionsInFile } from './sdp-text.ts';
import { SipCalls } from './sip-calls.ts';
import { decodeSip, isSip } from './sip-message.ts';

/** Characters of session descriptions that are parsed at most, over a whole capture: a flood of them costs no hours. */
const MOST_PARSED = 16 * 1024 * 1024;
/** Descriptions remembered, so that retransmissions are not parsed and kept again. */
const MOST_REMEMBERED = 2000;
const LONGEST_REMEMBERED = 16 * 1024;
const LONGEST_OTHER = 64 * 1024;

/** First lines of other protocols that carry session descriptions: RTSP (RFC 7826), MEGACO (RFC 5125), MGCP (RFC 3435). */
const OTHER_STARTS = ['RTSP/', 'MEGACO/', '!/1 ', 'CRCX ', 'MDCX '].map((text) =>
  [...text].map((letter) => letter.charCodeAt(0)),
);

/** Reads signalling: SIP's calls, and session descriptions wherever they come from. */
export class Signalling {
  readonly knowledge = new SdpKnowledge();
  readonly #calls = new SipCalls();
  readonly #flows: FlowTable;
  readonly #remembered = new Map<string, SdpDescription | null>();
  #parsed = 0;
  /** Messages and descriptions that could not be read. */
  malformed = 0;

  constructor(flows: FlowTable) {
    this.#flows = flows;
  }

  /** @returns false, having done nothing, where this is no signalling. */
  datagram(datagram: Datagram): boolean {
    const { bytes, offset, capturedLength } = datagram;
    if (isSip(bytes, offset, capturedLength)) this.#sip(datagram);
    else if (startsOther(bytes, offset, capturedLength)) this.#other(datagram);
    else return false;
    return true;
  }

  /**
   * Takes the text of a file with session descriptions (see {@link findDescriptionsInFile}).
   *
   * @returns how many descriptions it held; 0 where it is no such file.
   */
  addFile(text: string): number {
    let count = 0;
    for (const found of findDescriptionsInFile(text)) {
      const description = parseSdp(found);
      if (typeof description === 'string') {
        this.malformed++;
        continue;
      }
      this.knowledge.add(description, 'file');
      count++;
    }
    return count;
  }

  report(timeDigits: number): SipAnalysis {
    return this.#calls.report(timeDigits);
  }

  #sip(datagram: Datagram): void {
    const message = decodeSip(datagram.bytes, datagram.offset, datagram.capturedLength);
    if (typeof message === 'string') {
      this.malformed++;
      return;
    }
    const descriptions = message.descriptions.flatMap((text) => this.#learn(text, null));
    this.#calls.add(message, descriptions, { seconds: datagram.seconds, nanoseconds: datagram.nanoseconds });
  }

  #other(datagram: Datagram): void {
    const { bytes, offset, capturedLength } = datagram;
    const end = Math.min(bytes.length, offset + Math.min(capturedLength, LONGEST_OTHER));
    const isRtsp = bytes[offset] === 0x52;
    const server = isRtsp ? this.#flows.sourceAddress(datagram.flow) : null;
    for (const text of findDescriptions(new TextDecoder().decode(bytes.subarray(offset, end))))
      this.#learn(text, server);
  }

  /** @returns the description, also where it was met before. */
  #learn(text: string, server: string | null): SdpDescription[] {
    const key = server === null ? text : `${server} ${text}`;
    const known = this.#remembered.get(key);
    if (known !== undefined) return known === null ? [] : [known];
    if (this.#parsed + text.length > MOST_PARSED) {
      this.malformed++;
      return [];
    }
    this.#parsed += text.length;
    const parsed = parseSdp(text);
    const description = typeof parsed === 'string' ? null : parsed;
    if (text.length <= LONGEST_REMEMBERED && this.#remembered.size < MOST_REMEMBERED)
      this.#remembered.set(key, description);
    if (description === null) {
      this.malformed++;
      return [];
    }
    this.knowledge.add(description, 'capture', server);
    return [description];
  }
}

function startsOther(bytes: Uint8Array, offset: number, length: number): boolean {
  const end = Math.min(bytes.length, offset + length);
  for (const start of OTHER_STARTS) {
    let index = 0;
    while (index < start.length && offset + index < end && bytes[offset + index] === start[index]) index++;
    if (index === start.length) return true;
  }
  return false;
}
