import type { IncomingMessage } from 'node:http';
import { request as requestPlain } from 'node:http';
import { request as requestSecure } from 'node:https';
import { setTimeout as pause } from 'node:timers/promises';
import { CaptureInputError, shownName } from '../sources/capture-input-error.ts';
import type { S3Settings } from './s3-settings.ts';
import { signedHeaders } from './s3-signature.ts';

/** Without a byte for so long, a connection is given up. */
export const SILENCE_MS = 60_000;
/** Tries of a request in all, with pauses that double between them: some seconds, in which a service that restarts comes back. */
export const MOST_TRIES = 6;
const FIRST_PAUSE_MS = 100;
const LARGEST_ERROR_BYTES = 64 * 1024;

export const pauseBefore = (attempt: number): Promise<void> => pause(FIRST_PAUSE_MS * 2 ** (attempt - 1));

/**
 * One GET, signed where there is a key (Signature Version 4), and tried again while the service has no answer or says that it is busy.
 *
 * @param shown what is asked for, as messages name it.
 * @returns an answer with status 200 or 206, its body not yet read. @throws CaptureInputError with what the service says, else.
 */
export async function getFromStorage(
  settings: S3Settings,
  url: URL,
  shown: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<IncomingMessage> {
  for (let attempt = 1; ; attempt++) {
    let failure: CaptureInputError;
    try {
      const answer = await ask(settings, url, headers);
      if (answer.statusCode === 200 || answer.statusCode === 206) return answer;
      const fault = await faultOf(answer, shown, settings);
      if (!fault.passes) throw fault.error;
      failure = fault.error;
    } catch (error) {
      if (error instanceof CaptureInputError) throw error;
      failure = unreachable(error, url, shown);
    }
    if (attempt === MOST_TRIES) throw failure;
    await pauseBefore(attempt);
  }
}

async function ask(
  settings: S3Settings,
  url: URL,
  headers: Readonly<Record<string, string>>,
): Promise<IncomingMessage> {
  const sent = await signedHeaders(settings, url, headers);
  const send = url.protocol === 'https:' ? requestSecure : requestPlain;
  return await new Promise((resolve, reject) => {
    const request = send(url, { headers: sent, timeout: SILENCE_MS }, resolve);
    request.on('timeout', () => request.destroy(new Error(`no byte for ${SILENCE_MS / 1000} s`)));
    request.on('error', reject);
    request.end();
  });
}

function unreachable(error: unknown, url: URL, shown: string): CaptureInputError {
  const { code, message } = error as NodeJS.ErrnoException;
  const text = `${shown}: ${url.host} gives no answer (${code ?? shownName(message ?? '')})`;
  return new CaptureInputError('bad-storage', text, 'Check AWS_ENDPOINT_URL_S3, and that the network leads there.');
}

/** An object that was written anew meanwhile. */
export const changed = (shown: string): CaptureInputError =>
  new CaptureInputError('not-readable', `${shown}: changed while it was read`, 'Read it again when it is complete.');

interface Fault {
  readonly error: CaptureInputError;
  /** Whether it may pass by itself. */
  readonly passes: boolean;
}

async function faultOf(answer: IncomingMessage, shown: string, settings: S3Settings): Promise<Fault> {
  const status = answer.statusCode ?? 0;
  const { code, message } = wordsOf(await textOf(answer, LARGEST_ERROR_BYTES).catch(() => ''));
  const said = [code ?? `status ${status}`, ...(message === null ? [] : [message])].join(': ');
  const fault = (kind: CaptureInputError['code'], text: string, hint: string): Fault => ({
    error: new CaptureInputError(kind, `${shown}: ${text}`, hint),
    passes: status >= 500 || status === 429 || code === 'SlowDown' || code === 'RequestTimeout',
  });
  const region = answer.headers['x-amz-bucket-region'];
  if (typeof region === 'string' && region !== settings.region && (status === 301 || status === 400)) {
    return fault('bad-storage', `the bucket is in region ${shownName(region)}`, 'Set AWS_REGION to it.');
  }
  if (status === 404 || code === 'NoSuchBucket' || code === 'NoSuchKey') {
    const what = code === 'NoSuchBucket' ? 'there is no such bucket' : 'there is no such object';
    return fault('not-found', what, 'Check its name, AWS_ENDPOINT_URL_S3 and AWS_REGION.');
  }
  if (status === 412) return { error: changed(shown), passes: false };
  if (status === 401 || status === 403) {
    const whose = settings.key === null ? 'without a key' : 'with this key';
    const hint = 'Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY to a key that may list and read the bucket.';
    return fault('not-readable', `may not be read ${whose} (${said})`, hint);
  }
  return fault('bad-storage', `the storage refuses (${said})`, 'Check AWS_ENDPOINT_URL_S3 and AWS_REGION.');
}

/** Reads a body to its end. @throws Error where it is larger, or the connection breaks off. */
export async function textOf(answer: IncomingMessage, mostBytes: number): Promise<string> {
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const part of answer as AsyncIterable<Buffer>) {
    bytes += part.length;
    if (bytes > mostBytes) throw new Error(`an answer of more than ${mostBytes} bytes`);
    parts.push(part);
  }
  return Buffer.concat(parts).toString('utf8');
}

const LONGEST_WORDS = 200;

function wordsOf(text: string): { readonly code: string | null; readonly message: string | null } {
  const element = (name: string) => {
    const [, found] = new RegExp(`<${name}>([^<]{1,2000})</${name}>`).exec(text) ?? [];
    return found === undefined ? null : shownName(found.trim()).slice(0, LONGEST_WORDS);
  };
  return { code: element('Code'), message: element('Message') };
}
