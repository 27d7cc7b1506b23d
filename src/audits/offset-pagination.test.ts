import { describe, expect, test } from 'vitest';
import type { PageTrial } from '../model/plan-trials.ts';
import { analyzed, execution, planNode, plansOf, queriesOf, request, statement } from '../testing/artifacts.ts';
import { offsetPagination } from './offset-pagination.ts';

const page = statement(0, 'SELECT id, title FROM articles ORDER BY id LIMIT $1 OFFSET $2');

const tried: PageTrial = {
  ...{ status: 'tried', fingerprint: page.fingerprint, kind: 'offset', tableRows: 100_000, offset: 50_000 },
  ...{ sql: 'SELECT id, title FROM articles WHERE id > $1 ORDER BY id LIMIT $2', key: ['id'] },
  ...{ rows: 20, pageRows: 20, beforeMs: 8, afterMs: 0.3, firstPageMs: 0.3, runs: 5, sameRows: true },
};

function audit({ skipped = 50_000, trial = tried }: { readonly skipped?: number; readonly trial?: PageTrial } = {}) {
  const child = planNode({ type: 'Index Scan', relation: 'articles', actualRows: skipped + 20 });
  const plan = planNode({ type: 'Limit', actualRows: 20, children: [child] });
  const queries = queriesOf([page], [request([execution(page, { parameters: [20, 50_000], rows: 20 })])]);
  const plans = plansOf({ statements: [analyzed(page, { plan })], pages: [trial] });
  return offsetPagination.run({ queries, plans }, offsetPagination.defaults);
}

describe('a page that is counted off', () => {
  test('is proven where a page by a key gave the same rows', () => {
    expect(audit()).toMatchObject([
      {
        key: `offset-pagination|GET /orders|${page.fingerprint}`,
        grade: 'proven',
        savingMs: 7.7,
        severity: 'medium',
        summary: '50,000 rows of articles are read and thrown away for a page of 20',
        evidence: [
          { kind: 'statement' },
          {
            kind: 'table',
            rows: [
              ['0', '0.30 ms'],
              ['50,000', '8.00 ms'],
            ],
          },
          { kind: 'measurement', beforeMs: 8, afterMs: 0.3 },
          { kind: 'fix', text: tried.sql },
        ],
      },
    ]);
  });

  test('is likely where ORDER BY leaves open which rows come first', () => {
    expect(audit({ trial: { ...tried, sameRows: false } as PageTrial })).toMatchObject([{ grade: 'likely' }]);
  });

  test('is likely, without a saving, where no key could be tried', () => {
    const { fingerprint, kind, tableRows, offset } = tried;
    const trial: PageTrial = { status: 'untried', fingerprint, kind, tableRows, offset, reason: 'x may be NULL' };
    const [finding] = audit({ trial }) as readonly object[];
    expect(finding).toMatchObject({
      grade: 'likely',
      evidence: [{}, { text: expect.stringContaining('x may be NULL') }],
    });
    expect(finding).not.toHaveProperty('savingMs');
  });

  test('is told from 1,000 rows on', () => {
    expect(audit({ skipped: 1000 })).toHaveLength(1);
    expect(audit({ skipped: 999 })).toEqual([]);
  });

  test('is not told where a key would gain nothing, because the table has to be sorted for it too', () => {
    expect(audit({ trial: { ...tried, afterMs: 6 } as PageTrial })).toEqual([]);
  });

  test('is something else than a result without a LIMIT', () => {
    expect(audit({ trial: { ...tried, kind: 'whole' } })).toEqual([]);
  });
});

test('a plan that was not executed tells of no rows', () => {
  const queries = queriesOf([page], [request([execution(page)])]);
  expect(offsetPagination.run({ queries, plans: plansOf({ pages: [tried] }) }, offsetPagination.defaults)).toEqual([]);
  expect(offsetPagination.run({ queries, plans: plansOf() }, offsetPagination.defaults)).toMatchObject({
    inconclusive: expect.stringContaining('OFFSET'),
  });
});
