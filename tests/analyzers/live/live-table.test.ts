import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { Analyzer, LIVE_SORTS, type LiveStream, LiveTable, sortLive } from '../../../analyzers/index.ts';
import { PcapWriter, RecordStep, walkCaptures } from '../../../captures/index.ts';
import { captureCursor, concat } from '../../captures/packets/decoding.ts';
import { root } from '../../cli/program.ts';
import { RtpFeed, rtpBytes } from '../rtp/rtp-feed.ts';

const NOW = 1_767_225_600;
const STREAM: LiveStream = {
  ...{ number: 0, source: 'a:1', destination: 'b:2', transport: 'udp', ssrc: 1, kind: 'audio', codec: 'PCMA' },
  ...{ clockRate: 8000, packets: 100, bytes: 17_200, expected: 100, lost: 0, jitterMs: 1 },
  ...{ firstSeconds: NOW - 2, lastSeconds: NOW },
};

describe('looks at streams', () => {
  it('give rates: since the first packet at first, then over the last five looks', () => {
    const table = new LiveTable();
    const [first] = table.look([STREAM], NOW);
    // 17,200 bytes in two seconds.
    expect(first).toMatchObject({
      bitrateBps: 68_800,
      packetRate: 50,
      lossPercent: 0,
      ageSeconds: 2,
      silentSeconds: 0,
    });
    // A second later, 50 more were expected and 45 came.
    const later = { ...STREAM, packets: 145, bytes: 24_940, expected: 150, lost: 5, lastSeconds: NOW + 1 };
    const [second] = table.look([later], NOW + 1);
    expect(second).toMatchObject({ packetRate: 45, lossPercent: 10, grade: 'bad' });
    expect(second.bitrateBps).toBeCloseTo((24_940 - 17_200) * 8);
    // The loss leaves the window after five looks without one.
    let row = second;
    for (let index = 2; index <= 7; index++) {
      const more = { ...later, packets: 145 + 50 * index, expected: 150 + 50 * index, bytes: 24_940 + 8600 * index };
      row = table.look([{ ...more, lastSeconds: NOW + index }], NOW + index)[0];
    }
    expect(row).toMatchObject({ lossPercent: 0, packetRate: 50, grade: 'good' });
    expect(row.history.lossPercent).toEqual([0, 10, 0, 0, 0, 0, 0, 0]);
  });

  it('do not tell what there is nothing to tell by', () => {
    const table = new LiveTable();
    table.look([STREAM], NOW);
    let [row] = table.look([STREAM], NOW + 4);
    for (let index = 5; index < 10; index++) [row] = table.look([STREAM], NOW + index);
    expect(row).toMatchObject({ lossPercent: null, bitrateBps: 0, packetRate: 0, silentSeconds: 9 });
    expect(row.history.jitterMs.at(-1)).toBeNull();
  });

  it('take back the loss of a packet that was late, but never below none', () => {
    const table = new LiveTable();
    table.look([{ ...STREAM, expected: 101, lost: 1 }], NOW);
    const [row] = table.look([{ ...STREAM, packets: 111, expected: 111, lost: 0 }], NOW + 1);
    expect(row.lossPercent).toBe(0);
  });

  it('keep of a stream that runs for days a history of two minutes, and of one that is gone nothing', () => {
    const table = new LiveTable();
    let row = table.look([STREAM], NOW)[0];
    for (let index = 1; index < 1000; index++) row = table.look([STREAM], NOW + index)[0];
    expect(row.history.bitrateBps).toHaveLength(120);
    table.look([], NOW + 1000);
    expect(table.look([STREAM], NOW + 1001)[0].history.bitrateBps).toHaveLength(1);
  });
});

describe('the order', () => {
  const rows = new LiveTable().look(
    [
      { ...STREAM, number: 3, lost: 1 },
      { ...STREAM, number: 1, jitterMs: 80 },
      { ...STREAM, number: 2, bytes: 90_000, codec: null, jitterMs: null, kind: 'video' },
      { ...STREAM, number: 4, source: 'A:1', firstSeconds: NOW - 9 },
    ],
    NOW,
  );
  it.each([
    ['worst', [1, 3, 4, 2]],
    ['loss', [3, 1, 2, 4]],
    ['jitter', [1, 3, 4, 2]],
    ['bitrate', [2, 1, 3, 4]],
    ['packets', [1, 2, 3, 4]],
    ['age', [4, 1, 2, 3]],
    ['media', [1, 3, 4, 2]],
    ['address', [4, 1, 2, 3]],
  ] as const)('by %s', (sort, numbers) => {
    expect(LIVE_SORTS).toContain(sort);
    expect(sortLive(rows, sort).map(({ number }) => number)).toEqual(numbers);
  });
});

