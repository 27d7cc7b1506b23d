import { describe, expect, test } from 'vitest';
import { type ExecutionShape, execution, queriesOf, request, statement } from '../testing/artifacts.ts';
import { findCommonParent, findParentColumn, findParentColumns, varyingPositions } from './parent-column.ts';
import { type Execution, type RepeatedStatement, repeatedStatements } from './queries.ts';

const orders = statement(0, 'SELECT id, customer_id FROM orders LIMIT $1');
const customers = statement(1, 'SELECT id, name, address_id FROM customers WHERE id = $1');
const addresses = statement(2, 'SELECT id, city FROM addresses WHERE id = $1');
const nodes = statement(3, 'SELECT id FROM nodes WHERE parent_id = $1');
const statements = [orders, customers, addresses, nodes];

const ids = [4711, 12, 903, 77, 5150, 8, 66, 2001, 31, 404];
const few = ids.slice(0, 5);
const orderRows = (customerIds: readonly (string | number | null)[], more: ExecutionShape = {}) =>
  execution(orders, { columns: { id: customerIds.map((_, n) => n + 1), customer_id: customerIds }, ...more });
const customer = (id: string | number | null, more: ExecutionShape = {}) =>
  execution(customers, { parameters: [id], columns: { id: [id], name: [`c${id}`] }, ...more });

function loopOf(executions: readonly Execution[], of = customers): RepeatedStatement {
  const found = repeatedStatements(queriesOf(statements, [request(executions)])).find((r) => r.statement.id === of.id);
  if (!found) throw new Error('there is no loop');
  return found;
}
const parentOf = (executions: readonly Execution[], of = customers) => findParentColumn(loopOf(executions, of));

describe('the column that fed a loop', () => {
  test('is found where each row has its statement, in the order of the rows', () => {
    expect(parentOf([orderRows(few), ...few.map((id) => customer(id))])).toEqual({
      ...{ statement: 0, column: 'customer_id', keys: [{ position: 0, columnIndex: 1 }] },
      ...{ rows: 5, matched: 5, repeats: 5, inOrder: true },
    });
  });

  test('is found where rows share a value, whether the loop asks again or not', () => {
    const rows = [7, 9, 7, 4, 11, 9, 15];
    expect(parentOf([orderRows(rows), ...rows.map((id) => customer(id))])).toMatchObject({ matched: 7, inOrder: true });
    const once = [...new Set(rows)].map((id) => customer(id));
    expect(parentOf([orderRows(rows), ...once])).toMatchObject({ matched: 5, inOrder: true });
  });

  test('is found where rows without a value are left out', () => {
    const rows = [4711, null, 12, 903, null, 77, 5150];
    expect(parentOf([orderRows(rows), ...few.map((id) => customer(id))])?.column).toBe('customer_id');
  });

  test('is found where the loop runs all at once', () => {
    const loop = ids.map((id, n) => customer(id, { startMs: 5, durationMs: 3, connection: n }));
    expect(parentOf([orderRows(ids), ...loop])).toMatchObject({ column: 'customer_id', matched: 10 });
  });

  test('is found where a pool mixes the order of a few that run at once, if they are all of the rows', () => {
    const starts = [3, 0, 0.1, 1, 1.2];
    const mixed = few.map((id, n) =>
      customer(id, { startMs: 5 + (starts[n] ?? 0), durationMs: 0.9, connection: n % 3 }),
    );
    expect(parentOf([orderRows(few, { startMs: 1 }), ...mixed])).toMatchObject({ matched: 5, inOrder: false });
    expect(parentOf([orderRows([...few, 9], { startMs: 1 }), ...mixed])).toBeUndefined();
  });

  test('is found where a pool disorders a loop of ten, but not one of nine', () => {
    const shuffled = (values: readonly number[]) => [...values].reverse().map((id) => customer(id));
    expect(parentOf([orderRows(ids), ...shuffled(ids)])).toMatchObject({ matched: 10, inOrder: false });
    expect(parentOf([orderRows(ids.slice(0, 9)), ...shuffled(ids.slice(0, 9))])).toBeUndefined();
  });

  test('is found through literals, and through arrays of one element', () => {
    const literal = few.map((id) => execution(customers, { literals: [String(id)] }));
    expect(parentOf([orderRows(few), ...literal])?.column).toBe('customer_id');
    expect(parentOf([orderRows(few), ...few.map((id) => customer(`{${id}}`))])?.column).toBe('customer_id');
  });

  test('is found beside a parameter that stays the same', () => {
    const loop = few.map((id) => execution(customers, { parameters: ['tenant', id] }));
    expect(parentOf([orderRows(few), ...loop])?.column).toBe('customer_id');
  });

  test('is found for several parameters in the columns of one row', () => {
    const pairs = [
      [1, 7],
      [1, 9],
      [2, 7],
      [2, 8],
      [3, 9],
    ] as const;
    const lines = execution(orders, { columns: { order_id: pairs.map(([a]) => a), line: pairs.map(([, b]) => b) } });
    const loop = (values: readonly (readonly [number, number])[]) =>
      values.map((parameters) => execution(customers, { parameters }));
    expect(parentOf([lines, ...loop(pairs)])).toMatchObject({
      column: 'order_id, line',
      keys: [
        { position: 0, columnIndex: 0 },
        { position: 1, columnIndex: 1 },
      ],
      ...{ matched: 5, inOrder: true },
    });
    const crossed = pairs.map(([a], n) => [a, pairs[(n + 2) % 5]?.[1] ?? 0] as const);
    expect(parentOf([lines, ...loop(crossed)])?.keys).toHaveLength(1);
  });

  test('of several that hold the same values is the one that is named after the table', () => {
    const rows = execution(orders, { columns: { id: few, shop_id: few, customer_id: few, batch_id: few } });
    expect(parentOf([rows, ...few.map((id) => customer(id))])?.column).toBe('customer_id');
  });

  test('is found for rows beyond those whose values are kept, and not for one more', () => {
    const kept = orderRows(ids, { rows: 12 });
    const loop = (beyond: readonly number[]) => [...ids, ...beyond].map((id) => customer(id));
    expect(parentOf([kept, ...loop([1_000_001, 1_000_002])])).toMatchObject({ matched: 10, repeats: 12, rows: 12 });
    expect(parentOf([kept, ...loop([1_000_001, 1_000_002, 1_000_003])])).toBeUndefined();
  });
});

