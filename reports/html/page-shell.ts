import { escapeHtml } from './markup.ts';
import { contentSecurityPolicy } from './security.ts';

export interface PageParts {
  readonly title: string;
  /** Source that may stand inside its element, as `inlineSource` makes it; the empty text for a page without script. */
  readonly script: string;
  readonly style: string;
  readonly colorScheme: 'light' | 'light dark';
  /** Markup that stands in the body, scripts included. */
  readonly body: string;
}

/** What every page of ours has around its body: a policy that lets only its own script and style run, and no way to the network. */
export function pageShell({ title, script, style, colorScheme, body }: PageParts): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${escapeHtml(contentSecurityPolicy(script, style))}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="${colorScheme}">
<meta name="referrer" content="no-referrer">
<title>${escapeHtml(title)}</title>
<link rel="icon" href="data:,">
<style>${style}</style>
</head>
<body>
${body}
</body>
</html>
`;
}
