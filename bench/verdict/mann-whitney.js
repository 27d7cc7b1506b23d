/** Above this many values the exact distribution is left for its normal approximation, as benchstat has it. */
const exactLimit = 50;

/**
 * The Mann–Whitney U test, two-sided: `p`, and `shift`, which is positive where the second sample tends to be larger.
 *
 * Takes the distinct values in ascending order, each with how often it occurs in either sample, so that a histogram is
 * as good as a list. Up to `limit` values get the exact distribution, given the ties that there are; more the normal one
 * with the corrections for ties and continuity.
 *
 * Source: https://en.wikipedia.org/wiki/Mann%E2%80%93Whitney_U_test
 */
export function mannWhitney(values, limit = exactLimit) {
  const first = sum(values.map((value) => value.first));
  const second = sum(values.map((value) => value.second));
  if (first === 0 || second === 0) return { p: 1, shift: 0 };
  const ties = midranks(values);
  // Half the sum of the doubled ranks, less its smallest value, is U of the second sample; first · second / 2 on average.
  const u = sum(ties.map(({ second, doubledRank }) => second * doubledRank)) / 2 - (second * (second + 1)) / 2;
  const shift = u - (first * second) / 2;
  const p = first + second <= limit ? exactP(ties, second) : normalP(ties, first, second, shift);
  return { p, shift };
}

/** Two lists as the distinct values that the test takes. */
export function countValues(first, second) {
  const counts = new Map();
  const count = (value, side) => {
    const { first = 0, second = 0 } = counts.get(value) ?? {};
    counts.set(value, { first: first + (side === 'first'), second: second + (side === 'second') });
  };
  for (const value of first) count(value, 'first');
  for (const value of second) count(value, 'second');
  return [...counts].sort(([one], [other]) => one - other).map(([, both]) => both);
}

/** Ranks are doubled: then the mean rank of those that tie is a whole number too. */
function midranks(values) {
  let below = 0;
  return values.map(({ first, second }) => {
    const size = first + second;
    const doubledRank = 2 * below + size + 1;
    below += size;
    return { size, second, doubledRank };
  });
}

/**
 * Twice the smaller tail, from the number of ways to choose the second sample for each sum of its ranks: built up value by
 * value, by how many are chosen so far.
 */
function exactP(ties, chosen) {
  let ways = Array.from({ length: chosen + 1 }, () => new Map());
  ways[0].set(0, 1);
  for (const { size, doubledRank } of ties) {
    const next = Array.from({ length: chosen + 1 }, () => new Map());
    for (const [already, sums] of ways.entries()) {
      for (let more = 0; more <= Math.min(size, chosen - already); more++) {
        const factor = choices(size, more);
        for (const [rankSum, count] of sums) {
          const key = rankSum + more * doubledRank;
          next[already + more].set(key, (next[already + more].get(key) ?? 0) + count * factor);
        }
      }
    }
    ways = next;
  }
  const seen = sum(ties.map(({ second, doubledRank }) => second * doubledRank));
  const all = [...ways[chosen]];
  const share = (isCounted) => sum(all.filter(([rankSum]) => isCounted(rankSum)).map(([, count]) => count));
  const total = share(() => true);
  return Math.min(
    1,
    (2 *
      Math.min(
        share((rankSum) => rankSum <= seen),
        share((rankSum) => rankSum >= seen),
      )) /
      total,
  );
}

function choices(size, chosen) {
  let result = 1;
  for (let index = 1; index <= chosen; index++) result = (result * (size - chosen + index)) / index;
  return result;
}

function normalP(ties, first, second, shift) {
  const all = first + second;
  const tied = sum(ties.map(({ size }) => size ** 3 - size)) / (all * (all - 1));
  const variance = ((first * second) / 12) * (all + 1 - tied);
  if (variance <= 0) return 1;
  const distance = Math.max(0, Math.abs(shift) - 0.5) / Math.sqrt(variance);
  return Math.min(1, 2 * upperTail(distance));
}

/** Of the standard normal distribution, to 1e-7: Abramowitz and Stegun, 26.2.17. */
function upperTail(z) {
  const t = 1 / (1 + 0.2316419 * z);
  const polynomial = t * (0.31938153 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))));
  return (Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI)) * polynomial;
}

function sum(numbers) {
  return numbers.reduce((total, number) => total + number, 0);
}
