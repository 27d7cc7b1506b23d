import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type PlanNode, planNodes } from '../../model/plan-node.ts';
import { createTestDatabase, type TestDatabase } from '../../testing/test-database.ts';
import { type Connection, connect } from './connection.ts';
import { readPlan } from './plan-tree.ts';

const json = (plan: object, times: object = { 'Planning Time': 0.5, 'Execution Time': 12 }) =>
  JSON.stringify([{ Plan: plan, ...times }]);

const selfSum = (plan: PlanNode) => [...planNodes(plan)].reduce((sum, { selfMs = 0 }) => sum + selfMs, 0);

describe('a recorded plan', () => {
  it('has totals instead of averages per loop', () => {
    const { plan, planningMs, executionMs } = readPlan(
      json({
        'Node Type': 'Nested Loop',
        'Plan Rows': 10,
        'Actual Rows': 100,
        'Actual Loops': 1,
        'Actual Total Time': 10,
        Plans: [
          {
            'Node Type': 'Seq Scan',
            'Relation Name': 'a',
            'Parent Relationship': 'Outer',
            'Plan Rows': 100,
            'Actual Rows': 100,
            'Actual Loops': 1,
            'Actual Total Time': 2,
          },
          {
            'Node Type': 'Index Scan',
            'Relation Name': 'b',
            'Index Name': 'b_pkey',
            'Parent Relationship': 'Inner',
            'Plan Rows': 1,
            'Actual Rows': 1,
            'Actual Loops': 100,
            'Actual Total Time': 0.05,
            'Rows Removed by Filter': 3,
            Filter: "(x = 'secret'::text)",
          },
        ],
      }),
    );
    expect({ planningMs, executionMs }).toEqual({ planningMs: 0.5, executionMs: 12 });
    expect(plan).toMatchObject({ type: 'Nested Loop', totalMs: 10, selfMs: 3 });
    expect(plan.children[1]).toEqual({
      type: 'Index Scan',
      relation: 'b',
      index: 'b_pkey',
      conditions: ['Filter: (x = ?)'],
      estimatedRows: 100,
      actualRows: 100,
      loops: 100,
      totalMs: 5,
      selfMs: 5,
      rowsRemoved: 300,
      children: [],
    });
  });

  it('counts the time of workers once, and charges a Gather only for the time in which none ran', () => {
    const worker = { 'Parent Relationship': 'Outer', 'Plan Rows': 40, 'Actual Rows': 40, 'Actual Loops': 3 };
    const { plan } = readPlan(
      json({
        'Node Type': 'Gather',
        'Workers Launched': 2,
        'Plan Rows': 100,
        'Actual Rows': 120,
        'Actual Loops': 1,
        'Actual Total Time': 100,
        Plans: [{ ...worker, 'Node Type': 'Seq Scan', 'Parallel Aware': true, 'Actual Total Time': 90 }],
      }),
    );
    expect(plan.selfMs).toBe(10);
    expect(plan.children[0]).toMatchObject({ type: 'Parallel Seq Scan', totalMs: 90, selfMs: 90, actualRows: 120 });
  });

  it('charges a CTE to the node that reads it, not to the one where it hangs', () => {
    const once = { 'Plan Rows': 1, 'Actual Rows': 1, 'Actual Loops': 1 };
    const { plan } = readPlan(
      json({
        ...once,
        'Node Type': 'Sort',
        'Actual Total Time': 20,
        Plans: [
          {
            ...once,
            'Node Type': 'Seq Scan',
            'Parent Relationship': 'InitPlan',
            'Subplan Name': 'CTE c',
            'Actual Total Time': 15,
          },
          {
            ...once,
            'Node Type': 'CTE Scan',
            'CTE Name': 'c',
            'Parent Relationship': 'Outer',
            'Actual Total Time': 16,
          },
        ],
      }),
    );
    expect(plan.selfMs).toBe(4);
    expect(plan.children.map(({ selfMs }) => selfMs)).toEqual([15, 1]);
  });

  it.each([
    ['up to PostgreSQL 16', 'InitPlan 1 (returns $0)', '(id = $0)'],
    ['from 17', 'InitPlan 1', '(id = (InitPlan 1).col1)'],
  ])('charges an InitPlan to the node whose condition uses it, %s', (_, name, filter) => {
    const once = { 'Plan Rows': 1, 'Actual Rows': 1, 'Actual Loops': 1 };
    const { plan } = readPlan(
      json({
        ...once,
        'Node Type': 'Limit',
        'Actual Total Time': 10,
        Plans: [
          {
            ...once,
            'Node Type': 'Result',
            'Parent Relationship': 'InitPlan',
            'Subplan Name': name,
            'Actual Total Time': 6,
          },
          { ...once, 'Node Type': 'Seq Scan', 'Parent Relationship': 'Outer', Filter: filter, 'Actual Total Time': 9 },
        ],
      }),
    );
    expect([plan.selfMs, ...plan.children.map(({ selfMs }) => selfMs)]).toEqual([1, 6, 3]);
  });

  it('never has negative self time, and no figures where it was not executed', () => {
    const { plan } = readPlan(
      json({
        'Node Type': 'Limit',
        'Plan Rows': 1,
        'Actual Rows': 1,
        'Actual Loops': 1,
        'Actual Total Time': 1,
        Plans: [
          { 'Node Type': 'Seq Scan', 'Plan Rows': 9, 'Actual Rows': 1, 'Actual Loops': 1, 'Actual Total Time': 1.001 },
        ],
      }),
    );
    expect(plan.selfMs).toBe(0);
    expect(readPlan(json({ 'Node Type': 'Seq Scan', 'Plan Rows': 9 }, {}))).toEqual({
      plan: { type: 'Seq Scan', conditions: [], estimatedRows: 9, children: [] },
      triggers: [],
    });
  });
});

