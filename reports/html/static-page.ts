import type { Markup } from './markup.ts';
import { pageShell } from './page-shell.ts';
import type { HtmlAssets } from './render-html.ts';
import { inlineSource } from './security.ts';

/** A page of its own that runs no script. */
export function staticPage(title: string, body: Markup, assets: HtmlAssets): string {
  return pageShell({
    title,
    script: '',
    style: inlineSource(assets.style),
    colorScheme: 'light',
    body: `${body.html}<footer><p>Made by rtcscope. A dash means that something is not known.</p></footer>`,
  });
}
