import type { FlameData, FlameView } from './flame-data.ts';

/** A call tree that is laid out: nodes in the order of a walk from the root, so that a subtree is a range of them. */
export interface FlameTree {
  /** With the root, which stands for a whole request and has the number 0. */
  readonly count: number;
  readonly deepest: number;
  readonly name: (node: number) => string;
  readonly place: (node: number) => string;
  readonly kind: (node: number) => string;
  readonly parent: (node: number) => number;
  readonly depth: (node: number) => number;
  /** The node after the last one of this subtree. */
  readonly end: (node: number) => number;
  readonly selfUs: (node: number, side: number) => number;
  readonly totalUs: (node: number, side: number) => number;
  /** What the width of a node stands for, and where it begins, both in µs. */
  readonly width: (node: number, view: FlameView) => number;
  readonly offset: (node: number, view: FlameView) => number;
  /** How much more of its own time the node takes after, as a share of the largest such change: −1 to 1; 0 for noise. */
  readonly growth: (node: number) => number;
  /** Nodes whose name or place holds the text, and the share of the request that they take with their callees. */
  readonly search: (text: string, view: FlameView) => { readonly nodes: readonly number[]; readonly share: number };
}

/**
 * Lays a flame graph out, widest child first. It runs in the report's script as well as in Node, so that it uses nothing
 * but its argument and the language.
 */
export function createFlameTree(data: FlameData): FlameTree {
  /** A change of less than this share of a request is the noise of sampling. */
  const leastGrowth = 0.01;
  const count = data.parent.length + 1;
  const sides = data.sides.length;
  const last = sides - 1;
  const of = (column: ArrayLike<number>, index: number) => column[index] ?? 0;
  // Raw numbers are those of the data plus one: 0 is the root.
  const rawTotals = data.selfUs.map((own) => {
    const totals = new Float64Array(count);
    for (let raw = count - 1; raw > 0; raw--) {
      totals[raw] = of(totals, raw) + of(own, raw - 1);
      const above = of(data.parent, raw - 1) + 1;
      totals[above] = of(totals, above) + of(totals, raw);
    }
    return totals;
  });
  const rank = (raw: number) => rawTotals.reduce((most, totals) => Math.max(most, of(totals, raw)), 0);
  const children: number[][] = [];
  for (let raw = 1; raw < count; raw++) {
    const above = of(data.parent, raw - 1) + 1;
    const siblings = children[above];
    if (siblings) siblings.push(raw);
    else children[above] = [raw];
  }
  const rawOf = new Int32Array(count);
  const parents = new Int32Array(count).fill(-1);
  const depths = new Int32Array(count);
  const ends = new Int32Array(count);
  const waiting: { raw: number; above: number }[] = [{ raw: 0, above: -1 }];
  let next = 0;
  for (let entry = waiting.pop(); entry; entry = waiting.pop()) {
    const node = next++;
    rawOf[node] = entry.raw;
    parents[node] = entry.above;
    depths[node] = entry.above < 0 ? 0 : of(depths, entry.above) + 1;
    const below = children[entry.raw] ?? [];
    below.sort((a, b) => rank(a) - rank(b));
    for (const raw of below) waiting.push({ raw, above: node });
  }
  for (let node = count - 1; node >= 0; node--) {
    ends[node] = Math.max(of(ends, node), node + 1);
    const above = of(parents, node);
    if (above >= 0) ends[above] = Math.max(of(ends, above), of(ends, node));
  }
  const self = data.selfUs.map((own) => Float64Array.from(rawOf, (raw) => (raw === 0 ? 0 : of(own, raw - 1))));
  const totals = rawTotals.map((total) => Float64Array.from(rawOf, (raw) => of(total, raw)));
  const offsets = totals.map((total) => {
    const offset = new Float64Array(count);
    const taken = new Float64Array(count);
    for (let node = 1; node < count; node++) {
      const above = of(parents, node);
      offset[node] = of(offset, above) + of(taken, above);
      taken[above] = of(taken, above) + of(total, node);
    }
    return offset;
  });
  const column = (columns: readonly Float64Array[], side: number, node: number) => columns[side]?.[node] ?? 0;
  const sideOf = (view: FlameView) => (view === 'difference' ? last : view);
  const growths = new Float64Array(count);
  if (sides === 2) {
    const noise = leastGrowth * Math.max(column(totals, 0, 0), column(totals, 1, 0));
    let largest = 0;
    for (let node = 1; node < count; node++) {
      const delta = column(self, 1, node) - column(self, 0, node);
      if (Math.abs(delta) < noise) continue;
      growths[node] = delta;
      largest = Math.max(largest, Math.abs(delta));
    }
    if (largest > 0) for (let node = 1; node < count; node++) growths[node] = of(growths, node) / largest;
  }
  const frameOf = (node: number) => of(data.frame, of(rawOf, node) - 1);

  return {
    count,
    deepest: depths.reduce((most, depth) => Math.max(most, depth), 0),
    name: (node) => (node === 0 ? 'one request' : (data.names[frameOf(node)] ?? '')),
    place: (node) => (node === 0 ? '' : (data.places[frameOf(node)] ?? '')),
    kind: (node) => (node === 0 ? 'root' : (data.kinds[frameOf(node)] ?? 'runtime')),
    parent: (node) => of(parents, node),
    depth: (node) => of(depths, node),
    end: (node) => of(ends, node),
    selfUs: (node, side) => column(self, side, node),
    totalUs: (node, side) => column(totals, side, node),
    width: (node, view) => column(totals, sideOf(view), node),
    offset: (node, view) => column(offsets, sideOf(view), node),
    growth: (node) => of(growths, node),
    search(text, view) {
      const wanted = text.toLowerCase();
      const frames = data.names.map((name, frame) =>
        `${name}\n${data.places[frame] ?? ''}`.toLowerCase().includes(wanted),
      );
      const nodes: number[] = [];
      let us = 0;
      let covered = 0;
      for (let node = 1; node < count; node++) {
        if (frames[frameOf(node)] !== true) continue;
        nodes.push(node);
        // Below a match everything is counted already.
        if (node < covered) continue;
        us += column(totals, sideOf(view), node);
        covered = of(ends, node);
      }
      const whole = column(totals, sideOf(view), 0);
      return { nodes, share: whole > 0 ? us / whole : 0 };
    },
  };
}
