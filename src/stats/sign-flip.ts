import { countPairsAtLeast } from './sorted-pairs.ts';

/** Above this many differences the exact test is not worth its time: it then agrees with the t test. */
export const signFlipLimit = 32;

/**
 * Exact one-sided p of the paired randomisation test: the share of all 2ⁿ sign changes of `differences` whose
 * sum is at least as large as the one that was seen.
 *
 * If nothing changed, each difference might as well have had the other sign; nothing else is assumed. The
 * smallest p that n differences can give is 2⁻ⁿ. Takes up to {@link signFlipLimit} of them.
 *
 * Source: https://en.wikipedia.org/wiki/Permutation_test, after Fisher, The Design of Experiments, §21.
 */
export function signFlipP(differences: readonly number[]): number {
  if (differences.length > signFlipLimit) throw new RangeError(`at most ${signFlipLimit} differences`);
  const middle = differences.length >> 1;
  const left = signedSums(differences.slice(0, middle));
  const right = signedSums(differences.slice(middle));
  const seen = differences.reduce((sum, difference) => sum + difference, 0);
  // Sums that are equal but for rounding are equal: counting them is the cautious side.
  const rounding = 1e-12 * differences.reduce((sum, difference) => sum + Math.abs(difference), 0);
  return countPairsAtLeast(left, right, seen - rounding) / 2 ** differences.length;
}

/** The sums of `values` under every choice of signs, ascending. */
function signedSums(values: readonly number[]): Float64Array {
  const sums = new Float64Array(2 ** values.length);
  let filled = 1;
  for (const value of values) {
    for (let index = 0; index < filled; index++) {
      const sum = sums[index] ?? 0;
      sums[index] = sum + value;
      sums[filled + index] = sum - value;
    }
    filled *= 2;
  }
  return sums.sort();
}
