import { expect, test } from 'vitest';
import { execution, queriesOf, request, statement } from '../testing/artifacts.ts';
import { findGrowth } from './growth.ts';
import type { TracedRequest } from './queries.ts';
import { repeatsOf } from './repeats.ts';

const orders = statement(0, 'SELECT id FROM orders LIMIT $1');
const shops = statement(1, 'SELECT id FROM shops');
const customers = statement(2, 'SELECT name FROM customers WHERE code = $1');
const statements = [orders, shops, customers];

const list = (rows: number, perRow = 1, extra = 0) =>
  request([
    execution(shops, { rows: 12 }),
    execution(orders, { rows }),
    ...Array.from({ length: rows * perRow + extra }, (_, n) => execution(customers, { parameters: [`c${n}`] })),
  ]);

function growthOf(requests: readonly TracedRequest[]) {
  const queries = queriesOf(statements, requests);
  return findGrowth(queries, repeatsOf(queries, 'loop'));
}

test('a loop that runs once for each row, in lists of three lengths, follows the rows', () => {
  expect(growthOf([list(10), list(5), list(10), list(20)])).toEqual({
    statement: orders.id,
    perRow: 1,
    sizes: [
      { rows: 5, repeats: 5, requests: 1 },
      { rows: 10, repeats: 10, requests: 2 },
      { rows: 20, repeats: 20, requests: 1 },
    ],
  });
});

test('it may run twice for each row, and an empty list without a loop is a length', () => {
  expect(growthOf([list(10, 2), list(5, 2), list(0)])).toMatchObject({ perRow: 2, sizes: [{ rows: 0 }, {}, {}] });
});

test('two lengths, one request that disagrees, or a list that was loaded after the loop are no proof', () => {
  expect(growthOf([list(10), list(5), list(10)])).toBeUndefined();
  expect(growthOf([list(10), list(5), list(20), list(8, 1, 1)])).toBeUndefined();
  const late = [10, 5, 20].map((rows) =>
    request([
      ...Array.from({ length: rows }, (_, n) => execution(customers, { parameters: [`c${n}`] })),
      execution(orders, { rows }),
    ]),
  );
  expect(growthOf(late)).toBeUndefined();
  expect(findGrowth(queriesOf(statements, []), [])).toBeUndefined();
});
