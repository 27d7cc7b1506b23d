import { describe, expect, test } from 'vitest';
import { type ExecutionShape, execution, queriesOf, request, statement } from '../testing/artifacts.ts';
import type { Execution, Statement } from './queries.ts';
import { type RepeatKind, repeatsOf, tellRepeatsApart } from './repeats.ts';

const customers = statement(0, 'SELECT id, name FROM customers WHERE id = $1');
const state = statement(1, 'SELECT state FROM jobs WHERE id = $1');
const pages = statement(2, 'SELECT id FROM orders ORDER BY id LIMIT $1 OFFSET $2');
const after = statement(3, 'SELECT id, at FROM orders WHERE (at, id) > ($1, $2) ORDER BY at, id LIMIT $3');
const itemPages = statement(4, 'SELECT id FROM items WHERE order_id = $1 LIMIT $2 OFFSET $3');
const listed = statement(5, 'SELECT id FROM customers WHERE id IN ($1, $2, $3)');
const keyed = statement(6, 'SELECT id FROM stock WHERE shop = $1 AND sku = $2 AND state IN ($3, $4)');
const unpacked = statement(7, 'SELECT name FROM customers JOIN unnest($1::int[]) AS wanted (id) USING (id)');
const json = statement(8, 'SELECT name FROM jsonb_to_recordset($1) AS wanted (id int) JOIN customers USING (id)');
const update = statement(9, 'UPDATE orders SET total = $1 WHERE id = $2', { kind: 'update', tables: ['orders'] });
const insert = statement(10, 'INSERT INTO log (a, b) VALUES ($1, $2)', { kind: 'insert', tables: ['log'] });
const node = statement(11, 'INSERT INTO nodes (parent, name) VALUES ($1, $2) RETURNING *', {
  kind: 'insert',
  tables: ['nodes'],
});
const control = statement(12, 'BEGIN', { kind: 'transaction', tables: [] });
const rollback = statement(13, 'ROLLBACK', { kind: 'transaction', tables: [] });
const ranges = statement(14, 'SELECT count(*) FROM logins WHERE at >= $1 AND at < $2');
const byDay = statement(15, 'SELECT id, at FROM orders WHERE at > $1 ORDER BY at LIMIT $2');
const catalogue = statement(16, 'SELECT oid FROM pg_type WHERE typname = $1');
const statements: readonly Statement[] = [
  ...[customers, state, pages, after, itemPages, listed, keyed, unpacked, json, update, insert, node],
  ...[control, rollback, ranges, byDay, catalogue],
];

const six = [0, 1, 2, 3, 4, 5];
const run = (of: Statement, ...parameters: readonly (string | number)[]) => execution(of, { parameters });
const kindsOf = (executions: readonly Execution[]): readonly RepeatKind[] =>
  tellRepeatsApart(queriesOf(statements, [request(executions)])).map(({ kind }) => kind);

describe('a loop', () => {
  test.each<[string, readonly Execution[]]>([
    ['asks for other values each time', six.map((n) => run(customers, n))],
    ['may bound ranges', six.map((n) => run(ranges, `2026-01-0${n + 1}`, `2026-01-0${n + 2}`))],
    ['may hold a list that stays the same', six.map((n) => run(keyed, n, `sku ${n}`, 'new', 'used'))],
    ['may bind lists of one', six.map((n) => run(unpacked, `{${n}}`))],
    [
      'may page through the lists of many keys',
      six.flatMap((n) => [run(itemPages, n, 10, 0), run(itemPages, n, 10, 10)]),
    ],
  ])('%s', (_, executions) => {
    expect(kindsOf(executions)).toEqual(['loop']);
  });

  test('begins at as many different values as are wanted', () => {
    const queries = queriesOf(statements, [request([1, 2, 3, 4].map((n) => run(customers, n)))]);
    expect(tellRepeatsApart(queries).map(({ kind }) => kind)).toEqual(['few']);
    expect(repeatsOf(queries, 'loop', { minDifferent: 4 })).toHaveLength(1);
  });
});

describe('polling', () => {
  const at = (starts: readonly number[], more: ExecutionShape = {}) =>
    starts.map((startMs) => execution(state, { parameters: [1], startMs, ...more }));

  test('is one question at equal waits, or at growing ones', () => {
    expect(kindsOf(at([0, 20, 41, 60]))).toEqual(['polling']);
    expect(kindsOf(at([0, 10, 30, 70, 150]))).toEqual(['polling']);
  });

  test('is polling in all requests of an endpoint if it is in most of them', () => {
    const [steady, uneven] = [at([0, 20, 41, 60]), at([0, 20, 100, 110])];
    const kinds = (...requests: readonly (readonly Execution[])[]) =>
      tellRepeatsApart(
        queriesOf(
          statements,
          requests.map((executions) => request(executions)),
        ),
      ).map(({ kind }) => kind);
    expect(kinds(steady, uneven, steady)).toEqual(['polling', 'polling', 'polling']);
    expect(kinds(steady, uneven)).toEqual(['polling', 'duplicate']);
  });

  test.each<[string, readonly Execution[]]>([
    ['follows at once', at([0, 1, 2, 3])],
    ['comes without a rhythm', at([0, 20, 100, 110])],
    ['comes twice', at([0, 20])],
    ['comes as soon as an answer that takes long is there', at([0, 30, 60], { durationMs: 20 })],
    [
      'is asked between other statements',
      [...at([0, 20, 40, 60]), execution(customers, { startMs: 2, durationMs: 15 })],
    ],
  ])('is not what %s', (_, executions) => {
    expect(kindsOf(executions)).toEqual(['duplicate']);
  });
});

