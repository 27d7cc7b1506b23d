import { expect, test } from 'vitest';
import type { ExecutedWrite } from '../model/plan-trials.ts';
import { planNode, plansOf, statement } from '../testing/artifacts.ts';
import { rateStatements } from './rate-statements.ts';

const remove = statement(0, 'DELETE FROM customers WHERE id = $1', { kind: 'delete', tables: ['customers'] });
const { fingerprint, normalized: sql } = remove;
const key = {
  ...{ name: 'orders_fkey', table: 'orders', columns: ['customer_id'], estimatedRows: 200_000 },
  ddl: 'CREATE INDEX CONCURRENTLY ON orders (customer_id)',
};
const check = { name: 'RI_1', constraint: 'orders_fkey', table: 'customers', calls: 1, timeMs: 20 };

function rate(write?: ExecutedWrite) {
  const plan = planNode({ type: 'Delete' });
  return rateStatements(
    plansOf({
      statements: [{ status: 'planned', fingerprint, sql, reason: 'DELETE writes', plan }],
      tables: [{ table: 'customers', estimatedRows: 1, changedRows: 0, indexes: [], unindexedReferences: [key] }],
      ...(write && { executedWrites: [write] }),
    }),
  );
}

const executed = (more: Partial<ExecutedWrite> = {}): ExecutedWrite =>
  ({
    ...{
      status: 'executed',
      fingerprint,
      rows: 'captured',
      executionMs: 21,
      runs: 3,
      plan: planNode({ type: 'Delete' }),
    },
    ...{ triggers: [check], references: [{ name: key.name, afterMs: 0.5 }] },
    ...more,
  }) as ExecutedWrite;

test('a write that was only planned is not rated', () => {
  expect(rate()).toMatchObject([{ rating: 'unknown', faults: [] }]);
  expect(rate({ status: 'none', fingerprint, reason: 'a trigger' })).toMatchObject([{ rating: 'unknown' }]);
});

test('a write whose foreign key wants an index is told which, and what it saves', () => {
  expect(rate(executed())).toMatchObject([
    {
      rating: 'faulty',
      totalMs: 21,
      faults: [{ grade: 'proven', summary: expect.stringContaining('0.50 ms instead of 21.00 ms'), advice: key.ddl }],
    },
  ]);
});

test('a write with a slow trigger is told that, and one with neither is fine', () => {
  const own = { name: 'counted', table: 'customers', calls: 1, timeMs: 20 };
  expect(rate(executed({ triggers: [own], references: [] }))).toMatchObject([
    {
      rating: 'faulty',
      faults: [{ summary: expect.stringContaining('the trigger counted on customers takes 20.0 ms') }],
    },
  ]);
  expect(rate(executed({ triggers: [], references: [] }))).toMatchObject([{ rating: 'fine', faults: [] }]);
});
