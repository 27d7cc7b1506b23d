import { describe, expect, test } from 'vitest';
import { createRandom } from '../../dist/model/random.js';
import { countValues, mannWhitney } from './mann-whitney.js';

const pOf = (first, second) => mannWhitney(countValues(first, second)).p;

describe('the exact test', () => {
  test('gives the p of a textbook: permeability of chorioamnion, Hollander and Wolfe (1973), p. 69', () => {
    const atTerm = [0.8, 0.83, 1.89, 1.04, 1.45, 1.38, 1.91, 1.64, 0.73, 1.46];
    const early = [1.15, 0.88, 0.9, 0.74, 1.21];
    // One-sided 0.1272 there.
    expect(pOf(atTerm, early)).toBeCloseTo(2 * 0.1272, 3);
    // U = 35 of the terms at term, so 15 of the others, where 25 is the middle.
    expect(mannWhitney(countValues(atTerm, early)).shift).toBe(-10);
  });

  test('says the same of both directions', () => {
    const [low, high] = [
      [1, 2, 4, 7],
      [3, 5, 6, 8, 9],
    ];
    expect(pOf(low, high)).toBeCloseTo(pOf(high, low), 12);
    expect(mannWhitney(countValues(low, high)).shift).toBe(-mannWhitney(countValues(high, low)).shift);
  });

  test('needs four values a side to reach 0.05, however far apart they are', () => {
    expect(pOf([1, 2, 3], [4, 5, 6])).toBeCloseTo(2 / 20, 12);
    expect(pOf([1, 2, 3, 4], [5, 6, 7, 8])).toBeCloseTo(2 / 70, 12);
    expect(pOf(range(0, 10), range(10, 20))).toBeCloseTo(2 / 184_756, 12);
  });

  test('counts the deals of the values as they tie', () => {
    // Of the six ways to choose two of 1, 2, 2, 3 the rank sums are 3.5, 3.5, 5, 5, 6.5, 6.5.
    expect(pOf([1, 2], [2, 3])).toBeCloseTo((2 * 2) / 6, 12);
    expect(pOf([5, 5, 5], [5, 5, 5])).toBe(1);
  });

  test('tells nothing of nothing', () => {
    expect(mannWhitney([])).toEqual({ p: 1, shift: 0 });
    expect(pOf([], [1, 2])).toBe(1);
  });
});

describe('the approximation', () => {
  test('agrees with the exact test where both could be used', () => {
    const random = createRandom(3);
    const draw = (from) => Array.from({ length: 25 }, () => Math.floor(from + 20 * random()));
    const values = countValues(draw(0), draw(3));
    const [exact, approximate] = [mannWhitney(values, 50).p, mannWhitney(values, 0).p];
    expect(exact).toBeGreaterThan(0.001);
    expect(exact).toBeLessThan(0.5);
    expect(Math.abs(approximate - exact)).toBeLessThan(0.002);
    expect(approximate).not.toBe(exact);
  });

  test('corrects for ties: two thirds of 300 against half of 300', () => {
    // N = 600, ties of 350 and 250: variance 300·300/12 · (601 − (350³ + 250³ − 600)/(600·599)), U 7500 off the middle.
    const { p, shift } = mannWhitney([
      { first: 200, second: 150 },
      { first: 100, second: 150 },
    ]);
    expect(shift).toBe(7500);
    const variance = 7500 * (601 - (350 ** 3 + 250 ** 3 - 600) / (600 * 599));
    expect((7500 - 0.5) / Math.sqrt(variance)).toBeCloseTo(4.137, 2);
    expect(p).toBeGreaterThan(3.3e-5);
    expect(p).toBeLessThan(3.7e-5);
  });

  test('tells nothing of values that are all the same', () => {
    expect(mannWhitney([{ first: 100, second: 200 }])).toEqual({ p: 1, shift: 0 });
  });
});

describe('of a thousand pairs of samples without a difference', () => {
  test('the test finds one in at most a twentieth', () => {
    const random = createRandom(11);
    const draw = (count) => Array.from({ length: count }, random);
    const alarms = (count) => range(0, 1000).filter(() => pOf(draw(count), draw(count)) <= 0.05).length;
    expect(alarms(8)).toBeGreaterThan(25);
    expect(alarms(8)).toBeLessThan(70);
    expect(alarms(60)).toBeGreaterThan(25);
    expect(alarms(60)).toBeLessThan(70);
  });
});

function range(from, to) {
  return Array.from({ length: to - from }, (_, index) => from + index);
}
