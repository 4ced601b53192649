import { CaptureInputError, shownName } from '../sources/capture-input-error.ts';
import type { MeasuredSource } from '../sources/file-source.ts';
import { isPattern, patternMatcher } from '../sources/glob.ts';
import { listKeys } from './s3-listing.ts';
import { S3ObjectSource } from './s3-object-source.ts';
import { s3SettingsOf } from './s3-settings.ts';
import { parseStorageName } from './storage-name.ts';

export function openStorage(name: string): MeasuredSource {
  const { bucket, key } = parseStorageName(name);
  return new S3ObjectSource(name, s3SettingsOf(process.env), bucket, key);
}

/**
 * The objects that a name stands for, as for files: an object is itself; a pattern is the objects whose keys match; a name that ends with a
 * slash is the objects directly below it of which `isCapture` says that they are captures.
 */
export async function findInStorage(name: string, isCapture: (name: string) => Promise<boolean>): Promise<string[]> {
  const { bucket, key } = parseStorageName(name);
  const settings = s3SettingsOf(process.env);
  const named = (found: string) => `s3://${bucket}/${found}`;
  const shown = shownName(name);
  if (isPattern(key)) {
    const prefix = key.slice(0, key.search(/[*?[{]/));
    const matches = patternMatcher(key);
    const keys = (await listKeys(settings, bucket, { prefix, flat: false, shown })).filter(matches);
    if (keys.length > 0) return keys.map(named);
    throw new CaptureInputError('no-match', `${shown}: no object matches`, 'Quote the pattern, or check its folders.');
  }
  if (key !== '' && !key.endsWith('/')) return [name];
  const captures: string[] = [];
  for (const found of await listKeys(settings, bucket, { prefix: key, flat: true, shown })) {
    if (!found.endsWith('/') && (await isCapture(named(found)))) captures.push(named(found));
  }
  if (captures.length > 0) return captures;
  const hint = 'Folders below it are not searched: name them, or use a pattern such as s3://BUCKET/**/*.pcapng.';
  throw new CaptureInputError('no-captures-in-folder', `${shown}: no captures directly below this`, hint);
}
