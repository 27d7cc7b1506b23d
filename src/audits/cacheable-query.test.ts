import { describe, expect, test } from 'vitest';
import type { IndexTrial } from '../model/plan-trials.ts';
import type { PlansArtifact } from '../model/plans.ts';
import type { TracedRequest } from '../model/queries.ts';
import {
  analyzed,
  type ExecutionShape,
  execution,
  planNode,
  plansOf,
  queriesOf,
  request,
  statement,
} from '../testing/artifacts.ts';
import { cacheableQuery } from './cacheable-query.ts';

const summary = statement(0, 'SELECT category, count(*) FROM sales GROUP BY category');
const sale = statement(1, 'INSERT INTO sales VALUES ($1)', { kind: 'insert', tables: ['sales'] });
const lock = statement(2, 'SELECT id FROM sales WHERE id = $1 FOR UPDATE');
const statements = [summary, sale, lock];
const slow = plansOf({ statements: [analyzed(summary, { roundTripMs: 20 })] });

/** The n-th request, a tenth of a second after the one before, to an url of its own. */
const nth = (n: number, of = summary, shape: ExecutionShape = {}, more: Partial<TracedRequest> = {}) =>
  request([execution(of, { columns: { count: [7] }, bytes: 400, ...shape })], {
    ...{ url: `/users/${n}/home`, sentAtMs: 100 * n },
    ...more,
  });

function audit(requests: readonly TracedRequest[], plans: PlansArtifact = slow) {
  return cacheableQuery.run({ queries: queriesOf(statements, requests), plans }, cacheableQuery.defaults);
}

const five = [0, 1, 2, 3, 4];

describe('the same answer to request after request', () => {
  test('is likely where different requests led to it, with what a cache would have done', () => {
    expect(audit(five.map((n) => nth(n)))).toMatchObject([
      {
        key: `cacheable-query|GET /orders|${summary.fingerprint}`,
        grade: 'likely',
        severity: 'high',
        savingMs: 20,
        summary: '4 of 5 times the same was asked of sales again and gave the same rows, 20.0 ms each',
        evidence: [
          { kind: 'statement' },
          {
            label: 'simulated on the 5 executions of 0.4 s of the trace',
            rows: [['1 s and longer', '4 of 5 (80 %)', '0 %']],
          },
          { text: expect.stringContaining('An entry takes 400 B.') },
        ],
      },
    ]);
  });

  test('over a longer trace shows each time for which it may be kept', () => {
    const requests = five.map((n) => nth(n, summary, {}, { sentAtMs: 900 * n }));
    const [finding] = audit(requests) as readonly { evidence: readonly unknown[] }[];
    expect(finding?.evidence[1]).toMatchObject({
      rows: [
        ['1 s', '2 of 5 (40 %)', '0 %'],
        ['10 s and longer', '4 of 5 (80 %)', '0 %'],
      ],
    });
  });

  test('is possible where the scenario only ever sends the same request', () => {
    expect(audit(five.map((n) => nth(n, summary, {}, { url: '/home' })))).toMatchObject([{ grade: 'possible' }]);
  });

  test('is possible where a traced request wrote to its table', () => {
    const write = request([execution(sale)], { endpoint: 'POST /sales' });
    expect(audit([...five.map((n) => nth(n)), write])).toMatchObject([{ grade: 'possible' }]);
  });

  test('is told from the fourth hit on', () => {
    expect(audit([0, 1, 2, 3].map((n) => nth(n)))).toEqual([]);
  });
});

describe('not accused is', () => {
  test('a fast statement', () => {
    const fast = plansOf({ statements: [analyzed(summary, { roundTripMs: 4.9 })] });
    expect(
      audit(
        five.map((n) => nth(n)),
        fast,
      ),
    ).toEqual([]);
  });

  test('one that is asked about other things', () => {
    expect(audit(five.map((n) => nth(n, summary, { parameters: [n] })))).toEqual([]);
  });

  test('one whose answer changes', () => {
    expect(audit(five.map((n) => nth(n, summary, { resultHash: n < 4 ? 'a' : 'b' })))).toEqual([]);
  });

  test('a result that is no entry of a cache', () => {
    expect(audit(five.map((n) => nth(n, summary, { bytes: 262_145 })))).toEqual([]);
  });

  test('one that locks', () => {
    expect(audit(five.map((n) => nth(n, lock, { durationMs: 50 })))).toEqual([]);
  });

  test('repeats within one request, which are duplicate-query’s', () => {
    const same = execution(summary, { columns: { count: [7] } });
    expect(audit([request([same, same, same, same, same])])).toEqual([]);
  });

  test('one that an index would mend', () => {
    const trial: IndexTrial = {
      ...{ status: 'tried', fingerprint: summary.fingerprint, table: 'sales', columns: ['category'], ddl: 'CREATE' },
      ...{ where: 'scratch-copy', beforeMs: 20, afterMs: 1, runs: 5, used: true, sizeBytes: 1, buildMs: 1 },
      ...{ planBefore: planNode(), planAfter: planNode() },
    };
    expect(
      audit(
        five.map((n) => nth(n)),
        { ...slow, trials: [trial] },
      ),
    ).toEqual([]);
  });
});
