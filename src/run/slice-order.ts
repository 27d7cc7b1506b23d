/** Slices that each variant gets in one round. */
export const slicesPerVariant = 8;

/**
 * The order in which the variants of a round take turns, as indexes: ABBA ABBA …, or BAAB BAAB …
 *
 * ABBA cancels a drift of the machine that is linear over four slices; who starts is drawn by `random` per round,
 * so that being first favours nobody.
 */
export function sliceOrder(variants: number, random: () => number): readonly number[] {
  if (variants === 1) return Array.from({ length: slicesPerVariant }, () => 0);
  const first = random() < 0.5 ? 0 : 1;
  const group = [first, 1 - first, 1 - first, first];
  return Array.from({ length: slicesPerVariant / 2 }, () => group).flat();
}
