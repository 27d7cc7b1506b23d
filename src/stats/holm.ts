/**
 * Holm's step-down adjustment of several p values, in their order; an adjusted p ≤ α keeps the chance of any
 * false alarm among them at α, however they depend on each other.
 *
 * Source: https://en.wikipedia.org/wiki/Holm%E2%80%93Bonferroni_method (Holm, 1979)
 */
export function holm(ps: readonly number[]): readonly number[] {
  const ascending = ps.map((p, index) => ({ p, index })).sort((a, b) => a.p - b.p);
  const adjusted = [...ps];
  let largest = 0;
  for (const [rank, { p, index }] of ascending.entries()) {
    largest = Math.min(1, Math.max(largest, p * (ps.length - rank)));
    adjusted[index] = largest;
  }
  return adjusted;
}
