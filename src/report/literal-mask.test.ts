import { describe, expect, it } from 'vitest';
import { withoutLiterals } from './literal-mask.ts';

describe('masking of literals', () => {
  it.each([
    [
      "SELECT * FROM users WHERE email = 'ann@example.org' AND id = 42",
      'SELECT * FROM users WHERE email = ? AND id = ?',
    ],
    ["Filter: ((user_id = 4711) AND (status = 'active'::text))", 'Filter: ((user_id = ?) AND (status = ?::text))'],
    ["x = 'it''s' OR y = E'a\\'b' OR z = N'n'", 'x = ? OR y = ? OR z = ?'],
    ['x = $tag$ secret $other$ $tag$ AND y = $$z$$', 'x = ? AND y = ?'],
    ['x > -1.5e-3 AND y < .5 AND z = 0xFF', 'x > -? AND y < ? AND z = ?'],
    ["x = B'1010' AND y = U&'d\\0061t'", 'x = ? AND y = ?'],
    ['SELECT 1 -- by ann\nFROM t /* trace 7 */', 'SELECT ? \nFROM t '],
  ])('takes the values out of %s', (sql, masked) => expect(withoutLiterals(sql)).toBe(masked));

  it.each([
    'SELECT t1.a2 FROM t1 WHERE id = $1 AND "col 3" = $2',
    'SELECT "it""s 5" FROM schema9.table_10',
    'Filter: ((InitPlan 1).col1 > $0)',
  ])('leaves %s as it is', (sql) => expect(withoutLiterals(sql)).toBe(sql));

  it('takes an unclosed string out to the end', () => {
    expect(withoutLiterals("SELECT 'secret that goes on")).toBe('SELECT ?');
  });
});
