import { expect, test } from 'vitest';
import { createRandom } from '../../dist/model/random.js';
import { drawMs, p95OfTimes, trueP95Ms } from './service-times.js';

test('the p95 of what is drawn is the true one, and a slower side has it by exactly its factor', () => {
  const random = createRandom(1);
  const times = Array.from({ length: 100_000 }, () => drawMs(1, random));
  expect(trueP95Ms(1)).toBe(9);
  expect(p95OfTimes(times) / trueP95Ms(1)).toBeCloseTo(1, 2);
  expect(trueP95Ms(1.1) / trueP95Ms(1)).toBeCloseTo(1.1, 12);
});

test('with the same chance a slower request takes the same factor longer', () => {
  const [one, other] = [createRandom(4), createRandom(4)];
  for (let request = 0; request < 100; request++) expect(drawMs(1.2, one) / drawMs(1, other)).toBeCloseTo(1.2, 12);
});
