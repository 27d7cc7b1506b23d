import { describe, expect, test } from 'vitest';
import type { RewriteTrial } from '../model/plan-trials.ts';
import type { Execution, TracedRequest } from '../model/queries.ts';
import { analyzed, execution, plansOf, queriesOf, request, statement } from '../testing/artifacts.ts';
import { nPlusOne } from './n-plus-one.ts';

const orders = statement(0, 'SELECT id, customer_id FROM orders');
const customers = statement(1, 'SELECT id, name FROM customers WHERE id = $1');
const batch = statement(2, 'SELECT id, name FROM customers WHERE id = ANY ($1)');
const perDay = statement(3, 'SELECT count(*) FROM logins WHERE at >= $1 AND at < $2');
const nodes = statement(4, 'SELECT id FROM nodes WHERE parent_id = $1');
const types = statement(5, 'SELECT oid FROM pg_type WHERE typname = $1');
const touch = statement(6, 'UPDATE customers SET seen = now() WHERE id = $1', {
  kind: 'update',
  tables: ['customers'],
});
const statements = [orders, customers, batch, perDay, nodes, types, touch];

const ids = [40, 7, 23, 91, 5, 66, 12, 88, 31, 54];
const customer = (id: number | string, more: Partial<Execution> = {}) =>
  execution(customers, { ...more, parameters: [id], columns: { id: [id] } });
const listOf = (customerIds: readonly number[]) =>
  execution(orders, { columns: { id: customerIds.map((_, n) => 500 + n), customer_id: customerIds } });
const loop = (customerIds: readonly number[]) => [listOf(customerIds), ...customerIds.map((id) => customer(id))];

const rewrite: RewriteTrial = {
  ...{ status: 'tried', fingerprint: customers.fingerprint, sql: batch.normalized, repeats: 10 },
  ...{ loopMs: 8, batchedMs: 0.5, runs: 5, sameRows: true },
};

function audit(requests: readonly TracedRequest[], plans = plansOf(), minRepeats = 5) {
  return nPlusOne.run({ queries: queriesOf(statements, requests), plans }, { minRepeats });
}

function findingsOf(...args: Parameters<typeof audit>) {
  const result = audit(...args);
  if ('inconclusive' in result) throw new Error(result.inconclusive);
  return result;
}

describe('a loop over the rows of an earlier result', () => {
  test('is proven, with its parent, its batched statement and the saving', () => {
    const [finding, ...others] = findingsOf([request(loop(ids)), request(loop(ids))], plansOf({ rewrites: [rewrite] }));
    expect(others).toEqual([]);
    expect(finding).toMatchObject({
      key: `n-plus-one|GET /orders|${customers.fingerprint}`,
      endpoint: 'GET /orders',
      grade: 'proven',
      severity: 'medium',
      summary: '10 statements per request on customers, one per row of orders',
      savingMs: 7.5,
      evidence: [
        { kind: 'statement', label: 'runs 10 times in one request (seen in 2 of 2 requests)', calls: 10, totalMs: 5 },
        {
          kind: 'statement',
          label:
            'its column "customer_id" holds the loop\'s parameters: 20 of 20, in the order of its rows (in 2 requests)',
        },
        { kind: 'fix', text: batch.normalized },
        { kind: 'measurement', beforeMs: 8, afterMs: 0.5 },
      ],
    });
  });

  test('begins at five different values', () => {
    expect(findingsOf([request(loop(ids.slice(0, 5)))])).toHaveLength(1);
    expect(findingsOf([request(loop(ids.slice(0, 4)))])).toEqual([]);
    expect(findingsOf([request(loop(ids.slice(0, 4)))], plansOf(), 4)).toHaveLength(1);
  });

  test('keeps its key when the number of rows changes', () => {
    const keys = [ids, ids.slice(0, 6)].map((rows) => findingsOf([request(loop(rows))])[0]?.key);
    expect(keys[0]).toBe(keys[1]);
  });

  test('is told once per endpoint, and for each endpoint', () => {
    const found = findingsOf([request(loop(ids)), request(loop(ids), { endpoint: 'GET /export' }), request(loop(ids))]);
    expect(found.map(({ endpoint }) => endpoint)).toEqual(['GET /orders', 'GET /export']);
  });

  test('that walks a tree names itself', () => {
    const node = (id: number, children: readonly number[]) =>
      execution(nodes, { parameters: [id], columns: { id: children } });
    const walk = [node(1, [20, 21]), node(20, [30, 31]), node(21, []), node(30, []), node(31, [])];
    expect(findingsOf([request(walk)])[0]).toMatchObject({
      grade: 'proven',
      summary: '5 statements per request on nodes, one per row of its own earlier results',
    });
  });
});