describe('loops within loops', () => {
  const pairs = few.flatMap((id) => [
    execution(customers, { parameters: [id], columns: { id: [id], address_id: [id + 100_000] } }),
    execution(addresses, { parameters: [id + 100_000], columns: { id: [id + 100_000] } }),
  ]);

  test('a cycle of two statements has a parent for each', () => {
    expect(parentOf([orderRows(few), ...pairs])).toMatchObject({ statement: orders.id, column: 'customer_id' });
    expect(parentOf([orderRows(few), ...pairs], addresses)).toMatchObject({
      ...{ statement: customers.id, column: 'address_id' },
      ...{ rows: 5, matched: 5, inOrder: true },
    });
  });

  test('two results of one statement may feed a loop together, or one of them alone', () => {
    const loop = few.map((id) => customer(id));
    expect(parentOf([orderRows(few.slice(0, 2)), orderRows(few.slice(2)), ...loop])).toMatchObject({ rows: 5 });
    expect(parentOf([orderRows([1, 2, 3, 4, 5, 6, 7]), orderRows(few), ...loop])).toMatchObject({ rows: 5 });
  });

  test('a walk of a tree may go down before it goes on', () => {
    const node = (id: number, children: readonly number[]) =>
      execution(nodes, { parameters: [id], columns: { id: children } });
    const walk = [node(1, [20, 21]), node(20, [30, 31]), node(30, []), node(31, []), node(21, [40]), node(40, [])];
    expect(parentOf(walk, nodes)).toMatchObject({ column: 'id', matched: 5, inOrder: false });
  });

  test('a walk of a tree is fed by its own earlier results, its root from elsewhere', () => {
    const node = (id: number, children: readonly number[]) =>
      execution(nodes, { parameters: [id], columns: { id: children } });
    const walk = [node(1, [20, 21]), node(20, [30, 31]), node(21, [40]), node(30, []), node(31, []), node(40, [])];
    expect(parentOf(walk, nodes)).toMatchObject({ statement: nodes.id, column: 'id', matched: 5, repeats: 6 });
  });
});

