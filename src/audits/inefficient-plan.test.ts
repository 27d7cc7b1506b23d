import { describe, expect, test } from 'vitest';
import type { PlanNode } from '../model/plan-node.ts';
import type { ExecutedWrite, IndexTrial, TriggerTime } from '../model/plan-trials.ts';
import { analyzed, execution, planNode, plansOf, queriesOf, request, statement } from '../testing/artifacts.ts';
import { inefficientPlan } from './inefficient-plan.ts';

const logins = statement(0, 'SELECT count(*) FROM logins WHERE date(at) = $1');
const queries = queriesOf([logins], [request([execution(logins), execution(logins)])]);

interface Given extends Partial<typeof inefficientPlan.defaults> {
  readonly executionMs?: number;
  readonly trials?: readonly IndexTrial[];
}

function audit(plan: PlanNode, { executionMs = 10, trials = [], ...options }: Given = {}) {
  const plans = plansOf({ statements: [analyzed(logins, { plan, executionMs })], trials });
  return inefficientPlan.run({ queries, plans }, { ...inefficientPlan.defaults, ...options });
}

const scan = (more: Partial<PlanNode> = {}) =>
  planNode({
    relation: 'logins',
    conditions: ['Filter: (date(at) = $1)'],
    actualRows: 100,
    rowsRemoved: 10_000,
    ...more,
  });
const sort = (more: Partial<PlanNode> = {}) =>
  planNode({
    type: 'Sort',
    conditions: ['Sort Key: at'],
    sortMethod: 'external merge',
    tempWrittenBlocks: 1000,
    ...more,
  });

describe('rows that are read and thrown away', () => {
  test('are a fault, with the condition that discards them', () => {
    expect(audit(scan({ rowsRemoved: 199_900 }))).toMatchObject([
      {
        key: `inefficient-plan|GET /orders|${logins.fingerprint}|discarded-rows`,
        ...{ grade: 'likely', severity: 'high' },
        summary: 'Seq Scan on logins reads 200,000 rows to keep 100',
        evidence: [
          { kind: 'statement', calls: 2, totalMs: 20.4 },
          { kind: 'plan', label: 'plan, median of 3 executions: 10.0 ms' },
          { kind: 'text', text: expect.stringContaining('Filter: (date(at) = $1)') },
        ],
      },
    ]);
  });

  test('begin at ten thousand, at a hundred for each that is kept, and at a third of the time', () => {
    expect(audit(scan())).toHaveLength(1);
    expect(audit(scan({ rowsRemoved: 9_999 }))).toEqual([]);
    expect(audit(scan({ actualRows: 101 }))).toEqual([]);
    expect(audit(scan({ actualRows: 0 }))).toHaveLength(1);
    expect(audit(scan({ selfMs: 3 }))).toHaveLength(1);
    expect(audit(scan({ selfMs: 2.9 }))).toEqual([]);
    expect(audit(scan({ rowsRemoved: 500 }), { minRows: 500, minRatio: 5 })).toHaveLength(1);
  });

  test('do not matter in a statement below five milliseconds', () => {
    expect(audit(scan(), { executionMs: 5 })).toHaveLength(1);
    expect(audit(scan(), { executionMs: 4.9 })).toEqual([]);
  });

  test('of a join are pairs', () => {
    const join = planNode({ type: 'Nested Loop', conditions: ['Join Filter: (a.x = b.x)'], rowsRemoved: 1_000_000 });
    const { relation: _, ...noRelation } = join;
    expect(audit(noRelation)).toMatchObject([{ summary: 'Nested Loop compares 1,000,010 pairs of rows to keep 10' }]);
  });

  test('are left to missing-index where an index helps or may help', () => {
    const of = { fingerprint: logins.fingerprint, table: 'logins', columns: ['at'], ddl: 'CREATE INDEX' };
    const tried = (afterMs: number): IndexTrial => ({
      ...{ ...of, status: 'tried', where: 'scratch-copy', beforeMs: 10, afterMs, runs: 5, used: true },
      ...{ sizeBytes: 1, buildMs: 1, planBefore: planNode(), planAfter: planNode() },
    });
    expect(audit(scan(), { trials: [tried(1)] })).toEqual([]);
    expect(audit(scan(), { trials: [{ ...of, status: 'untried', reason: 'no copy' }] })).toEqual([]);
    expect(audit(scan(), { trials: [tried(9)] })).toMatchObject([
      { evidence: [{}, {}, {}, { text: 'An index on its plain columns was tried and did not help.' }] },
    ]);
    const none: IndexTrial = { status: 'none', fingerprint: logins.fingerprint, reason: 'LIKE needs another kind' };
    expect(audit(scan(), { trials: [none] })).toMatchObject([
      { evidence: [{}, {}, {}, { text: 'No plain index would help: LIKE needs another kind.' }] },
    ]);
  });
});

describe('a node that spills to disk', () => {
  test('is proven, with the memory that it wants', () => {
    expect(audit(sort())).toMatchObject([
      {
        ...{ grade: 'proven', key: expect.stringMatching(/\|disk-spill$/) },
        summary: 'Sort on orders spills 8.2 MB to disk: work_mem is too small for it',
        evidence: [{}, {}, { text: expect.stringContaining('work_mem of 25 MB') }],
      },
    ]);
  });

  test('is not the one above it, whose blocks include those below', () => {
    const unique = planNode({ type: 'Unique', tempWrittenBlocks: 1000, selfMs: 6, children: [sort({ selfMs: 4 })] });
    expect(audit(unique)).toMatchObject([{ summary: expect.stringMatching(/^Sort/) }]);
    expect(audit(planNode({ ...unique, children: [sort({ selfMs: 1 })] }))).toEqual([]);
  });

  test('is none where the sort fits into memory', () => {
    expect(audit(sort({ sortMethod: 'quicksort', tempWrittenBlocks: 0 }))).toEqual([]);
  });
});

