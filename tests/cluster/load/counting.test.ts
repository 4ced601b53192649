import fc from 'fast-check';
import { expect, it } from 'vitest';
import { DelayLine } from '../../../cluster/load/impairment/delay-line.ts';
import { Impairment } from '../../../cluster/load/impairment/impairment.ts';
import { openSpeechClip, openVideoClip } from '../../../cluster/load/media/clips.ts';
import { VideoSource } from '../../../cluster/load/media/video-source.ts';
import { SeededRandom } from '../../../cluster/load/plan/random.ts';
import { IncomingStream } from '../../../cluster/load/rtp/incoming-stream.ts';
import { readRtcp } from '../../../cluster/load/rtp/rtcp-reader.ts';
import { RtcpWriter } from '../../../cluster/load/rtp/rtcp-writer.ts';
import { TransportFeedback } from '../../../cluster/load/rtp/transport-feedback.ts';

const stream = (nack = false) =>
  new IncomingStream({ kind: 'video', ssrc: 7, clockRate: 90_000, mid: null, repairs: null, nack });

it('counts what is missing between the first and the last, over wraps and whatever the order', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 65_535 }),
      fc.integer({ min: 1, max: 4000 }),
      fc.integer({ min: 0, max: 1000 }),
      (first, count, seed) => {
        const random = new SeededRandom(seed);
        const kept: number[] = [];
        for (let at = 0; at < count; at++) if (at === 0 || at === count - 1 || random.next() > 0.2) kept.push(at);
        const inOrder = [...kept];
        for (let at = 1; at + 1 < kept.length; at++) {
          if (random.next() < 0.1) [kept[at], kept[at + 1]] = [kept[at + 1], kept[at]];
        }
        const counted = stream();
        for (const at of kept) counted.packet((first + at) & 0xffff, 0, 100, false, at);
        expect(counted.packets).toBe(inOrder.length);
        expect(counted.lost).toBe(count - inOrder.length);
      },
    ),
  );
});

it('measures jitter as RFC 3550 has it', () => {
  const measured = stream();
  // 20 ms apart by their timestamps; the third comes 8 ms late: D is 8, then -8. J is 0.5 ms, then 0.5 + (8 - 0.5) / 16.
  [0, 20, 48, 60].forEach((arrivalMs, at) => {
    measured.packet(at, at * 1800, 100, false, arrivalMs);
  });
  expect(measured.jitterMs).toBeCloseTo(0.5 + 7.5 / 16, 9);
});

it('asks for what is missing until it comes, and for a picture once it gives up', () => {
  const receiving = stream(true);
  receiving.packet(65_534, 0, 100, true, 0);
  receiving.packet(1, 0, 100, false, 1);
  const due: number[] = [];
  receiving.nacksDue(20, due);
  expect(due).toEqual([65_535, 0]);
  receiving.retransmission(65_535, false);
  expect(receiving).toMatchObject({ recovered: 1, lost: 2 });
  due.length = 0;
  receiving.nacksDue(80, due);
  expect(due).toEqual([0]);
  expect(receiving.takePli(90)).toBe(false);
  receiving.nacksDue(2000, []);
  expect(receiving.takePli(2000)).toBe(true);
});

it('writes NACKs that read as they were meant', () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.integer({ min: 0, max: 300 }), { minLength: 1, maxLength: 100 }), (offsets) => {
      const wanted = offsets.sort((one, other) => one - other).map((offset) => (65_400 + offset) & 0xffff);
      const writer = new RtcpWriter();
      writer.begin();
      writer.nack(1, 2, wanted);
      const read: number[] = [];
      const ignore = () => {};
      const handlers = { senderReport: ignore, reportBlock: ignore, goodbye: ignore, pli: ignore, fir: ignore };
      expect(
        readRtcp(writer.bytes, writer.length, { ...handlers, nack: (_ssrc, sequence) => read.push(sequence) }),
      ).toBe(true);
      expect(read).toEqual(wanted);
    }),
  );
});

it('never throws on bytes that claim to be RTCP', () => {
  const ignore = () => {};
  const handlers = {
    senderReport: ignore,
    reportBlock: ignore,
    goodbye: ignore,
    pli: ignore,
    fir: ignore,
    nack: ignore,
  };
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), fc.constantFrom(200, 201, 203, 205, 206), (bytes, type) => {
      if (bytes.length > 1) {
        bytes[0] |= 0x80;
        bytes[1] = type;
      }
      readRtcp(bytes, bytes.length, handlers);
    }),
  );
});

it('reports arrival by transport-wide numbers (draft-holmer-rmcat-transport-wide-cc-extensions-01)', () => {
  const feedback = new TransportFeedback();
  feedback.packet(65_535, 128);
  feedback.packet(1, 129.5);
  const writer = new RtcpWriter();
  writer.begin();
  expect(feedback.write(writer, 0x01020304, 0x05060708)).toBe(false);
  expect(Buffer.from(writer.bytes.subarray(0, writer.length)).toString('hex')).toBe(
    // Header; SSRCs; base 65535, 3 packets; reference 2 (128 ms), number 0; vector small, missing, small; deltas 0 and 6; padding.
    ['8fcd0005', '01020304', '05060708', 'ffff0003', '00000200', 'd1000006'].join(''),
  );
});

it('drops by its seed, and tells exactly what', () => {
  const options = { loss: 0.1, duplicate: 0.05, reorder: 0, delayMs: 0, jitterMs: 0 };
  const run = () => {
    const impairment = new Impairment(options, new SeededRandom(5));
    const copies = Array.from({ length: 5000 }, (_, at) => impairment.decide(at % 2 === 0 ? 10 : 20).copies);
    return { copies, impairment };
  };
  const { copies, impairment } = run();
  expect(run().copies).toEqual(copies);
  const of = (parity: number, count: number) => copies.filter((copy, at) => at % 2 === parity && copy === count).length;
  expect(impairment.dropped.get(10)).toBe(of(0, 0));
  expect(impairment.dropped.get(20)).toBe(of(1, 0));
  expect(impairment.duplicated.get(10)).toBe(of(0, 2));
  expect(of(0, 0) / 2500).toBeCloseTo(0.1, 1);
});

it('releases what is delayed in the order of its time', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 50 }), { maxLength: 80 }), (delays) => {
      const released: number[] = [];
      const line = new DelayLine((bytes) => released.push(bytes[0]));
      delays.forEach((delayMs, at) => {
        line.hold(Buffer.of(at), delayMs);
      });
      line.releaseDue(100);
      const expected = delays.map((delayMs, at) => ({ delayMs, at })).sort((one, other) => one.delayMs - other.delayMs);
      expect(released).toEqual(expected.map(({ at }) => at));
    }),
  );
});

it('has clips that loop, and video of the rate asked for', () => {
  expect(openSpeechClip().packets.length).toBe(openSpeechClip().levels.length);
  for (const kbps of [100, 300, 2000]) {
    const clip = openVideoClip(kbps);
    expect(clip.keyFrames[0]).toBe(0);
    const source = new VideoSource(clip, kbps, 0);
    let bytes = 0;
    const frames = clip.frames.length * 10;
    for (let at = 0; at < frames; at++) {
      source.next();
      bytes += source.paddedBytes;
      expect(source.paddedBytes).toBeGreaterThanOrEqual(source.frame.length);
    }
    const rate = (bytes * 8 * clip.framesPerSecond) / frames / 1000;
    expect(Math.abs(rate / kbps - 1)).toBeLessThan(0.1);
  }
});
