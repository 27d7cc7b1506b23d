import { describe, expect, it } from 'vitest';
import { planNode } from '../../testing/artifacts.ts';
import { bestTrials } from './best-trials.ts';
import type { TriedIndex, UntriedIndex } from './wanted-indexes.ts';

const tried = (ddl: string, more: Partial<TriedIndex> = {}): TriedIndex => ({
  ...{ status: 'tried', fingerprint: 'a', table: 'orders', columns: ['x'], ddl, where: 'scratch-copy' },
  ...{ beforeMs: 10, afterMs: 1, runs: 5, used: true, sizeBytes: 1_000_000, buildMs: 1 },
  ...{ planBefore: planNode(), planAfter: planNode() },
  ...more,
});

const chosen = (...trials: readonly (TriedIndex | UntriedIndex)[]) =>
  bestTrials(trials).map(({ fingerprint, ...trial }) => `${fingerprint}: ${'ddl' in trial ? trial.ddl : ''}`);

describe('the index to recommend', () => {
  it('is the fastest that is used', () => {
    expect(
      chosen(tried('slow', { afterMs: 5 }), tried('fast'), tried('unused', { afterMs: 0.1, used: false })),
    ).toEqual(['a: fast']);
  });

  it('is the first among equals, up to a quarter more time', () => {
    expect(chosen(tried('first', { afterMs: 1.25 }), tried('second'))).toEqual(['a: first']);
    expect(chosen(tried('first', { afterMs: 1.26 }), tried('second'))).toEqual(['a: second']);
  });

  it('is the one of equals that serves more statements', () => {
    const both = (fingerprint: string) => tried('both', { fingerprint, afterMs: 1.1 });
    expect(chosen(tried('short'), both('a'), both('b'))).toEqual(['a: both', 'b: both']);
  });

  it('is the one of equals that takes half of the space', () => {
    expect(chosen(tried('whole'), tried('partial', { sizeBytes: 500_000 }))).toEqual(['a: partial']);
    expect(chosen(tried('whole'), tried('partial', { sizeBytes: 500_001 }))).toEqual(['a: whole']);
  });

  it('carries columns along where that takes half of the time', () => {
    const wide = (afterMs: number) => tried('wide', { include: ['y'], afterMs });
    expect(chosen(tried('plain'), wide(0.49))).toEqual(['a: wide']);
    expect(chosen(tried('plain'), wide(0.51))).toEqual(['a: plain']);
  });

  it('is the first that was tried, where none was used, and one for each table', () => {
    const untried: UntriedIndex = {
      ...{ status: 'untried', fingerprint: 'a', table: 'orders', columns: ['y'], ddl: 'untried', reason: 'no time' },
    };
    expect(chosen(untried, tried('unused', { used: false }))).toEqual(['a: untried']);
    expect(chosen(tried('one'), tried('two', { table: 'items' }))).toEqual(['a: one', 'a: two']);
  });
});
