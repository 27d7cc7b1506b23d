import { describe, expect, it } from 'vitest';
import { createRandom } from '../model/random.ts';
import { permutationLimit, permutationP } from './permutation.ts';

/** The definition, word for word. */
function enumerated(first: readonly number[], second: readonly number[]): number {
  const pooled = [...first, ...second];
  const seen = second.reduce((sum, value) => sum + value, 0);
  let atLeast = 0;
  let deals = 0;
  for (let mask = 0; mask < 2 ** pooled.length; mask++) {
    const group = pooled.filter((_, index) => (mask >> index) & 1);
    if (group.length !== second.length) continue;
    deals += 1;
    if (group.reduce((sum, value) => sum + value, 0) >= seen - 1e-12) atLeast += 1;
  }
  return atLeast / deals;
}

describe('permutationP', () => {
  it('is one deal of all where the groups do not overlap: 8 and 8 have 12,870', () => {
    const low = [1, 2, 3, 4, 5, 6, 7, 8];
    const high = low.map((value) => value + 100);
    expect(permutationP(low, high)).toBeCloseTo(1 / 12_870, 15);
    expect(permutationP(high, low)).toBe(1);
  });

  it('counts what a plain enumeration counts, for unequal groups too', () => {
    const random = createRandom(5);
    for (const [n, m] of [
      [1, 1],
      [2, 5],
      [6, 3],
      [6, 6],
    ] as const) {
      const first = Array.from({ length: n }, random);
      const second = Array.from({ length: m }, random);
      expect(permutationP(first, second)).toBeCloseTo(enumerated(first, second), 12);
    }
  });

  it('is 1 where all values are equal or a group is empty', () => {
    expect(permutationP([3, 3, 3], [3, 3, 3])).toBe(1);
    expect(permutationP([], [1, 2])).toBe(1);
    expect(permutationP([], [])).toBe(1);
  });

  it('takes as many as its limit and refuses one more', () => {
    const half = Array.from({ length: permutationLimit / 2 }, (_, index) => index);
    expect(permutationP(half, half)).toBeGreaterThan(0.49);
    expect(() => permutationP([...half, 1], half)).toThrow(RangeError);
  });
});