describe('a plan of a real server', () => {
  let database: TestDatabase;
  let connection: Connection;
  beforeAll(async () => {
    database = await createTestDatabase();
    connection = await connect(database.url, new AbortController().signal);
    await connection.run('CREATE TABLE t AS SELECT i AS id, i % 100 AS grp FROM generate_series(1, 20000) i');
    await connection.run('ANALYZE t');
    await connection.run('SET max_parallel_workers_per_gather = 0');
  });
  afterAll(async () => {
    await connection.close();
    await database.drop();
  });

  it.each([
    'SELECT * FROM t WHERE grp = 7 ORDER BY id DESC',
    'WITH c AS MATERIALIZED (SELECT grp, count(*) AS n FROM t GROUP BY grp) SELECT * FROM c a JOIN c b USING (n) WHERE a.grp < 5',
    'SELECT * FROM t WHERE id = (SELECT max(id) FROM t)',
    'SELECT id, (SELECT count(*) FROM t u WHERE u.grp = t.grp AND u.id < 100) FROM t WHERE id < 20',
  ])('has self times that add up to its total: %s', async (sql) => {
    const rows = await connection.run(`EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) ${sql}`);
    const { plan } = readPlan(rows.map(([line]) => line).join('\n'));
    expect(plan.totalMs).toBeGreaterThan(0);
    expect(selfSum(plan)).toBeGreaterThan((plan.totalMs ?? 0) * 0.9);
    expect(selfSum(plan)).toBeLessThan((plan.totalMs ?? 0) * 1.1);
  });

  it('has the rows of the workers together', async () => {
    await connection.run('SET max_parallel_workers_per_gather = 2');
    await connection.run('SET parallel_setup_cost = 0');
    await connection.run('SET parallel_tuple_cost = 0');
    await connection.run('SET min_parallel_table_scan_size = 0');
    const rows = await connection.run('EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) SELECT * FROM t WHERE grp = 7');
    const { plan } = readPlan(rows.map(([line]) => line).join('\n'));
    const scan = [...planNodes(plan)].find(({ relation }) => relation === 't');
    expect(scan?.type).toBe('Parallel Seq Scan');
    expect((scan?.actualRows ?? 0) + (scan?.rowsRemoved ?? 0)).toBeGreaterThan(19_900);
    expect((scan?.actualRows ?? 0) + (scan?.rowsRemoved ?? 0)).toBeLessThan(20_100);
  });
});
