import { expect, test } from 'vitest';
import { shortStatement } from './short-statement.ts';

test('a short statement stays, on one line', () => {
  expect(shortStatement(' SELECT id,\n  name\nFROM t\tWHERE id = $1 ')).toBe('SELECT id, name FROM t WHERE id = $1');
});

test('a long list of columns is an ellipsis, up to the FROM of the statement itself', () => {
  expect(shortStatement('SELECT DISTINCT id, customer_id, total, created_at FROM orders WHERE id = $1')).toBe(
    'SELECT DISTINCT … FROM orders WHERE id = $1',
  );
  expect(
    shortStatement('SELECT (SELECT max(x) FROM s WHERE s.id = t.id), extract(year FROM day), "from (" FROM t'),
  ).toBe('SELECT … FROM t');
});

test('what is long otherwise is cut at its end', () => {
  const long = shortStatement(`UPDATE t SET ${'a_column = $1, '.repeat(50)}b = $2`);
  expect(long).toHaveLength(90);
  expect(long).toMatch(/^UPDATE t SET a_column.*…$/);
  expect(shortStatement('')).toBe('');
});
