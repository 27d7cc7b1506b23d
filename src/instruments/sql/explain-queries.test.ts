import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { PlansArtifact } from '../../model/plans.ts';
import type { Execution, QueriesArtifact, TracedRequest } from '../../model/queries.ts';
import { createTestDatabase, type TestDatabase } from '../../testing/test-database.ts';
import { connect, withConnection } from './connection.ts';
import { explainQueries } from './explain-queries.ts';
import { explainOneSql } from './explain-sql.ts';
import { describeStatement, loadParser } from './statement.ts';

const never = new AbortController().signal;
let database: TestDatabase;
beforeAll(async () => {
  await loadParser();
  database = await createTestDatabase();
  await withConnection(database.url, never, async (connection) => {
    for (const sql of [
      'CREATE TABLE customers (id bigint PRIMARY KEY, name text)',
      `INSERT INTO customers SELECT i, 'name ' || i FROM generate_series(1, 2000) i`,
      'CREATE TABLE orders (id bigint PRIMARY KEY, customer_id bigint, total numeric)',
      'INSERT INTO orders SELECT i, i % 2000 + 1, i FROM generate_series(1, 5000) i',
      'CREATE SCHEMA app',
      'CREATE TABLE app."Session" (id bigint PRIMARY KEY, "userId" int, status text, note text)',
      `INSERT INTO app."Session" SELECT i, i % 5000, CASE i % 10 WHEN 0 THEN 'active' ELSE 'old' END, repeat('x', 40) FROM generate_series(1, 50000) i`,
      'ANALYZE',
    ]) {
      await connection.run(sql);
    }
  });
});
afterAll(() => database.drop());

const sessionsSql = 'SELECT * FROM app."Session" WHERE "userId" = $1 AND status = $2 ORDER BY id DESC';
const customerSql = 'SELECT id, name FROM customers WHERE id = $1';

interface Call {
  readonly sql: string;
  readonly parameters?: readonly (string | null)[];
  readonly durationMs?: number;
  readonly literals?: readonly string[];
}

function artifact(requests: readonly (readonly Call[])[]): QueriesArtifact {
  const described = requests.flat().map(({ sql }) => ({ example: sql, ...describeStatement(sql) }));
  const fingerprints = [...new Set(described.map(({ fingerprint }) => fingerprint))];
  const statements = fingerprints.flatMap((fingerprint, id) => {
    const first = described.find((each) => each.fingerprint === fingerprint);
    return first ? [{ id, ...first }] : [];
  });
  const execution = ({ sql, parameters = [], durationMs = 1, literals }: Call): Execution => ({
    statement: fingerprints.indexOf(describeStatement(sql).fingerprint),
    ...(literals ? { literals } : {}),
    connection: 0,
    startMs: 0,
    durationMs,
    parameters,
    parameterTypes: [],
    rows: 1,
    bytes: 1,
    columns: [],
    resultHash: '',
    inTransaction: false,
  });
  const traced = requests.map(
    (calls): TracedRequest => ({
      endpoint: 'GET /',
      method: 'GET',
      url: '/',
      status: 200,
      durationMs: 1,
      executions: calls.map(execution),
    }),
  );
  return {
    source: 'wire-tap',
    statements,
    requests: traced,
    coverage: { connections: 1, executions: 1, unattributed: 0 },
  };
}

const explain = (
  requests: readonly (readonly Call[])[],
  more: { scratch?: boolean; budgetMs?: number; signal?: AbortSignal } = {},
) => explainQueries({ databaseUrl: database.url, queries: artifact(requests), scratch: false, signal: never, ...more });

/** Other test files make copies too, but drop them within seconds: what stays was left behind. */
async function expectNoCopyLeft(): Promise<void> {
  await withConnection(database.url, never, async (connection) => {
    const copies = `SELECT datname FROM pg_database WHERE datname LIKE 'chokepoint_scratch_%'`;
    const found = (await connection.run(copies)).flat();
    const left = async () => (await connection.run(copies)).flat().filter((name) => found.includes(name));
    await expect.poll(left, { timeout: 10_000, interval: 100 }).toEqual([]);
  });
}

