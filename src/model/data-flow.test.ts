import { describe, expect, test } from 'vitest';
import { type ExecutionShape, execution, statement } from '../testing/artifacts.ts';
import { needsRowsOf } from './data-flow.ts';

const user = statement(0, 'SELECT id, name FROM users WHERE token = $1');
const orders = statement(1, 'SELECT id FROM orders WHERE user_id = $1');
const earlier = (columns: NonNullable<ExecutionShape['columns']>, more: ExecutionShape = {}) =>
  execution(user, { parameters: ['secret'], columns, ...more });
const needs = (value: string | number | null, first = earlier({ id: [4711], name: ['Ada'] })) =>
  needsRowsOf(execution(orders, { parameters: [value] }), first);

describe('a statement needs the rows of an earlier one', () => {
  test.each([[4711], ['{12,4711}'], ['%Ada%'], ['[{"id":4711}]']])('where %s stands in them', (value) => {
    expect(needs(value)).toBe(true);
  });

  test('where some of their values were not kept', () => {
    expect(needs(5, earlier({ id: [1] }, { rows: 3000 }))).toBe(true);
    expect(needs(5, earlier({}, { rows: 1 }))).toBe(true);
    expect(needs(5, earlier({}, { rows: 0 }))).toBe(false);
  });

  test('where both hold dates, in whatever form', () => {
    const dated = earlier({ at: ['2026-01-01 00:00:00+00'] });
    const first = { ...dated, columns: dated.columns.map((column) => ({ ...column, typeOid: 1184 })) };
    expect(needs('2026-01-01T00:00:00.000Z', first)).toBe(true);
    expect(needs('2026', first)).toBe(false);
  });
});

test('a statement needs nothing of rows without its values, nor where it or they have none', () => {
  expect(needs(5)).toBe(false);
  expect(needs(471)).toBe(false);
  expect(needs(null)).toBe(false);
  expect(needsRowsOf(execution(orders), earlier({ id: [4711] }))).toBe(false);
  expect(needs(4711, earlier({ id: [] }))).toBe(false);
});