describe('a wrong estimate', () => {
  const wrong = (more: Partial<PlanNode> = {}) => planNode({ estimatedRows: 100, actualRows: 10_000, ...more });

  test('is possible, and told of the deepest node that has it', () => {
    const join = wrong({ type: 'Nested Loop', children: [wrong({ relation: 'logins' })] });
    expect(audit(join)).toMatchObject([
      {
        ...{ grade: 'possible', key: expect.stringMatching(/\|misestimate$/) },
        summary: 'Seq Scan on logins was planned for 100 rows and gave 10,000',
      },
    ]);
  });

  test('begins at a hundred times and ten thousand rows', () => {
    expect(audit(wrong({ estimatedRows: 101 }))).toEqual([]);
    expect(audit(wrong({ estimatedRows: 1, actualRows: 9_999 }))).toEqual([]);
  });

  test.each<[string, PlanNode]>([
    ['a node that a LIMIT stopped', planNode({ type: 'Limit', children: [planNode({ estimatedRows: 200_000 })] })],
    ['a node that never ran', planNode({ estimatedRows: 200_000, actualRows: 0, loops: 0 })],
    [
      'a BitmapAnd, whose rows are never counted',
      planNode({ type: 'BitmapAnd', estimatedRows: 50_000, actualRows: 0 }),
    ],
    [
      'the inner side of a merge join, which is read again',
      planNode({ type: 'Merge Join', children: [planNode(), wrong()] }),
    ],
  ])('is not seen in %s', (_, plan) => {
    expect(audit(plan)).toEqual([]);
  });

  test('gives way to waste, which is what takes the time', () => {
    expect(audit(scan({ rowsRemoved: 5_000_000, estimatedRows: 1, actualRows: 20_000 }))).toMatchObject([
      { key: expect.stringMatching(/\|discarded-rows$/) },
    ]);
  });
});

test('a plan that was not executed is not judged, and without any the audit is inconclusive', () => {
  const plans = plansOf({
    statements: [
      {
        ...{ status: 'planned', fingerprint: logins.fingerprint, sql: logins.normalized, reason: 'it ran too long' },
        plan: scan(),
      },
    ],
  });
  expect(inefficientPlan.run({ queries, plans }, inefficientPlan.defaults)).toEqual({
    inconclusive: 'no statement could be executed: it ran too long',
  });
});

describe('a trigger', () => {
  const insert = statement(1, 'INSERT INTO orders (total) VALUES ($1)', { kind: 'insert', tables: ['orders'] });
  const of = queriesOf([insert], [request([execution(insert)])]);
  const counted: TriggerTime = { name: 'orders_counted', table: 'orders', calls: 1, timeMs: 9 };

  function found(
    triggers: readonly TriggerTime[],
    more: Partial<ExecutedWrite> = {},
    unindexed: readonly string[] = [],
  ) {
    const write = {
      ...{ status: 'executed', fingerprint: insert.fingerprint, rows: 'captured', executionMs: 10, runs: 3 },
      ...{ plan: planNode({ type: 'Insert' }), triggers },
      ...more,
    } as ExecutedWrite;
    const reference = { table: 'lines', columns: ['order_id'], estimatedRows: 1, ddl: 'CREATE INDEX' };
    const unindexedReferences = unindexed.map((name) => ({ ...reference, name }));
    const tables = [{ table: 'orders', estimatedRows: 1, changedRows: 0, indexes: [], unindexedReferences }];
    return inefficientPlan.run(
      { queries: of, plans: plansOf({ executedWrites: [write], tables }) },
      inefficientPlan.defaults,
    );
  }

  test('that takes most of a write is proven to, with the time of each', () => {
    expect(found([counted])).toMatchObject([
      {
        key: `inefficient-plan|GET /orders|${insert.fingerprint}|trigger`,
        ...{
          grade: 'proven',
          summary: 'the trigger orders_counted on orders takes 9.0 ms of the 10.0 ms of the write',
        },
        evidence: [
          { kind: 'statement' },
          { kind: 'table', rows: [['orders_counted', 'orders', 1, 9]] },
          { kind: 'plan' },
          { kind: 'fix' },
        ],
      },
    ]);
  });

  test('that runs for each of many rows is to run once for all', () => {
    expect(found([{ ...counted, calls: 100 }])).toMatchObject([
      {
        summary: expect.stringContaining('0.09 ms for each of 100 rows'),
        evidence: [{}, {}, {}, { text: expect.stringContaining('FOR EACH STATEMENT') }],
      },
    ]);
  });

  test('that takes less than a third, of a fast write or of one that was not executed, is no fault', () => {
    expect(found([{ ...counted, timeMs: 2.9 }])).toEqual([]);
    expect(found([counted], { executionMs: 4 })).toEqual([]);
    expect(found([], { status: 'none', reason: 'duplicate key' })).toEqual([]);
  });

  test('that checks a foreign key without an index is the business of missing-index', () => {
    const check = { ...counted, name: 'RI_1', constraint: 'lines_fkey' };
    expect(found([check], {}, ['lines_fkey'])).toEqual([]);
    expect(found([check])).toMatchObject([
      { summary: expect.stringContaining('the check of lines_fkey on orders takes') },
    ]);
  });
});
