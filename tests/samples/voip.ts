import { type Endpoint, pcapFile, type TimedFrame, udpFrame } from './frames.ts';
import { seededRandom } from './random.ts';
import { compound, type Report } from './rtcp-report.ts';
import { CALLER_ADDRESS, SIP_PORT, sdp, sip } from './sip-messages.ts';

/*
 * A telephone call as the caller's machine sees it: SIP (RFC 3261) with SDP, 20 seconds of G.711 A-law both ways, RTCP
 * in clear, one DTMF digit (RFC 4733). What comes in suffers a jitter episode, two bursts of loss and one late packet; of
 * what goes out nothing is missing here, but the callee reports loss: it happened beyond the capture point.
 */
const START_US = Date.UTC(2026, 0, 15, 10, 0, 0) * 1000;
const CALLER = { address: CALLER_ADDRESS, ssrc: 0x1a2b3c4d, cname: `alice@${CALLER_ADDRESS}` };
const CALLEE = { address: '198.51.100.20', ssrc: 0x5e6f7a8b, cname: 'bob@198.51.100.20' };
const RTP_PORTS = { caller: 40000, callee: 41000 };
const MEDIA_START_US = START_US + 2_160_000;
const PACKETS = 1000;
const PACKET_TIME_US = 20_000;
const ONE_WAY_US = 20_000;
/** Sequence numbers from the first packet: two bursts. The first lies in a bad patch, the second is one run. */
const LOST = [290, 291, 293, 296, 297, 298, 301, 303, 304, 307, 620, 621, 622, 623, 624];
const LATE = 450;
const JITTERY = { from: 400, to: 540 };
const DIGIT = { from: 700, packets: 8 };

export interface VoipTruth {
  readonly description: string;
  readonly streams: readonly {
    readonly ssrc: number;
    readonly source: string;
    readonly destination: string;
    readonly packets: number;
    readonly expected: number;
    readonly lost: number;
    readonly lostSequenceNumbers: readonly number[];
    readonly late: number;
    readonly jitterMs: { readonly mean: number; readonly max: number } | null;
  }[];
  readonly sipMessages: number;
  readonly rtcpCompounds: number;
  readonly reportedLostByCallee: number;
}

/** One sample of a 440 Hz tone as G.711 A-law (ITU-T G.711, table 1a). */
function toneSample(sample: number): number {
  let value = Math.round(8000 * Math.sin((2 * Math.PI * 440 * sample) / 8000));
  const sign = value >= 0 ? 0x80 : 0;
  if (value < 0) value = -value - 1;
  value >>= 4;
  let exponent = 0;
  while (value > 31) {
    value >>= 1;
    exponent++;
  }
  const mantissa = value & 15;
  if (exponent > 0 || value > 15) exponent++;
  return (sign | (exponent << 4) | mantissa) ^ 0x55;
}

interface Rtp {
  readonly ssrc: number;
  readonly sequence: number;
  readonly timestamp: number;
  readonly payloadType: number;
  readonly marker: boolean;
  readonly payload: Buffer;
}

function rtpBytes({ ssrc, sequence, timestamp, payloadType, marker, payload }: Rtp): Buffer {
  const header = Buffer.alloc(12);
  header[0] = 0x80;
  header[1] = (marker ? 0x80 : 0) | payloadType;
  header.writeUInt16BE(sequence & 0xffff, 2);
  header.writeUInt32BE(timestamp >>> 0, 4);
  header.writeUInt32BE(ssrc, 8);
  return Buffer.concat([header, payload]);
}

/** Packet `index` of a stream: tone, or a piece of the digit 5 where `index` lies in it. */
function mediaPacket(
  ssrc: number,
  firstSequence: number,
  firstTimestamp: number,
  index: number,
  hasDigit: boolean,
): Rtp {
  const sequence = firstSequence + index;
  const inDigit = index - DIGIT.from;
  if (hasDigit && inDigit >= 0 && inDigit < DIGIT.packets) {
    const payload = Buffer.from([5, inDigit >= DIGIT.packets - 3 ? 0x8a : 0x0a, 0, 0]);
    payload.writeUInt16BE(Math.min(inDigit + 1, DIGIT.packets - 3) * 160, 2);
    const timestamp = firstTimestamp + DIGIT.from * 160;
    return { ssrc, sequence, timestamp, payloadType: 101, marker: inDigit === 0, payload };
  }
  const payload = Buffer.from(Array.from({ length: 160 }, (_, sample) => toneSample(index * 160 + sample)));
  return { ssrc, sequence, timestamp: firstTimestamp + index * 160, payloadType: 8, marker: index === 0, payload };
}

