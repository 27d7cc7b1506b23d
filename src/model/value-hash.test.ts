import { expect, test } from 'vitest';
import { valueHash } from './value-hash.ts';

test('a hash is 16 hex digits, equal for equal texts', () => {
  expect(valueHash('4711')).toMatch(/^[0-9a-f]{16}$/);
  expect(valueHash('4711')).toBe(valueHash(String(4711)));
});

test('NULL is told from the empty text', () => {
  expect(valueHash(null)).toBe('');
  expect(valueHash('')).toMatch(/^[0-9a-f]{16}$/);
});

test('a hundred thousand neighbouring ids do not collide, nor do their halves', () => {
  const hashes = Array.from({ length: 100_000 }, (_, id) => valueHash(String(id)));
  expect(new Set(hashes).size).toBe(100_000);
  // By chance 100,000 values of 32 bits share about one pair: 100,000² / 2³³.
  expect(new Set(hashes.map((hash) => hash.slice(0, 8))).size).toBeGreaterThan(99_980);
});

test('the order of characters and characters beyond the basic plane count', () => {
  expect(valueHash('ab')).not.toBe(valueHash('ba'));
  expect(valueHash('😀')).not.toBe(valueHash('😁'));
});