describe('an index that is missing', () => {
  let plans: PlansArtifact;
  const progress: string[] = [];
  beforeAll(async () => {
    const queries = artifact([
      [
        { sql: sessionsSql, parameters: ['7', 'old'], durationMs: 1 },
        { sql: sessionsSql, parameters: ['10', 'active'], durationMs: 9 },
        { sql: customerSql, parameters: ['5'] },
      ],
    ]);
    const onProgress = (text: string) => progress.push(text);
    plans = await explainQueries({ databaseUrl: database.url, queries, scratch: true, signal: never, onProgress });
  });

  it('is built on a copy, is used, and makes the statement faster', () => {
    const { fingerprint } = describeStatement(sessionsSql);
    const trial = plans.trials.find((each) => each.fingerprint === fingerprint);
    expect(trial).toMatchObject({
      status: 'tried',
      table: 'app.Session',
      columns: ['userId', 'status'],
      ddl: 'CREATE INDEX CONCURRENTLY ON app."Session" ("userId", status)',
      where: 'scratch-copy',
      used: true,
    });
    if (trial?.status !== 'tried') return;
    expect(trial.afterMs).toBeLessThan(trial.beforeMs * 0.8);
    expect(trial.beforeMs - trial.afterMs).toBeGreaterThan(0.1);
    expect(trial.runs).toBeGreaterThanOrEqual(5);
    expect(trial.sizeBytes).toBeGreaterThan(100_000);
    expect(trial.buildMs).toBeGreaterThan(0);
    expect(trial.planBefore.type).toBe('Sort');
    expect(JSON.stringify(trial.planAfter)).toContain('chokepoint_candidate');
  });

  it('is explained with the values of its slowest execution, which are not shown', () => {
    const plan = plans.statements.find(({ sql }) => sql === sessionsSql);
    expect(plan).toMatchObject({ status: 'analyzed', binding: 'text' });
    expect(JSON.stringify(plans)).not.toContain('active');
    expect(JSON.stringify(plan)).toContain('status = $2');
  });

  it('is not looked for where the plan reads nothing in vain', () => {
    const { fingerprint } = describeStatement(customerSql);
    expect(plans.trials.filter((each) => each.fingerprint === fingerprint)).toEqual([
      { status: 'none', fingerprint, reason: 'its plan reads no table in vain' },
    ]);
  });

  it('leaves neither copy nor index behind, and tells how far it is', async () => {
    await expectNoCopyLeft();
    expect(progress).toContain('copying the database');
    await withConnection(database.url, never, async (connection) => {
      expect(await connection.run(`SELECT relname FROM pg_class WHERE relname LIKE 'chokepoint%'`)).toEqual([]);
    });
    expect(plans.server).toMatchObject({
      version: expect.stringMatching(/^\d+/),
      database: expect.stringMatching(/^test_/),
    });
  });

  it('stays untried without leave to make a copy, and beside other sessions', async () => {
    const requests = [[{ sql: sessionsSql, parameters: ['7', 'old'] }]];
    const candidate = { status: 'untried', columns: ['userId', 'status'] };
    expect((await explain(requests)).trials).toMatchObject([
      { ...candidate, reason: expect.stringContaining('database.scratch') },
    ]);
    const other = await connect(database.url, never);
    try {
      expect((await explain(requests, { scratch: true })).trials).toMatchObject([
        { ...candidate, reason: expect.stringContaining('others are connected') },
      ]);
    } finally {
      await other.close();
    }
  }, 30_000);
});

describe('a loop', () => {
  const loop = (sql: string, values: readonly (readonly string[])[]) =>
    values.map((parameters) => ({ sql, parameters }));
  const ids = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, index) => [String(from + index)]);

  it('is run beside the batched statement: as fast as it is, with the same rows', async () => {
    const plans = await explain([loop(customerSql, [...ids(1, 60), ['7'], ['999999']])]);
    expect(plans.rewrites).toMatchObject([
      {
        status: 'tried',
        sql: 'SELECT id, name FROM customers WHERE id = ANY ($1::bigint[])',
        repeats: 62,
        runs: expect.toSatisfy((runs: number) => runs >= 5 && runs <= 50),
        sameRows: true,
      },
    ]);
    const [rewrite] = plans.rewrites;
    if (rewrite?.status === 'tried') expect(rewrite.batchedMs).toBeLessThan(rewrite.loopMs / 2);
  });

  it('keeps its other values, LIMIT of a unique key aside, and adds the key to the result', async () => {
    const sql = 'SELECT c.name FROM customers c WHERE c.name LIKE $2 AND c.id = $1 LIMIT 1';
    const plans = await explain([
      loop(
        sql,
        ids(1, 10).map(([id = '']) => [id, 'name%']),
      ),
    ]);
    expect(plans.rewrites).toMatchObject([
      {
        sql: 'SELECT c.name, c.id FROM customers AS c WHERE c.name LIKE $2 AND c.id = ANY ($1::bigint[])',
        sameRows: true,
      },
    ]);
  });

  it('has its values written into the text', async () => {
    const calls = ids(1, 9).map(([id = '']) => ({
      sql: `SELECT id FROM customers WHERE id = ${id} AND name <> 'x' LIMIT 1`,
      literals: [id, 'x', '1'],
    }));
    expect((await explain([calls])).rewrites).toMatchObject([
      {
        status: 'tried',
        sql: 'SELECT id FROM customers WHERE id = ANY ($1::bigint[]) AND name <> $2',
        repeats: 9,
        sameRows: true,
      },
    ]);
  });

  it('has several rows per value', async () => {
    const plans = await explain([loop('SELECT * FROM orders WHERE customer_id = $1', ids(1, 8))]);
    expect(plans.rewrites).toMatchObject([{ status: 'tried', repeats: 8, sameRows: true }]);
  });

  it.each([
    ['SELECT count(*) FROM orders WHERE customer_id = $1', 'it aggregates the rows of one value'],
    ['SELECT * FROM orders WHERE customer_id = $1 LIMIT 2', 'LIMIT counts within one value'],
    ['SELECT pg_advisory_lock($1)', 'it calls pg_advisory_lock(), whose effect a ROLLBACK does not undo'],
    ['SELECT * FROM nowhere WHERE id = $1', expect.stringContaining('"nowhere" does not exist')],
  ])('has no batch: %s', async (sql, reason) => {
    expect((await explain([loop(sql, ids(1, 6))])).rewrites).toMatchObject([{ status: 'none', reason }]);
  });

  it('has no batch where two values vary', async () => {
    const values = ids(1, 6).map(([id = '']) => [id, id]);
    const plans = await explain([loop('SELECT 1 FROM orders WHERE id = $1 AND customer_id = $2', values)]);
    expect(plans.rewrites).toMatchObject([{ status: 'none', reason: '2 of its values vary' }]);
  });

  it('is none with four values, nor with the same value five times', async () => {
    expect((await explain([loop(customerSql, ids(1, 4))])).rewrites).toEqual([]);
    expect((await explain([loop(customerSql, Array(9).fill(['1']))])).rewrites).toEqual([]);
  });
});

