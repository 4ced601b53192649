import { describe, expect, it } from 'vitest';
import { parseSdp } from '../../../analyzers/sdp/parse-sdp.ts';
import { SdpKnowledge } from '../../../analyzers/sdp/sdp-knowledge.ts';
import { RtpFeed, type SentPacket, steady } from './rtp-feed.ts';

function sdp(...lines: string[]): SdpKnowledge {
  const knowledge = new SdpKnowledge();
  const description = parseSdp(['v=0', 'c=IN IP4 198.51.100.1', ...lines].join('\r\n'));
  if (typeof description === 'string') throw new Error(description);
  knowledge.add(description, 'capture');
  return knowledge;
}

function fed(packets: readonly SentPacket[], knowledge?: SdpKnowledge): RtpFeed {
  const feed = new RtpFeed(1, knowledge);
  for (const packet of packets) feed.send(packet);
  return feed;
}

const typed = (payloadType: number, count = 10, first = 0): SentPacket[] =>
  steady(count, first, first * 20e6).map((packet) => ({ ...packet, payloadType }));

/** 48 kHz, 20 ms: what a WebRTC caller sends without telling anyone. */
const opus = (count: number, payloadType = 111): SentPacket[] =>
  Array.from({ length: count }, (_, index) => ({
    ...{
      sequence: index,
      timestamp: index * 960,
      payloadType,
      payloadBytes: 80,
      atNs: index * 20e6 + (index % 3) * 1e6,
    },
  }));

/** RFC 4733: one event of five packets, which share the timestamp. */
function event(first: number, payloadType: number): SentPacket[] {
  return Array.from({ length: 5 }, (_, index) => ({
    ...{ sequence: first + index, timestamp: first * 160, payloadType, payloadBytes: 4, atNs: (first + index) * 20e6 },
  }));
}

describe('what is known of a payload', () => {
  it('comes from the static table (RFC 3551) without SDP', () => {
    expect(fed(typed(0)).facts()).toMatchObject({
      ...{ codec: 'PCMU', kind: 'audio', kindSource: 'static', clockRate: 8000, clockRateSource: 'static' },
      ...{ clockRateConfidence: 1, payloadTypes: [0], encrypted: null },
    });
    expect(fed(typed(9)).facts()).toMatchObject({ codec: 'G722', clockRate: 8000 });
    expect(fed(typed(34)).facts()).toMatchObject({ codec: 'H263', clockRate: 90_000, kind: 'video' });
  });

  it('comes from SDP before the static table', () => {
    const knowledge = sdp('m=audio 5004 RTP/SAVP 0 96', 'a=rtpmap:0 L16/16000', 'a=rtpmap:96 opus/48000/2');
    expect(fed(typed(0), knowledge).facts()).toMatchObject({
      ...{ codec: 'L16', clockRate: 16_000, clockRateSource: 'sdp', kind: 'audio', kindSource: 'sdp', encrypted: true },
    });
  });

  it('is inferred from the packets where nobody tells', () => {
    expect(fed(opus(200)).facts()).toMatchObject({
      ...{ codec: null, clockRate: 48_000, clockRateSource: 'inferred', kind: 'audio', kindSource: 'packets' },
      inferredRate: 48_000,
    });
    expect(fed(opus(3)).facts()).toMatchObject({
      ...{ clockRate: null, clockRateSource: 'unknown', clockRateConfidence: null, kind: 'unknown', kindSource: null },
    });
  });

  it('is inferred for types that SDP on the flow does not name', () => {
    const facts = fed(opus(200), sdp('m=audio 5004 RTP/AVP 8')).facts();
    expect(facts).toMatchObject({ clockRate: 48_000, clockRateSource: 'inferred', codec: null });
  });

  it('tells the codec from what travels beside it: events and comfort noise', () => {
    const packets = [...typed(0, 4), ...event(4, 101), ...typed(13, 20, 9), ...event(29, 101)];
    const facts = fed(packets).facts();
    expect(facts).toMatchObject({
      ...{ codec: 'PCMU', clockRate: 8000, payloadTypes: [0, 13, 101], comfortNoisePackets: 20, telephoneEvents: 10 },
    });
  });

  it('takes events for events by SDP, and by the look of them without', () => {
    const knowledge = sdp('m=audio 5004 RTP/AVP 8 97', 'a=rtpmap:97 telephone-event/8000');
    expect(fed([...typed(8, 20), ...event(20, 97)], knowledge).facts()).toMatchObject({
      codec: 'PCMA',
      telephoneEvents: 5,
    });
    const alone = fed(event(0, 101));
    expect(alone.facts()).toMatchObject({
      codec: 'telephone-event',
      kind: 'audio',
      telephoneEvents: 5,
      clockRate: null,
    });
    // Timestamps of events say nothing of when they were sent.
    expect(alone.measure().jitterMs).toBeNull();
  });

  it('counts jitter of the codec alone where events come between', () => {
    const feed = fed([...typed(8, 50), ...event(50, 101), ...typed(8, 50, 55)]);
    expect(feed.measure()).toMatchObject({ packets: 105, lost: 0, jitterMs: { mean: 0, max: 0 } });
  });

  it('names header extensions and repaired streams as SDP does', () => {
    const knowledge = sdp(
      'm=video 5004 RTP/AVPF 96 97',
      'a=rtpmap:96 VP8/90000',
      'a=rtpmap:97 rtx/90000',
      'a=fmtp:97 apt=96',
      'a=extmap:3 http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time',
      'a=ssrc-group:FID 1 2',
      'a=ssrc:1 cname:a',
      'a=ssrc:2 cname:a',
    );
    const feed = fed(
      [...typed(96), ...typed(97)].map((packet) => ({ ...packet, ssrc: packet.payloadType! - 95 })),
      knowledge,
    );
    expect(feed.facts(0)).toMatchObject({ codec: 'VP8', kind: 'video', repairsSsrc: null });
    expect(feed.facts(0).extensions.get(3)).toMatch(/abs-send-time$/);
    expect(feed.facts(1)).toMatchObject({ codec: 'rtx', kind: 'rtx', repairsSsrc: 1, repairsSource: 'sdp' });
  });

  it('follows SDP that comes after the packets', () => {
    const knowledge = new SdpKnowledge();
    const feed = fed(opus(200, 96), knowledge);
    expect(feed.measure()).toMatchObject({ clockRate: 48_000, clockRateSource: 'inferred' });
    const answer = parseSdp('v=0\r\nc=IN IP4 198.51.100.1\r\nm=audio 5004 RTP/AVP 96\r\na=rtpmap:96 L16/24000\r\n');
    if (typeof answer === 'string') throw new Error(answer);
    knowledge.add(answer, 'capture');
    const found = feed.measure();
    expect(found).toMatchObject({ codec: 'L16', clockRate: 24_000, clockRateSource: 'sdp' });
    // 960 ticks are 40 ms then, where the packets come each 20 ms: J goes towards 20 ms.
    expect(found.jitterMs!.max).toBeGreaterThan(19);
  });
});
