import { describe, expect, it } from 'vitest';
import { createRandom } from '../model/random.ts';
import { pairedEffect, unpairedEffect } from './effect.ts';
import { studentTQuantile, studentTUpperTail } from './student-t.ts';

/** Hours of extra sleep under two drugs, ten patients: Student's own example, R's data set `sleep`. */
const sleep = {
  first: [0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0, 2],
  second: [1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4],
};

/** Normal numbers by Box and Muller. */
function normals(seed: number): (sd: number) => number {
  const random = createRandom(seed);
  return (sd) => sd * Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

describe('pairedEffect', () => {
  // Worked by hand: d = 1, 2, 3, 2; mean 2, s = √(2/3), s/√n = 0.40825; t.95(3) = 2.35336, t.80(3) = 0.97847.
  it('gives mean, interval, exact p and resolution of the differences', () => {
    const effect = pairedEffect([10, 20, 30, 40], [11, 22, 33, 42]);
    expect(effect?.mean).toBe(2);
    expect(effect?.halfWidth).toBeCloseTo(0.96075, 4);
    expect(effect?.resolution).toBeCloseTo(1.36021, 4);
    expect(effect?.p).toBe(1 / 16);
  });

  it("gives the paired t of R's `sleep`, −4.0621 on nine degrees of freedom, and the exact p of 2 in 1,024", () => {
    const effect = pairedEffect(sleep.first, sleep.second);
    const standardError = (effect?.halfWidth ?? 0) / studentTQuantile(0.95, 9);
    expect((effect?.mean ?? 0) / standardError).toBeCloseTo(4.0621, 4);
    expect(effect?.p).toBe(2 / 1024);
  });

  it('is the same with its signs changed when before and after change places', () => {
    const up = pairedEffect([1, 2, 3, 4], [1.5, 2.1, 3.9, 4.2]);
    const down = pairedEffect([1.5, 2.1, 3.9, 4.2], [1, 2, 3, 4]);
    expect(down).toEqual({ ...up, mean: -(up?.mean ?? 0) });
  });

  it('knows nothing of fewer than two pairs', () => {
    expect(pairedEffect([], [])).toBeUndefined();
    expect(pairedEffect([1], [2])).toBeUndefined();
  });

  it('has an interval without width where every pair differs alike', () => {
    expect(pairedEffect([1, 2, 3], [2, 3, 4])).toEqual({ mean: 1, halfWidth: 0, p: 1 / 8, resolution: 0 });
    expect(pairedEffect([1, 2, 3], [1, 2, 3])).toEqual({ mean: 0, halfWidth: 0, p: 1, resolution: 0 });
  });

  it('goes over to the t test where there are too many pairs to enumerate, which by then agrees', () => {
    const normal = normals(3);
    const before = Array.from({ length: 32 }, () => normal(1));
    const after = before.map((value) => value + 0.25 + normal(1));
    const exact = pairedEffect(before, after);
    const standardError = (exact?.halfWidth ?? 0) / studentTQuantile(0.95, 31);
    expect(exact?.p).toBeCloseTo(studentTUpperTail((exact?.mean ?? 0) / standardError, 31), 2);
    expect(pairedEffect([...before, 0], [...after, 0])?.p).toBeCloseTo(exact?.p ?? 0, 2);
  });

  it('keeps its meaning at the edges where there are too many pairs to enumerate', () => {
    const same = new Array<number>(40).fill(1);
    expect(pairedEffect(same, same)?.p).toBe(1);
    expect(pairedEffect(same, new Array<number>(40).fill(2))?.p).toBe(0);
  });

  it('has an interval that holds the truth nine times in ten', () => {
    const normal = normals(29);
    let held = 0;
    for (let run = 0; run < 1000; run++) {
      const before = Array.from({ length: 8 }, () => normal(0.2));
      const after = before.map((value) => value + 0.05 + normal(0.09));
      const effect = pairedEffect(before, after);
      if (effect && Math.abs(effect.mean - 0.05) <= effect.halfWidth) held += 1;
    }
    expect(held / 1000).toBeGreaterThan(0.87);
    expect(held / 1000).toBeLessThan(0.93);
  });
});

describe('unpairedEffect', () => {
  it("gives Welch's interval as R prints it for `sleep`, and a permutation p near Welch's", () => {
    // t.test(extra ~ group, data = sleep, conf.level = 0.9): t = -1.8608, df = 17.776, p = 0.07939 on both sides.
    const effect = unpairedEffect(sleep.first, sleep.second, 0);
    expect(effect?.mean).toBeCloseTo(1.58, 10);
    expect((effect?.halfWidth ?? 0) / studentTQuantile(0.95, 17.776)).toBeCloseTo(1.58 / 1.8608, 4);
    expect(effect?.p).toBeCloseTo(0.07939 / 2, 2);
  });

  it('widens with the drift between the two sets, which their own spread cannot show', () => {
    const still = unpairedEffect([1, 1, 1], [1, 1, 1], 0);
    const drifting = unpairedEffect([1, 1, 1], [1, 1, 1], 0.1);
    expect(still?.halfWidth).toBe(0);
    expect(drifting?.halfWidth).toBeCloseTo(0.1645, 4);
    expect(drifting?.resolution).toBeCloseTo(0.164485 + 0.084162, 5);
  });

  it('takes groups of different sizes and refuses groups of one', () => {
    expect(unpairedEffect([1, 2, 3], [4, 5], 0)?.p).toBeCloseTo(1 / 10, 12);
    expect(unpairedEffect([1], [4, 5], 0)).toBeUndefined();
  });

  it('looks in the direction of the effect', () => {
    const down = unpairedEffect([4, 5, 6], [1, 2, 3], 0);
    expect(down?.mean).toBe(-3);
    expect(down?.p).toBeCloseTo(1 / 20, 12);
  });
});