describe('the pass', () => {
  it('explains at most 25 statements, SELECTs first and the slowest first, without transaction control', async () => {
    const names = ['abs', 'ceil', 'floor'];
    const selects = Array.from({ length: 30 }, (_, index) => {
      const calls = Array(1 + (index % 10)).fill(names[Math.floor(index / 10)]);
      return {
        sql: `SELECT ${calls.join('(')}(id${')'.repeat(calls.length)} FROM customers LIMIT 1`,
        durationMs: index,
      };
    });
    const plans = await explain([
      [{ sql: 'BEGIN' }, { sql: 'UPDATE customers SET name = name', durationMs: 999 }, ...selects.slice(10)],
    ]);
    expect(plans.statements.map(({ status }) => status)).toEqual([...Array(20).fill('analyzed'), 'planned']);
    expect(plans.statements[0]?.sql.match(/floor/g)).toHaveLength(10);
    expect((await explain([selects])).statements).toHaveLength(25);
  });

  it('keeps within its budget and says what did not fit', async () => {
    const plans = await explain([[{ sql: sessionsSql, parameters: ['7', 'old'] }]], { budgetMs: 0, scratch: true });
    expect(plans.statements).toMatchObject([{ status: 'refused', reason: 'the time for the explain pass ran out' }]);
    expect(plans.trials).toEqual([]);
  });

  it('has nothing to say of no statements', async () => {
    expect(await explain([[]], { scratch: true })).toMatchObject({ statements: [], trials: [], rewrites: [] });
  });

  it('ends soon after an abort', async () => {
    const abort = new AbortController();
    const slow = 'SELECT count(*) FROM orders a, orders b, orders c WHERE a.total + b.total + c.total < 0';
    setTimeout(() => abort.abort(), 200);
    const startedAt = performance.now();
    await expect(explain([[{ sql: slow }]], { signal: abort.signal })).rejects.toMatchObject({ code: 'interrupted' });
    // Without the cancellation it would run into its limit of 5 s.
    expect(performance.now() - startedAt).toBeLessThan(4_500);
  });

  it('fails clearly where the database is not there', async () => {
    const options = { queries: artifact([]), scratch: false, signal: never };
    await expect(explainQueries({ ...options, databaseUrl: 'postgres://a:b@127.0.0.1:1/c' })).rejects.toMatchObject({
      code: 'database-refused',
    });
  });
});

describe('one statement of the command line', () => {
  const one = (sql: string, parameters: readonly string[] = [], scratch = false) =>
    explainOneSql({ databaseUrl: database.url, statements: [{ sql, parameters }], scratch, signal: never });

  it('has its plan and its index', async () => {
    const plans = await one('SELECT * FROM app."Session" WHERE "userId" = 7', [], true);
    expect(plans.statements).toMatchObject([
      { status: 'analyzed', sql: 'SELECT * FROM app."Session" WHERE "userId" = $1' },
    ]);
    expect(plans.trials).toMatchObject([{ status: 'tried', columns: ['userId'], used: true }]);
    await expectNoCopyLeft();
  });

  it('is refused with exit code 2 where it is no harmless SELECT', async () => {
    for (const sql of ['SELECT 1; DROP TABLE orders', 'SELECT pg_sleep(60)', 'SELEC 1', 'VACUUM']) {
      await expect(one(sql)).rejects.toMatchObject({ code: 'statement-refused', exitCode: 2 });
    }
  });

  it('is only planned where it writes', async () => {
    expect((await one('DELETE FROM orders')).statements).toMatchObject([
      { status: 'planned', reason: 'DELETE writes' },
    ]);
  });
});
