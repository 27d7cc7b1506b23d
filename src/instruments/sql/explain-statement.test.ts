import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../../testing/test-database.ts';
import { type Connection, connect, withConnection } from './connection.ts';
import { explainStatement } from './explain-statement.ts';
import { describeStatement, loadParser, parseStatement } from './statement.ts';
import { readTableFacts } from './table-facts.ts';

const never = new AbortController().signal;
let database: TestDatabase;
let connection: Connection;

beforeAll(async () => {
  await loadParser();
  database = await createTestDatabase();
  connection = await connect(database.url, never);
  for (const sql of [
    'CREATE TABLE orders (id bigint PRIMARY KEY, customer_id int, status text, total numeric, doc jsonb)',
    `INSERT INTO orders SELECT i, i % 500, CASE i % 3 WHEN 0 THEN 'paid' ELSE 'open' END, i, '{}' FROM generate_series(1, 20000) i`,
    'CREATE TABLE audit (note text)',
    'CREATE SEQUENCE counter',
    'CREATE EXTENSION IF NOT EXISTS dblink',
    `CREATE FUNCTION writes(int) RETURNS int LANGUAGE plpgsql AS $$ BEGIN INSERT INTO audit VALUES ('x'); RETURN 1; END $$`,
    `CREATE FUNCTION locks(int) RETURNS int LANGUAGE plpgsql STABLE AS $$ BEGIN PERFORM pg_advisory_lock(7); RETURN 1; END $$`,
    'CREATE FUNCTION leads_to_locks(int) RETURNS int LANGUAGE sql STABLE AS $$ SELECT public.locks($1) $$',
    'CREATE FUNCTION locks_atomically(int) RETURNS bool STABLE BEGIN ATOMIC SELECT pg_try_advisory_lock($1); END',
    'CREATE FUNCTION factorial_of(int) RETURNS int LANGUAGE sql STABLE AS $$ SELECT CASE WHEN $1 < 2 THEN 1 ELSE $1 * factorial_of($1 - 1) END $$',
    'CREATE TABLE guarded AS SELECT 1 AS id',
    'CREATE POLICY locking ON guarded FOR SELECT USING (pg_try_advisory_lock(id))',
    'CREATE POLICY plain ON audit FOR SELECT USING (note <> $$secret$$)',
    'CREATE VIEW notes AS SELECT note FROM audit',
    'CREATE FUNCTION doubles(int) RETURNS int LANGUAGE sql IMMUTABLE AS $$ SELECT $1 * 2 $$',
    'CREATE VIEW locking AS SELECT id, pg_try_advisory_lock(id) FROM orders',
    'CREATE VIEW outer_view AS SELECT * FROM locking',
    'CREATE VIEW paid AS SELECT * FROM orders WHERE status = $$paid$$',
    'CREATE AGGREGATE sums_and_writes(int) (SFUNC = add_and_write, STYPE = int, INITCOND = 0)',
    'CREATE OPERATOR ### (LEFTARG = int, RIGHTARG = int, FUNCTION = add_and_write)',
    'CREATE FUNCTION order_note(orders) RETURNS int LANGUAGE plpgsql AS $$ BEGIN RETURN writes(1); END $$',
    'ANALYZE',
  ]) {
    if (sql.startsWith('CREATE AGGREGATE')) {
      await connection.run(
        'CREATE FUNCTION add_and_write(int, int) RETURNS int LANGUAGE sql AS $$ SELECT writes($1) + $2 $$',
      );
    }
    await connection.run(sql);
  }
});
afterAll(async () => {
  await connection.close();
  await database.drop();
});

const explain = async (sql: string, values: readonly (string | null)[] = [], types: readonly number[] = []) => {
  const { fingerprint, normalized } = describeStatement(sql);
  return (await explainStatement(connection, { fingerprint, shown: normalized, sql, values, types })).plan;
};

/** Everything that a hostile statement might have left behind. */
async function footprint(): Promise<string> {
  return withConnection(database.url, never, async (other) => {
    const rows = await other.run(`SELECT
      (SELECT count(*) || ':' || coalesce(sum(hashtext(o::text)), 0) FROM orders o), (SELECT count(*) FROM audit),
      (SELECT last_value || ':' || is_called FROM counter), (SELECT count(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace),
      (SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'),
      (SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND state = 'idle in transaction'),
      (SELECT count(*) FROM pg_largeobject_metadata)`);
    return JSON.stringify(rows);
  });
}