describe('the saving', () => {
  test('is that of the mean request, where only some of them loop', () => {
    const plans = plansOf({ rewrites: [rewrite] });
    expect(findingsOf([request(loop(ids)), request([listOf([])])], plans)[0]?.savingMs).toBe(3.75);
  });

  test('is that of the time waited, where the loop runs on several connections', () => {
    const atOnce = ids.map((id, n) => customer(id, { startMs: n < 5 ? 10 : 20, durationMs: 2 }));
    const [finding] = findingsOf([request([listOf(ids), ...atOnce])], plansOf({ rewrites: [rewrite] }));
    expect(finding?.savingMs).toBeCloseTo(8 / 5 - 0.5);
  });

  test('without a rewrite is all round trips but one, and unknown where none was measured', () => {
    const measured = plansOf({ statements: [analyzed(customers, { roundTripMs: 0.4 })] });
    expect(findingsOf([request(loop(ids))], measured)[0]?.savingMs).toBeCloseTo(3.6);
    expect(findingsOf([request(loop(ids))])[0]).not.toHaveProperty('savingMs');
  });

  test('does not rest on a batched statement that gives other rows, or is no faster', () => {
    const wrong = findingsOf([request(loop(ids))], plansOf({ rewrites: [{ ...rewrite, sameRows: false }] }))[0];
    expect(wrong).not.toHaveProperty('savingMs');
    expect(wrong?.evidence.at(-1)).toMatchObject({ kind: 'text', text: expect.stringContaining('by hand') });
    const slower = plansOf({ rewrites: [{ ...rewrite, batchedMs: 9 }] });
    expect(findingsOf([request(loop(ids))], slower)[0]?.savingMs).toBe(0);
  });

  test('says why no batched statement was tried', () => {
    const none: RewriteTrial = { status: 'none', fingerprint: customers.fingerprint, reason: 'it aggregates' };
    const [finding] = findingsOf([request(loop(ids))], plansOf({ rewrites: [none] }));
    expect(finding?.evidence.at(-1)).toEqual({
      kind: 'text',
      text: 'No batched statement was tried: it aggregates.',
    });
  });
});

describe('without a parent a loop is', () => {
  test('likely, where each value is looked up', () => {
    const [finding] = findingsOf([request(ids.map((id) => customer(id)))]);
    expect(finding).toMatchObject({ grade: 'likely', summary: expect.stringContaining('each with other parameters') });
  });

  test('likely, where only some of the requests show the parent', () => {
    expect(findingsOf([request(loop(ids)), request(ids.map((id) => customer(id)))])[0]?.grade).toBe('likely');
  });

  test('only possible, where its values bound ranges or pages', () => {
    const days = ids.map((_, n) => execution(perDay, { parameters: [`2026-01-0${n}`, `2026-01-0${n + 1}`] }));
    expect(findingsOf([request(days)])[0]?.grade).toBe('possible');
    const paged = { ...customers, normalized: 'SELECT id FROM customers ORDER BY id LIMIT 10 OFFSET $1' };
    const pages = queriesOf([orders, paged], [request(ids.map((id) => customer(id)))]);
    expect(nPlusOne.run({ queries: pages, plans: plansOf() }, { minRepeats: 5 })).toMatchObject([
      { grade: 'possible' },
    ]);
  });
});

describe('no loop is', () => {
  test.each<[string, readonly Execution[]]>([
    ['one batched statement', [listOf(ids), execution(batch, { parameters: [`{${ids.join(',')}}`] })]],
    ['a batch in several parts', ids.map((id) => execution(batch, { parameters: [`{${id},${id + 1}}`] }))],
    ['an IN list in several parts', ids.map((id) => execution(batch, { literals: [String(id), String(id + 1)] }))],
    ['a repeat with equal values', ids.map(() => customer(40))],
    ['the same few values over and over', ids.flatMap(() => [1, 2, 3, 4].map((id) => customer(id)))],
    ['a catalogue lookup of the driver', ids.map((id) => execution(types, { parameters: [`t${id}`] }))],
    ['a loop of writes', ids.map((id) => execution(touch, { parameters: [id] }))],
  ])('%s', (_, executions) => {
    expect(findingsOf([request(executions)])).toEqual([]);
  });

  test('what different requests ask once each', () => {
    expect(findingsOf(ids.map((id) => request([customer(id)])))).toEqual([]);
  });

  test('but a loader that binds arrays of one value is', () => {
    const single = ids.map((id) => execution(batch, { parameters: [`{${id}}`] }));
    expect(findingsOf([request([listOf(ids), ...single])])[0]?.grade).toBe('proven');
  });
});

test('requests that ran no statement pass; requests that failed, or none at all, prove nothing', () => {
  expect(audit([request([])])).toEqual([]);
  expect(audit([])).toEqual({ inconclusive: 'no request was traced' });
  expect(audit([request(loop(ids), { status: 500 })])).toEqual({
    inconclusive: 'every traced request was answered with an error',
  });
  expect(audit([request([], { status: 500 }), request(loop(ids))])).toHaveLength(1);
});
