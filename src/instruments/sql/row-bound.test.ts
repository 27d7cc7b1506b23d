import { beforeAll, describe, expect, test } from 'vitest';
import { plainOrder, rowBound } from './row-bound.ts';
import { loadParser, parseStatement } from './statement.ts';
import { asKind } from './tree-nodes.ts';

beforeAll(() => loadParser());

function boundOf(sql: string, values: readonly (string | null)[] = []) {
  const tree = parseStatement(sql);
  if (!tree) throw new Error(`cannot be parsed: ${sql}`);
  const bound = rowBound(tree, values);
  return bound.kind === 'offset' ? `offset ${bound.offset}` : bound.kind;
}

describe('what bounds the rows of a statement', () => {
  test.each([
    ['SELECT id FROM t', 'whole'],
    ['SELECT id FROM t WHERE a > 1 ORDER BY id', 'whole'],
    ['SELECT DISTINCT a FROM t', 'whole'],
    ['SELECT id FROM t LIMIT ALL', 'whole'],
    ['SELECT a.id FROM a JOIN b ON b.id = a.id', 'whole'],
    ['SELECT id FROM t LIMIT 10', 'bounded'],
    ['SELECT id FROM t FETCH FIRST 10 ROWS ONLY', 'bounded'],
    ['SELECT count(*) FROM t', 'bounded'],
    ['SELECT a, count(*) FROM t GROUP BY a', 'bounded'],
    ['SELECT id FROM t WHERE id = ANY ($1)', 'bounded'],
    ['SELECT id FROM t WHERE a = 1 AND id IN (1, 2)', 'bounded'],
    ['SELECT id FROM a UNION ALL SELECT id FROM b', 'bounded'],
    ['SELECT generate_series(1, 5000)', 'bounded'],
    ['UPDATE t SET a = 1', 'bounded'],
    ['SELECT id FROM t LIMIT 10 OFFSET 0', 'bounded'],
    ['SELECT id FROM t LIMIT 10 OFFSET 500', 'offset 500'],
    ["SELECT id FROM t LIMIT 10 OFFSET '500'", 'offset 500'],
    ['SELECT id FROM t LIMIT 10 OFFSET 5 * 100', 'bounded'],
  ])('%s: %s', (sql, kind) => {
    expect(boundOf(sql)).toBe(kind);
  });

  test('may be bound itself', () => {
    expect(boundOf('SELECT id FROM t LIMIT $1', ['10'])).toBe('bounded');
    expect(boundOf('SELECT id FROM t LIMIT $1', [null])).toBe('whole');
    expect(boundOf('SELECT id FROM t LIMIT $1 OFFSET $2::int', ['10', '40'])).toBe('offset 40');
  });
});

describe('the order of the rows', () => {
  const orderOf = (sql: string) => {
    const select = asKind(parseStatement(sql)?.stmts?.[0]?.stmt, 'SelectStmt');
    return select && plainOrder(select);
  };

  test.each([
    ['SELECT * FROM t', { columns: [], descending: false }],
    ['SELECT * FROM t ORDER BY a, t.b', { columns: ['a', 'b'], descending: false }],
    ['SELECT a AS x FROM t ORDER BY a DESC, b DESC', { columns: ['a', 'b'], descending: true }],
  ])('%s', (sql, order) => {
    expect(orderOf(sql)).toEqual(order);
  });

  test.each([
    'SELECT * FROM t ORDER BY a, b DESC',
    'SELECT * FROM t ORDER BY lower(a)',
    'SELECT a FROM t ORDER BY 1',
    'SELECT * FROM t ORDER BY a NULLS FIRST',
    'SELECT * FROM t ORDER BY a USING >',
    'SELECT lower(a) AS a FROM t ORDER BY a',
  ])('%s is not one that a key continues', (sql) => {
    expect(orderOf(sql)).toHaveProperty('reason');
  });
});
