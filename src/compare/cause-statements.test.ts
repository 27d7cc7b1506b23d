import { describe, expect, test } from 'vitest';
import type { QueriesArtifact } from '../model/queries.ts';
import { execution, queriesOf, request, statement } from '../testing/artifacts.ts';
import { changeOf } from '../testing/sample-change.ts';
import { causesInStatements } from './cause-statements.ts';

const orders = statement(0, 'SELECT id, customer_id FROM orders LIMIT $1');
const customer = statement(1, 'SELECT id, name FROM customers WHERE id = $1');
const audit = statement(2, 'SELECT pg_sleep_for(a) FROM audit_log WHERE id = $1');
const catalogue = statement(3, 'SELECT typname FROM pg_type');
const statements = [orders, customer, audit, catalogue];

/** Five requests, each with these executions; `ms` of each by request. */
const traced = (...runs: readonly (readonly [of: typeof orders, times: number, ms?: number | readonly number[]])[]) =>
  queriesOf(
    statements,
    Array.from({ length: 5 }, (_, index) =>
      request(
        runs.flatMap(([of, times, ms = 0.5]) =>
          Array.from({ length: times }, () =>
            execution(of, { durationMs: typeof ms === 'number' ? ms : (ms[index] ?? 0) }),
          ),
        ),
      ),
    ),
  );

const causes = (
  before: QueriesArtifact,
  after: QueriesArtifact,
  direction: 1 | -1 = 1,
  explained: readonly string[] = [],
) => causesInStatements(changeOf({ queries: before }, { queries: after }, direction), new Set(explained));

const summaries = (...sides: Parameters<typeof causes>) => causes(...sides).map(({ summary }) => summary);

describe('the count of statements', () => {
  test('names the statement that runs more often, with the time of the trace', () => {
    const [cause, ...others] = causes(traced([orders, 1], [customer, 2]), traced([orders, 1], [customer, 52]));
    expect(others).toEqual([]);
    expect(cause).toEqual({
      kind: 'statements',
      summary: 'statements per request 3 → 53: SELECT id, name FROM customers WHERE id = $1 ran 2 → 52 times',
      explainsMs: expect.closeTo(25, 6),
    });
  });

  test('names the one that runs less often where the endpoint got faster', () => {
    const [cause] = causes(traced([orders, 1], [customer, 40]), traced([orders, 1], [audit, 1]), -1);
    expect(cause?.summary).toBe(
      'statements per request 41 → 2: SELECT id, name FROM customers WHERE id = $1 ran 40 → 0 times',
    );
    expect(cause?.explainsMs).toBeCloseTo(-19.5, 6);
  });

  test('explains no regression by becoming less, nor an improvement by becoming more', () => {
    const [few, many] = [traced([orders, 1]), traced([orders, 1], [customer, 40])];
    expect(causes(many, few, 1)).toEqual([]);
    expect(causes(few, many, -1)).toEqual([]);
  });

  test('does not count what a driver reads of the catalogue', () => {
    expect(causes(traced([orders, 1]), traced([orders, 1], [catalogue, 9, 3]))).toEqual([]);
  });

  test('is nothing where one statement of a hundred came, unless it takes time', () => {
    expect(causes(traced([customer, 100]), traced([customer, 101]))).toEqual([]);
    expect(summaries(traced([customer, 100]), traced([customer, 100], [audit, 1, 30]))).toEqual([
      'statements per request 100 → 101: SELECT pg_sleep_for(a) FROM audit_log WHERE id = $1 ran 0 → 1 times',
    ]);
  });

  test('waits of statements that run at the same time are counted once', () => {
    const parallel = queriesOf(
      statements,
      Array.from({ length: 5 }, () =>
        request(Array.from({ length: 10 }, () => execution(customer, { startMs: 1, durationMs: 4 }))),
      ),
    );
    expect(causes(traced([customer, 1, 1]), parallel)[0]?.explainsMs).toBeCloseTo(3, 6);
  });
});

describe('the time of statements', () => {
  test('is told at equal counts', () => {
    expect(causes(traced([orders, 1, 2]), traced([orders, 1, [19, 20, 21, 22, 18]]))).toEqual([
      {
        kind: 'statements',
        summary:
          'a statement takes 2 → 20 ms per request, at as many executions: SELECT id, customer_id FROM orders LIMIT $1',
        explainsMs: 18,
      },
    ]);
  });

  test('is told of a statement that took the place of another', () => {
    expect(summaries(traced([orders, 1, 2]), traced([audit, 1, 20]))).toEqual([
      'a new statement takes 20 ms per request: SELECT pg_sleep_for(a) FROM audit_log WHERE id = $1',
    ]);
    expect(summaries(traced([audit, 1, 20]), traced([orders, 1, 2]), -1)).toEqual([
      'a statement that took 20 ms per request is gone: SELECT pg_sleep_for(a) FROM audit_log WHERE id = $1',
    ]);
  });

  test('is nothing where the other statement took as long', () => {
    expect(causes(traced([orders, 1, 20]), traced([audit, 1, 20.5]))).toEqual([]);
  });

  test('is nothing where single requests were slow, or little changed', () => {
    expect(causes(traced([orders, 1, 2]), traced([orders, 1, [2, 2, 2, 90, 90]]))).toEqual([]);
    expect(causes(traced([orders, 1, 0.5]), traced([orders, 1, 0.65]))).toEqual([]);
    expect(causes(traced([orders, 1, 20]), traced([orders, 1, 22]))).toEqual([]);
  });

  test('is nothing of a statement whose plan tells it', () => {
    expect(causes(traced([orders, 1, 2]), traced([orders, 1, 20]), 1, [orders.fingerprint])).toEqual([]);
  });
});

test('two requests a side tell nothing, nor does a side without a trace', () => {
  const slow = traced([orders, 9]);
  expect(causes({ ...slow, requests: slow.requests.slice(0, 2) }, traced([orders, 99]))).toEqual([]);
  expect(causesInStatements(changeOf({}, { queries: slow }), new Set())).toEqual([]);
});
