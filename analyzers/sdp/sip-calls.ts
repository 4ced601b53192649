import { formatTime, type Timestamp } from '../../captures/index.ts';
import type { SipAnalysis, SipCallAnalysis } from '../analysis.ts';
import type { SdpDescription } from './sdp-description.ts';
import type { SipMessage } from './sip-message.ts';

/** More calls than this are counted only. */
const MOST_CALLS = 20_000;
const MOST_MEDIA = 32;

interface Call {
  readonly callId: string;
  readonly from: string | null;
  readonly to: string | null;
  readonly start: Timestamp;
  answered: Timestamp | null;
  end: Timestamp | null;
  finalStatus: number | null;
  readonly media: Map<string, { kind: string; address: string; codecs: readonly string[] }>;
}

/** Follows calls: what an INVITE (RFC 3261, 13) began, by Call-ID. */
export class SipCalls {
  readonly #calls = new Map<string, Call>();
  #messages = 0;
  /** Calls that were not followed, since there were too many. */
  dropped = 0;

  /** Takes a message with the descriptions of its body, as they were understood. */
  add(message: SipMessage, descriptions: readonly SdpDescription[], time: Timestamp): void {
    this.#messages++;
    const call = this.#callOf(message, time);
    if (call === null) return;
    if (message.method === 'INVITE' && message.status !== null && message.status >= 200) {
      this.#answer(call, message.status, time);
    } else if (message.method === 'BYE' && message.status === null) {
      call.end ??= time;
    }
    for (const description of descriptions) noteMedia(call, description);
  }

  #callOf(message: SipMessage, time: Timestamp): Call | null {
    if (message.callId === null) return null;
    const known = this.#calls.get(message.callId);
    if (known !== undefined) return known;
    if (message.method !== 'INVITE') return null;
    if (this.#calls.size >= MOST_CALLS) {
      this.dropped++;
      return null;
    }
    const call: Call = {
      callId: message.callId,
      from: message.from,
      to: message.to,
      start: time,
      answered: null,
      end: null,
      finalStatus: null,
      media: new Map(),
    };
    this.#calls.set(message.callId, call);
    return call;
  }

  #answer(call: Call, status: number, time: Timestamp): void {
    // What a re-INVITE comes to changes the session, not the call.
    if (call.answered !== null) return;
    call.finalStatus = status;
    if (status < 300) {
      call.answered = time;
      call.end = null;
    } else if (status !== 401 && status !== 407) {
      call.end = time;
    }
  }

  /** @param timeDigits decimal places of the capture's times. */
  report(timeDigits: number): SipAnalysis {
    const calls: SipCallAnalysis[] = [];
    const iso = (time: Timestamp | null) => (time === null ? null : formatTime(time, timeDigits));
    for (const call of this.#calls.values()) {
      calls.push({
        callId: call.callId,
        from: call.from,
        to: call.to,
        startTime: iso(call.start) ?? '',
        answeredTime: iso(call.answered),
        endTime: iso(call.end),
        finalStatus: call.finalStatus,
        media: [...call.media.values()],
      });
    }
    return { messages: this.#messages, calls };
  }
}

function noteMedia(call: Call, description: SdpDescription): void {
  for (const media of description.media) {
    if (media.port === 0 || media.address === null) continue;
    const host = media.address.includes(':') ? `[${media.address}]` : media.address;
    const address = `${host}:${media.port}`;
    const key = `${media.kind} ${address}`;
    if (!call.media.has(key) && call.media.size >= MOST_MEDIA) return;
    // What was said last holds: an answer narrows the offer, a re-INVITE changes it.
    call.media.set(key, { kind: media.kind, address, codecs: [...media.payloads.values()].map(({ codec }) => codec) });
  }
}
