import type { DtlsCertificate } from '../cluster/dtls/dtls-certificate.ts';
import type { OwnSfu } from './forwarders.ts';
import { CM, Publisher } from './forwarding-load.ts';
import { LightPeer } from './light-peer.ts';

const STAY_MS = 150;
const sleep = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

interface Churn {
  /** Rooms in which somebody comes and goes at any time. */
  readonly joiners: number;
  /** Of `performance.now()`: nobody comes any more from then on. */
  readonly untilMs: number;
  readonly cycle: number;
  /** Whether some go without a word; the SFU takes 15 s to miss them. */
  readonly vanishes: boolean;
}

interface Churned {
  readonly joins: number;
  readonly failed: number;
  readonly why: string | null;
}

/**
 * Pairs join rooms of their own, one sends, the other receives, and both leave: by the control interface, by closing their DTLS session,
 * or (one pair in 16, where that is wanted) without a word.
 *
 * @returns how many joined and how many pairs did not, and why the first of those
 */
export async function churn(
  sfu: OwnSfu,
  certificate: DtlsCertificate,
  { joiners, untilMs, cycle, vanishes }: Churn,
): Promise<Churned> {
  const done = { joins: 0, failed: 0, why: null as string | null };
  const one = async (joiner: number) => {
    for (let turn = 0; performance.now() < untilMs; turn++) {
      const room = `churn-${cycle}-${joiner}-${turn}`;
      const sender = new LightPeer(certificate, 'sendonly', CM);
      const receiver = new LightPeer(certificate, 'recvonly', CM);
      const publisher = new Publisher(sender);
      await sender.bind();
      await receiver.bind();
      try {
        await sfu.joinRoom(room, 'sender', sender, true);
        await sfu.joinRoom(room, 'receiver', receiver, false);
        done.joins += 2;
        publisher.start(100);
        await sleep(STAY_MS);
      } catch (error) {
        done.failed++;
        done.why ??= (error as Error).message;
      }
      publisher.stop();
      const way = turn % 16;
      if (way % 2 === 0) for (const name of ['sender', 'receiver']) await sfu.leave(room, name).catch(() => {});
      for (const peer of [sender, receiver]) {
        if (way === 15 && vanishes) peer.vanish();
        else peer.close();
      }
    }
  };
  await Promise.all(Array.from({ length: joiners }, (_, joiner) => one(joiner)));
  return done;
}
