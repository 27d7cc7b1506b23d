import { describe, expect, test } from 'vitest';
import type { PassArtifacts } from '../model/artifacts.ts';
import type { ComparedMetric, Comparison, Verdict } from '../model/comparison.ts';
import { execution, queriesOf, request, statement } from '../testing/artifacts.ts';
import { gatheredOf } from '../testing/sample-change.ts';
import { foldedProfile } from '../testing/sample-profile.ts';
import { sampleRun } from '../testing/sample-run.ts';
import { withCauses } from './causes.ts';

const metric = (name: ComparedMetric['name'], verdict: Verdict, change: number, gates: boolean): ComparedMetric => ({
  ...{ name, endpoint: 'GET /orders', unit: name === 'bytes' ? 'B/req' : 'ms', better: 'lower', before: 10_000 },
  ...{ after: 10_000 * (1 + change), change, interval: [change, change], p: 0.01, resolution: 0.02, rounds: 8 },
  ...{ verdict, gates },
});

const comparison = (...metrics: readonly ComparedMetric[]): Comparison => ({
  ...{ before: 'before', after: 'after', metrics, omitted: [], resolution: 0.02, verdict: 'REGRESSED' },
  ...{ findings: { fixed: [], remaining: [], introduced: [] }, design: 'sliced', causes: [], counts: [] },
  ...{ margin: 0.1, floorMs: 1 },
});

const customer = statement(0, 'SELECT id FROM customers WHERE id = $1');

/** Five requests with so many statements of 1 ms; so much CPU per request in two functions; kept connections. */
const side = (calls: number, ms: Readonly<Record<string, number>>, keepAlive = true) =>
  gatheredOf({
    queries: queriesOf(
      [customer],
      Array.from({ length: 5 }, () =>
        request(Array.from({ length: calls }, () => execution(customer, { durationMs: 1 }))),
      ),
    ),
    profile: {
      runtime: 'node',
      flows: [
        {
          ...{ flow: 'orders', endpoints: ['GET /orders'], requests: 100, windowMs: 2000, samplingUs: 1000 },
          profile: foldedProfile(Object.fromEntries(Object.entries(ms).map(([name, each]) => [name, each * 100_000]))),
        },
      ],
    },
    http: {
      responses: [
        {
          ...{ endpoint: 'GET /orders', status: 200, bodyBytes: 1, contentType: '', contentEncoding: '' },
          ...{ cacheControl: '', hasValidator: false, keepAlive },
        },
      ],
    },
  } satisfies Partial<PassArtifacts>);

const slower = metric('p95', 'REGRESSED', 0.8, true);
const kinds = ({ causes }: Comparison) => causes.map(({ kind }) => kind);

describe('the causes of a changed endpoint', () => {
  test('are ranked by what each explains, those without a figure last; of three at the most one is a function', () => {
    const all = withCauses(
      comparison(slower, metric('bytes', 'REGRESSED', 3, false)),
      side(1, { orders: 1 }),
      side(9, { orders: 21, clone: 3, report: 4 }, false),
    );
    expect(all.causes.map(({ endpoint, kind, explainsMs }) => [endpoint, kind, explainsMs])).toEqual([
      ['GET /orders', 'cpu', expect.closeTo(20, 6)],
      ['GET /orders', 'statements', expect.closeTo(8, 6)],
      ['GET /orders', 'payload', undefined],
    ]);
    const functions = withCauses(
      comparison(slower),
      side(1, { orders: 1 }),
      side(9, { orders: 21, clone: 3, report: 4 }),
    );
    expect(functions.causes.map(({ kind, explainsMs }) => [kind, explainsMs])).toEqual([
      ['cpu', expect.closeTo(20, 6)],
      ['statements', expect.closeTo(8, 6)],
      ['cpu', expect.closeTo(4, 6)],
    ]);
    const fewer = withCauses(
      comparison(slower, metric('bytes', 'REGRESSED', 3, false)),
      side(1, { orders: 1 }),
      side(9, { orders: 1 }, false),
    );
    expect(kinds(fewer)).toEqual(['statements', 'payload', 'connections']);
  });

  test('leave out what explains little beside the largest', () => {
    expect(kinds(withCauses(comparison(slower), side(1, { orders: 1 }), side(41, { orders: 2 })))).toEqual([
      'statements',
    ]);
  });

  test.each(['OK', 'INCONCLUSIVE'] as const)('are none of an endpoint that is %s', (verdict) => {
    const { causes, counts } = withCauses(
      comparison(metric('p95', verdict, 0.8, true)),
      side(1, { orders: 1 }),
      side(41, { orders: 9 }),
    );
    expect(causes).toEqual([]);
    expect(counts).toEqual([{ name: 'queries', endpoint: 'GET /orders', before: 1, after: 41 }]);
  });

  test('are looked for by the latency that decides, not by others nor by the error rate', () => {
    const errors = { ...metric('errors', 'REGRESSED', 0.2, true), unit: '%' } as const;
    const compared = comparison(metric('p95', 'OK', 0.01, true), metric('p99', 'REGRESSED', 0.8, false), errors);
    expect(withCauses(compared, side(1, { orders: 1 }), side(41, { orders: 9 })).causes).toEqual([]);
  });

  test('are none where the other passes are missing, and no count is made up', () => {
    const { causes, counts } = withCauses(comparison(slower), gatheredOf({}), side(41, { orders: 9 }));
    expect([causes, counts]).toEqual([[], []]);
  });
});

test('the sample of the orders service says why it improved', () => {
  const { run, gathered } = sampleRun();
  const { before, after } = gathered;
  if (!run.comparison || !before || !after) throw new Error('the sample has both');
  const { causes, counts } = withCauses(run.comparison, before, after);
  expect(causes[0]).toMatchObject({
    kind: 'statements',
    summary: 'statements per request 101 → 2: SELECT id, name, email FROM customers WHERE id = $1 ran 100 → 0 times',
  });
  expect(causes.every(({ endpoint, explainsMs = 0 }) => endpoint === 'GET /orders' && explainsMs < 0)).toBe(true);
  expect(counts.map(({ endpoint, ...count }) => [endpoint, count.before, count.after])).toEqual([
    ['GET /orders', 101, 2],
    ['GET /users/:userId/sessions/active', 1, 1],
    ['GET /report', 0, 0],
    ['GET /customers/:customerId', 1, 1],
  ]);
});
