/** What looking for a frame came to. */
export const FrameStep = {
  /** The frame is whole; `Frame` tells where. */
  frame: 0,
  /** It begins here and goes on beyond the bytes there are. */
  more: 1,
  /** No frame can begin like this: the stream is not, or no longer, in step. */
  lost: 2,
} as const;
export type FrameStep = (typeof FrameStep)[keyof typeof FrameStep];

/** A frame found in a stream; each stream fills its one instance again and again. */
export class Frame {
  /** Bytes from the frame's start to the next one's. */
  bytes = 0;
  /** What it carries, as a datagram. Empty for what separates frames only. */
  payloadAt = 0;
  payloadBytes = 0;
  /** How far from its start a frame without a length was searched for its end, so that no byte is searched twice. */
  searched = 0;

  set(bytes: number, payloadAt: number, payloadBytes: number): void {
    this.bytes = bytes;
    this.payloadAt = payloadAt;
    this.payloadBytes = payloadBytes;
    this.searched = 0;
  }

  /** @returns whether the frame at `at` ends within `end`. */
  stepWithin(at: number, end: number): FrameStep {
    return at + this.bytes <= end ? FrameStep.frame : FrameStep.more;
  }
}

/** Ways to tell frames apart in a TCP stream. */
export const Framing = {
  /** RFC 4571, and with it ICE over TCP (RFC 6544). */
  rfc4571: 1,
  /** STUN messages and TURN channel data one after the other (RFC 8489, 6.2.2; RFC 8656, 12.5). */
  stun: 2,
  /** SIP (RFC 3261, 18.3). */
  sip: 3,
  /** RTSP with interleaved data (RFC 7826, 14). */
  rtsp: 4,
} as const;
export type Framing = (typeof Framing)[keyof typeof Framing];

/** A SIP or RTSP message beyond it is not one. */
export const LARGEST_TEXT_HEADER_BYTES = 64 * 1024;
export const LARGEST_TEXT_BODY_BYTES = 256 * 1024;
