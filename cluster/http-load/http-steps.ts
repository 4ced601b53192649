import { createHash } from 'node:crypto';
import type { HttpScenario } from '../scenario/scenario.ts';

/** One request of a user. A user makes the steps one after the other, and begins anew. */
export interface HttpStep {
  readonly label: string;
  readonly method: 'GET' | 'POST' | 'DELETE';
  /** Null: the resource that the step before was given in its `Location`. */
  readonly path: string | null;
  readonly contentType: string | null;
  readonly body: string | null;
}

/**
 * What a user asks for: the scenario's path, and where it names a room for it, an offer to publish by WHIP (RFC 9725, section 4.2) and
 * the end of that session. It is signalling alone: no media follows, as no generator of HTTP load can send any.
 */
export function httpSteps({ path, whipRoom }: HttpScenario): readonly HttpStep[] {
  const get: HttpStep = { label: `GET ${path}`, method: 'GET', path, contentType: null, body: null };
  if (whipRoom === null) return [get];
  const whip = `/whip/${whipRoom}`;
  return [
    get,
    { label: `POST ${whip}`, method: 'POST', path: whip, contentType: 'application/sdp', body: OFFER },
    { label: `DELETE ${whip}`, method: 'DELETE', path: null, contentType: null, body: null },
  ];
}

/** RFC 8122, section 5: no handshake follows, so any digest will do. */
const FINGERPRINT = createHash('sha256')
  .update('no certificate')
  .digest('hex')
  .toUpperCase()
  .replaceAll(/(..)(?!$)/g, '$1:');

const MEDIA = [
  'c=IN IP4 0.0.0.0',
  'a=rtcp-mux',
  'a=ice-ufrag:load',
  'a=ice-pwd:nobodyEverConnectsByThis0',
  `a=fingerprint:sha-256 ${FINGERPRINT}`,
  'a=setup:actpass',
  'a=sendonly',
];

/** An offer of one microphone and one camera (RFC 8866; RFC 9725, section 4.2). */
const OFFER = [
  'v=0',
  'o=- 1 1 IN IP4 127.0.0.1',
  's=-',
  't=0 0',
  'a=group:BUNDLE 0 1',
  'm=audio 9 UDP/TLS/RTP/SAVPF 111',
  ...MEDIA,
  'a=mid:0',
  'a=rtpmap:111 opus/48000/2',
  'm=video 9 UDP/TLS/RTP/SAVPF 96',
  ...MEDIA,
  'a=mid:1',
  'a=rtpmap:96 VP8/90000',
  '',
].join('\r\n');
