/**
 * What a reader's browser may do with the page: run this one script and apply this one style sheet, known by their
 * hashes, show pictures that the page itself holds, and nothing else. Nothing is fetched, nothing is sent, no string
 * becomes code.
 */
export function contentSecurityPolicy(script: string, style: string): string {
  return [
    "default-src 'none'",
    `script-src '${sourceHash(script)}'`,
    `style-src '${sourceHash(style)}'`,
    'img-src data:',
    "connect-src 'none'",
    "base-uri 'none'",
    "form-action 'none'",
    "require-trusted-types-for 'script'",
  ].join('; ');
}

/** The hash of an inline element's text (CSP Level 3, 2.3.1). */
export function sourceHash(text: string): string {
  return `sha256-${process.getBuiltinModule('node:crypto').createHash('sha256').update(text, 'utf8').digest('base64')}`;
}

/**
 * A script or style sheet as it may stand inside of its element. A browser reads CR LF as LF, so the text has LF before
 * it is hashed; `</script` and `<!--` occur in literals only, where a backslash changes nothing.
 */
export function inlineSource(text: string): string {
  return text
    .replace(/\r\n?/g, '\n')
    .replace(/<(?=\/(script|style)|!--)/gi, '\\x3c')
    .trim();
}

/**
 * JSON inside of a script element that is data: no `<` can end the element or begin a comment, and nothing in it can
 * mislead who reads the page's source: line separators and format characters, the bidirectional ones among them, are escaped.
 */
export function inlineJson(value: unknown): string {
  return JSON.stringify(value).replace(/[<>&\p{Cf}\p{Zl}\p{Zp}]/gu, (character) => {
    const units = Array.from({ length: character.length }, (_, place) => character.charCodeAt(place));
    return units.map((unit) => `\\u${unit.toString(16).padStart(4, '0')}`).join('');
  });
}