describe('no column is named', () => {
  test('where the values come from elsewhere', () => {
    expect(parentOf([orderRows(few), ...[1001, 1002, 1003, 1004, 1005].map((id) => customer(id))])).toBeUndefined();
    expect(parentOf(few.map((id) => customer(id)))).toBeUndefined();
  });

  test('where the service gives the values another form', () => {
    const forms: readonly [readonly string[], readonly string[]][] = [
      [
        ['007', '008', '009', '010', '011'],
        ['7', '8', '9', '10', '11'],
      ],
      [few.map((n) => `2026-01-01 00:00:${n % 60}`), few.map((n) => `2026-01-01T00:00:${n % 60}.000Z`)],
    ];
    for (const [rows, bound] of forms) {
      expect(parentOf([orderRows(rows), ...bound.map((value) => customer(value))])).toBeUndefined();
    }
  });

  test('where the rows came after the loop had begun', () => {
    const loop = few.map((id, n) => customer(id, { startMs: 2 + n }));
    expect(parentOf([orderRows(few, { startMs: 1, durationMs: 2 }), ...loop])).toBeUndefined();
    expect(parentOf([orderRows(few, { startMs: 1, durationMs: 1 }), ...loop])).toBeDefined();
  });

  test('where a loop over constants happens to run through small numbers of a larger column', () => {
    const constants = [1, 2, 3, 4, 5].map((id) => customer(id));
    expect(parentOf([orderRows([1, 2, 3, 4, 5, 6, 7, 8]), ...constants])).toBeUndefined();
    expect(parentOf([orderRows([3, 1, 4, 2, 5]), ...constants])?.column).not.toBe('customer_id');
  });

  test('where a loop over all categories meets a column of categories', () => {
    const months = Array.from({ length: 12 }, (_, n) => n + 1);
    const rows = Array.from({ length: 60 }, (_, n) => 1 + ((n * 7 + 4) % 12));
    expect(parentOf([orderRows(rows), ...months.map((month) => customer(month))])?.column).not.toBe('customer_id');
  });

  test('where a page feeds but one value to the next page', () => {
    const pages = [0, 1, 2, 3, 4, 5].map((page) =>
      execution(nodes, {
        parameters: [page * 100],
        columns: { id: Array.from({ length: 100 }, (_, n) => page * 100 + n + 1) },
      }),
    );
    expect(parentOf(pages, nodes)).toBeUndefined();
  });

  test('where not a single value was bound', () => {
    expect(findParentColumns({ ...loopOf([customer(1), customer(2)]), executions: [] })).toEqual([]);
  });
});

describe('the parent in all requests', () => {
  const withParent = (rows: readonly number[]) => loopOf([orderRows(rows), ...rows.map((id) => customer(id))]);

  test('sums the counts, and is in order only if it is so everywhere', () => {
    expect(findCommonParent([withParent(few), withParent(ids)])).toMatchObject({
      matched: 15,
      repeats: 15,
      inOrder: true,
    });
    const disordered = loopOf([orderRows(ids), ...[...ids].reverse().map((id) => customer(id))]);
    expect(findCommonParent([withParent(few), disordered])).toMatchObject({ inOrder: false });
  });

  test('is none where one request has none, or another one', () => {
    expect(findCommonParent([withParent(few), loopOf(few.map((id) => customer(id)))])).toBeUndefined();
    const byId = execution(orders, { columns: { id: few, customer_id: [9, 9, 9, 9, 9] } });
    expect(findCommonParent([withParent(few), loopOf([byId, ...few.map((id) => customer(id))])])).toBeUndefined();
    expect(findCommonParent([])).toBeUndefined();
  });
});

test('positions vary by bound values and by literals, and a missing value counts as one', () => {
  const run = (parameters: readonly (string | null)[], literals: readonly string[] = []) =>
    execution(customers, { parameters, literals });
  expect(varyingPositions([run(['a', '1'], ['x']), run(['a', '2'], ['y'])])).toEqual([1, 2]);
  expect(varyingPositions([run(['a', null]), run(['a', ''])])).toEqual([1]);
  expect(varyingPositions([run(['a']), run(['a', 'b'])])).toEqual([1]);
  expect(varyingPositions([])).toEqual([]);
});