describe('a harmless SELECT', () => {
  it('is executed, and told with median, plan and round trip', async () => {
    const plan = await explain('SELECT * FROM orders WHERE customer_id = $1 AND status = $2', ['7', 'paid']);
    expect(plan).toMatchObject({
      status: 'analyzed',
      binding: 'text',
      sql: 'SELECT * FROM orders WHERE customer_id = $1 AND status = $2',
      plan: {
        type: 'Seq Scan',
        relation: 'orders',
        conditions: ['Filter: ((customer_id = $1) AND (status = $2))'],
        loops: 1,
      },
    });
    if (plan.status !== 'analyzed') return;
    expect(plan.runsMs).toHaveLength(3);
    expect(plan.executionMs).toBe([...plan.runsMs].sort((a, b) => a - b)[1]);
    expect(plan.roundTripMs).toBeGreaterThan(0);
    expect((plan.plan.actualRows ?? 0) + (plan.plan.rowsRemoved ?? 0)).toBe(20_000);
    expect(plan.plan.sharedHitBlocks).toBeGreaterThan(100);
  });

  it.each([
    ['literals', 'SELECT count(*) FROM orders WHERE customer_id = 7', [], []],
    ['text', 'SELECT * FROM orders WHERE id = $1', ['7'], []],
    ['text', 'SELECT * FROM orders WHERE id = ANY ($1)', ['{1,2}'], []],
    ['typed', 'SELECT * FROM orders WHERE id = $1', ['7'], [20]],
    ['typed', 'SELECT $1 + $2', ['1', '2'], [23, 23]],
    ['casts', 'SELECT $1 + $2', ['1', '2'], []],
    ['casts', 'SELECT id FROM orders WHERE id = $1 OR $2 IS NULL', ['1', null], []],
    ['casts', 'SELECT now() - $1', ['1 hour'], []],
    ['casts', "SELECT jsonb_build_object('a', $1)", ['x'], []],
  ])('has its values bound as %s: %s', async (binding, sql, values, types) => {
    expect(await explain(sql, values, types)).toMatchObject({ status: 'analyzed', binding });
  });

  it('may read views and call functions that only compute', async () => {
    expect(await explain('SELECT factorial_of(5), doubles(3), random(), count(*) FROM paid, notes')).toMatchObject({
      status: 'analyzed',
    });
  });

  it('is planned for any values where its own cannot be bound', async () => {
    expect(await explain('SELECT * FROM orders WHERE id = $1', ['no number'])).toMatchObject({
      status: 'planned',
      reason: expect.stringContaining('SQLSTATE'),
      plan: { type: 'Index Scan', conditions: ['Index Cond: (id = $1)'] },
    });
    expect(await explain('SELECT * FROM orders WHERE id = $1')).toMatchObject({
      status: 'planned',
      reason: 'no values are known for its parameters',
    });
  });

  it('is refused where the number of values is wrong or a table does not exist', async () => {
    expect(await explain('SELECT 1', ['1'])).toMatchObject({
      status: 'refused',
      reason: expect.stringContaining('0 parameters'),
    });
    expect(await explain('SELECT * FROM nowhere')).toMatchObject({
      status: 'refused',
      reason: expect.stringContaining('"nowhere" does not exist'),
    });
  });
});

describe('a statement that writes', () => {
  it.each([
    'INSERT INTO audit VALUES ($$a$$)',
    'UPDATE orders SET total = nextval($$counter$$)',
    'DELETE FROM orders',
    'SELECT * FROM orders FOR UPDATE',
    'SELECT * INTO stolen FROM orders',
    'WITH gone AS (DELETE FROM orders RETURNING *) SELECT * FROM gone',
  ])('is planned and changes nothing: %s', async (sql) => {
    const before = await footprint();
    const plan = await explain(sql);
    expect(plan.status).toBe('planned');
    expect(await footprint()).toBe(before);
  });
});

