import { ProviderError } from './provider-fault.ts';

const SHOWN = 12;

/** @throws ProviderError that names what there is, where `found` is missing. */
export function chosen<T>(found: T | undefined, option: string, asked: string, there: readonly string[]): T {
  if (found !== undefined) return found;
  // The like of what was asked for first: sizes come by the hundred.
  const begin = asked.slice(0, 3);
  const likely = [...there].sort((a, b) => Number(b.startsWith(begin)) - Number(a.startsWith(begin)));
  const more = there.length > SHOWN ? `, and ${there.length - SHOWN} more` : '';
  throw new ProviderError(
    `${option} ${asked}: the provider has no such thing`,
    there.length === 0 ? 'It offers none now.' : `There is ${likely.slice(0, SHOWN).join(', ')}${more}.`,
  );
}

/** Newest first: `1.34`, `1.33.1-do.0`. */
export function byVersion(a: string, b: string): number {
  return b.localeCompare(a, 'en', { numeric: true });
}
