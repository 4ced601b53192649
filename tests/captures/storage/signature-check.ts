import { createHash, createHmac } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

const hmac = (key: string | Buffer, text: string): Buffer => createHmac('sha256', key).update(text).digest();
const strict = (text: string): string =>
  encodeURIComponent(text).replace(/[!'()*]/g, (one) => `%${one.charCodeAt(0).toString(16).toUpperCase()}`);

/**
 * Whether a request is signed by this key, as Amazon describes it (Signature Version 4, "Authenticating Requests: Using the Authorization
 * Header"): written for the test, by another hand than the library's. Null where it is not signed at all.
 */
export function isSignedBy({ method, url, headers }: IncomingMessage, id: string, secret: string): boolean | null {
  const { authorization } = headers;
  if (authorization === undefined) return null;
  const [, who, day, region, names, signature] =
    /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\d{8})\/([^/]+)\/s3\/aws4_request, SignedHeaders=([^,]+), Signature=(\w+)$/.exec(
      authorization,
    ) ?? [];
  if (who !== id) return false;
  const [path = '', query = ''] = (url ?? '').split('?');
  const request = [
    method,
    path
      .split('/')
      .map((part) => strict(decodeURIComponent(part)))
      .join('/'),
    query
      .split('&')
      .filter(Boolean)
      .map((one) =>
        one
          .split('=')
          .map((part) => strict(decodeURIComponent(part)))
          .join('='),
      )
      .sort()
      .join('&'),
    ...names.split(';').map((name) => `${name}:${String(headers[name]).trim().replace(/ +/g, ' ')}`),
    '',
    names,
    headers['x-amz-content-sha256'],
  ].join('\n');
  const scope = `${day}/${region}/s3/aws4_request`;
  const digest = createHash('sha256').update(request).digest('hex');
  const toSign = ['AWS4-HMAC-SHA256', headers['x-amz-date'], scope, digest].join('\n');
  const key = [region, 's3', 'aws4_request'].reduce<Buffer>(hmac, hmac(`AWS4${secret}`, day));
  return names.split(';').includes('host') && hmac(key, toSign).toString('hex') === signature;
}
