import { escapeHtml, type Markup } from './markup.ts';
import type { HtmlAssets } from './render-html.ts';
import { contentSecurityPolicy, inlineSource } from './security.ts';

/** A page of its own that runs no script. */
export function staticPage(title: string, body: Markup, assets: HtmlAssets): string {
  const style = inlineSource(assets.style);
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${escapeHtml(contentSecurityPolicy('', style))}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light">
<meta name="referrer" content="no-referrer">
<title>${escapeHtml(title)}</title>
<link rel="icon" href="data:,">
<style>${style}</style>
</head>
<body>
${body.html}<footer><p>Made by rtcscope. A dash means that something is not known.</p></footer>
</body>
</html>
`;
}
