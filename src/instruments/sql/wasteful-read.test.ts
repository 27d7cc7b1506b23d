import { describe, expect, it } from 'vitest';
import type { PlanNode } from '../../model/plan-node.ts';
import { orderIsCostly, wastefulRelations } from './wasteful-read.ts';

function node(type: string, actualRows: number, more: Partial<PlanNode> = {}): PlanNode {
  return { type, conditions: [], estimatedRows: 1, actualRows, loops: 1, children: [], ...more };
}

const scan = (relation: string, kept: number, removed: number, type = 'Seq Scan') =>
  node(type, kept, { relation, rowsRemoved: removed });
const wasteful = (plan: PlanNode) => [...wastefulRelations(plan)];

describe('a table is read in vain', () => {
  it.each(['Seq Scan', 'Parallel Seq Scan', 'Index Scan', 'Bitmap Heap Scan'])(
    'where a %s discards a thousand rows',
    (type) => {
      expect(wasteful(scan('t', 1, 1_000, type))).toEqual(['t']);
      expect(wasteful(scan('t', 1, 999, type))).toEqual([]);
    },
  );

  it('where a join keeps less than a tenth of it', () => {
    const join = (kept: number) =>
      node('Hash Join', kept, {
        children: [scan('big', 5_000, 0), node('Hash', 10, { children: [scan('small', 10, 0)] })],
      });
    expect(wasteful(join(500))).toEqual(['big']);
    expect(wasteful(join(501))).toEqual([]);
  });

  it('where it is read to be sorted', () => {
    const sort = (rows: number) => node('Sort', 10, { children: [scan('t', rows, 0)] });
    expect(wasteful(sort(1_000))).toEqual(['t']);
    expect(wasteful(sort(999))).toEqual([]);
  });

  it('not where every row is wanted', () => {
    expect(wasteful(scan('t', 1_000_000, 0))).toEqual([]);
    expect(wasteful(node('Aggregate', 1, { children: [scan('t', 1_000_000, 0)] }))).toEqual([]);
  });
});

it('an order costs where many rows are sorted or none has to be', () => {
  const sort = (rows: number) => node('Sort', 10, { children: [scan('t', rows, 0)] });
  expect(orderIsCostly(sort(1_000))).toBe(true);
  expect(orderIsCostly(sort(10))).toBe(false);
  expect(orderIsCostly(scan('t', 10, 5_000, 'Index Scan'))).toBe(true);
});
