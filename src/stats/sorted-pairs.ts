/**
 * How many pairs of one number of `left` and one of `right` have a sum of at least `bound`.
 *
 * Both arrays are ascending. Exact tests count 2ⁿ outcomes with it by listing only the 2^(n/2) of each half.
 */
export function countPairsAtLeast(left: Float64Array, right: Float64Array, bound: number): number {
  let count = 0;
  let from = right.length;
  for (const value of left) {
    while (from > 0 && value + (right[from - 1] ?? 0) >= bound) from -= 1;
    count += right.length - from;
  }
  return count;
}
