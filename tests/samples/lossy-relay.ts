import { createSocket, type Socket } from 'node:dgram';
import { seededRandom } from './random.ts';

/*
 * A UDP relay on the loopback interface between two peers, A and B, that treats media from A to B badly, by plan: it
 * drops and delays RTP (never RTCP, STUN or DTLS) and writes down what it dropped. It stands for the network, so that
 * what a capture at B must show is known.
 */
const BASE_LOSS = 0.002;
const BASE_DELAY_MS = 15;

/** Episodes, by seconds since the first media packet. */
export const EPISODES = {
  loss: { fromSeconds: 8, toSeconds: 8.6, share: 0.35 },
  jitter: { fromSeconds: 13, toSeconds: 16, maxDelayMs: 80 },
  outage: { fromSeconds: 19, toSeconds: 19.25 },
} as const;

export interface LossyRelay {
  /** What A is told as B's port, and B as A's. */
  readonly portForA: number;
  readonly portForB: number;
  /** Where the peers really are; nothing is relayed before. */
  connect(portOfA: number, portOfB: number): void;
  /** RTP sequence numbers dropped from A to B, in the order of dropping, by SSRC. */
  readonly dropped: ReadonlyMap<number, number[]>;
  close(): void;
}

/** RTP by its first two bytes (RFC 7983, RFC 5761): not STUN, DTLS or RTCP. */
function isRtp(message: Buffer): boolean {
  return message.length >= 12 && message[0] >>> 6 === 2 && !(message[1] >= 192 && message[1] <= 223);
}

async function boundSocket(): Promise<Socket> {
  const socket = createSocket('udp4');
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve));
  return socket;
}

export async function openLossyRelay(seed: number): Promise<LossyRelay> {
  const random = seededRandom(seed);
  const towardsA = await boundSocket();
  const towardsB = await boundSocket();
  const dropped = new Map<number, number[]>();
  let ports: { readonly a: number; readonly b: number } | null = null;
  let firstMediaMs: number | null = null;
  let lastDueMs = 0;

  // A browser checks from sockets of its other networks as well; answers to those would reach the wrong one.
  towardsA.on('message', (message, sender) => {
    if (ports === null || sender.port !== ports.a) return;
    const to = ports.b;
    const nowMs = performance.now();
    let delayMs = BASE_DELAY_MS;
    if (isRtp(message)) {
      firstMediaMs ??= nowMs;
      const seconds = (nowMs - firstMediaMs) / 1000;
      if (random() < lossAt(seconds)) {
        const ssrc = message.readUInt32BE(8);
        dropped.set(ssrc, [...(dropped.get(ssrc) ?? []), message.readUInt16BE(2)]);
        return;
      }
      const { fromSeconds, toSeconds, maxDelayMs } = EPISODES.jitter;
      if (seconds >= fromSeconds && seconds < toSeconds) delayMs += random() * maxDelayMs;
    }
    // A queue: what waits longer holds up what comes behind it.
    const dueMs = Math.max(lastDueMs, nowMs + delayMs);
    lastDueMs = dueMs;
    setTimeout(() => towardsB.send(message, to, '127.0.0.1'), dueMs - nowMs);
  });
  towardsB.on('message', (message, sender) => {
    if (ports === null || sender.port !== ports.b) return;
    const to = ports.a;
    setTimeout(() => towardsA.send(message, to, '127.0.0.1'), BASE_DELAY_MS);
  });

  return {
    portForA: towardsA.address().port,
    portForB: towardsB.address().port,
    dropped,
    connect(a, b) {
      ports = { a, b };
    },
    close() {
      towardsA.close();
      towardsB.close();
    },
  };
}

function lossAt(seconds: number): number {
  const { loss, outage } = EPISODES;
  if (seconds >= outage.fromSeconds && seconds < outage.toSeconds) return 1;
  return seconds >= loss.fromSeconds && seconds < loss.toSeconds ? loss.share : BASE_LOSS;
}
