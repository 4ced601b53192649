import { XMLParser } from 'fast-xml-parser';
import { CaptureInputError } from '../sources/capture-input-error.ts';
import { getFromStorage, MOST_TRIES, pauseBefore, textOf } from './s3-request.ts';
import { encoded, type S3Settings, s3Url } from './s3-settings.ts';

/** Of a bucket, below what is not a pattern any more; more would take minutes to list. */
const MOST_KEYS = 200_000;
/** A page has 1,000 keys of at most 1,024 bytes, each of which may be written as three. */
const LARGEST_PAGE_BYTES = 16 * 1024 * 1024;

/**
 * The keys in a bucket that begin with `prefix`, in the order of their bytes (ListObjectsV2, page by page).
 *
 * @param flat only those without another slash behind it. @throws CaptureInputError where it cannot be listed.
 */
export async function listKeys(
  settings: S3Settings,
  bucket: string,
  { prefix, flat, shown }: { readonly prefix: string; readonly flat: boolean; readonly shown: string },
): Promise<string[]> {
  const keys: string[] = [];
  let token: string | null = null;
  do {
    const url = s3Url(settings, bucket, '');
    // Written by hand, as the signature has it: URLSearchParams would have + for a space.
    const query: [string, string][] = [
      ...(token === null ? [] : [['continuation-token', token] as [string, string]]),
      ...(flat ? [['delimiter', '/'] as [string, string]] : []),
      ['encoding-type', 'url'],
      ['list-type', '2'],
      ['prefix', prefix],
    ];
    url.search = query.map(([name, value]) => `${name}=${encoded(value)}`).join('&');
    const page = parsePage(await pageOf(settings, url, shown), shown);
    for (const key of page.keys) keys.push(key);
    if (keys.length > MOST_KEYS) {
      const text = `${shown}: more than ${MOST_KEYS} objects begin with what comes before the pattern`;
      throw new CaptureInputError('bad-storage', text, 'Give a longer prefix, such as a folder of the run.');
    }
    // A service that gives the same page for ever is left.
    if (page.next !== null && page.keys.length === 0 && page.next === token) break;
    token = page.next;
  } while (token !== null);
  return keys;
}

async function pageOf(settings: S3Settings, url: URL, shown: string): Promise<string> {
  for (let attempt = 1; ; attempt++) {
    const answer = await getFromStorage(settings, url, shown);
    try {
      return await textOf(answer, LARGEST_PAGE_BYTES);
    } catch (error) {
      const text = `${shown}: the list of objects broke off (${(error as Error).message})`;
      if (attempt === MOST_TRIES) throw new CaptureInputError('bad-storage', text, 'Try again.');
      await pauseBefore(attempt);
    }
  }
}

interface Page {
  readonly keys: readonly string[];
  readonly next: string | null;
}

const parser = new XMLParser({ parseTagValue: false, trimValues: false, isArray: (name) => name === 'Contents' });

/** Reads an answer of ListObjectsV2. */
export function parsePage(text: string, shown: string): Page {
  const refusal = () =>
    new CaptureInputError(
      'bad-storage',
      `${shown}: what answers is no S3-like storage`,
      'Check AWS_ENDPOINT_URL_S3: it is the address of the service, not of its console.',
    );
  // A list that was cut is none. Entities of its own make a small text a large one.
  const isWhole = /(<\/ListBucketResult>|<ListBucketResult[^<>]*\/>)\s*$/.test(text);
  if (!isWhole || text.includes('<!DOCTYPE')) throw refusal();
  let result: Record<string, unknown> | '';
  try {
    result = parser.parse(text)?.ListBucketResult;
  } catch {
    throw refusal();
  }
  // Of an empty element the parser makes an empty text.
  if (result === '') return { keys: [], next: null };
  if (typeof result !== 'object' || result === null) throw refusal();
  const decode = result['EncodingType'] === 'url' ? decoded : (key: string) => key;
  const contents = Array.isArray(result['Contents']) ? result['Contents'] : [];
  const keys = contents.map((one) => one?.Key).filter((key): key is string => typeof key === 'string' && key !== '');
  const next = result['NextContinuationToken'];
  const more = result['IsTruncated'] === 'true' && typeof next === 'string' && next !== '';
  return { keys: keys.map(decode), next: more ? next : null };
}

function decoded(key: string): string {
  try {
    return decodeURIComponent(key.replaceAll('+', ' '));
  } catch {
    return key;
  }
}
