import { describe, expect, it } from 'vitest';
import { foldedProfile } from '../../testing/sample-profile.ts';
import { flameColumns } from './flame-columns.ts';
import { createFlameTree } from './script/flame-tree.ts';

const side = (variant: string, stacks: Readonly<Record<string, number>>, requests = 10) => ({
  variant,
  flow: { profile: foldedProfile(stacks), requests },
});

describe('the columns of a flame graph', () => {
  it('hold one tree for both variants, in µs per request', () => {
    const before = side('before', { 'a;b': 3000, 'a;c': 1000 });
    const columns = flameColumns([before, side('after', { 'a;c': 400, 'a;d': 40 }, 4)]);
    expect(columns).toMatchObject({ sides: ['before', 'after'] });
    const own = columns?.frame.map((frame, node) => [
      columns.names[frame],
      ...columns.selfUs.map((column) => column[node]),
    ]);
    expect(own).toEqual([
      ['a', 0, 0],
      ['c', 100, 100],
      ['d', 0, 10],
      ['b', 300, 0],
    ]);
  });

  it('keep the widest nodes, and the time of the others below their parents', () => {
    const stacks = { 'a;b': 5000, 'a;b;c': 30, 'a;b;d': 20, 'a;b;d;e': 10, 'a;f': 4000 };
    const columns = flameColumns([side('default', stacks)], 3);
    expect(columns?.frame.map((frame) => columns.names[frame])).toEqual(['a', 'b', 'f', 'too narrow to be kept here']);
    expect(columns?.parent).toEqual([-1, 0, 0, 1]);
    expect(columns && createFlameTree(columns).totalUs(0, 0)).toBeCloseTo(906, 6);
  });

  it('are none where no request was answered', () => {
    expect(flameColumns([side('default', { a: 10 }, 0)])).toBeUndefined();
    expect(flameColumns([])).toBeUndefined();
  });
});
