import type { ParseResult } from 'libpg-query';
import { beforeAll, describe, expect, it } from 'vitest';
import { type JoinKey, rewriteAsJoin } from './join-rewrite.ts';
import { loadParser, parseStatement } from './statement.ts';

beforeAll(loadParser);

function tree(sql: string): ParseResult {
  const parsed = parseStatement(sql);
  if (!parsed) throw new Error(`${sql} cannot be parsed`);
  return parsed;
}

const byCustomer: JoinKey = { parameter: 1, column: 'customer_id', columnIndex: 1 };
const join = (parent: string, child: string, keys: readonly JoinKey[] = [byCustomer], unique = true) =>
  rewriteAsJoin({ parent: tree(parent), child: tree(child), keys, unique });

const orders = 'SELECT id, customer_id FROM orders ORDER BY id LIMIT $1';

describe('two statements on one table each', () => {
  it('are joined side by side', () => {
    expect(join(orders, 'SELECT id, name FROM customers WHERE id = $1')[0]).toEqual({
      sql: 'SELECT orders.id, orders.customer_id, customers.id, customers.name FROM orders LEFT JOIN customers ON customers.id = orders.customer_id ORDER BY orders.id LIMIT $1',
      keptParameters: [],
    });
  });

  it('keep their other values, the parent before the loop', () => {
    const [flat] = join(
      'SELECT o.id, o.customer_id AS c FROM orders o WHERE shop = $1 LIMIT $2',
      'SELECT * FROM customers c WHERE tenant = $3 AND c.id = $1',
      [{ ...byCustomer, column: 'c' }],
    );
    expect(flat).toEqual({
      sql: 'SELECT o.id, o.customer_id AS c, c.* FROM orders AS o LEFT JOIN customers AS c ON c.tenant = $3 AND c.id = o.customer_id WHERE o.shop = $1 LIMIT $2',
      keptParameters: [3],
    });
  });

  it('lose the LIMIT of a loop that finds one row at most', () => {
    expect(join(orders, 'SELECT name FROM customers WHERE id = $1 LIMIT $2')[0]).toEqual({
      sql: 'SELECT orders.id, orders.customer_id, customers.name FROM orders LEFT JOIN customers ON customers.id = orders.customer_id ORDER BY orders.id LIMIT $1',
      keptParameters: [],
    });
  });

  it('read the columns behind a star', () => {
    const [flat] = join('SELECT * FROM orders', 'SELECT name FROM customers WHERE id = $1');
    expect(flat?.sql).toBe(
      'SELECT orders.*, customers.name FROM orders LEFT JOIN customers ON customers.id = orders.customer_id',
    );
  });

  it('convert the column where its type is another one', () => {
    const [flat] = join('SELECT id, customer_id FROM orders', 'SELECT name FROM customers WHERE id = $1', [
      { ...byCustomer, cast: 'double precision' },
    ]);
    expect(flat?.sql).toMatch(
      /customers\.id = (?:CAST\(orders\.customer_id AS double precision\)|orders\.customer_id::double precision)$/,
    );
  });
});

describe('the loop becomes a LATERAL subquery', () => {
  it.each([
    [
      'where LIMIT counts for each row',
      orders,
      'SELECT name FROM visits WHERE customer_id = $1 ORDER BY at DESC LIMIT 1',
      true,
    ],
    [
      'where the parent is limited and rows may have several',
      orders,
      'SELECT name FROM visits WHERE customer_id = $1',
      false,
    ],
    ['where it aggregates', orders, 'SELECT count(*) FROM visits WHERE customer_id = $1', true],
    [
      'where it reads several tables',
      orders,
      'SELECT v.id FROM visits v JOIN pages USING (page) WHERE v.customer_id = $1',
      true,
    ],
    [
      'where the parent groups',
      'SELECT max(id), customer_id FROM orders GROUP BY customer_id',
      'SELECT name FROM customers WHERE id = $1',
      true,
    ],
    [
      'where both read the same table',
      'SELECT id, customer_id FROM orders',
      'SELECT id FROM orders WHERE id = $1',
      true,
    ],
    [
      'where the parent sorts by a name of its own',
      'SELECT id, customer_id, a + b AS name FROM orders ORDER BY name',
      'SELECT name FROM customers WHERE id = $1',
      true,
    ],
  ])('%s', (_, parent, child, unique) => {
    const forms = join(parent, child, [byCustomer], unique);
    expect(forms).toHaveLength(1);
    expect(forms[0]?.sql).toMatch(
      /^SELECT parent\.\*, child\.\* FROM \(SELECT .+\) AS parent LEFT JOIN LATERAL \(SELECT .+ = parent\.customer_id.*\) AS child ON true$/i,
    );
  });

  it('under names that neither statement uses', () => {
    const [lateral] = join('SELECT id, customer_id FROM parent', 'SELECT count(*) FROM child WHERE id = $1');
    expect(lateral?.sql).toContain('AS parent_row LEFT JOIN LATERAL');
    expect(lateral?.sql).toContain('= parent_row.customer_id');
  });

  it('with every value that comes from the row', () => {
    const keys = [byCustomer, { parameter: 2, column: 'id', columnIndex: 0 }];
    const forms = join(
      'SELECT id, customer_id FROM orders',
      'SELECT name FROM visits WHERE customer_id = $1 AND order_id = $2',
      keys,
    );
    expect(forms.map(({ sql }) => sql)).toEqual([
      expect.stringContaining('ON visits.customer_id = orders.customer_id AND visits.order_id = orders.id'),
      expect.stringContaining('customer_id = parent.customer_id AND order_id = parent.id'),
    ]);
  });
});

it('the trees are left as they were', () => {
  const [parent, child] = [tree(orders), tree('SELECT name FROM customers WHERE id = $1')];
  const before = JSON.stringify([parent, child]);
  rewriteAsJoin({ parent, child, keys: [byCustomer], unique: true });
  expect(JSON.stringify([parent, child])).toBe(before);
});
