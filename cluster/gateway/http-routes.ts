import type { IncomingMessage, ServerResponse } from 'node:http';
import { ERROR_STATUS, Refused } from '../signalling/error-codes.ts';
import { LIMITS } from '../signalling/limits.ts';
import { isRoom } from '../signalling/names.ts';
import type { Conference } from './conference.ts';
import type { Log } from './gateway-log.ts';
import type { GatewayMetrics } from './gateway-metrics.ts';
import { type Asset, PAGE_HEADERS } from './page-assets.ts';
import type { WhipKind, WhipResources } from './whip.ts';

export interface Routes {
  readonly assets: ReadonlyMap<string, Asset>;
  readonly conference: Conference;
  readonly whip: WhipResources;
  readonly metrics: GatewayMetrics;
  readonly log: Log;
  /** Whether one more participant may come from where the request comes from. */
  readonly mayJoin: (request: IncomingMessage) => boolean;
}

const CORS = {
  'access-control-allow-origin': '*',
  'access-control-allow-methods': 'POST, DELETE, PATCH, OPTIONS',
  'access-control-allow-headers': 'authorization, content-type, if-match',
  'access-control-expose-headers': 'location, link, etag, accept-patch',
  'access-control-max-age': '86400',
} as const;

/** Answers one request. */
export async function answer(routes: Routes, request: IncomingMessage, response: ServerResponse): Promise<void> {
  let route = 'page';
  try {
    // What follows the path may hold what nobody needs to know.
    const path = (request.url ?? '/').split(/[?#]/, 1)[0];
    const parts = path.split('/').slice(1);
    if (parts[0] === 'whip' || parts[0] === 'whep') {
      route = parts[0];
      await answerWhip(routes, route as WhipKind, parts, request, response);
    } else if (request.method !== 'GET' && request.method !== 'HEAD') {
      response.writeHead(405, { allow: 'GET, HEAD' }).end('GET only.\n');
    } else if (['/healthz', '/readyz', '/metrics'].includes(path)) {
      route = parts[0];
      await answerState(routes, path, response);
    } else {
      answerAsset(routes, path, parts, request, response);
    }
  } catch (error) {
    refuse(routes, error, response);
  }
  routes.metrics.requests.inc({ route, status: String(response.statusCode) });
}

async function answerState({ conference, metrics }: Routes, path: string, response: ServerResponse): Promise<void> {
  if (path === '/metrics') {
    response.writeHead(200, { 'content-type': metrics.registry.contentType }).end(await metrics.registry.metrics());
    return;
  }
  const isFine = path === '/healthz' || conference.isReady;
  response.writeHead(isFine ? 200 : 503, { 'content-type': 'text/plain' });
  response.end(isFine ? 'ok\n' : 'No media server is ready.\n');
}

function answerAsset(
  { assets }: Routes,
  path: string,
  parts: readonly string[],
  request: IncomingMessage,
  response: ServerResponse,
): void {
  const isPage = path === '/' || (parts.length === 1 && isRoom(parts[0]) && parts[0] !== 'rtc');
  const asset = assets.get(isPage ? '' : path);
  if (asset === undefined) {
    response.writeHead(404, { 'content-type': 'text/plain', ...PAGE_HEADERS }).end('There is nothing here.\n');
    return;
  }
  const headers = { ...PAGE_HEADERS, etag: asset.etag };
  if (request.headers['if-none-match'] === asset.etag) {
    response.writeHead(304, headers).end();
    return;
  }
  response.writeHead(200, { ...headers, 'content-type': asset.type, 'content-length': asset.body.length });
  response.end(request.method === 'HEAD' ? undefined : asset.body);
}

/** RFC 9725, section 4; WHEP answers alike. */
async function answerWhip(
  routes: Routes,
  kind: WhipKind,
  parts: readonly string[],
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  for (const [name, value] of Object.entries(CORS)) response.setHeader(name, value);
  const [, room = '', name = null] = parts;
  if (parts.length > 3 || !isRoom(room)) throw new Refused('not-found', 'No such room');
  if (request.method === 'OPTIONS') {
    response.writeHead(204, { 'accept-post': 'application/sdp' }).end();
  } else if (name === null) {
    if (request.method !== 'POST') {
      response.writeHead(405, { allow: 'POST, OPTIONS' }).end();
      return;
    }
    if (!routes.mayJoin(request)) throw new Refused('too-many', 'Too many joins from this address');
    if (mediaType(request) !== 'application/sdp') {
      response.writeHead(415, { 'accept-post': 'application/sdp', 'content-type': 'text/plain' });
      response.end('Send application/sdp.\n');
      return;
    }
    const sdp = await readBody(request, LIMITS.sdpCharacters);
    const created = await routes.whip.create(kind, room, bearerOf(request), sdp);
    routes.metrics.joins.inc({ way: kind });
    routes.log('info', 'Participant joined', { room, way: kind });
    const location = `/${kind}/${room}/${created.name}`;
    response.writeHead(201, { 'content-type': 'application/sdp', location, etag: '"0"' }).end(created.answer);
  } else if (request.method === 'DELETE') {
    routes.whip.delete(kind, room, name);
    response.writeHead(200).end();
  } else if (request.method === 'PATCH') {
    routes.whip.find(kind, room, name);
    if (mediaType(request) !== 'application/trickle-ice-sdpfrag') {
      response.writeHead(415, { 'accept-patch': 'application/trickle-ice-sdpfrag' }).end();
      return;
    }
    await readBody(request, LIMITS.sdpCharacters);
    response.writeHead(204).end();
  } else {
    response.writeHead(405, { allow: 'DELETE, PATCH, OPTIONS' }).end();
  }
}

const mediaType = (request: IncomingMessage): string =>
  (request.headers['content-type'] ?? '').split(';', 1)[0].trim().toLowerCase();

function bearerOf(request: IncomingMessage): string | null {
  const token = /^Bearer +([A-Za-z0-9._~+/=-]+)$/i.exec(request.headers.authorization ?? '')?.[1] ?? null;
  if (token !== null && token.length > LIMITS.tokenCharacters)
    throw new Refused('unauthorized', 'The token is too long');
  return token;
}

async function readBody(request: IncomingMessage, most: number): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > most) throw new Refused('bad-message', `The body is larger than ${most} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function refuse({ metrics, log }: Routes, error: unknown, response: ServerResponse): void {
  const refused = error instanceof Refused ? error : new Refused('internal', 'Something went wrong here');
  if (refused !== error) log('error', 'Defect', { error: String(error) });
  metrics.refusals.inc({ code: refused.code });
  log('warn', 'Refused', { code: refused.code });
  if (response.headersSent) {
    response.destroy();
    return;
  }
  const headers: Record<string, string> = { 'content-type': 'text/plain; charset=utf-8', connection: 'close' };
  if (refused.code === 'unauthorized') headers['www-authenticate'] = 'Bearer';
  if (refused.code === 'too-many' || refused.code === 'no-capacity') headers['retry-after'] = '2';
  response.writeHead(ERROR_STATUS[refused.code], headers).end(`${refused.message}.\n`);
}
