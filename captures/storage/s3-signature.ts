import { AwsV4Signer } from 'aws4fetch';
import type { S3Settings } from './s3-settings.ts';

/** SHA-256 of nothing: no request of ours has a body. */
const EMPTY_SHA256 = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';

/**
 * Headers of a GET with its Signature Version 4, https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html;
 * as they are where there is no key.
 *
 * @param time now, as `20130524T000000Z`.
 */
export async function signedHeaders(
  { key, region }: S3Settings,
  url: URL,
  headers: Readonly<Record<string, string>>,
  time = new Date().toISOString().replaceAll(/[:-]|\.\d{3}/g, ''),
): Promise<Record<string, string>> {
  if (key === null) return { ...headers };
  const signer = new AwsV4Signer({
    ...{ url: url.href, service: 's3', region, accessKeyId: key.id, secretAccessKey: key.secret, datetime: time },
    headers: { ...headers, 'x-amz-content-sha256': EMPTY_SHA256 },
    allHeaders: true,
    ...(key.session === undefined ? {} : { sessionToken: key.session }),
  });
  const signed = await signer.sign();
  return Object.fromEntries(signed.headers as unknown as Iterable<[string, string]>);
}
