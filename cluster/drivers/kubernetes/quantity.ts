/** Suffixes of a Kubernetes quantity (apimachinery, resource.Quantity). */
const FACTORS: Readonly<Record<string, number>> = {
  ...{ n: 1e-9, u: 1e-6, m: 1e-3, '': 1, k: 1e3, M: 1e6, G: 1e9, T: 1e12, P: 1e15, E: 1e18 },
  ...{ Ki: 2 ** 10, Mi: 2 ** 20, Gi: 2 ** 30, Ti: 2 ** 40, Pi: 2 ** 50, Ei: 2 ** 60 },
};

/** @returns cores or bytes of a quantity such as `250m`, `12345n`, `64Mi` or `1e3`; null where it is none. */
export function parseQuantity(text: unknown): number | null {
  if (typeof text !== 'string') return null;
  const [, number, suffix] = /^(\d+(?:\.\d+)?(?:[eE]\d+)?)([numkMGTPE]i?|[KMGTPE]i|)$/.exec(text) ?? [];
  const factor = suffix === undefined ? undefined : FACTORS[suffix];
  return number === undefined || factor === undefined ? null : Number(number) * factor;
}
