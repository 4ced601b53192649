import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { DtlsSession } from '../../../cluster/dtls/dtls-session.ts';
import type { SrtpKeys } from '../../../cluster/srtp/srtp-profile.ts';
import { CLIENT, End, SERVER } from './dtls-pair.ts';

const isInstalled = spawnSync('openssl', ['version']).status === 0;
const SRTP = ['-use_srtp', 'SRTP_AES128_CM_SHA1_80', '-keymatexport', 'EXTRACTOR-dtls_srtp', '-keymatexportlen', '60'];

/** What RFC 5764 section 4.2 has in a row: client's key, server's key, client's salt, server's salt. */
const keyingMaterial = ({ localKey, localSalt, remoteKey, remoteSalt }: SrtpKeys, role: 'client' | 'server') =>
  Buffer.concat(
    role === 'client' ? [localKey, remoteKey, localSalt, remoteSalt] : [remoteKey, localKey, remoteSalt, localSalt],
  )
    .toString('hex')
    .toUpperCase();

describe.skipIf(!isInstalled)('OpenSSL', () => {
  const folder = mkdtempSync(join(tmpdir(), 'rtcscope-dtls-'));
  let program: ChildProcess;
  let socket: Socket;
  let text = '';

  const start = (args: readonly string[], certificate: typeof SERVER) => {
    writeFileSync(join(folder, 'certificate.pem'), certificate.certificatePem);
    writeFileSync(join(folder, 'key.pem'), certificate.keyPem);
    text = '';
    program = spawn('openssl', [
      ...args,
      '-cert',
      join(folder, 'certificate.pem'),
      '-key',
      join(folder, 'key.pem'),
      ...SRTP,
    ]);
    for (const stream of [program.stdout!, program.stderr!]) stream.on('data', (chunk) => (text += chunk));
  };
  const said = async (pattern: RegExp): Promise<string> => {
    for (;;) {
      const found = pattern.exec(text);
      if (found) return found[1];
      await once(program.stdout!, 'data');
    }
  };
  afterEach(async () => {
    socket.close();
    program.kill();
    if (program.exitCode === null) await once(program, 'exit');
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it('as the server agrees with this client, on keys and on data', async () => {
    start(['s_server', '-dtls1_2', '-accept', '127.0.0.1:0', '-verify', '1'], SERVER);
    const port = Number(await said(/ACCEPT 127\.0\.0\.1:(\d+)/));
    socket = createSocket('udp4');
    const client = new End();
    client.deliver = (datagram) => socket.send(datagram, port, '127.0.0.1');
    client.session = new DtlsSession('client', CLIENT, SERVER.fingerprint, client);
    socket.on('message', (datagram) => client.session.receive(datagram));
    client.session.start();
    await client.settled;
    expect(client.reason).toBeNull();
    expect(await said(/Keying material: ([0-9A-F]{120})/)).toBe(keyingMaterial(client.keys!, 'client'));
    client.session.sendData(Buffer.from('said by the client\n'));
    await said(/(said by the client)/);
    client.session.close();
  });

  it('as the client agrees with this server', async () => {
    socket = createSocket('udp4');
    socket.bind(0, '127.0.0.1');
    await once(socket, 'listening');
    const { port } = socket.address() as AddressInfo;
    const server = new End();
    server.session = new DtlsSession('server', SERVER, CLIENT.fingerprint, server);
    socket.on('message', (datagram, from) => {
      server.deliver = (answer) => socket.send(answer, from.port, from.address);
      server.session.receive(datagram);
    });
    server.session.start();
    start(['s_client', '-dtls1_2', '-connect', `127.0.0.1:${port}`], CLIENT);
    await server.settled;
    expect(server.reason).toBeNull();
    expect(await said(/Keying material: ([0-9A-F]{120})/)).toBe(keyingMaterial(server.keys!, 'server'));
    server.session.sendData(Buffer.from('said by the server\n'));
    await said(/(said by the server)/);
    server.session.close();
  });
});
