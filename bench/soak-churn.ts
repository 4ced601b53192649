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

/**
 * Pairs join rooms of their own, one sends, the other receives, and both leave: by the control interface, by closing their DTLS session,
 * or (one pair in 16, where that is wanted) without a word.
 *
 * @returns how many joined
 */
export async function churn(
  sfu: OwnSfu,
  certificate: DtlsCertificate,
  { joiners, untilMs, cycle, vanishes }: Churn,
): Promise<number> {
  let joins = 0;
  const one = async (joiner: number) => {
    for (let turn = 0; performance.now() < untilMs; turn++) {
      const room = `churn-${cycle}-${joiner}-${turn}`;
      const sender = new LightPeer(certificate, 'sendonly', CM);
      const receiver = new LightPeer(certificate, 'recvonly', CM);
      await sender.bind();
      await receiver.bind();
      await sfu.joinRoom(room, 'sender', sender, true);
      await sfu.joinRoom(room, 'receiver', receiver, false);
      joins += 2;
      const publisher = new Publisher(sender);
      publisher.start(100);
      await sleep(STAY_MS);
      publisher.stop();
      const way = turn % 16;
      if (way % 2 === 0) {
        await sfu.leave(room, 'sender');
        await sfu.leave(room, 'receiver');
      }
      for (const peer of [sender, receiver]) {
        if (way === 15 && vanishes) peer.vanish();
        else peer.close();
      }
    }
  };
  await Promise.all(Array.from({ length: joiners }, (_, joiner) => one(joiner)));
  return joins;
}
