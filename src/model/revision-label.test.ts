import { expect, test } from 'vitest';
import { revisionLabel } from './revision-label.ts';

const commit = '1a2b3c4d5e6f708192a3b4c5d6e7f8091a2b3c4d';

test('a ref is named with the beginning of its commit', () => {
  expect(revisionLabel({ ref: 'origin/main', commit, dirty: false })).toBe('origin/main@1a2b3c4');
});

test('a hash is not named twice, and a branch that looks like the beginning of one keeps its name', () => {
  expect(revisionLabel({ ref: commit, commit, dirty: false })).toBe('1a2b3c4');
  expect(revisionLabel({ ref: '1A2B3C4D', commit, dirty: false })).toBe('1a2b3c4');
  expect(revisionLabel({ ref: '1a2b', commit, dirty: false })).toBe('1a2b@1a2b3c4');
});

test('the working tree says whether it holds more than its commit', () => {
  expect(revisionLabel({ ref: '.', commit, dirty: false })).toBe('working tree@1a2b3c4');
  expect(revisionLabel({ ref: '.', commit, dirty: true })).toBe('working tree@1a2b3c4 (dirty)');
});