describe('a hostile statement', () => {
  it.each([
    ['several statements', 'SELECT 1; COMMIT; UPDATE orders SET total = 0'],
    ['several statements behind EXPLAIN', 'SELECT 1; DROP TABLE orders'],
    ['another EXPLAIN', 'EXPLAIN ANALYZE DELETE FROM orders'],
    ['an advisory lock', 'SELECT pg_advisory_lock(1)'],
    ['an advisory lock in quotes', 'SELECT "pg_advisory_lock"(1)'],
    ['an advisory lock in a view', 'SELECT * FROM locking'],
    ['an advisory lock in a view of a view', 'SELECT * FROM outer_view WHERE id = 1'],
    ['an advisory lock in a stable function', 'SELECT locks(1)'],
    ['an advisory lock two functions deep', 'SELECT leads_to_locks(1)'],
    ['an advisory lock in a body of BEGIN ATOMIC', 'SELECT locks_atomically(1)'],
    ['an advisory lock in a row security policy', 'SELECT * FROM guarded'],
    ['a sleep', 'SELECT pg_sleep(60)'],
    ['a sequence', "SELECT nextval('counter')"],
    ['a notification', "SELECT pg_notify('a', 'b')"],
    ['a large object', 'SELECT lo_create(4711)'],
    ['a volatile function', 'SELECT writes(1)'],
    ['a volatile function per row', 'SELECT * FROM orders WHERE writes(id::int) = 1'],
    ['a volatile aggregate', 'SELECT sums_and_writes(customer_id) FROM orders'],
    ['a volatile operator', 'SELECT customer_id ### 1 FROM orders'],
    ['a function as an attribute', 'SELECT o.order_note FROM orders o'],
    ['another server', "SELECT * FROM dblink('dbname=x', 'DELETE FROM orders') AS t(a int)"],
    ['a query as text', "SELECT query_to_xml('SELECT writes(1)', true, true, '')"],
    ['a string that ends elsewhere for the server', "SELECT 'a\\' , pg_advisory_lock(1) --'"],
  ])('is refused and leaves no trace: %s', async (_, sql) => {
    const before = await footprint();
    const startedAt = performance.now();
    expect(await explain(sql)).toMatchObject({ status: 'refused' });
    expect(performance.now() - startedAt).toBeLessThan(2_000);
    expect(await footprint()).toBe(before);
  });

  it('is read by the server as it was read here, whatever the setting for backslashes', async () => {
    const before = await footprint();
    await connection.run('SET standard_conforming_strings = off');
    const plan = await explain("SELECT 'a\\'', pg_advisory_lock(1) --'");
    await connection.run('SET standard_conforming_strings = on');
    expect(plan.status).toBe('analyzed');
    expect(await footprint()).toBe(before);
  });

  it('is stopped by the time limit, and its plan is shown all the same', async () => {
    const sql = 'SELECT count(*) FROM orders a, orders b, orders c WHERE a.total + b.total + c.total < 0';
    const { fingerprint, normalized } = describeStatement(sql);
    const startedAt = performance.now();
    const limits = { statementMs: 400, lockMs: 100 };
    const { plan } = await explainStatement(
      connection,
      { fingerprint, shown: normalized, sql, values: [], types: [] },
      limits,
    );
    expect(performance.now() - startedAt).toBeLessThan(3_000);
    expect(plan).toMatchObject({ status: 'planned', reason: 'it ran for longer than 0.4 s and was stopped' });
  });

  it('waits no longer for a lock than the limit says', async () => {
    await withConnection(database.url, never, async (other) => {
      await other.run('BEGIN');
      await other.run('LOCK TABLE audit IN ACCESS EXCLUSIVE MODE');
      const startedAt = performance.now();
      for (const relation of ['audit', 'notes']) {
        expect(await explain(`SELECT * FROM ${relation}`)).toMatchObject({ status: 'refused' });
      }
      const tree = parseStatement('SELECT * FROM audit');
      await expect(readTableFacts(connection, tree)).rejects.toMatchObject({ code: '55P03' });
      expect(performance.now() - startedAt).toBeLessThan(6_000);
      await other.run('ROLLBACK');
    });
  });

  it('may sort a million rows, or is stopped', async () => {
    const before = await footprint();
    const sql = 'SELECT i FROM generate_series(1, 1000000) i ORDER BY md5(i::text) LIMIT 1';
    const { fingerprint, normalized } = describeStatement(sql);
    const statement = { fingerprint, shown: normalized, sql, values: [], types: [] };
    const startedAt = performance.now();
    const { plan } = await explainStatement(connection, statement, { statementMs: 300, lockMs: 100 });
    expect(['analyzed', 'planned']).toContain(plan.status);
    expect(performance.now() - startedAt).toBeLessThan(10_000);
    expect(await footprint()).toBe(before);
  });

  it('leaves the session as it was', async () => {
    expect(
      await connection.run(`SELECT current_setting('statement_timeout'), current_setting('transaction_read_only')`),
    ).toEqual([['0', 'off']]);
  });
});
