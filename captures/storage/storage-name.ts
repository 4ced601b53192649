import { CaptureInputError, shownName } from '../sources/capture-input-error.ts';

/** Whether a name is that of objects in a bucket rather than of files. */
export const isStorageName = (name: string): boolean => name.startsWith('s3://');

/** `s3://BUCKET/KEY` in its parts. @throws CaptureInputError where it is none. */
export function parseStorageName(name: string): { readonly bucket: string; readonly key: string } {
  // Names of buckets: https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
  const [, bucket, key = ''] = /^s3:\/\/([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(?:\/(.*))?$/s.exec(name) ?? [];
  // An address cannot hold them: they would be folders.
  const hasDots = key.split('/').some((part) => part === '.' || part === '..');
  if (bucket === undefined || bucket.includes('..') || hasDots) {
    const text = `${shownName(name)}: names nothing in a bucket`;
    throw new CaptureInputError(
      'not-found',
      text,
      "Give s3://BUCKET/KEY, or a pattern such as 's3://calls/run-7/*.pcapng'.",
    );
  }
  return { bucket, key };
}

/** @param text with `{bucket}` where the bucket's name goes. */
export function isStorageEndpoint(text: string): boolean {
  let url: URL;
  try {
    url = new URL(text.replace('{bucket}', 'bucket'));
  } catch {
    return false;
  }
  const { protocol, username, password, search, hash } = url;
  return /^https?:$/.test(protocol) && `${username}${password}${search}${hash}` === '';
}
