import { afterEach } from 'vitest';
import { type Gateway, type GatewayOptions, openGateway } from '../../../cluster/gateway/gateway.ts';
import type { LogFields } from '../../../cluster/gateway/gateway-log.ts';
import { staticDirectory } from '../../../cluster/gateway/sfu-directory.ts';
import { ControlDouble } from './control-double.ts';

export const TOKEN_SECRET = 'a secret of thirty-two characters';

export interface TestConference {
  readonly url: string;
  readonly gateway: Gateway;
  readonly sfus: readonly ControlDouble[];
  readonly logged: { readonly text: string; readonly fields: LogFields }[];
}

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close();
});

/** A gateway, ready, and control interfaces for it. All of it ends with the test. */
export async function openTestGateway(count: number, options: Partial<GatewayOptions> = {}): Promise<TestConference> {
  const sfus = await Promise.all(Array.from({ length: count }, (_, index) => ControlDouble.open(`sfu-${index + 1}`)));
  for (const sfu of sfus) closing.push(() => sfu.die());
  const logged: TestConference['logged'] = [];
  const gateway = await openGateway({
    host: '127.0.0.1',
    port: 0,
    page: { html: '<!doctype html><title>page</title>', script: 'page();', style: 'p {}' },
    admission: { tokenSecret: TOKEN_SECRET, open: true },
    directory: staticDirectory(sfus.map(({ url }) => url)),
    controlSecret: 'control-secret',
    limits: { rooms: 100, participantsInRoom: 50 },
    joinsPerSecond: 1000,
    behindProxy: false,
    log: (_level, text, fields = {}) => logged.push({ text, fields }),
    ...options,
  });
  closing.push(() => gateway.close());
  await until(() => [...gateway.conference.links.values()].every(({ status }) => status !== null));
  return { url: gateway.url, gateway, sfus, logged };
}

/** Waits for what must come about, long enough for a machine that is busy with other things. */
export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  const endMs = performance.now() + 60_000;
  while (performance.now() < endMs) {
    if (await condition()) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error(`it did not come about: ${condition}`);
}
