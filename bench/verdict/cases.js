import { createRandom } from '../../dist/model/random.js';

/** What is measured: the same service on both sides, and two that became slower by a known factor. */
export const cases = [
  { id: 'same', title: 'A/A', slower: 1 },
  { id: '+10%', title: '+10 %', slower: 1.1 },
  { id: '+20%', title: '+20 %', slower: 1.2 },
];

/**
 * The order of the verdicts: `runs` times each case, in an order that is drawn anew for each run, so that whatever drifts
 * on the machine meets all cases alike. Each has a seed of its own for what the product draws.
 *
 * A run's order depends on the seed and on the run alone: a plan with more runs begins with the shorter one.
 */
export function planVerdicts(seed, runs) {
  return Array.from({ length: runs }, (_, run) => {
    const random = createRandom(seed * 10_000 + run);
    return cases
      .map((one) => ({ case: one.id, slower: one.slower, run, seed: Math.floor(random() * 2 ** 32), rank: random() }))
      .sort((one, other) => one.rank - other.rank)
      .map(({ rank: _, ...verdict }) => verdict);
  }).flat();
}
