import { beforeAll, describe, expect, it } from 'vitest';
import { planNode } from '../../testing/artifacts.ts';
import { loadParser } from './statement.ts';
import { assessStatement } from './statement-safety.ts';
import type { TableFacts } from './table-facts.ts';
import { indexBody, type TrialSubject, untried, wantedIndexes } from './wanted-indexes.ts';

beforeAll(loadParser);

const column = (name: string) => ({ name, sqlName: name, type: 'int', ordered: true });
const orders: TableFacts = {
  ...{ writtenAs: 'orders', name: 'orders', sqlName: 'orders', kind: 'table', estimatedRows: 100_000, indexes: [] },
  columns: ['id', 'a', 'b', 'c'].map(column),
};

function subject(fingerprint: string, sql: string, rowsRemoved = 50_000): TrialSubject {
  const safety = assessStatement(sql);
  if (safety.verdict !== 'execute') throw new Error(`${sql} cannot be executed`);
  return {
    ...{ fingerprint, shown: sql, statement: { sql, values: [], types: [] }, select: safety.select },
    ...{ plan: planNode({ rowsRemoved }), constants: true, tables: [orders] },
  };
}

const wanted = (...subjects: readonly TrialSubject[]) =>
  wantedIndexes(subjects).candidates.map(
    (candidate) => `${indexBody(candidate)} for ${candidate.subjects.map(({ fingerprint }) => fingerprint).join(' ')}`,
  );

describe('the candidates of a workload', () => {
  it('are each tried once, for all statements that ask for them', () => {
    const sql = 'SELECT c FROM orders WHERE a = $1';
    expect(wanted(subject('one', sql), subject('two', `${sql} LIMIT 5`, 60_000))).toEqual(['orders (a) for one two']);
  });

  it('are tried for those too who want their first columns only, but not the other way round', () => {
    const short = subject('short', 'SELECT c FROM orders WHERE a = $1');
    const long = subject('long', 'SELECT c FROM orders WHERE a = $1 AND b = $2');
    expect(wanted(short, long)).toEqual(['orders (a) for short', 'orders (a, b) for long short']);
  });

  it('that are partial serve nobody else', () => {
    const short = subject('short', 'SELECT c FROM orders WHERE a = $1');
    const partial = subject('partial', 'SELECT c FROM orders WHERE a = $1 AND b = $2 AND c IS NOT NULL');
    expect(wanted(short, partial)).toEqual([
      'orders (a) for short',
      'orders (a, b) for partial short',
      'orders (a, b) WHERE c IS NOT NULL for partial',
    ]);
  });

  it('are none where the plan reads nothing in vain, and the reason is told', () => {
    expect(wantedIndexes([subject('good', 'SELECT c FROM orders WHERE a = $1', 10)])).toEqual({
      candidates: [],
      none: [{ status: 'none', fingerprint: 'good', reason: 'its plan reads no table in vain' }],
    });
  });

  it('that cannot be tried are told with their whole definition', () => {
    const candidate = { table: orders, columns: ['a'], include: ['b'], predicate: 'c IS NULL' };
    expect(untried({ ...candidate, subjects: [subject('one', 'SELECT 1')] }, 'no copy')).toEqual([
      {
        ...{ status: 'untried', fingerprint: 'one', table: 'orders', columns: ['a'], include: ['b'] },
        ...{ predicate: 'c IS NULL', reason: 'no copy' },
        ddl: 'CREATE INDEX CONCURRENTLY ON orders (a) INCLUDE (b) WHERE c IS NULL',
      },
    ]);
  });
});
