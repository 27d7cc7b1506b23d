import { describe, expect, test } from 'vitest';
import type { ExecutedWrite } from '../model/plan-trials.ts';
import type { ForeignKey, TableState } from '../model/table-state.ts';
import { execution, planNode, plansOf, queriesOf, request, statement } from '../testing/artifacts.ts';
import { unindexedReferences } from './unindexed-references.ts';

const remove = statement(0, 'DELETE FROM customers WHERE id = $1', { kind: 'delete', tables: ['customers'] });
const read = statement(1, 'SELECT * FROM customers WHERE id = $1');

const key = (more: Partial<ForeignKey> = {}): ForeignKey => ({
  ...{ name: 'orders_customer_id_fkey', table: 'orders', columns: ['customer_id'], estimatedRows: 200_000 },
  ddl: 'CREATE INDEX CONCURRENTLY ON orders (customer_id)',
  ...more,
});

function find(keys: readonly ForeignKey[], statements = [remove], executedWrites: readonly ExecutedWrite[] = []) {
  const queries = queriesOf([remove, read], [request(statements.map((each) => execution(each)))]);
  const customers: TableState = {
    ...{ table: 'shop.customers', estimatedRows: 1_000, changedRows: 0, indexes: [], unindexedReferences: keys },
  };
  return unindexedReferences(queries, plansOf({ tables: [customers], executedWrites }));
}

describe('a foreign key without an index', () => {
  test('is likely to slow down deletes, with the index that ends it and no figure', () => {
    const found = find([key()]);
    expect(found).toMatchObject([
      {
        key: `missing-index|GET /orders|${remove.fingerprint}|orders_customer_id_fkey`,
        ...{ audit: 'missing-index', grade: 'likely', severity: 'medium' },
        summary:
          'for each row deleted from shop.customers PostgreSQL reads all 200,000 rows of orders: customer_id (orders_customer_id_fkey) has no index',
        evidence: [{ kind: 'statement' }, { kind: 'fix', text: key().ddl }, { kind: 'text' }],
      },
    ]);
    expect(found).not.toHaveProperty('0.savingMs');
  });

  test('is proven where the DELETE was executed without and with the index', () => {
    const write: ExecutedWrite = {
      ...({ status: 'executed', fingerprint: remove.fingerprint, rows: 'others', executionMs: 21, runs: 3 } as const),
      plan: planNode({ type: 'Delete' }),
      triggers: [{ name: 'RI_1', constraint: key().name, table: 'customers', calls: 1, timeMs: 20 }],
      references: [{ name: key().name, afterMs: 1 }],
    };
    expect(find([key()], [remove], [write])).toMatchObject([
      {
        ...{ grade: 'proven', severity: 'high', savingMs: 20 },
        evidence: [
          { kind: 'statement' },
          { kind: 'measurement', beforeMs: 21, afterMs: 1, method: expect.stringContaining('takes 20.0 ms of it') },
          { kind: 'fix', label: 'the index that was tried' },
        ],
      },
    ]);
    const useless = { ...write, references: [{ name: key().name, afterMs: 20.9 }] };
    expect(find([key()], [remove], [useless])).toEqual([]);
    const untried = find([key()], [remove], [{ status: 'none', fingerprint: remove.fingerprint, reason: 'a trigger' }]);
    expect(untried).toMatchObject([
      { grade: 'likely', evidence: [{}, {}, { text: expect.stringContaining('a trigger') }] },
    ]);
  });

  test('begins at ten thousand rows', () => {
    expect(find([key({ estimatedRows: 10_000 })])).toHaveLength(1);
    expect(find([key({ estimatedRows: 9_999 })])).toEqual([]);
  });

  test('does not matter where nothing is deleted, nor in a run that did not read the tables', () => {
    expect(find([key()], [read])).toEqual([]);
    expect(unindexedReferences(queriesOf([remove], [request([execution(remove)])]), plansOf())).toEqual([]);
  });
});
