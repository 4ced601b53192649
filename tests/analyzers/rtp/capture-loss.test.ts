import { describe, expect, it } from 'vitest';
import { CaptureLoss } from '../../../analyzers/rtp/capture-loss.ts';
import { RtpFeed, type SentPacket } from './rtp-feed.ts';

/** Streams of 20 ms by row, all of them running throughout. */
function watch(senders: readonly string[]) {
  return new CaptureLoss({ countRunning: () => senders.length, sender: (row) => senders[row] });
}

describe('holes in all streams at once', () => {
  it('are suspected to be the capture’s', () => {
    const loss = watch(['a', 'b', 'b', 'c']);
    for (let row = 0; row < 4; row++) loss.hole(row, row + 1, 100 + row * 0.05);
    expect([0, 1, 2, 3].map((row) => loss.suspected().get(row))).toEqual([1, 2, 3, 4]);
  });

  it('need three streams, two senders and four streams in five', () => {
    const two = watch(['a', 'b']);
    for (let row = 0; row < 2; row++) two.hole(row, 1, 100);
    expect(two.suspected().size).toBe(0);
    const oneSender = watch(['a', 'a', 'a', 'a']);
    for (let row = 0; row < 4; row++) oneSender.hole(row, 1, 100);
    expect(oneSender.suspected().size).toBe(0);
    const few = watch(['a', 'b', 'c', 'd', 'e']);
    for (let row = 0; row < 3; row++) few.hole(row, 1, 100);
    expect(few.suspected().size).toBe(0);
    for (let row = 0; row < 4; row++) few.hole(row, 1, 200);
    expect(few.suspected().get(0)).toBe(1);
  });

  it('lie within 0.2 s of the first', () => {
    const loss = watch(['a', 'b', 'c']);
    loss.hole(0, 1, 100);
    loss.hole(1, 1, 100.19);
    loss.hole(2, 1, 100.21);
    expect(loss.suspected().size).toBe(0);
  });

  it('may be several of one stream', () => {
    const loss = watch(['a', 'b', 'c']);
    for (const row of [0, 1, 2, 0, 0]) loss.hole(row, 2, 100);
    expect(loss.suspected().get(0)).toBe(6);
  });

  it('are judged the same when asked in the middle of a moment', () => {
    const asked = watch(['a', 'b', 'c']);
    for (let row = 0; row < 3; row++) {
      asked.hole(row, 1, 100 + row * 0.01);
      asked.suspected();
    }
    expect([...asked.suspected().values()]).toEqual([1, 1, 1]);
    asked.hole(0, 5, 100.1);
    expect([...asked.suspected().values()]).toEqual([6, 1, 1]);
    asked.hole(0, 5, 200);
    expect([...asked.suspected().values()]).toEqual([6, 1, 1]);
  });
});

describe('capture loss of streams', () => {
  /** Streams of 4 senders at 50 packets a second for 10 s, in the order of time. */
  function traffic(streams: number, missing: (stream: number, index: number) => boolean): SentPacket[] {
    const packets: SentPacket[] = [];
    for (let stream = 0; stream < streams; stream++) {
      for (let index = 0; index < 500; index++) {
        if (missing(stream, index)) continue;
        packets.push({
          ...{
            sequence: index,
            timestamp: index * 160,
            ssrc: stream + 1,
            sender: 1 + (stream % 4),
            port: 5004 + stream,
          },
          atNs: index * 20e6 + stream * 1e6,
        });
      }
    }
    return packets.sort((a, b) => a.atNs - b.atNs);
  }

  function suspected(packets: readonly SentPacket[]): number[] {
    const feed = new RtpFeed();
    for (const packet of packets) feed.send(packet);
    return feed.streams.rowsInOrder().map((row) => feed.measure(row).suspectedCaptureLoss);
  }

  const hole = (index: number) => index >= 200 && index < 215;

  it('is suspected of all of it where every stream has a hole at one moment', () => {
    expect(suspected(traffic(6, (_, index) => hole(index)))).toEqual(new Array(6).fill(1));
  });

  it('is suspected of a part where a stream lost more by itself', () => {
    const found = suspected(
      traffic(6, (stream, index) => hole(index) || (stream === 2 && index >= 400 && index < 430)),
    );
    expect(found).toEqual([1, 1, 15 / 45, 1, 1, 1]);
  });

  it('is not suspected where one stream has a hole', () => {
    expect(suspected(traffic(6, (stream, index) => stream === 2 && hole(index)))).toEqual(new Array(6).fill(0));
  });

  it('is not suspected where streams have their holes one after the other', () => {
    const found = suspected(traffic(6, (stream, index) => index >= 100 + stream * 20 && index < 115 + stream * 20));
    expect(found).toEqual(new Array(6).fill(0));
  });

  it('is suspected whatever streams come and go before and after', () => {
    const others = (atNs: number, first: number) =>
      traffic(6, () => false).map((packet) => ({
        ...packet,
        ...{ ssrc: packet.ssrc! + first, port: packet.port! + first, atNs: packet.atNs + atNs },
      }));
    const packets = [
      ...others(0, 100),
      ...traffic(6, (_, index) => hole(index)).map((packet) => ({ ...packet, atNs: packet.atNs + 20e9 })),
      ...others(40e9, 200),
    ];
    expect(suspected(packets).slice(6, 12)).toEqual(new Array(6).fill(1));
  });

  it('is suspected beside streams too thin to show a hole, such as RTX', () => {
    const thin = traffic(6, (_, index) => index % 25 !== 0).map((packet) => ({
      ...packet,
      ...{ ssrc: packet.ssrc! + 100, port: packet.port! + 100, sequence: packet.sequence / 25 },
    }));
    const packets = [...traffic(6, (_, index) => hole(index)), ...thin].sort((a, b) => a.atNs - b.atNs);
    const feed = new RtpFeed();
    for (const packet of packets) feed.send(packet);
    const found = feed.streams.rowsInOrder().map((row) => feed.measure(row));
    for (const { ssrc, suspectedCaptureLoss } of found) expect(suspectedCaptureLoss).toBe(ssrc < 100 ? 1 : 0);
  });

  it('is the same when asked while the holes open', () => {
    const packets = traffic(6, (_, index) => hole(index));
    const feed = new RtpFeed();
    for (const packet of packets) {
      feed.send(packet);
      if (packet.sequence === 215) for (const row of feed.streams.rowsInOrder()) feed.measure(row);
    }
    expect(feed.streams.rowsInOrder().map((row) => feed.measure(row).suspectedCaptureLoss)).toEqual(
      new Array(6).fill(1),
    );
  });
});
