/** The names nearest to what somebody wrote, nearest first; none where all are far from it. */
export function nearestNames(written: string, names: readonly string[], most = 3): string[] {
  const wanted = written.toLowerCase().slice(0, 40);
  const furthest = Math.max(2, Math.floor(wanted.length / 3));
  return names
    .map((name) => ({ name, distance: distanceOf(wanted, name.toLowerCase()) }))
    .filter(({ distance }) => distance <= furthest)
    .sort((a, b) => a.distance - b.distance || a.name.localeCompare(b.name))
    .slice(0, most)
    .map(({ name }) => name);
}

/** `: did you mean a or b?`, or nothing. */
export function didYouMean(written: string, names: readonly string[]): string {
  const near = nearestNames(written, names);
  return near.length === 0 ? '' : `: did you mean ${near.join(' or ')}?`;
}

/** How far off: by letters from the whole name, or, counted as one more, from the beginning of one of its parts. */
function distanceOf(wanted: string, name: string): number {
  const begins = name.split('.').map((part) => 1 + changes(wanted, part.slice(0, wanted.length + 1)));
  return Math.min(changes(wanted, name), wanted.length < 3 ? Number.POSITIVE_INFINITY : Math.min(...begins));
}

/** Changes of one letter between two words (Levenshtein). */
function changes(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      next.push(Math.min(row[j] + 1, next[j - 1] + 1, row[j - 1] + (a[i - 1] === b[j - 1] ? 0 : 1)));
    }
    row = next;
  }
  return row[b.length];
}