interface Arrival {
  readonly timeUs: number;
  readonly timestamp: number;
}

/** The estimates J of RFC 3550, 6.4.1 and A.8, in ms: one for each packet but the first, in the order of arrival. */
function jitterEstimates(arrivals: readonly Arrival[]): number[] {
  let jitter = 0;
  return arrivals.slice(1).map((arrival, before) => {
    const spacingMs = (arrival.timeUs - arrivals[before].timeUs) / 1000;
    const mediaMs = ((arrival.timestamp - arrivals[before].timestamp) | 0) / 8;
    jitter += (Math.abs(spacingMs - mediaMs) - jitter) / 16;
    return jitter;
  });
}

/** Makes the whole capture and what is true of it; always the same. */
export function voipCall(): { readonly pcap: Buffer; readonly truth: VoipTruth } {
  const random = seededRandom(20260115);
  const frames: TimedFrame[] = [];
  let identification = 1;
  const send = (timeUs: number, source: Endpoint, destination: Endpoint, payload: Buffer) => {
    frames.push({ timeUs: Math.round(timeUs), frame: udpFrame(source, destination, payload, identification++) });
  };
  const caller = (port: number): Endpoint => ({ address: CALLER.address, port });
  const callee = (port: number): Endpoint => ({ address: CALLEE.address, port });

  const signalling: [number, boolean, Buffer][] = [
    [
      0,
      true,
      sip('INVITE sip:bob@example.com SIP/2.0', '1 INVITE', false, sdp(CALLER.address, RTP_PORTS.caller, 'alice')),
    ],
    [41_000, false, sip('SIP/2.0 100 Trying', '1 INVITE', false)],
    [182_000, false, sip('SIP/2.0 180 Ringing', '1 INVITE', true)],
    [2_120_000, false, sip('SIP/2.0 200 OK', '1 INVITE', true, sdp(CALLEE.address, RTP_PORTS.callee, 'bob'))],
    [2_124_000, true, sip(`ACK sip:bob@${CALLEE.address} SIP/2.0`, '1 ACK', true)],
    [22_400_000, true, sip(`BYE sip:bob@${CALLEE.address} SIP/2.0`, '2 BYE', true)],
    [22_442_000, false, sip('SIP/2.0 200 OK', '2 BYE', true)],
  ];
  for (const [atUs, outgoing, message] of signalling) {
    const [source, destination] = outgoing
      ? [caller(SIP_PORT), callee(SIP_PORT)]
      : [callee(SIP_PORT), caller(SIP_PORT)];
    send(START_US + atUs, source, destination, message);
  }

  let outgoing = 0;
  const incoming: Arrival[] = [];
  const out = { sequence: 65_200, timestamp: 0x10002000 };
  const inn = { sequence: 12_345, timestamp: 0xfffe0000 };
  let arrivalUs = 0;
  for (let index = 0; index < PACKETS; index++) {
    const sentUs = MEDIA_START_US + index * PACKET_TIME_US;
    const going = mediaPacket(CALLER.ssrc, out.sequence, out.timestamp, index, true);
    const goingUs = Math.round(sentUs + random() * 60);
    outgoing++;
    send(goingUs, caller(RTP_PORTS.caller), callee(RTP_PORTS.callee), rtpBytes(going));

    const coming = mediaPacket(CALLEE.ssrc, inn.sequence, inn.timestamp, index, false);
    const isJittery = index >= JITTERY.from && index < JITTERY.to;
    const queueUs = -Math.log(1 - random()) * (isJittery ? 18_000 : 700);
    const inOrderUs = Math.max(arrivalUs + 100, Math.round(sentUs - 20_000 + ONE_WAY_US + queueUs));
    if (LOST.includes(index)) continue;
    const comingUs = index === LATE ? inOrderUs + 75_000 : inOrderUs;
    if (index !== LATE) arrivalUs = inOrderUs;
    incoming.push({ timeUs: comingUs, timestamp: coming.timestamp });
    send(comingUs, callee(RTP_PORTS.callee), caller(RTP_PORTS.caller), rtpBytes(coming));
  }
  incoming.sort((a, b) => a.timeUs - b.timeUs);
  const jitters = jitterEstimates(incoming);

  // Reports every 5 s: the caller tells what arrived here, the callee what arrived there, 2 % less than was sent.
  const reportedLost = [0, 5, 10, 15, 20];
  let lastFromCallee: number | null = null;
  for (let round = 1; round <= 4; round++) {
    const passed = round * 250 - 1;
    const atUs = MEDIA_START_US + round * 5_000_000 + 3_000;
    const lostBy = (index: number) => LOST.filter((lost) => lost <= index).length;
    const arrived = incoming.filter((packet) => packet.timeUs <= atUs);
    const own: Report = {
      ...{ ssrc: CALLER.ssrc, cname: CALLER.cname, ntpUs: atUs, rtpTimestamp: out.timestamp + (passed + 1) * 160 },
      ...{ packets: passed + 1, about: CALLEE.ssrc, lost: lostBy(passed), lostBefore: lostBy(passed - 250) },
      ...{ expectedSince: 250, highest: inn.sequence + passed, lastReportUs: lastFromCallee, delayUs: 0 },
      jitterUnits: Math.round((jitterEstimates(arrived).at(-1) ?? 0) * 8),
    };
    const delayUs = lastFromCallee === null ? 0 : atUs - (lastFromCallee + ONE_WAY_US);
    send(atUs, caller(RTP_PORTS.caller + 1), callee(RTP_PORTS.callee + 1), compound({ ...own, delayUs }, round === 4));
    const answerUs = atUs + 140_000;
    const answer: Report = {
      ...{ ssrc: CALLEE.ssrc, cname: CALLEE.cname, ntpUs: answerUs, rtpTimestamp: inn.timestamp + (passed + 8) * 160 },
      ...{ packets: Math.min(passed + 8, PACKETS), about: CALLER.ssrc, lost: reportedLost[round] },
      ...{ lostBefore: reportedLost[round - 1], expectedSince: 250, highest: out.sequence + passed },
      ...{ jitterUnits: 22, lastReportUs: atUs, delayUs: answerUs - atUs - ONE_WAY_US },
    };
    send(
      answerUs + ONE_WAY_US,
      callee(RTP_PORTS.callee + 1),
      caller(RTP_PORTS.caller + 1),
      compound(answer, round === 4),
    );
    lastFromCallee = answerUs;
  }

  const endpoints = {
    caller: `${CALLER.address}:${RTP_PORTS.caller}`,
    callee: `${CALLEE.address}:${RTP_PORTS.callee}`,
  };
  return {
    pcap: pcapFile(frames),
    truth: {
      description:
        'A SIP call with G.711 A-law, captured at the caller. Made by tests/samples/voip.ts, always the same.',
      streams: [
        {
          ...{ ssrc: CALLER.ssrc, source: endpoints.caller, destination: endpoints.callee },
          ...{ packets: outgoing, expected: PACKETS, lost: 0, lostSequenceNumbers: [], late: 0 },
          // The packets of a telephone event share a timestamp: what its jitter is, is a matter of definition.
          jitterMs: null,
        },
        {
          ...{ ssrc: CALLEE.ssrc, source: endpoints.callee, destination: endpoints.caller },
          ...{ packets: incoming.length, expected: PACKETS, lost: LOST.length, late: 1 },
          lostSequenceNumbers: LOST.map((index) => inn.sequence + index),
          jitterMs: {
            mean: jitters.reduce((sum, jitter) => sum + jitter, 0) / jitters.length,
            max: Math.max(...jitters),
          },
        },
      ],
      sipMessages: signalling.length,
      rtcpCompounds: 8,
      reportedLostByCallee: 20,
    },
  };
}
