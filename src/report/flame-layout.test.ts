import { describe, expect, it } from 'vitest';
import type { StackProfile } from '../model/profile.ts';
import { foldedProfile } from '../testing/sample-profile.ts';
import { flameLayout } from './flame-layout.ts';

describe('the layout of a flame graph', () => {
  it('puts children below their parent, widest first, and counts self and total time', () => {
    const boxes = flameLayout(foldedProfile({ 'a;b': 300, 'a;c': 600, a: 100 }));
    expect(
      boxes.map(({ frame, depth, offset, width, selfUs }) => [
        frame.name,
        depth,
        Number(offset.toFixed(6)),
        width,
        selfUs,
      ]),
    ).toEqual([
      ['a', 0, 0, 1, 100],
      ['b', 1, 0.6, 0.3, 300],
      ['c', 1, 0, 0.6, 600],
    ]);
  });

  it('makes one box of calls of the same function from the same parent', () => {
    const frame = (name: string) => ({ name, file: '', kind: 'user' as const });
    const profile: StackProfile = {
      frames: [frame('a'), frame('b')],
      parent: [-1, 0, 0],
      frame: [0, 1, 1],
      selfUs: [0, 40, 60],
      totalUs: 100,
    };
    expect(flameLayout(profile).map(({ frame: { name }, width }) => [name, width])).toEqual([
      ['a', 1],
      ['b', 1],
    ]);
  });

  it('leaves out what is narrower than half a per cent, and keeps what is just that wide', () => {
    const names = (us: number) =>
      flameLayout(foldedProfile({ big: 1000 - us, small: us })).map(({ frame }) => frame.name);
    expect(names(5)).toContain('small');
    expect(names(4)).not.toContain('small');
  });

  it('has no box for a profile without samples', () => {
    expect(flameLayout({ frames: [], parent: [], frame: [], selfUs: [], totalUs: 0 })).toEqual([]);
  });

  it('lays out a stack of 20,000 frames', () => {
    const depth = 20_000;
    const profile: StackProfile = {
      frames: [{ name: 'f', file: '', kind: 'user' }],
      parent: Array.from({ length: depth }, (_, node) => node - 1),
      frame: Array.from({ length: depth }, () => 0),
      selfUs: Array.from({ length: depth }, (_, node) => (node === depth - 1 ? 1000 : 0)),
      totalUs: 1000,
    };
    expect(flameLayout(profile).at(-1)?.depth).toBe(depth - 1);
  });
});
