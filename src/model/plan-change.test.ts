import { expect, test } from 'vitest';
import { planNode } from '../testing/artifacts.ts';
import { fastSessionsPlan, slowSessionsPlan } from '../testing/sample-statements.ts';
import { planChange } from './plan-change.ts';
import type { PlanNode } from './plan-node.ts';

const scan = (relation: string) => planNode({ relation });
const step = (type: string, ...children: readonly PlanNode[]): PlanNode => {
  const { relation: _none, ...node } = planNode({ type, children });
  return node;
};

test('a scan that became another is told with table and index', () => {
  expect(planChange(fastSessionsPlan, slowSessionsPlan)).toBe(
    'Index Scan on sessions (sessions_user_id_status_idx) → Parallel Seq Scan on sessions',
  );
});

test('another index is another plan, also below a bitmap', () => {
  const bitmap = (index: string) =>
    planNode({ type: 'Bitmap Heap Scan', children: [{ ...step('Bitmap Index Scan'), index }] });
  expect(planChange(bitmap('by_day'), bitmap('by_user'))).toBe(
    'Bitmap Heap Scan on orders (by_day) → Bitmap Heap Scan on orders (by_user)',
  );
});

test('other rows, times and conditions of the same nodes are no other plan', () => {
  const other = planNode({
    estimatedRows: 5e6,
    actualRows: 3,
    selfMs: 900,
    totalMs: 900,
    conditions: ['Filter: (a = $1)'],
  });
  expect(planChange(planNode(), other)).toBeUndefined();
});

test('joins and sorts are told where every table is reached as before', () => {
  const [a, b] = [scan('a'), scan('b')];
  expect(planChange(step('Hash Join', a, b), step('Nested Loop', a, b))).toBe('Hash Join → Nested Loop');
  expect(planChange(a, step('Sort', a))).toBe('now with Sort');
  expect(planChange(step('Memoize', a), a)).toBe('no longer with Memoize');
  expect(planChange(step('Nested Loop', a, b), step('Nested Loop', b, a))).toBe('the tables are read in another order');
});

test('a sort that went to disk is told', () => {
  const sort = (sortMethod: string) => ({ ...step('Sort', scan('a')), sortMethod });
  expect(planChange(sort('quicksort'), sort('external merge'))).toBe('Sort → Sort on disk');
  expect(planChange(sort('quicksort'), sort('top-N heapsort'))).toBeUndefined();
});

test('a hundred partitions are told in one clause', () => {
  const parts = (type: string) =>
    step('Append', ...Array.from({ length: 100 }, (_, n) => planNode({ type, relation: `p${n}` })));
  expect(planChange(parts('Index Scan'), parts('Seq Scan'))).toBe(
    'Index Scan on p0, Index Scan on p1 and 98 more → Seq Scan on p0, Seq Scan on p1 and 98 more',
  );
});
