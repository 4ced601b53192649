import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';

/*
 * All of 127.0.0.0/8 is this machine (RFC 1122, section 3.2.1.3), so each node gets 127.A.N.0/24 and each pod an address of
 * its own. A is this run's, so that runs do not meet.
 */
export const GATEWAY_PORT = 8080;
export const CONTROL_PORT = 7000;
export const HEALTH_PORT = 7001;
export const MEDIA_PORT = 7002;

export interface RunAddresses {
  /** `127.A.N.0/24` of a node: 0 is the master. */
  network(node: number): string;
  host(node: number, pod: number): string;
  /** Gives the run's number free. */
  release(): void;
}

const ATTEMPTS = 50;

/** Finds a number that no other run on this machine has: it is held by listening. */
export async function reserveAddresses(): Promise<RunAddresses> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const run = randomInt(16, 255);
    const guard = await listen(`127.${run}.255.1`);
    if (guard === null) continue;
    return {
      network: (node) => `127.${run}.${node}.0/24`,
      host: (node, pod) => `127.${run}.${node}.${pod + 1}`,
      release: () => guard.close(),
    };
  }
  throw new Error('no free addresses in 127.0.0.0/8');
}

function listen(host: string): Promise<{ close(): void } | null> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(null));
    server.listen({ host, port: GATEWAY_PORT, exclusive: true }, () => resolve(server));
    server.unref();
  });
}
