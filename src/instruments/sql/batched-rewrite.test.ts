import type { ParseResult } from 'libpg-query';
import { beforeAll, describe, expect, it } from 'vitest';
import { batchKey, rewriteAsBatch } from './batched-rewrite.ts';
import { loadParser, parseStatement } from './statement.ts';

beforeAll(loadParser);

function tree(sql: string): ParseResult {
  const parsed = parseStatement(sql);
  if (!parsed) throw new Error(`${sql} cannot be parsed`);
  return parsed;
}

const rewrite = (sql: string, parameter = 1, { type = 'bigint', unique = false } = {}) =>
  rewriteAsBatch(tree(sql), parameter, { type, unique });

describe('a loop becomes one statement', () => {
  it.each([
    ['SELECT id, name FROM customers WHERE id = $1', 'SELECT id, name FROM customers WHERE id = ANY ($1::bigint[])'],
    ['SELECT * FROM customers WHERE $1 = id', 'SELECT * FROM customers WHERE id = ANY ($1::bigint[])'],
    ['SELECT * FROM customers WHERE id IN ($1)', 'SELECT * FROM customers WHERE id = ANY ($1::bigint[])'],
    ['SELECT * FROM t WHERE id = $1::int', 'SELECT * FROM t WHERE id = ANY ($1::int[])'],
    ['SELECT * FROM t WHERE id = $1::numeric(10,2)', 'SELECT * FROM t WHERE id = ANY ($1::numeric(10, 2)[])'],
    [
      'SELECT c.* FROM customers c JOIN o USING (x) WHERE c.id = $1 AND (o.a OR o.b) ORDER BY c.id',
      'SELECT c.* FROM customers AS c JOIN o USING (x) WHERE c.id = ANY ($1::bigint[]) AND (o.a OR o.b) ORDER BY c.id',
    ],
    [
      'SELECT order_id, count(*) FROM items WHERE order_id = $1 GROUP BY order_id',
      'SELECT order_id, count(*) FROM items WHERE order_id = ANY ($1::bigint[]) GROUP BY order_id',
    ],
  ])('%s', (sql, batched) => {
    expect(rewrite(sql)).toMatchObject({ status: 'rewritten', sql: batched, addsKey: false, keyParameter: 1 });
  });

  it('writes types of several words', () => {
    expect(rewrite('SELECT a FROM t WHERE a = $1', 1, { type: 'double precision' })).toMatchObject({
      sql: 'SELECT a FROM t WHERE a = ANY ($1::double precision[])',
    });
  });

  it('adds the key to the result where rows could not find their parent', () => {
    expect(rewrite('SELECT c.name FROM customers c WHERE c.id = $1')).toMatchObject({
      sql: 'SELECT c.name, c.id FROM customers AS c WHERE c.id = ANY ($1::bigint[])',
      addsKey: true,
    });
  });

  it('drops LIMIT for a unique key and closes the gap in the numbers', () => {
    expect(rewrite('SELECT * FROM t WHERE id = $3 AND a = $1 LIMIT $2', 3, { unique: true })).toEqual({
      status: 'rewritten',
      sql: 'SELECT * FROM t WHERE id = ANY ($2::bigint[]) AND a = $1',
      keptParameters: [1, 3],
      keyParameter: 2,
      addsKey: false,
    });
  });

  it('leaves the tree that it was given as it was', () => {
    const given = tree('SELECT name FROM t WHERE id = $1 LIMIT 1');
    const before = JSON.stringify(given);
    rewriteAsBatch(given, 1, { type: 'int', unique: true });
    expect(JSON.stringify(given)).toBe(before);
  });

  it('tells the column that is compared', () => {
    expect(batchKey(tree('SELECT 1 FROM t x WHERE x.id = $1'), 1)).toEqual({ column: ['x', 'id'] });
  });
});

describe('a loop stays a loop', () => {
  it.each([
    ['SELECT * FROM t WHERE id = $1 LIMIT 1', 'LIMIT counts within one value'],
    ['SELECT * FROM t WHERE id = $1 OFFSET 1', 'OFFSET counts within one value'],
    ['SELECT count(*) FROM t WHERE id = $1', 'it aggregates the rows of one value'],
    ['SELECT a, sum(b) FROM t WHERE id = $1 GROUP BY a', 'GROUP BY is not by the key'],
    ['SELECT DISTINCT a FROM t WHERE id = $1', 'DISTINCT is without the key'],
    ['SELECT DISTINCT ON (a) * FROM t WHERE id = $1', 'DISTINCT ON counts within one value'],
    ['SELECT id, row_number() OVER () FROM t WHERE id = $1', 'a window function looks at the rows of one value'],
    ['SELECT a FROM t WHERE id = $1 UNION SELECT b FROM u', 'it is a set operation'],
    ['SELECT * FROM t WHERE id = $1 OR parent = $1', 'it uses $1 2 times'],
    ['SELECT * FROM t WHERE id > $1', '$1 is not compared by a plain "column = $1"'],
    ['SELECT * FROM t WHERE id = $1 + 1', '$1 is not compared by a plain "column = $1"'],
    ['SELECT * FROM t WHERE lower(id) = $1', '$1 is not compared by a plain "column = $1"'],
    ['SELECT * FROM t WHERE id IN ($1, $2)', '$1 is not compared by a plain "column = $1"'],
    ['SELECT * FROM t WHERE id NOT IN ($1)', '$1 is not compared by a plain "column = $1"'],
    ['SELECT * FROM t WHERE id = $1 OR a = 2', '$1 is not compared by a plain "column = $1"'],
    ['SELECT * FROM (SELECT * FROM t WHERE id = $1) x', '$1 stands in no condition of its WHERE'],
    ['UPDATE t SET a = 1 WHERE id = $1', 'it is no SELECT'],
  ])('%s', (sql, reason) => {
    expect(rewrite(sql)).toEqual({ status: 'none', reason });
  });

  it('where a unique key is that of one table of several', () => {
    expect(rewrite('SELECT c.id FROM c JOIN o ON o.c = c.id WHERE c.id = $1 LIMIT 5', 1, { unique: true })).toEqual({
      status: 'none',
      reason: 'LIMIT counts within one value',
    });
  });
});