describe('an analysis that is looked at while it runs', () => {
  it.each(['voip.pcap', 'call.pcapng'])('comes to the counts of its report: %s', async (name) => {
    const analyzer = new Analyzer();
    let looks = 0;
    const walked = await walkCaptures([join(root, 'captures/samples', name)], (cursor, _capture, number) => {
      analyzer.record(cursor, number);
      if (++looks % 500 === 0) analyzer.live();
    });
    const live = analyzer.live();
    const { streams } = analyzer.report(walked);
    const told = [...streams].sort((a, b) => Number(a.id.slice(1)) - Number(b.id.slice(1)));
    expect(
      live.map(({ ssrc, packets, bytes, expected, lost, source, destination, clockRate }) => ({
        ...{ ssrc, packets, bytes, expected, lost, source, destination, clockRate },
      })),
    ).toEqual(
      told.map(({ ssrc, packets, bytes, expected, lost, source, destination, clockRate }) => ({
        ...{ ssrc, packets, bytes, expected, lost, source, destination, clockRate },
      })),
    );
    expect(live.length).toBeGreaterThan(1);
  });

  it('forgets streams that are over, and takes one that comes back as another', () => {
    const analyzer = new Analyzer();
    const send = (ssrc: number, count: number, fromSecond: number) => {
      const writer = new PcapWriter({ linkType: 101 });
      const packets = Array.from({ length: count }, (_, index) => {
        const rtp = rtpBytes({ sequence: index, timestamp: index * 160, atNs: 0, ssrc });
        return writer.packet(
          { seconds: fromSecond + Math.floor(index / 50), nanoseconds: (index % 50) * 2e7 },
          ipv4Udp(rtp),
        );
      });
      const cursor = captureCursor(concat(writer.fileHeader(), ...packets));
      while (cursor.advance() === RecordStep.record) analyzer.record(cursor, 0);
    };
    for (let ssrc = 1; ssrc <= 200; ssrc++) {
      send(ssrc, 100, 1000 + ssrc * 10);
      analyzer.forgetSilentSince(1000 + ssrc * 10 - 25);
      expect(analyzer.live().length).toBeLessThanOrEqual(3);
    }
    expect(analyzer.live().map(({ ssrc, packets }) => [ssrc, packets])).toEqual([
      [198, 100],
      [199, 100],
      [200, 100],
    ]);
    send(7, 60, 5000);
    expect(analyzer.live().at(-1)).toMatchObject({ ssrc: 7, packets: 60, lost: 0 });
    expect(analyzer.live().at(-1)!.number).toBeGreaterThanOrEqual(200);
  });
});

it('takes no memory for streams that are over', () => {
  const feed = new RtpFeed();
  for (let ssrc = 1; ssrc <= 5000; ssrc++) {
    for (let sequence = 0; sequence < 5; sequence++) {
      feed.send({ sequence, timestamp: sequence * 160, atNs: (ssrc * 5 + sequence) * 2e7, ssrc });
    }
    if (ssrc % 10 === 0) for (const row of feed.streams.rowsInOrder()) feed.streams.forget(row);
  }
  expect(feed.streams.table.rows).toBeLessThanOrEqual(10);
});

/** RFC 791 and RFC 768, without checksums. */
function ipv4Udp(payload: Uint8Array): Uint8Array {
  const packet = Buffer.alloc(28 + payload.length);
  packet[0] = 0x45;
  packet.writeUInt16BE(packet.length, 2);
  packet[8] = 64;
  packet[9] = 17;
  packet.set([10, 0, 0, 1, 10, 0, 0, 2], 12);
  packet.writeUInt16BE(40_000, 20);
  packet.writeUInt16BE(50_000, 22);
  packet.writeUInt16BE(8 + payload.length, 24);
  packet.set(payload, 28);
  return packet;
}
