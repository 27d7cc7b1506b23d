import { beforeAll, describe, expect, it } from 'vitest';
import { indexCandidates } from './index-candidates.ts';
import { loadParser } from './statement.ts';
import { assessStatement } from './statement-safety.ts';
import type { IndexFacts, TableFacts } from './table-facts.ts';

beforeAll(loadParser);

function table(name: string, columns: string, more: Partial<TableFacts> = {}): TableFacts {
  return {
    writtenAs: name,
    name: name.split('.').at(-1) ?? name,
    sqlName: name,
    kind: 'table',
    estimatedRows: 100_000,
    columns: columns
      .split(' ')
      .map((column) => ({ name: column, sqlName: column, type: 'text', ordered: column !== 'doc' })),
    indexes: [index(`${name}_pkey`, ['id'], true)],
    ...more,
  };
}

function index(name: string, columns: readonly (string | null)[], unique = false, btree = true): IndexFacts {
  return { name, columns, unique, btree };
}

const tables = [
  table('orders', 'id customer_id status total created_at note doc', {
    indexes: [
      index('orders_pkey', ['id'], true),
      index('orders_status_total_idx', ['status', 'total']),
      index('orders_lower_idx', [null]),
      index('orders_note_hash', ['note'], false, false),
    ],
  }),
  table('customers', 'id email name country'),
  table('items', 'id order_id sku'),
  table('countries', 'id code', { estimatedRows: 999 }),
  table('events', 'id at', { kind: 'partitioned' }),
  table('app.users', 'id email'),
];

function ideas(sql: string, constants = false): readonly string[] {
  const safety = assessStatement(sql);
  if (safety.verdict !== 'execute') throw new Error(`${sql} cannot be executed`);
  return indexCandidates(safety.select, tables, { forOrder: true, constants }).map((idea) =>
    idea.status === 'candidate'
      ? `${idea.table.writtenAs} (${idea.columns.join(', ')})${idea.predicate === undefined ? '' : ` WHERE ${idea.predicate}`}`
      : `${idea.table.writtenAs}: ${idea.reason}`,
  );
}

describe('an index candidate', () => {
  it.each([
    ['one equality', 'SELECT * FROM orders WHERE customer_id = $1', 'orders (customer_id)'],
    ['the other way round', 'SELECT * FROM orders WHERE $1 = customer_id', 'orders (customer_id)'],
    [
      'two equalities in the order of the text',
      'SELECT * FROM orders WHERE customer_id = $1 AND note = $2',
      'orders (customer_id, note)',
    ],
    [
      'equality before range',
      'SELECT * FROM orders WHERE created_at > $1 AND customer_id = 7',
      'orders (customer_id, created_at)',
    ],
    ['one range only', 'SELECT * FROM orders WHERE created_at > $1 AND total < $2', 'orders (created_at)'],
    ['BETWEEN', 'SELECT * FROM orders WHERE created_at BETWEEN $1 AND $2', 'orders (created_at)'],
    ['IN', 'SELECT * FROM orders WHERE customer_id IN (1, 2)', 'orders (customer_id)'],
    ['ANY', 'SELECT * FROM orders WHERE customer_id = ANY ($1)', 'orders (customer_id)'],
    ['IS NULL', 'SELECT * FROM orders WHERE customer_id IS NULL', 'orders (customer_id)'],
    [
      'a sort after equality',
      'SELECT * FROM orders WHERE customer_id = $1 ORDER BY created_at DESC',
      'orders (customer_id, created_at)',
    ],
    ['a sort alone with LIMIT', 'SELECT * FROM orders ORDER BY created_at LIMIT 10', 'orders (created_at)'],
    ['a sort by an output name', 'SELECT created_at AS at FROM orders ORDER BY at LIMIT 10', 'orders (created_at)'],
    ['a sort by position', 'SELECT id, created_at FROM orders ORDER BY 2 DESC LIMIT 10', 'orders (created_at)'],
    ['an alias', 'SELECT * FROM orders o WHERE o.customer_id = $1', 'orders (customer_id)'],
    ['a schema', 'SELECT * FROM app.users WHERE email = $1', 'app.users (email)'],
    ['a subquery', 'SELECT 1 FROM (SELECT * FROM orders WHERE customer_id = $1) o', 'orders (customer_id)'],
    ['a CTE', 'WITH o AS (SELECT * FROM orders WHERE customer_id = $1) SELECT * FROM o', 'orders (customer_id)'],
    [
      'a constant subquery',
      'SELECT * FROM orders WHERE customer_id = (SELECT max(id) FROM countries)',
      'orders (customer_id)',
    ],
  ])('serves %s', (_, sql, wanted) => {
    expect(ideas(sql)).toContain(wanted);
  });

  it('has the join column of the other table', () => {
    const sql = 'SELECT * FROM customers c JOIN items i ON i.order_id = c.id WHERE c.email = $1';
    expect(ideas(sql)).toEqual(expect.arrayContaining(['customers (email)', 'items (order_id)']));
  });

  it('has the join column, then the equality columns', () => {
    const sql = 'SELECT * FROM customers c, items i WHERE i.order_id = c.id AND i.sku = $1';
    expect(ideas(sql)).toEqual(expect.arrayContaining(['items (sku)', 'items (order_id, sku)']));
  });

  it('sees USING and a correlated EXISTS', () => {
    expect(ideas('SELECT * FROM orders JOIN items USING (id) WHERE orders.note = $1')).toContain('orders (note)');
    const exists = 'SELECT * FROM orders o WHERE EXISTS (SELECT 1 FROM items i WHERE i.order_id = o.id)';
    expect(ideas(exists)).toContain('items (order_id)');
  });

  it('offers the order of the result beside a range where LIMIT may stop early', () => {
    const sql = 'SELECT * FROM orders WHERE customer_id = $1 AND total > $2 ORDER BY created_at LIMIT 5';
    expect(ideas(sql)).toEqual(['orders (customer_id, total)', 'orders (customer_id, created_at)']);
  });

  it('leaves the sort column out where the order costs nothing', () => {
    const safety = assessStatement('SELECT * FROM orders WHERE customer_id = $1 ORDER BY created_at LIMIT 5');
    if (safety.verdict !== 'execute') return expect.unreachable();
    expect(indexCandidates(safety.select, tables, { forOrder: false })).toMatchObject([{ columns: ['customer_id'] }]);
  });

  it('finds both arms of a set operation', () => {
    const sql = 'SELECT id FROM orders WHERE customer_id = 1 UNION ALL SELECT id FROM items WHERE sku = $1';
    expect(ideas(sql)).toEqual(['orders (customer_id)', 'items (sku)']);
  });
});

