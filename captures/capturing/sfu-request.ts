import { type IncomingMessage, get as overHttp } from 'node:http';
import { get as overHttps } from 'node:https';
import { shownName } from '../sources/capture-input-error.ts';
import { LiveCaptureError } from './live-source.ts';

export interface SfuAddress {
  /** Of its control interface: `http://127.0.0.11:7000`. */
  readonly url: string;
  /** What it was given in RTCSCOPE_CONTROL_SECRET. */
  readonly secret: string;
}

const ANSWERS_WITHIN_MS = 10_000;

/** Asks an SFU of ours for something that goes on. @throws LiveCaptureError where it does not give it. */
export function requestOfSfu({ url, secret }: SfuAddress, path: string): Promise<IncomingMessage> {
  const target = targetOf(url, path);
  const shown = shownName(target.host);
  return new Promise((resolve, reject) => {
    const get = target.protocol === 'https:' ? overHttps : overHttp;
    const request = get(target, { headers: { authorization: `Bearer ${secret}` } });
    const timer = setTimeout(() => request.destroy(new Error('it does not answer')), ANSWERS_WITHIN_MS);
    request.once('error', (error: NodeJS.ErrnoException) => {
      clearTimeout(timer);
      const why = shownName(error.code ?? error.message);
      const hint = 'Give the address of its control interface, as rtcscope sfu and rtcscope up print it.';
      reject(new LiveCaptureError('not-reachable', `SFU at ${shown}: cannot be reached (${why})`, hint));
    });
    request.once('response', (response) => {
      clearTimeout(timer);
      if (response.statusCode === 200) {
        resolve(response);
        return;
      }
      request.destroy();
      reject(refusal(shown, response.statusCode ?? 0));
    });
  });
}

function targetOf(url: string, path: string): URL {
  try {
    const target = new URL(path, url);
    if (target.protocol === 'http:' || target.protocol === 'https:') return target;
  } catch {
    // Told below.
  }
  throw new LiveCaptureError(
    'not-reachable',
    `${shownName(url)}: not the address of an SFU`,
    'It begins with http://.',
  );
}

function refusal(shown: string, status: number): LiveCaptureError {
  if (status === 401) {
    const hint = 'Set RTCSCOPE_CONTROL_SECRET to what the SFU was started with.';
    return new LiveCaptureError('refused', `SFU at ${shown}: the control secret is missing or wrong`, hint);
  }
  const why = status === 429 ? 'it has as many readers as it takes' : `it answers with status ${status}`;
  return new LiveCaptureError(
    'refused',
    `SFU at ${shown}: ${why}`,
    'Is this the control interface of an rtcscope sfu?',
  );
}
