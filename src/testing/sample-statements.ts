import type { PlanNode } from '../model/plan-node.ts';
import type { IndexTrial, RewriteTrial } from '../model/plan-trials.ts';
import type { PlansArtifact, StatementPlan } from '../model/plans.ts';
import type { Execution, QueriesArtifact, Statement, TracedRequest } from '../model/queries.ts';

const statement = (id: number, fingerprint: string, normalized: string, example: string, table: string): Statement => ({
  id,
  fingerprint,
  normalized,
  example,
  kind: 'select',
  tables: [table],
});

export const ordersStatement = statement(
  0,
  '5d1f3a0c9be24771:scalar',
  'SELECT id, customer_id, total, created_at FROM orders ORDER BY created_at DESC LIMIT $1',
  'SELECT id, customer_id, total, created_at FROM orders ORDER BY created_at DESC LIMIT 100',
  'orders',
);

export const customerStatement = statement(
  1,
  'a7c02b9e61f4d835:scalar',
  'SELECT id, name, email FROM customers WHERE id = $1',
  'SELECT id, name, email FROM customers WHERE id = $1',
  'customers',
);

const batchStatement = statement(
  2,
  'a7c02b9e61f4d835:list',
  'SELECT id, name, email FROM customers WHERE id = ANY($1)',
  'SELECT id, name, email FROM customers WHERE id = ANY($1)',
  'customers',
);

export const sessionsStatement = statement(
  3,
  '0e94d7b1c35a82f6:scalar',
  'SELECT id, started_at, device FROM sessions WHERE user_id = $1 AND status = $2 ORDER BY started_at DESC',
  "SELECT id, started_at, device FROM sessions WHERE user_id = $1 AND status = 'active' ORDER BY started_at DESC",
  'sessions',
);

const execution = (of: Statement, startMs: number, durationMs: number, rows: number): Execution => ({
  statement: of.id,
  connection: 0,
  startMs,
  durationMs,
  parameters: ['4711'],
  parameterTypes: [23],
  rows,
  bytes: rows * 64,
  columns: [],
  resultHash: `${of.id}-${startMs}`,
  inTransaction: false,
});

const request = (endpoint: string, durationMs: number, executions: readonly Execution[]): TracedRequest => ({
  endpoint,
  method: 'GET',
  url: '/sample',
  status: 200,
  durationMs,
  executions,
});

/** The trace pass of the sample run: five requests an endpoint; `side` is 0 for before and 1 for after. */
export function sampleQueries(side: 0 | 1): QueriesArtifact {
  const customers =
    side === 0
      ? Array.from({ length: 100 }, (_, index) => execution(customerStatement, 4 + index * 0.58, 0.41, 1))
      : [execution(batchStatement, 4, 1.32, 97)];
  const each = [
    request('GET /orders', side === 0 ? 64 : 7.1, [execution(ordersStatement, 1, 2.6, 100), ...customers]),
    request('GET /users/:userId/sessions/active', 74, [execution(sessionsStatement, 1, 71.4, 4)]),
    request('GET /report', 39, []),
    request('GET /customers/:customerId', 1.6, [execution(customerStatement, 0.6, 0.44, 1)]),
  ];
  const requests = each.flatMap((traced) => Array.from({ length: 5 }, () => traced));
  return {
    source: 'wire-tap',
    statements: [ordersStatement, customerStatement, batchStatement, sessionsStatement],
    requests,
    coverage: {
      connections: 1,
      executions: requests.reduce((sum, { executions }) => sum + executions.length, 0),
      unattributed: 0,
    },
  };
}

/** The plan of the sessions statement without an index: what a parallel sequential scan of a million rows looks like. */
export const slowSessionsPlan: PlanNode = {
  type: 'Gather Merge',
  conditions: [],
  estimatedRows: 4,
  actualRows: 4,
  loops: 1,
  totalMs: 70.2,
  selfMs: 3.1,
  children: [
    {
      type: 'Sort',
      conditions: ['Sort Key: started_at DESC'],
      estimatedRows: 4,
      actualRows: 4,
      loops: 3,
      totalMs: 67.1,
      selfMs: 0.1,
      sortMethod: 'quicksort',
      children: [
        {
          type: 'Parallel Seq Scan',
          relation: 'sessions',
          conditions: ["Filter: ((user_id = 4711) AND (status = 'active'::text))"],
          estimatedRows: 2,
          actualRows: 4,
          loops: 3,
          totalMs: 67.0,
          selfMs: 67.0,
          rowsRemoved: 999_996,
          sharedHitBlocks: 8_334,
          sharedReadBlocks: 1_204,
          children: [],
        },
      ],
    },
  ],
};

export const fastSessionsPlan: PlanNode = {
  type: 'Sort',
  conditions: ['Sort Key: started_at DESC'],
  estimatedRows: 4,
  actualRows: 4,
  loops: 1,
  totalMs: 0.061,
  selfMs: 0.012,
  sortMethod: 'quicksort',
  children: [
    {
      type: 'Index Scan',
      relation: 'sessions',
      index: 'sessions_user_id_status_idx',
      conditions: ["Index Cond: ((user_id = 4711) AND (status = 'active'::text))"],
      estimatedRows: 4,
      actualRows: 4,
      loops: 1,
      totalMs: 0.049,
      selfMs: 0.049,
      sharedHitBlocks: 7,
      children: [],
    },
  ],
};

export const sessionsIndexDdl = 'CREATE INDEX CONCURRENTLY ON sessions (user_id, status);';

/** The explain pass of the sample run. */
export function samplePlans(side: 0 | 1): PlansArtifact {
  const statements: readonly StatementPlan[] = [
    {
      status: 'analyzed',
      fingerprint: sessionsStatement.fingerprint,
      sql: sessionsStatement.normalized,
      binding: 'typed',
      planningMs: 0.21,
      executionMs: 70.2,
      runsMs: [69.8, 70.2, 71.9],
      roundTripMs: 70.9,
      plan: slowSessionsPlan,
    },
    { status: 'refused', fingerprint: ordersStatement.fingerprint, sql: ordersStatement.normalized, reason: 'fast' },
  ];
  const trials: readonly IndexTrial[] = [
    {
      status: 'tried',
      fingerprint: sessionsStatement.fingerprint,
      table: 'sessions',
      columns: ['user_id', 'status'],
      ddl: sessionsIndexDdl,
      where: 'scratch-copy',
      beforeMs: 70.9,
      afterMs: 0.38,
      runs: 5,
      used: true,
      sizeBytes: 31_400_000,
      buildMs: 812,
      planBefore: slowSessionsPlan,
      planAfter: fastSessionsPlan,
    },
    { status: 'none', fingerprint: customerStatement.fingerprint, reason: 'customers_pkey serves it already' },
  ];
  const rewrites: readonly RewriteTrial[] =
    side === 1
      ? []
      : [
          {
            status: 'tried',
            fingerprint: customerStatement.fingerprint,
            sql: 'SELECT id, name, email FROM customers WHERE id = ANY($1::integer[])',
            repeats: 100,
            loopMs: 38.6,
            batchedMs: 1.12,
            runs: 5,
            sameRows: true,
          },
        ];
  return { statements, trials, rewrites, server: { version: '18.0', database: 'orders' } };
}
