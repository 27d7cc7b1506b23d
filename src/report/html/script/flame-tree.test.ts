import { describe, expect, it } from 'vitest';
import type { FlameData } from './flame-data.ts';
import { createFlameTree } from './flame-tree.ts';

/** A tree out of lines `parent name before after`, or one time where there is one side; parents are numbers of lines. */
function data(...lines: readonly (readonly [parent: number, name: string, ...us: readonly number[]])[]): FlameData {
  const names = [...new Set(lines.map(([, name]) => name))];
  const sides = (lines[0]?.length ?? 3) > 3 ? ['before', 'after'] : ['default'];
  return {
    sides,
    names,
    places: names.map((name) => `src/${name}.js:1`),
    kinds: names.map(() => 'user'),
    parent: lines.map(([parent]) => parent),
    frame: lines.map(([, name]) => names.indexOf(name)),
    selfUs: sides.map((_, side) => lines.map((line) => Number(line[2 + side]))),
  };
}

describe('the layout of a flame graph', () => {
  it('puts children side by side below their parent, widest first, and counts self and total time', () => {
    const tree = createFlameTree(data([-1, 'a', 100], [0, 'b', 300], [0, 'c', 600], [2, 'd', 5]));
    const boxes = Array.from({ length: tree.count }, (_, node) => [
      tree.name(node),
      tree.depth(node),
      tree.offset(node, 0),
      tree.totalUs(node, 0),
      tree.selfUs(node, 0),
      tree.end(node),
    ]);
    expect(boxes).toEqual([
      ['one request', 0, 0, 1005, 0, 5],
      ['a', 1, 0, 1005, 100, 5],
      ['c', 2, 0, 605, 600, 4],
      ['d', 3, 0, 5, 5, 4],
      ['b', 2, 605, 300, 300, 5],
    ]);
  });

  it('keeps the order of the boxes when the other side is shown', () => {
    const tree = createFlameTree(data([-1, 'small', 10, 20], [-1, 'large', 5, 90]));
    expect([1, 2].map((node) => [tree.name(node), tree.offset(node, 0), tree.offset(node, 1)])).toEqual([
      ['large', 0, 0],
      ['small', 5, 90],
    ]);
  });

  it('shows growth by the own time, against the largest, and takes less than a hundredth of a request for noise', () => {
    const tree = createFlameTree(
      data([-1, 'a', 0, 0], [0, 'grew', 100, 500], [0, 'shrank', 300, 100], [0, 'same', 100, 105]),
    );
    const growth = Object.fromEntries(
      Array.from({ length: tree.count }, (_, node) => [tree.name(node), tree.growth(node)]),
    );
    expect(growth).toEqual({ 'one request': 0, a: 0, grew: 1, shrank: -0.5, same: 0 });
    expect([0, 1].map((node) => tree.width(node, 'difference'))).toEqual([705, 705]);
  });

  it('finds functions by name and place in any case, and counts time below two matches once', () => {
    const tree = createFlameTree(data([-1, 'Clone', 100], [0, 'clone', 300], [-1, 'other', 600]));
    expect(tree.search('cLONE', 0)).toMatchObject({ share: 0.4 });
    expect(tree.search('CLONE.js', 0).nodes).toHaveLength(2);
    expect(tree.search('nothing', 0)).toEqual({ nodes: [], share: 0 });
  });

  it('lays out a stack of 20,000 frames, and a profile without samples', () => {
    const depth = 20_000;
    const deep = createFlameTree({
      ...data([-1, 'f', 0]),
      parent: Array.from({ length: depth }, (_, node) => node - 1),
      frame: Array.from({ length: depth }, () => 0),
      selfUs: [Array.from({ length: depth }, (_, node) => (node === depth - 1 ? 1000 : 0))],
    });
    expect([deep.deepest, deep.totalUs(0, 0), deep.depth(depth)]).toEqual([depth, 1000, depth]);
    expect(createFlameTree({ ...data(), sides: ['default'], selfUs: [[]] }).totalUs(0, 0)).toBe(0);
  });
});
