import { DtlsCertificate } from '../../../cluster/dtls/dtls-certificate.ts';
import { type DtlsHandlers, type DtlsOptions, DtlsSession } from '../../../cluster/dtls/dtls-session.ts';
import type { SrtpKeys } from '../../../cluster/srtp/srtp-profile.ts';

/** One end, and all that its handlers were told. */
export class End implements DtlsHandlers {
  session!: DtlsSession;
  keys: SrtpKeys | null = null;
  fingerprint: string | null = null;
  reason: string | null = null;
  isClosed = false;
  readonly received: string[] = [];
  deliver: (datagram: Buffer) => void = () => {};
  readonly settled: Promise<void>;
  #settle!: () => void;

  constructor() {
    this.settled = new Promise((resolve) => {
      this.#settle = resolve;
    });
  }

  send(datagram: Uint8Array): void {
    this.deliver(Buffer.from(datagram));
  }
  connected(keys: SrtpKeys, fingerprint: string): void {
    this.keys = keys;
    this.fingerprint = fingerprint;
    this.#settle();
  }
  failed(reason: string): void {
    this.reason = reason;
    this.#settle();
  }
  data(bytes: Uint8Array): void {
    this.received.push(Buffer.from(bytes).toString('latin1'));
  }
  closed(): void {
    this.isClosed = true;
  }
}

export const SERVER = await DtlsCertificate.create();
export const CLIENT = await DtlsCertificate.create();

export interface PairOptions {
  readonly server?: DtlsOptions;
  readonly client?: DtlsOptions;
  readonly serverExpects?: string;
  readonly clientExpects?: string;
  /** What becomes of a datagram on its way: nothing (lost), or what arrives. */
  readonly network?: (datagram: Buffer, to: 'server' | 'client') => readonly Buffer[];
}

/** A server and a client over a network of the test's making. Not started. */
export function pair(options: PairOptions = {}): { server: End; client: End } {
  const server = new End();
  const client = new End();
  const network = options.network ?? ((datagram: Buffer) => [datagram]);
  server.session = new DtlsSession(
    'server',
    SERVER,
    options.serverExpects ?? CLIENT.fingerprint,
    server,
    options.server,
  );
  client.session = new DtlsSession(
    'client',
    CLIENT,
    options.clientExpects ?? SERVER.fingerprint,
    client,
    options.client,
  );
  const carry = (to: End, name: 'server' | 'client') => (datagram: Buffer) => {
    for (const arrived of network(datagram, name)) setImmediate(() => to.session.receive(arrived));
  };
  server.deliver = carry(client, 'client');
  client.deliver = carry(server, 'server');
  return { server, client };
}

export async function connect(options: PairOptions = {}): Promise<{ server: End; client: End }> {
  const ends = pair(options);
  ends.server.session.start();
  ends.client.session.start();
  await Promise.all([ends.server.settled, ends.client.settled]);
  return ends;
}
