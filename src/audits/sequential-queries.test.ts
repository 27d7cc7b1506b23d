import { describe, expect, test } from 'vitest';
import type { Execution, TracedRequest } from '../model/queries.ts';
import {
  analyzed,
  type ExecutionShape,
  execution,
  plansOf,
  queriesOf,
  request,
  statement,
} from '../testing/artifacts.ts';
import { sequentialQueries } from './sequential-queries.ts';

const user = statement(0, 'SELECT id FROM users WHERE token = $1');
const orders = statement(1, 'SELECT total FROM orders WHERE user_id = $1');
const visits = statement(2, 'SELECT page FROM visits WHERE user_id = $1');
const news = statement(3, 'SELECT title FROM news');
const touch = statement(4, 'UPDATE users SET seen = now()', { kind: 'update', tables: ['users'] });
const begin = statement(5, 'BEGIN', { kind: 'transaction', tables: [] });
const locked = statement(6, 'SELECT id FROM jobs FOR UPDATE');
const statements = [user, orders, visits, news, touch, begin, locked];

const plans = plansOf({
  statements: [
    analyzed(user, { roundTripMs: 2 }),
    analyzed(orders, { roundTripMs: 5 }),
    analyzed(visits, { roundTripMs: 4 }),
    analyzed(news, { roundTripMs: 3 }),
    analyzed(locked, { roundTripMs: 3 }),
  ],
});

const found = (more: ExecutionShape = {}) => execution(user, { parameters: ['t'], columns: { id: [77] }, ...more });
const ordersOf = (id: number, more: ExecutionShape = {}) =>
  execution(orders, { parameters: [id], columns: { total: [900] }, ...more });
const visitsOf = (id: number, more: ExecutionShape = {}) =>
  execution(visits, { parameters: [id], columns: { page: ['/'] }, ...more });
const newsAt = (more: ExecutionShape = {}) => execution(news, { columns: { title: ['x'] }, ...more });

function audit(requests: readonly TracedRequest[], known = plans, minSavingMs = 1) {
  return sequentialQueries.run({ queries: queriesOf(statements, requests), plans: known }, { minSavingMs });
}

function findingsOf(executions: readonly Execution[], known = plans) {
  const result = audit([request(executions), request(executions)], known);
  if ('inconclusive' in result) throw new Error(result.inconclusive);
  return result;
}

test('nothing is said where the rows were not seen', () => {
  const queries = { ...queriesOf(statements, [request([ordersOf(7), visitsOf(7)])]), source: 'server-log' as const };
  expect(sequentialQueries.run({ queries, plans }, { minSavingMs: 1 })).toEqual({
    inconclusive: 'nothing stood between service and database that sees results',
  });
});

describe('statements that wait for each other', () => {
  test('are found where none needs another: the saving is all but the longest', () => {
    expect(findingsOf([ordersOf(7), visitsOf(7), newsAt()])).toMatchObject([
      {
        key: 'sequential-queries|GET /orders',
        grade: 'likely',
        severity: 'medium',
        summary: expect.stringContaining('3 statements take 12.0 ms one after the other and 5.00 ms at once'),
        savingMs: 7,
        evidence: [
          { kind: 'statement', sql: orders.normalized, totalMs: 5 },
          { kind: 'statement', sql: visits.normalized, totalMs: 4 },
          { kind: 'statement', sql: news.normalized, totalMs: 3 },
          { kind: 'text', text: expect.stringContaining('on an idle connection') },
          { kind: 'text', text: expect.stringContaining('on one connection') },
        ],
      },
    ]);
  });

  test('are found behind the one that they all need', () => {
    expect(findingsOf([found(), ordersOf(77), visitsOf(77)])).toMatchObject([{ savingMs: 4 }]);
    expect(findingsOf([found(), ordersOf(77), visitsOf(77), newsAt()])).toMatchObject([{ savingMs: 7 }]);
  });

  test('are found up to those that run at once already', () => {
    const half = [
      ordersOf(7, { startMs: 1, durationMs: 5 }),
      visitsOf(7, { startMs: 1, durationMs: 4, connection: 1 }),
      newsAt({ startMs: 8, durationMs: 3 }),
    ];
    expect(findingsOf(half)).toMatchObject([{ savingMs: 3 }]);
  });

  test('are only possible where one request shows them, and save a share where some requests do', () => {
    expect(audit([request([ordersOf(7), visitsOf(7)])])).toMatchObject([{ grade: 'possible', savingMs: 4 }]);
    expect(audit([request([ordersOf(7), visitsOf(7)]), request([])])).toMatchObject([{ savingMs: 2 }]);
  });

  test('have no saving where one of them could not be run alone', () => {
    const some = plansOf({ statements: [analyzed(orders, { roundTripMs: 5 })] });
    const [finding] = findingsOf([ordersOf(7, { durationMs: 6 }), visitsOf(7, { durationMs: 3 })], some);
    expect(finding).not.toHaveProperty('savingMs');
    expect(finding?.evidence.at(-2)).toMatchObject({ text: expect.stringContaining('with the tap attached') });
  });
});

describe('nothing waits in vain', () => {
  test.each<[string, readonly Execution[]]>([
    ['where each needs the one before', [found(), ordersOf(77)]],
    ['where a transaction holds them', [ordersOf(7, { inTransaction: true }), visitsOf(7, { inTransaction: true })]],
    ['where a write stands between them', [ordersOf(7), execution(touch), visitsOf(7)]],
    ['where a transaction begins between them', [ordersOf(7), execution(begin), visitsOf(7)]],
    ['where they run at once', [ordersOf(7, { startMs: 1 }), visitsOf(7, { startMs: 1.1, connection: 1 })]],
    ['where one locks', [ordersOf(7), execution(locked)]],
    ['where one is asked twice, which is another fault', [newsAt(), newsAt()]],
    ['in a loop, which has another fix', [1, 2, 3, 4, 5, 6].map((id) => ordersOf(id))],
  ])('%s', (_, executions) => {
    expect(findingsOf(executions)).toEqual([]);
  });

  test('where the value of one request comes from an earlier row: so it does in all', () => {
    const other = request([found({ columns: { id: [5] } }), ordersOf(77)]);
    expect(audit([request([found(), ordersOf(77)]), other])).toEqual([]);
  });

  test('where another request shows that both are sent at once', () => {
    const atOnce = request([ordersOf(7, { startMs: 1 }), visitsOf(7, { startMs: 1.1, connection: 1 })]);
    const late = request([ordersOf(7, { startMs: 1 }), visitsOf(7, { startMs: 9, connection: 1 })]);
    expect(audit([atOnce, late, late])).toEqual([]);
    expect(audit([request([newsAt({ connection: 1 })]), late, late])).toHaveLength(1);
  });

  test('where a connection was opened for the later one', () => {
    expect(audit([request([ordersOf(7, { startMs: 1 }), visitsOf(7, { startMs: 9, connection: 1 })])])).toEqual([]);
  });

  test('below what is worth a connection', () => {
    expect(audit([request([newsAt(), visitsOf(7)])], plans, 3)).toHaveLength(1);
    expect(audit([request([newsAt(), visitsOf(7)])], plans, 3.1)).toEqual([]);
  });
});

test('nothing traced proves nothing', () => {
  expect(audit([])).toHaveProperty('inconclusive');
});
