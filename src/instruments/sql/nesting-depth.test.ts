import { expect, test } from 'vitest';
import { maxNestingDepth, nestingDepth } from './nesting-depth.ts';
import { describeStatement, loadParser } from './statement.ts';

test('brackets, operators in a row and nesting words add up', () => {
  expect(nestingDepth('SELECT f(g(a[1]))')).toBe(3);
  expect(nestingDepth('SELECT 1+2+3')).toBe(2);
  expect(nestingDepth('SELECT (1+2+(3+4))')).toBe(5);
  expect(nestingDepth('SELECT NOT NOT a FROM b JOIN c ON d = e')).toBe(4);
});

test('what stands side by side is not deep, however much of it there is', () => {
  expect(nestingDepth(`SELECT 1 FROM t WHERE ${'a = 1 OR '.repeat(5000)} b = 2`)).toBe(1);
  expect(nestingDepth(`INSERT INTO t VALUES ${'(1, -2),'.repeat(5000)}(1, 2)`)).toBeLessThan(4);
});

test('brackets in literals and comments do not count, and unbalanced ones do no harm', () => {
  expect(nestingDepth(`SELECT '${'('.repeat(1000)}' /* ${'('.repeat(1000)} */`)).toBe(0);
  expect(nestingDepth(`SELECT ${')'.repeat(1000)}`)).toBe(0);
});

test.each([
  ['operators', '1+', ''],
  ['functions', 'f(', ')'],
  ['subqueries', '(select ', ')'],
  ['negations', 'not ', ''],
  ['arrays', 'array[', ']'],
])('a statement of too many %s is not parsed, and the next one is parsed as ever', async (_, open, close) => {
  await loadParser();
  const simple = describeStatement('SELECT a FROM t WHERE b = 1');
  const nest = (depth: number) => describeStatement(`select ${open.repeat(depth)}1${close.repeat(depth)} as deep`);
  expect(nest(maxNestingDepth - 2).kind).toBe('select');
  expect(nest(20_000).kind).toBe('unparsable');
  expect(describeStatement('SELECT a FROM t WHERE b = 2').fingerprint).toBe(simple.fingerprint);
});
