import type { ParseResult } from 'libpg-query';
import { beforeAll, describe, expect, it } from 'vitest';
import { rewriteWrites } from './batched-write.ts';
import { loadParser, parseStatement } from './statement.ts';

beforeAll(loadParser);

function tree(sql: string): ParseResult {
  const parsed = parseStatement(sql);
  if (!parsed) throw new Error(`${sql} cannot be parsed`);
  return parsed;
}

const rewrite = (sql: string, varying: readonly number[], types = ['integer', 'text', 'numeric(10,2)']) =>
  rewriteWrites(tree(sql), varying, types);

describe('one statement writes all rows', () => {
  it.each<[string, readonly number[], string, readonly number[]]>([
    [
      'INSERT INTO items (a, b) VALUES ($1, $2)',
      [1, 2],
      'INSERT INTO items (a, b) SELECT batch.a, batch.b FROM unnest($1::integer[], $2::text[]) AS batch(a, b)',
      [],
    ],
    [
      'INSERT INTO items (a, b, c) VALUES ($1, lower($2), DEFAULT) ON CONFLICT DO NOTHING RETURNING id',
      [2],
      'INSERT INTO items (a, b) SELECT $2, lower(batch.v2) FROM unnest($1::text[]) AS batch(v2) ON CONFLICT DO NOTHING RETURNING id',
      [],
    ],
    [
      'UPDATE items SET b = $2, seen = now() WHERE id = $1 AND c > 0',
      [1, 2],
      'UPDATE items SET b = batch.b, seen = now() FROM unnest($1::integer[], $2::text[]) AS batch(id, b) WHERE items.id = batch.id AND items.c > 0',
      [1],
    ],
    [
      'UPDATE items AS i SET c = c + $3 WHERE $1 = id AND b = $2',
      [1],
      'UPDATE items AS i SET c = i.c + $3 FROM unnest($1::integer[]) AS batch(id) WHERE batch.id = i.id AND i.b = $2',
      [1],
    ],
    ['DELETE FROM items WHERE id = $1', [1], 'DELETE FROM items WHERE id = ANY ($1::integer[])', [1]],
    [
      'DELETE FROM items WHERE a = $1 AND b = $2',
      [1, 2],
      'DELETE FROM items USING unnest($1::integer[], $2::text[]) AS batch(a, b) WHERE items.a = batch.a AND items.b = batch.b',
      [1, 2],
    ],
  ])('%s', (sql, varying, written, keyParameters) => {
    const result = rewrite(sql, varying);
    expect(result).toMatchObject({ status: 'written', arrayParameters: varying, keyParameters });
    expect(result.status === 'written' && result.sql.replaceAll('batch (', 'batch(')).toBe(written);
  });

  it('and leaves the tree that it was given as it was', () => {
    const given = tree('UPDATE items SET b = $2 WHERE id = $1');
    const before = JSON.stringify(given);
    rewriteWrites(given, [1, 2], ['integer', 'text']);
    expect(JSON.stringify(given)).toBe(before);
  });
});

describe('rows stay written one by one', () => {
  it.each<[string, readonly number[], string]>([
    ['INSERT INTO t (a) SELECT $1', [1], 'it does not write one row of VALUES'],
    ['INSERT INTO t (a) VALUES ($1), ($2)', [1, 2], 'it does not write one row of VALUES'],
    ['INSERT INTO t VALUES ($1, DEFAULT)', [1], 'DEFAULT stands in it without a list of columns'],
    [
      'INSERT INTO t (a) VALUES ($1) ON CONFLICT (a) DO UPDATE SET b = $2',
      [1, 2],
      'values that vary stand in its ON CONFLICT',
    ],
    ['UPDATE t SET a = $1', [1], 'every one of them writes the same rows'],
    ['UPDATE t SET a = $2 WHERE id > $1', [1, 2], '$1 is not compared by a plain "column = $1"'],
    ['UPDATE t SET a = u.a FROM u WHERE t.id = $1', [1], 'it reads other tables too'],
    ['DELETE FROM t WHERE id IN (SELECT id FROM u WHERE a = $1)', [1], 'it reads other tables too'],
    ['SELECT * FROM t WHERE id = $1', [1], 'it is no INSERT, UPDATE or DELETE'],
    ['DELETE FROM t WHERE id = $4', [4], 'the type of $4 is not known'],
    ['DELETE FROM t WHERE id = 1', [], 'none of its values vary'],
  ])('%s', (sql, varying, reason) => {
    expect(rewrite(sql, varying)).toEqual({ status: 'none', reason });
  });

  it('where a value is an array', () => {
    expect(rewrite('INSERT INTO t (tags) VALUES ($1)', [1], ['text[]'])).toMatchObject({
      reason: '$1 is an array, and a list of arrays cannot be unpacked row by row',
    });
  });
});
