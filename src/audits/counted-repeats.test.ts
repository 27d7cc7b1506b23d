import { describe, expect, test } from 'vitest';
import type { QueriesArtifact } from '../model/queries.ts';
import { statementSummary } from '../model/statement-summary.ts';
import { plansOf, queriesOf, request, statement } from '../testing/artifacts.ts';
import { duplicateQuery } from './duplicate-query.ts';
import { nPlusOne } from './n-plus-one.ts';

const list = statement(0, 'SELECT id FROM orders LIMIT $1');
const one = statement(1, 'SELECT name FROM customers WHERE id = $1');
const catalogue = statement(2, 'SELECT oid FROM pg_type WHERE oid = $1');

const counted = (...calls: readonly number[]): QueriesArtifact => ({
  ...queriesOf(
    [list, one, catalogue],
    calls.map((count) =>
      request([], {
        counts: [
          { statement: 0, calls: 1, totalMs: 1, rows: 10 },
          { statement: 1, calls: count, totalMs: count, rows: count },
          { statement: 2, calls: 50, totalMs: 1, rows: 50 },
        ],
      }),
    ),
  ),
  source: 'pg_stat_statements',
});

describe('counts of statements without their values', () => {
  test('make a loop possible where one ran again and again, and no duplicate', () => {
    const queries = counted(40, 42, 41, 1);
    expect(nPlusOne.run({ queries, plans: plansOf() }, nPlusOne.defaults)).toMatchObject([
      {
        key: `n-plus-one|GET /orders|${one.fingerprint}`,
        grade: 'possible',
        summary: '41 statements per request on customers',
        evidence: [{ label: 'runs 41 times in one request (seen in 3 of 4 requests)', totalMs: 41 }, {}],
      },
    ]);
    expect(duplicateQuery.run({ queries, plans: plansOf() }, duplicateQuery.defaults)).toEqual({
      inconclusive: expect.stringContaining('pg_stat_statements'),
    });
  });

  test('prove nothing where none did', () => {
    expect(nPlusOne.run({ queries: counted(4), plans: plansOf() }, nPlusOne.defaults)).toEqual({
      inconclusive: expect.stringContaining('not with which values'),
    });
  });

  test('are compared with those under full load', () => {
    const flow = { flow: 'orders', endpoints: ['GET /orders'], requests: 200 };
    const underLoad = [
      { ...flow, statements: [{ fingerprint: one.fingerprint, calls: 90.5, totalMs: 3 }] },
      { ...flow, flow: 'idle', requests: 0, statements: [] },
    ];
    expect(statementSummary({ ...counted(40, 42), underLoad })).toMatchObject({
      ...{ source: 'pg_stat_statements', requests: 2 },
      underLoad: [{ flow: 'orders', calls: 90.5, traced: 92 }],
    });
  });
});