describe('a retry', () => {
  test('is what failed and was run again with the same values', () => {
    const failed = execution(customers, { parameters: [1], error: '57014' });
    expect(kindsOf([failed, failed, run(customers, 1)])).toEqual(['retry']);
    expect(kindsOf([failed, run(customers, 1), run(customers, 1)])).toEqual(['retry', 'duplicate']);
  });

  test('is everything in a transaction that failed and began again', () => {
    const inside = { inTransaction: true };
    const attempt = (error?: string) => [
      execution(control),
      execution(customers, { ...inside, parameters: [1] }),
      execution(update, { ...inside, parameters: [5, 1], ...(error !== undefined && { error }) }),
      execution(rollback, inside),
    ];
    expect(kindsOf([...attempt('40001'), ...attempt('40001'), ...attempt()])).toEqual(['retry', 'retry']);
  });

  test('is not what failed for other values, nor what is run again though it succeeded', () => {
    const failing = six.map((n) => execution(customers, { parameters: [n], error: '22012' }));
    expect(kindsOf(failing)).toEqual(['loop']);
    expect(kindsOf([run(customers, 1), run(customers, 1)])).toEqual(['duplicate']);
  });
});

describe('pages', () => {
  const rowsOf = (n: number) => ({ id: [3 * n + 1, 3 * n + 2, 3 * n + 3] });

  test('have an offset that grows in equal steps, in whatever order they are read', () => {
    expect(kindsOf(six.map((n) => run(pages, 10, 10 * n)))).toEqual(['pagination']);
    expect(kindsOf([3, 0, 1, 5, 2, 4].map((n) => run(pages, 10, 10 * n)))).toEqual(['pagination']);
    expect(kindsOf([0, 1, 2, 4, 8, 16].map((n) => run(pages, 10, 10 * n)))).toEqual(['loop']);
  });

  test('begin behind the last row of the page before', () => {
    const keyset = six.map((n) =>
      execution(after, { parameters: [3 * n, 3 * n, 3], columns: { ...rowsOf(n), at: rowsOf(n).id } }),
    );
    expect(kindsOf(keyset)).toEqual(['pagination']);
    const jumping = six.map((n) => execution(after, { parameters: [n, 7 * n, 3], columns: { id: [n], at: [n] } }));
    expect(kindsOf(jumping)).toEqual(['loop']);
  });

  test('are full but for the last, where the bound has another form than the column', () => {
    const dated = (rows: (n: number) => number) =>
      six.map((n) =>
        execution(byDay, { parameters: [`2026-01-0${n + 1}T00:00:00Z`, 3], columns: rowsOf(n), rows: rows(n) }),
      );
    expect(kindsOf(dated((n) => (n < 5 ? 3 : 1)))).toEqual(['pagination']);
    expect(kindsOf(dated((n) => n + 1))).toEqual(['loop']);
    expect(kindsOf(dated(() => 1))).toEqual(['loop']);
  });
});

describe('batches', () => {
  test.each<[string, readonly Execution[]]>([
    ['lists that differ', six.map((n) => run(listed, 3 * n, 3 * n + 1, 3 * n + 2))],
    ['lists of other lengths than that of the text', six.map((n) => run(listed, ...six.map((each) => 6 * n + each)))],
    ['arrays that are unpacked', six.map((n) => run(unpacked, `{${n},${n + 10}}`))],
    ['JSON that is unpacked', six.map((n) => run(json, `[{"id":${n}},{"id":${n + 10}}]`))],
    ['many rows of an INSERT', six.map((n) => run(insert, n, 1, n + 10, 1))],
    ['an INSERT that wrote several rows', six.map((n) => execution(insert, { parameters: [n, 1], rows: 2 }))],
  ])('are %s', (_, executions) => {
    expect(kindsOf(executions)).toEqual(['batches']);
  });
});

describe('writes', () => {
  test('of other values each time are a loop', () => {
    expect(kindsOf(six.map((n) => run(update, n, n)))).toEqual(['write-loop']);
    expect(kindsOf(six.map((n) => run(insert, n, 'x')))).toEqual(['write-loop']);
    expect(kindsOf(six.slice(0, 4).map((n) => run(update, n, n)))).toEqual(['few']);
  });

  test('that refer to the row written before are a chain; those that only echo what was bound are none', () => {
    const written = (parent: number, id: number) =>
      execution(node, { parameters: [parent, `n${id}`], columns: { id: [id], parent: [parent], name: [`n${id}`] } });
    expect(kindsOf(six.map((n) => written(100 + n, 101 + n)))).toEqual(['chain']);
    expect(kindsOf(six.map((n) => written(7, 101 + n)))).toEqual(['write-loop']);
  });
});

test('what drivers ask of the catalogue is none of them', () => {
  expect(kindsOf(six.map((n) => run(catalogue, `type ${n}`)))).toEqual([]);
});
