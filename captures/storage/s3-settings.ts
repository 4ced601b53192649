import { CaptureInputError } from '../sources/capture-input-error.ts';
import { isStorageEndpoint } from './storage-name.ts';

/** Where a bucket is, and by whose key it is read. */
export interface S3Settings {
  /** `https://HOST[:PORT]`; null for Amazon's own. With `{bucket}` in it the bucket's name goes there, else into the path. */
  readonly endpoint: string | null;
  readonly region: string;
  /** Null: requests are not signed, as for a bucket that all may read. */
  readonly key: { readonly id: string; readonly secret: string; readonly session: string | undefined } | null;
}

/**
 * Settings from the environment, by the names that Amazon's own tools and SDKs have for them.
 *
 * @throws CaptureInputError where one of them cannot be.
 */
export function s3SettingsOf(environment: NodeJS.ProcessEnv): S3Settings {
  const named = (...names: string[]) => names.map((name) => environment[name]).find((value) => value);
  const endpoint = named('AWS_ENDPOINT_URL_S3', 'AWS_ENDPOINT_URL') ?? null;
  const region = named('AWS_REGION', 'AWS_DEFAULT_REGION') ?? 'us-east-1';
  if (endpoint !== null && !isStorageEndpoint(endpoint)) {
    // Not shown: it may hold a password.
    const text = 'AWS_ENDPOINT_URL_S3: no address of a storage service';
    throw new CaptureInputError('bad-storage', text, 'Give https://HOST, with :PORT where it needs one, and no more.');
  }
  if (!/^[a-z0-9-]{1,64}$/i.test(region)) {
    throw new CaptureInputError('bad-storage', 'AWS_REGION: no region', 'Give a name such as eu-central-1.');
  }
  const id = named('AWS_ACCESS_KEY_ID');
  const secret = named('AWS_SECRET_ACCESS_KEY');
  if ((id === undefined) !== (secret === undefined)) {
    const text = 'of AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY only one is set';
    throw new CaptureInputError('bad-storage', text, 'Set both, or none for a bucket that all may read.');
  }
  const session = named('AWS_SESSION_TOKEN');
  return { endpoint, region, key: id === undefined || secret === undefined ? null : { id, secret, session } };
}

/**
 * Address of an object, or of the bucket where `key` is empty. Amazon's buckets have a host each, but for those with a dot in their name, which
 * no certificate is for; MinIO, Linode and DigitalOcean take the bucket in the path as well.
 */
export function s3Url({ endpoint, region }: S3Settings, bucket: string, key: string): URL {
  const amazon = bucket.includes('.')
    ? `https://s3.${region}.amazonaws.com`
    : `https://{bucket}.s3.${region}.amazonaws.com`;
  const base = (endpoint ?? amazon).replace(/\/+$/, '');
  const path = key.split('/').map(encoded).join('/');
  return base.includes('{bucket}')
    ? new URL(`${base.replace('{bucket}', bucket)}/${path}`)
    : new URL(`${base}/${bucket}/${path}`);
}

/** RFC 3986, 2.3: all but the unreserved. */
export function encoded(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (one) => `%${one.charCodeAt(0).toString(16).toUpperCase()}`);
}
