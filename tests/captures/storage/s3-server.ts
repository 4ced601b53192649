import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { AwsClient } from 'aws4fetch';
import S3rver from 's3rver';
import { isSignedBy } from './signature-check.ts';

/** What is let in. */
export const KEY = { AWS_ACCESS_KEY_ID: 'S3RVER', AWS_SECRET_ACCESS_KEY: 'open/the+door' } as const;

/** An S3 server on this machine, and in front of it a door that checks signatures, which s3rver does not, and can cut answers off. */
export class S3Server {
  readonly #server: S3rver;
  readonly #door: Server;
  #port = 0;
  /** Bytes after which answers to GET are cut off, one for each of the next. */
  readonly cuts: number[] = [];
  readonly asked: string[] = [];
  url = '';

  constructor(folder: string) {
    const quiet = { silent: true, address: '127.0.0.1', port: 0, directory: folder };
    this.#server = new S3rver({ ...quiet, configureBuckets: [{ name: 'calls', configs: [] }] });
    this.#door = createServer((asking, answer) => this.#pass(asking, answer));
  }

  async start(): Promise<void> {
    this.#port = (await this.#server.run()).port;
    this.#door.listen(0, '127.0.0.1');
    await once(this.#door, 'listening');
    this.url = `http://127.0.0.1:${(this.#door.address() as AddressInfo).port}`;
  }

  #pass(asking: IncomingMessage, answer: ServerResponse): void {
    const { method, url, headers } = asking;
    this.asked.push(`${method} ${url} ${headers.range ?? ''}`.trim());
    const signed = isSignedBy(asking, KEY.AWS_ACCESS_KEY_ID, KEY.AWS_SECRET_ACCESS_KEY);
    if (signed !== true) {
      const code = signed === null ? 'AccessDenied' : 'SignatureDoesNotMatch';
      answer.writeHead(403).end(`<?xml version="1.0"?><Error><Code>${code}</Code><Message>No.</Message></Error>`);
      return;
    }
    let left = (method === 'GET' ? this.cuts.shift() : undefined) ?? Number.POSITIVE_INFINITY;
    if (left === 0) {
      asking.socket.destroy();
      return;
    }
    const behind = request({ host: '127.0.0.1', port: this.#port, method, path: url, headers }, (found) => {
      answer.writeHead(found.statusCode ?? 500, found.rawHeaders);
      found.on('data', (chunk: Buffer) => {
        answer.write(chunk.subarray(0, Math.max(0, left)), () => {
          if (left <= 0) answer.destroy();
        });
        left -= chunk.length;
      });
      found.on('end', () => {
        if (left > 0) answer.end();
      });
    });
    behind.on('error', () => answer.destroy());
    answer.on('close', () => behind.destroy());
    asking.pipe(behind);
  }

  async put(key: string, content: string | Buffer): Promise<void> {
    const { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey } = KEY;
    const client = new AwsClient({ accessKeyId, secretAccessKey, service: 's3', region: 'us-east-1' });
    const path = key.split('/').map(encodeURIComponent).join('/');
    const body = typeof content === 'string' ? readFileSync(content) : content;
    const { status } = await client.fetch(`${this.url}/calls/${path}`, { method: 'PUT', body: new Uint8Array(body) });
    if (status !== 200) throw new Error(`PUT ${key}: ${status}`);
  }

  async close(): Promise<void> {
    this.#door.close();
    this.#door.closeAllConnections();
    await this.#server.close();
  }
}