describe('no index candidate', () => {
  it.each([
    [
      'the primary key',
      'SELECT * FROM orders WHERE id = $1 AND note = $2',
      'orders: the unique index orders_pkey already finds the row',
    ],
    [
      'an existing prefix',
      'SELECT * FROM orders WHERE status = $1',
      'orders: the index orders_status_total_idx already begins with (status)',
    ],
    [
      'the same columns in another order',
      'SELECT * FROM orders WHERE total = $1 AND status = $2',
      'orders: the index orders_status_total_idx already begins with (total, status)',
    ],
    ['a small table', 'SELECT * FROM countries WHERE code = $1', 'countries: countries has only about 999 rows'],
    ['a partitioned table', 'SELECT * FROM events WHERE at = $1', 'events: events is partitioned'],
    ['OR', 'SELECT * FROM orders WHERE customer_id = $1 OR note = $2', 'orders: OR joins its conditions'],
    [
      'an expression',
      'SELECT * FROM customers WHERE lower(email) = $1',
      'customers: an expression is compared, not a plain column',
    ],
    [
      'a cast column',
      'SELECT * FROM customers WHERE email::int = $1',
      'customers: an expression is compared, not a plain column',
    ],
    ['LIKE', "SELECT * FROM customers WHERE email LIKE '%x'", 'customers: LIKE needs an index of another kind'],
    ['<>', 'SELECT * FROM customers WHERE email <> $1', 'customers: <> is true of most rows'],
    ['no condition', 'SELECT * FROM customers', 'customers: every row is wanted: it has no condition'],
    [
      'a sort of everything',
      'SELECT * FROM customers ORDER BY email',
      'customers: every row is wanted: it has no condition',
    ],
    [
      'a sort with NULLS LAST',
      'SELECT * FROM customers ORDER BY email DESC NULLS LAST LIMIT 5',
      'customers: every row is wanted: it has no condition',
    ],
    [
      'a sort of groups',
      'SELECT email, count(*) FROM customers GROUP BY email ORDER BY email LIMIT 5',
      'customers: every row is wanted: it has no condition',
    ],
    [
      'a type without an order',
      'SELECT * FROM orders WHERE doc = $1',
      'orders: no condition is on a plain column of it',
    ],
  ])('for %s', (_, sql, reason) => {
    expect(ideas(sql)).toEqual([reason]);
  });

  it('takes an index after equality for the range that it is', () => {
    expect(ideas('SELECT * FROM orders WHERE status > $1 AND total = $2')).toEqual(['orders (total, status)']);
  });

  it('does not take a hash index or one on an expression for a B-tree', () => {
    expect(ideas('SELECT * FROM orders WHERE note = $1')).toEqual(['orders (note)']);
  });

  it('does not take a CTE for the table of its name', () => {
    expect(ideas('WITH items AS (SELECT 1 AS sku) SELECT * FROM items WHERE sku = 1')).toEqual([]);
  });
});

describe('a partial index candidate', () => {
  it.each([
    [
      'a constant beside a parameter',
      "SELECT * FROM customers WHERE country = 'no''where' AND email = $1",
      ['customers (country, email)', "customers (email) WHERE country = 'no''where'"],
    ],
    [
      'a list, a number and a sort',
      'SELECT * FROM items WHERE order_id IN (1, 0) AND id > $1 ORDER BY id LIMIT 5',
      ['items (order_id, id)', 'items (id) WHERE order_id IN (1, 0)'],
    ],
    [
      'a missing value',
      'SELECT * FROM customers WHERE country IS NULL AND email = $1',
      ['customers (country, email)', 'customers (email) WHERE country IS NULL'],
    ],
    ['a truth', 'SELECT * FROM customers WHERE country', ['customers (country) WHERE country']],
    [
      'a falsehood beside a sort',
      'SELECT * FROM customers WHERE NOT country ORDER BY email LIMIT 5',
      ['customers (email)', 'customers (email) WHERE NOT country'],
    ],
    [
      'what is true of most rows, where another column leads',
      "SELECT * FROM customers WHERE email = $1 AND country <> 'x' AND name IS NOT NULL",
      ['customers (email)', "customers (email) WHERE country <> 'x' AND name IS NOT NULL"],
    ],
  ])('for %s', (_, sql, expected) => {
    expect(ideas(sql, true)).toEqual(expected);
  });

  it('is none for constants that may be others next time, nor for what is true of most rows alone', () => {
    expect(ideas("SELECT * FROM customers WHERE country = 'x' AND email = $1")).toEqual(['customers (country, email)']);
    expect(ideas("SELECT * FROM customers WHERE country <> 'x'", true)).toEqual(['customers: <> is true of most rows']);
  });
});
