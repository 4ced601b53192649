import { describe, expect, it } from 'vitest';
import { type Endpoint, pcapFile, type TimedFrame, udpFrame } from '../../samples/frames.ts';
import { analysisOfBytes } from '../analysis-of.ts';
import { rtpBytes } from '../rtp/rtp-feed.ts';
import { attribute, stun, text } from './stun-building.ts';

const START_US = 1_767_225_600e6;
const CLIENT = { address: '192.0.2.10', port: 50_000 };
const OTHER = { address: '192.0.2.11', port: 50_000 };
const NODE = { address: '10.0.0.1', port: 10_000 };
const POD = { address: '10.244.1.7', port: 10_000 };
const PACKETS = 100;
/** From one point of capture to the next. */
const HOP_US = 40;

const check = (transaction: number) =>
  Buffer.from(stun(0x0001, transaction, text(0x0006, 'bbbb:aaaa'), attribute(0x8029, new Uint8Array(8))));
const rtp = (sequence: number, ssrc: number) =>
  Buffer.from(rtpBytes({ sequence, timestamp: sequence * 160, atNs: 0, ssrc }));

class Capture {
  readonly frames: TimedFrame[] = [];

  add(atMs: number, from: Endpoint, to: Endpoint, payload: Buffer, laterUs = 0): void {
    const timeUs = START_US + atMs * 1000 + laterUs;
    this.frames.push({ timeUs, frame: udpFrame(from, to, payload, this.frames.length) });
  }

  /** At the node's card, then in the pod; what a pod sends the other way round. */
  call(client: Endpoint, transactions: readonly number[], points: readonly Endpoint[], dropAtNode = 0): void {
    transactions.forEach((transaction, count) => {
      for (const [hop, at] of points.entries()) this.add(count, client, at, check(transaction), hop * HOP_US);
    });
    for (let packet = 0; packet < PACKETS; packet++) {
      for (const [hop, at] of points.entries()) {
        if (at === NODE && packet < dropAtNode) continue;
        this.add(20 + packet * 20, client, at, rtp(packet, 1), hop * HOP_US);
        this.add(20 + packet * 20, at, client, rtp(packet, 2), -hop * HOP_US);
      }
    }
  }

  analysis() {
    const { streams, traffic, findings } = analysisOfBytes(pcapFile(this.frames));
    const shown = streams.map(
      ({ source, destination, ssrc, packets }) => `${ssrc} ${source} ${destination} ${packets}`,
    );
    return { shown: shown.toSorted(), traffic, codes: findings.map(({ code }) => code) };
  }
}

const NODE_STREAMS = [`1 192.0.2.10:50000 10.0.0.1:10000 ${PACKETS}`, `2 10.0.0.1:10000 192.0.2.10:50000 ${PACKETS}`];

describe('packets captured before and after an address translation', () => {
  it('are counted once, with a finding', () => {
    const capture = new Capture();
    capture.call(CLIENT, [1, 2, 3], [NODE, POD]);
    const { shown, traffic, codes } = capture.analysis();
    expect(shown).toEqual(NODE_STREAMS);
    expect(traffic).toMatchObject({ translatedStreams: 2, rejectedSources: 0 });
    expect(codes).toContain('seen-translated');
  });

  it('are counted where more of them were captured', () => {
    const capture = new Capture();
    capture.call(CLIENT, [1, 2, 3], [NODE, POD], 10);
    expect(capture.analysis().shown).toEqual([
      `1 192.0.2.10:50000 10.244.1.7:10000 ${PACKETS}`,
      `2 10.244.1.7:10000 192.0.2.10:50000 ${PACKETS}`,
    ]);
  });

  it('are not taken for what goes to several, even by the same numbers', () => {
    const capture = new Capture();
    capture.call(CLIENT, [1, 2, 3], [NODE]);
    // An SFU that keeps SSRC and numbers, each subscriber with checks of its own.
    capture.call(OTHER, [4, 5, 6], [NODE]);
    const { shown, traffic, codes } = capture.analysis();
    expect(shown).toHaveLength(4);
    expect(traffic.translatedStreams).toBe(0);
    expect(codes).not.toContain('seen-translated');
  });

  it('are not known by one request alone, nor by the same one again', () => {
    const capture = new Capture();
    capture.call(CLIENT, [1, 1, 1], [NODE, POD]);
    expect(capture.analysis().shown).toHaveLength(4);
  });

  it('are not known by requests that are apart', () => {
    const capture = new Capture();
    capture.call(CLIENT, [1, 2], [NODE]);
    const later = new Capture();
    later.call(CLIENT, [1, 2], [POD]);
    capture.frames.push(...later.frames.map(({ timeUs, frame }) => ({ timeUs: timeUs + 5e6, frame })));
    expect(capture.analysis().shown).toHaveLength(4);
  });
});
