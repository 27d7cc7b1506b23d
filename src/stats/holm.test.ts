import { expect, it } from 'vitest';
import { holm } from './holm.ts';

it('multiplies the smallest by their number, the next by one less, and never falls', () => {
  // The example of R's p.adjust(method = "holm").
  expect(holm([0.01, 0.04, 0.03, 0.005])).toEqual([0.03, 0.06, 0.06, 0.02]);
});

it('leaves a single p alone', () => {
  expect(holm([0.04])).toEqual([0.04]);
  expect(holm([])).toEqual([]);
});

it('never exceeds 1 and keeps the order of the input', () => {
  expect(holm([0.9, 0.8, 0.001])).toEqual([1, 1, 0.003]);
});
