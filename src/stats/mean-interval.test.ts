import { expect, it } from 'vitest';
import { meanInterval } from './mean-interval.ts';

it('is the mean and t(.95, n − 1) standard errors to both sides of it', () => {
  // Mean 3, standard deviation √2.5, t(.95, 4) = 2.131847.
  const half = (2.131847 * Math.sqrt(2.5)) / Math.sqrt(5);
  const [low = Number.NaN, high = Number.NaN] = meanInterval([1, 2, 3, 4, 5]) ?? [];
  expect(low).toBeCloseTo(3 - half, 5);
  expect(high).toBeCloseTo(3 + half, 5);
});

it('has no width where no value differs, and does not exist where one value shows no spread', () => {
  expect(meanInterval([0, 0, 0])).toEqual([0, 0]);
  expect(meanInterval([4])).toBeUndefined();
  expect(meanInterval([])).toBeUndefined();
});
