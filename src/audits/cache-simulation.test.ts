import { expect, test } from 'vitest';
import { type Reading, simulateCache } from './cache-simulation.ts';

const reading = (atMs: number, result = 'a', key = 'k'): Reading => ({ atMs, key, result });

test('what is read again before it expires is a hit, and expires from when it was read', () => {
  const readings = [0, 400, 999, 1000, 1500].map((atMs) => reading(atMs));
  expect(simulateCache(readings, 1000)).toEqual({ readings: 5, hits: 3, stale: 0, cold: 1 });
});

test('a hit is stale where the truth has changed meanwhile, until the entry expires', () => {
  const readings = [reading(0, 'a'), reading(100, 'b'), reading(200, 'b'), reading(1100, 'b'), reading(1200, 'b')];
  expect(simulateCache(readings, 1000)).toEqual({ readings: 5, hits: 3, stale: 2, cold: 1 });
});

test('other questions have other entries, in whatever order they were noted', () => {
  const readings = [
    reading(300, 'y', 'two'),
    reading(0, 'x', 'one'),
    reading(200, 'x', 'one'),
    reading(100, 'y', 'two'),
  ];
  expect(simulateCache(readings, 1000)).toEqual({ readings: 4, hits: 2, stale: 0, cold: 2 });
});

test('a warm cache has all hits but those of what is read once, and what expires is missed again', () => {
  const once = [reading(0, 'x', 'one'), reading(10, 'y', 'two'), reading(20, 'z', 'three'), reading(30, 'x', 'one')];
  expect(simulateCache(once, 1000)).toMatchObject({ hits: 1, cold: 1 });
  const expired = [0, 100, 1000, 1100].map((atMs) => reading(atMs));
  expect(simulateCache(expired, 1000)).toMatchObject({ hits: 2, cold: 1 });
});
