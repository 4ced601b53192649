import { createHash } from 'node:crypto';

/** The page, as the build makes it. */
export interface PageSources {
  readonly html: string;
  readonly script: string;
  readonly style: string;
}

export interface Asset {
  readonly type: string;
  readonly body: Buffer;
  readonly etag: string;
}

/** What the gateway serves, by path; every room's path is served the page itself, under `''`. */
export function pageAssets({ html, script, style }: PageSources): ReadonlyMap<string, Asset> {
  const asset = (type: string, text: string): Asset => {
    const body = Buffer.from(text);
    return { type, body, etag: `"${createHash('sha256').update(body).digest('base64url').slice(0, 22)}"` };
  };
  return new Map([
    ['', asset('text/html; charset=utf-8', html)],
    ['/assets/page.js', asset('text/javascript; charset=utf-8', script)],
    ['/assets/page.css', asset('text/css; charset=utf-8', style)],
  ]);
}

/** Nothing from elsewhere, nothing inline, nowhere in a frame. */
export const PAGE_HEADERS = {
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; " +
    "media-src 'self' blob: mediastream:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'permissions-policy': 'camera=(self), microphone=(self), display-capture=(self), geolocation=()',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'cross-origin-opener-policy': 'same-origin',
  'cache-control': 'no-cache',
} as const;
