import { describe, expect, test } from 'vitest';
import type { HttpResponseFacts } from '../model/http.ts';
import type { PageTrial } from '../model/plan-trials.ts';
import { execution, plansOf, queriesOf, request, response, statement } from '../testing/artifacts.ts';
import { unboundedResult } from './unbounded-result.ts';

const list = statement(0, 'SELECT id, name FROM customers ORDER BY id');
const types = statement(1, 'SELECT oid FROM pg_type');
const statements = [list, types];

const tried: PageTrial = {
  ...{ status: 'tried', fingerprint: list.fingerprint, kind: 'whole', tableRows: 10_000, offset: 0 },
  ...{ sql: 'SELECT id, name FROM customers WHERE id > $1 ORDER BY id LIMIT $2', key: ['id'] },
  ...{ rows: 10_000, pageRows: 100, beforeMs: 12, afterMs: 0.5, runs: 5, sameRows: true },
};

interface Given {
  readonly rows?: number;
  readonly of?: typeof list;
  readonly pages?: readonly PageTrial[];
  readonly answer?: Partial<HttpResponseFacts>;
}

function audit({ rows = 10_000, of = list, pages = [tried], answer = {} }: Given = {}) {
  const requests = [1, 2].map(() => request([execution(of, { rows, bytes: 30 * rows })]));
  const responses = [1, 2].map(() => response({ decodedBytes: 40 * rows, ...answer }));
  return unboundedResult.run(
    { queries: queriesOf(statements, requests), plans: plansOf({ pages }), http: { responses } },
    unboundedResult.defaults,
  );
}

describe('a result without a LIMIT', () => {
  test('that is the whole table is proven, with what a page takes', () => {
    expect(audit()).toMatchObject([
      {
        key: `unbounded-result|GET /orders|${list.fingerprint}`,
        grade: 'proven',
        severity: 'high',
        savingMs: 11.5,
        summary: 'all 10,000 rows of customers are read and answered in one request',
        evidence: [
          { kind: 'statement' },
          { kind: 'table', rows: [['10,000', 'about 10,000', '300.0 kB', '400.0 kB']] },
          { kind: 'measurement', beforeMs: 12, afterMs: 0.5 },
          { kind: 'fix', text: tried.sql },
        ],
      },
    ]);
  });

  test('that is part of a table is possible: its nature may bound it', () => {
    const pages = [{ ...tried, tableRows: 1_000_000 }];
    expect(audit({ pages })).toMatchObject([
      { grade: 'possible', summary: expect.stringContaining('nothing bounds them') },
    ]);
  });

  test('of which no page could be tried is likely, with the reason and without a saving', () => {
    const { fingerprint, kind, tableRows, offset } = tried;
    const pages: PageTrial[] = [
      { status: 'untried', fingerprint, kind, tableRows, offset, reason: 'it reads several tables' },
    ];
    const [finding] = audit({ pages }) as readonly { savingMs?: number; evidence: readonly unknown[] }[];
    expect(finding).toMatchObject({ grade: 'likely', severity: 'medium' });
    expect(finding).not.toHaveProperty('savingMs');
    expect(finding?.evidence.at(-1)).toMatchObject({ text: expect.stringContaining('it reads several tables') });
  });

  test('is told from 1,000 rows on', () => {
    expect(audit({ rows: 1000 })).toHaveLength(1);
    expect(audit({ rows: 999 })).toEqual([]);
  });
});

describe('not accused is', () => {
  test.each<[string, Given]>([
    ['a statement that a LIMIT, a list or a unique key bounds', { pages: [] }],
    ['rows that are not answered, which over-fetching reports', { answer: { decodedBytes: 200 } }],
    ['an answer whose size is not known', { answer: { decodedBytes: undefined } as never }],
    ['a file that is handed out', { answer: { contentType: 'text/csv' } }],
    ['the catalogue of the database', { of: types, pages: [{ ...tried, fingerprint: types.fingerprint }] }],
    ['a page', { pages: [{ ...tried, kind: 'offset', offset: 5000 }] }],
  ])('%s', (_, given) => {
    expect(audit(given)).toEqual([]);
  });
});

test('where no statement was looked at it proves nothing', () => {
  const queries = queriesOf(statements, [request([execution(list)])]);
  const judged = unboundedResult.run({ queries, plans: plansOf(), http: { responses: [] } }, unboundedResult.defaults);
  expect(judged).toMatchObject({ inconclusive: expect.stringContaining('LIMIT') });
});
