/*
 * Finding session descriptions in text: files that users hand over, and signalling other than SIP (RTSP, MEGACO) that
 * carries them among its own lines.
 */
const MOST_DESCRIPTIONS = 2000;
/** Values of a JSON text that are looked at; a webrtc-internals dump of an hour has some 100,000. */
const MOST_VALUES = 5_000_000;

/**
 * The descriptions in the text of a file: plain SDP, several in a row, or JSON with descriptions as strings anywhere in it
 * (`{ "type", "sdp" }` alone or in arrays, `offer` and `answer`, a dump of chrome://webrtc-internals).
 */
export function findDescriptionsInFile(text: string): string[] {
  const first = text.slice(0, 200).trimStart()[0];
  if (first === '{' || first === '[') {
    const found = findInJson(text);
    if (found !== null) return found;
  }
  return findDescriptions(text);
}

/** Splits off every run of lines `x=...` that begins with `v=`; what surrounds them is left out. */
export function findDescriptions(text: string): string[] {
  const found: string[] = [];
  let lines: string[] | null = null;
  const finish = () => {
    if (lines?.some((line) => line.startsWith('m='))) found.push(`${lines.join('\r\n')}\r\n`);
    lines = null;
  };
  for (const raw of text.split(/\r\n|\n|\r/)) {
    const line = raw.trim();
    const begins = /^v=\d/.test(line);
    if (begins) finish();
    if (found.length === MOST_DESCRIPTIONS) return found;
    if (begins) lines = [line];
    else if (lines !== null) {
      if (/^[a-z]=/.test(line)) (lines as string[]).push(line);
      else if (line !== '') finish();
    }
  }
  finish();
  return found;
}

function findInJson(text: string): string[] | null {
  const found = new Set<string>();
  const waiting: unknown[] = [parseJson(text)];
  if (waiting[0] === undefined) return null;
  for (let seen = 0; waiting.length > 0 && seen < MOST_VALUES && found.size < MOST_DESCRIPTIONS; seen++) {
    const value = waiting.pop();
    if (typeof value === 'string') {
      // A dump holds JSON as strings within JSON.
      const inner = value.startsWith('{') && value.includes('v=0') ? parseJson(value) : undefined;
      if (inner !== undefined) waiting.push(inner);
      else if (value.includes('v=0')) {
        // "type: offer, sdp: v=0..." in dumps.
        for (const description of findDescriptions(value.slice(value.indexOf('v=0')))) found.add(description);
      }
    } else if (value !== null && typeof value === 'object') {
      const inner = Object.values(value);
      // Backwards, so that descriptions come in the order of the text.
      for (let index = inner.length - 1; index >= 0; index--) waiting.push(inner[index]);
    }
  }
  return [...found];
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
