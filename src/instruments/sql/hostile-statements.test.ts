import { existsSync } from 'node:fs';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../../testing/test-database.ts';
import { type Connection, connect, withConnection } from './connection.ts';
import { explainStatement } from './explain-statement.ts';
import type { StatementLimits } from './read-only.ts';
import { describeStatement, loadParser } from './statement.ts';

const never = new AbortController().signal;
let database: TestDatabase;
let connection: Connection;
/** A session of somebody else, which must not be ended. */
let bystander: Connection;
let bystanderPid = '';
let trace = '';

/** Everything through which a harmless text can lead to a harmful function. */
const setup = [
  'CREATE TABLE orders (id int PRIMARY KEY, total int, note text)',
  "INSERT INTO orders SELECT i, i * 10, 'note ' || i FROM generate_series(1, 1000) i",
  'CREATE TABLE audit (note text)',
  "INSERT INTO audit VALUES ('untouched')",
  'CREATE SEQUENCE counter',
  `CREATE FUNCTION writes(int) RETURNS int LANGUAGE plpgsql AS $$ BEGIN INSERT INTO audit VALUES ('x'); RETURN 1; END $$`,
  `CREATE FUNCTION definer_writes() RETURNS int LANGUAGE plpgsql SECURITY DEFINER AS $$ BEGIN DELETE FROM orders; RETURN 1; END $$`,
  'CREATE FUNCTION definer_locks() RETURNS bool LANGUAGE sql STABLE SECURITY DEFINER AS $$ SELECT pg_try_advisory_lock(11) $$',
  'CREATE FUNCTION stable_lock(int) RETURNS bool LANGUAGE plpgsql STABLE AS $$ BEGIN PERFORM pg_advisory_lock($1); RETURN true; END $$',
  'CREATE FUNCTION immutable_lock() RETURNS bool LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN PERFORM pg_advisory_lock(12); RETURN true; END $$',
  'CREATE FUNCTION outer_lock(int) RETURNS bool LANGUAGE sql STABLE AS $$ SELECT stable_lock($1) $$',
  'CREATE FUNCTION atomic_lock(int) RETURNS bool STABLE BEGIN ATOMIC SELECT pg_try_advisory_lock($1); END',
  `CREATE FUNCTION dynamic_lock() RETURNS bool LANGUAGE plpgsql STABLE AS $$ DECLARE b bool; BEGIN EXECUTE 'SELECT pg_try_adv' || 'isory_lock(13)' INTO b; RETURN b; END $$`,
  'CREATE FUNCTION goes_on() RETURNS int LANGUAGE plpgsql STABLE AS $$ BEGIN LOOP BEGIN LOOP END LOOP; EXCEPTION WHEN query_canceled THEN NULL; END; END LOOP; END $$',
  'CREATE FUNCTION defaulted(a int, b bool DEFAULT stable_lock(14)) RETURNS int LANGUAGE sql STABLE AS $$ SELECT a $$',
  'CREATE FUNCTION public.random(int) RETURNS int LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_advisory_lock($1); RETURN 1; END $$',
  `CREATE FUNCTION copies() RETURNS int LANGUAGE plpgsql AS $$ BEGIN COPY (SELECT 1) TO '@trace@'; RETURN 1; END $$`,
  'CREATE FUNCTION leads_to_copies() RETURNS int LANGUAGE sql STABLE AS $$ SELECT public.copies() $$',
  'CREATE SCHEMA hidden',
  'CREATE FUNCTION hidden.quiet() RETURNS bool LANGUAGE sql STABLE AS $$ SELECT pg_try_advisory_lock(15) $$',
  'CREATE FUNCTION elsewhere() RETURNS bool LANGUAGE plpgsql STABLE SET search_path = hidden AS $$ BEGIN RETURN quiet(); END $$',
  'CREATE FUNCTION add_and_write(int, int) RETURNS int LANGUAGE sql AS $$ SELECT writes($1) + $2 $$',
  'CREATE FUNCTION add_and_lock(int, int) RETURNS int LANGUAGE sql STABLE AS $$ SELECT CASE WHEN stable_lock($1) THEN $2 END $$',
  'CREATE FUNCTION add(int, int) RETURNS int LANGUAGE sql IMMUTABLE AS $$ SELECT $1 + $2 $$',
  'CREATE FUNCTION take(int, int) RETURNS int LANGUAGE sql IMMUTABLE AS $$ SELECT $1 - $2 $$',
  'CREATE AGGREGATE sums_and_writes(int) (SFUNC = add_and_write, STYPE = int, INITCOND = 0)',
  'CREATE AGGREGATE moves_and_locks(int) (SFUNC = add, STYPE = int, INITCOND = 0, MSFUNC = add_and_lock, MINVFUNC = take, MSTYPE = int, MINITCOND = 0)',
  'CREATE OPERATOR ### (LEFTARG = int, RIGHTARG = int, FUNCTION = add_and_write)',
  'CREATE FUNCTION positive(int, int) RETURNS bool LANGUAGE sql IMMUTABLE AS $$ SELECT $1 > 0 AND $2 > 0 $$',
  'CREATE FUNCTION not_positive(int, int) RETURNS bool LANGUAGE sql STABLE AS $$ SELECT stable_lock($1) $$',
  'CREATE OPERATOR <&&> (LEFTARG = int, RIGHTARG = int, FUNCTION = positive, NEGATOR = <!!>)',
  'CREATE OPERATOR <!!> (LEFTARG = int, RIGHTARG = int, FUNCTION = not_positive, NEGATOR = <&&>)',
  'CREATE TYPE pair AS (a int, b int)',
  'CREATE FUNCTION to_pair(int) RETURNS pair LANGUAGE sql STABLE AS $$ SELECT ROW(1, 2)::pair WHERE stable_lock($1) $$',
  'CREATE CAST (int AS pair) WITH FUNCTION to_pair(int)',
  'CREATE DOMAIN checked AS int CHECK (stable_lock(VALUE))',
  'CREATE DOMAIN checked_twice AS checked',
  'CREATE TYPE holder AS (a checked)',
  'CREATE FUNCTION takes_checked(checked) RETURNS int LANGUAGE sql STABLE AS $$ SELECT 1 $$',
  'CREATE TABLE with_domain (a checked)',
  'CREATE TABLE with_default (a int, b bool DEFAULT immutable_lock())',
  'CREATE TABLE with_rule (a int)',
  'CREATE RULE locking AS ON INSERT TO with_rule DO ALSO SELECT immutable_lock()',
  'CREATE TABLE guarded AS SELECT 1 AS id',
  'CREATE POLICY locking ON guarded FOR SELECT USING (pg_try_advisory_lock(id))',
  'ALTER TABLE guarded ENABLE ROW LEVEL SECURITY',
  'CREATE VIEW locking AS SELECT id, pg_try_advisory_lock(id) FROM orders',
  'CREATE VIEW outer_view AS SELECT * FROM locking',
  'CREATE FUNCTION reads_view() RETURNS bigint LANGUAGE plpgsql STABLE AS $$ BEGIN RETURN (SELECT count(*) FROM outer_view); END $$',
  'CREATE FUNCTION order_note(orders) RETURNS int LANGUAGE plpgsql AS $$ BEGIN RETURN writes(1); END $$',
  'CREATE FUNCTION any_note(anyelement, int DEFAULT 1) RETURNS int LANGUAGE plpgsql AS $$ BEGIN RETURN writes(1); END $$',
  'CREATE EXTENSION dblink',
  'CREATE EXTENSION postgres_fdw',
  'CREATE SERVER other FOREIGN DATA WRAPPER postgres_fdw',
  'CREATE TABLE parted (a int) PARTITION BY LIST (a)',
  'CREATE FOREIGN TABLE far PARTITION OF parted FOR VALUES IN (1) SERVER other',
  'ANALYZE orders',
];

beforeAll(async () => {
  await loadParser();
  database = await createTestDatabase();
  trace = `/tmp/${new URL(database.url).pathname.slice(1)}.trace`;
  connection = await connect(database.url, never);
  bystander = await connect(database.url, never);
  bystanderPid = (await bystander.run('SELECT pg_backend_pid()'))[0]?.[0] ?? '';
  for (const sql of setup) await connection.run(sql.replace('@trace@', trace));
});
afterAll(async () => {
  await connection.close();
  await bystander.close();
  await database.drop();
});

/** Checksums of every table and sequence, and all that a hostile statement might leave behind besides. */
async function footprint(): Promise<string> {
  return withConnection(database.url, never, async (other) => {
    const tables = await other.run(
      `SELECT c.oid::regclass::text FROM pg_class c WHERE c.relkind = 'r' AND c.oid >= 16384 ORDER BY 1`,
    );
    const sums: (string | null | undefined)[] = [];
    for (const [table] of tables) {
      const [row] = await other.run(
        `SELECT md5(coalesce(string_agg(t::text, '|' ORDER BY t::text), '')) FROM ${table} t`,
      );
      sums.push(table, row?.[0]);
    }
    const rest = await other.run(`SELECT
      (SELECT string_agg(s::text, '|') FROM pg_sequences s),
      (SELECT count(*) FROM pg_class), (SELECT count(*) FROM pg_proc), (SELECT count(*) FROM pg_largeobject_metadata),
      (SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND database = (SELECT oid FROM pg_database WHERE datname = current_database())),
      (SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND state LIKE 'idle in transaction%'),
      (SELECT count(*) FROM pg_stat_activity WHERE pid = ${bystanderPid})`);
    return JSON.stringify([sums, rest]);
  });
}

/** What the session of the explain pass holds and has changed. */
async function session(): Promise<string> {
  const rows = await connection.run(`SELECT
    (SELECT count(*) FROM pg_locks WHERE pid = pg_backend_pid() AND locktype NOT IN ('virtualxid') AND relation::regclass::text NOT LIKE 'pg_%'),
    current_setting('search_path'), current_setting('statement_timeout'), current_setting('transaction_read_only'),
    (SELECT count(*) FROM pg_listening_channels()), (SELECT count(*) FROM pg_cursors), (SELECT count(*) FROM pg_prepared_statements)`);
  return JSON.stringify(rows);
}

const explain = async (sql: string, values: readonly string[] = [], limits?: StatementLimits) => {
  const { fingerprint, normalized } = describeStatement(sql);
  const statement = { fingerprint, shown: normalized, sql, values, types: [] };
  return (await explainStatement(connection, statement, limits)).plan;
};

let before = '';
let ours = '';
beforeEach(async () => {
  before = await footprint();
  ours = await session();
});

async function expectUntouched(): Promise<void> {
  expect(await footprint()).toBe(before);
  expect(await session()).toBe(ours);
  expect(existsSync(trace)).toBe(false);
}

describe('is refused with the reason, and leaves no trace', () => {
  it.each<[string, string, string]>([
    ['several statements in one text', 'SELECT 1; COMMIT; UPDATE orders SET total = 0', 'it holds 3 statements'],
    ['several statements behind a comment', 'SELECT 1 /* ; */; DROP TABLE orders', 'it holds 2 statements'],
    ['a text that ends elsewhere for the server', "SELECT 'a\\', pg_advisory_lock(1) --'", 'calls pg_advisory_lock()'],
    ['another EXPLAIN', 'EXPLAIN ANALYZE DELETE FROM orders', 'it is no SELECT'],
    ['a block', 'DO $$ BEGIN DELETE FROM orders; END $$', 'it is no SELECT'],
    ['TRUNCATE', 'TRUNCATE orders', 'it is no SELECT'],
    ['LOCK', 'LOCK TABLE orders', 'it is no SELECT'],
    ['LISTEN', 'LISTEN a', 'it is no SELECT'],
    ['SET', "SET search_path = 'hidden'", 'it is no SELECT'],
    ['a cursor', 'DECLARE c CURSOR WITH HOLD FOR SELECT 1', 'it is no SELECT'],
    ['COPY … PROGRAM', "COPY orders TO PROGRAM 'cat'", 'it is no SELECT'],
    ['COPY … PROGRAM in a function', 'SELECT copies()', 'public.copies(), which is volatile'],
    [
      'COPY in a volatile function behind a stable one',
      'SELECT leads_to_copies()',
      'public.copies(), which is volatile',
    ],
    ['a volatile function', 'SELECT writes(1)', 'public.writes(), which is volatile'],
    ['a volatile function per row', 'SELECT * FROM orders WHERE writes(id) = 1', 'public.writes(), which is volatile'],
    ['a volatile function named like a harmless one', 'SELECT random(7)', 'public.random(), which is volatile'],
    [
      'a SECURITY DEFINER function that writes',
      'SELECT definer_writes()',
      'public.definer_writes(), which is volatile',
    ],
    ['a SECURITY DEFINER function that locks', 'SELECT definer_locks()', 'pg_try_advisory_lock()'],
    ['a volatile operator', 'SELECT total ### 1 FROM orders', 'public.add_and_write(), which is volatile'],
    ['the negator of an operator', 'SELECT NOT (total <&&> 1) FROM orders', 'pg_advisory_lock()'],
    ['a volatile aggregate', 'SELECT sums_and_writes(total) FROM orders', 'public.add_and_write(), which is volatile'],
    [
      'an aggregate over a moving window',
      'SELECT moves_and_locks(total) OVER (ORDER BY id ROWS 1 PRECEDING) FROM orders',
      'pg_advisory_lock()',
    ],
    ['a cast', 'SELECT 1::pair', 'pg_advisory_lock()'],
    ['a cast written as a function', 'SELECT pair(total) FROM orders', 'pg_advisory_lock()'],
    ['a domain', 'SELECT total::checked FROM orders', '(in the function public.stable_lock())'],
    ['a domain of a domain, in an array', "SELECT '{1}'::checked_twice[]", 'pg_advisory_lock()'],
    ['a domain in a row', 'SELECT ROW(1)::holder', 'pg_advisory_lock()'],
    ['a domain of an argument', 'SELECT takes_checked(1)', 'pg_advisory_lock()'],
    ['the default of an argument', 'SELECT defaulted(1)', 'pg_advisory_lock()'],
    ['a view', 'SELECT * FROM locking', '(in the view locking)'],
    ['a view of a view', 'SELECT * FROM outer_view WHERE id = 1', '(in the view locking)'],
    ['a view in a function', 'SELECT reads_view()', '(in the view locking)'],
    ['row level security', 'SELECT * FROM guarded', '(in a row security policy of guarded)'],
    ['a function as an attribute', 'SELECT o.order_note FROM orders o', 'public.order_note(), which is volatile'],
    [
      'a polymorphic function as an attribute',
      'SELECT o.any_note FROM orders o',
      'public.any_note(), which is volatile',
    ],
    ['an advisory lock', 'SELECT pg_advisory_lock(1)', 'pg_advisory_lock(), whose effect'],
    ['an advisory lock in quotes', 'SELECT "pg_advisory_lock"(1)', 'pg_advisory_lock(), whose effect'],
    ['an advisory lock in a function', 'SELECT stable_lock(1)', '(in the function public.stable_lock())'],
    ['an advisory lock two functions deep', 'SELECT outer_lock(1)', '(in the function public.stable_lock())'],
    ['an advisory lock in BEGIN ATOMIC', 'SELECT atomic_lock(1)', '(in the function public.atomic_lock())'],
    ['an advisory lock in another schema', 'SELECT elsewhere()', '(in the function hidden.quiet())'],
    ['a statement made at run time', 'SELECT dynamic_lock()', 'which puts statements together when it runs'],
    ['a function that outlives its cancellation', 'SELECT goes_on()', 'which may go on past the time limit'],
    ['a query given as text', "SELECT query_to_xml('SELECT writes(1)', true, true, '')", 'query_to_xml()'],
    ['a query given to full text search', "SELECT ts_rewrite('a', 'SELECT 1')", 'ts_rewrite()'],
    ['nextval', "SELECT nextval('counter')", 'nextval(), whose effect'],
    ['setval', "SELECT setval('counter', 99)", 'setval(), whose effect'],
    ['pg_notify', "SELECT pg_notify('a', 'b')", 'pg_notify(), whose effect'],
    ['set_config', "SELECT set_config('search_path', 'hidden', false)", 'set_config(), whose effect'],
    ['dblink', "SELECT * FROM dblink('dbname=x', 'DELETE FROM orders') AS t(a int)", 'dblink(), whose effect'],
    ['dblink_exec', "SELECT dblink_exec('dbname=x', 'DELETE FROM orders')", 'dblink_exec(), whose effect'],
    ['a foreign table', 'SELECT * FROM far', 'it reads the foreign table far'],
    ['a foreign table among the partitions', 'SELECT * FROM parted', 'it reads the foreign table parted'],
    ['lo_create', 'SELECT lo_create(4711)', 'lo_create(), whose effect'],
    ['lo_import', "SELECT lo_import('/etc/hostname')", 'lo_import(), whose effect'],
    ['lo_from_bytea', "SELECT lo_from_bytea(0, 'x')", 'lo_from_bytea(), whose effect'],
    ['pg_read_file', "SELECT pg_read_file('/etc/hostname')", 'pg_read_file(), whose effect'],
    ['pg_ls_dir', "SELECT pg_ls_dir('/')", 'pg_ls_dir(), whose effect'],
    ['a transaction id', 'SELECT pg_current_xact_id()', 'pg_current_xact_id(), whose effect'],
    ['pg_sleep', 'SELECT pg_sleep(60)', 'pg_sleep(), whose effect'],
    ['pg_sleep in FROM', 'SELECT * FROM orders, pg_sleep(60)', 'pg_sleep(), whose effect'],
  ])('%s', async (_, sql, reason) => {
    const startedAt = performance.now();
    expect(await explain(sql)).toMatchObject({ status: 'refused', reason: expect.stringContaining(reason) });
    expect(performance.now() - startedAt).toBeLessThan(3_000);
    await expectUntouched();
  });

  it.each(['pg_cancel_backend', 'pg_terminate_backend'])('%s, and the other session lives on', async (name) => {
    expect(await explain(`SELECT ${name}(${bystanderPid})`)).toMatchObject({
      status: 'refused',
      reason: `it calls ${name}(), whose effect a ROLLBACK does not undo`,
    });
    expect(await bystander.run('SELECT 1')).toEqual([['1']]);
    await expectUntouched();
  });

  it('an implicit cast, which stands in no text', async () => {
    await connection.run(
      'CREATE FUNCTION pair_text(pair) RETURNS text LANGUAGE sql STABLE AS $$ SELECT note FROM audit WHERE stable_lock(1) $$',
    );
    await connection.run('CREATE CAST (pair AS text) WITH FUNCTION pair_text(pair) AS IMPLICIT');
    before = await footprint();
    const plan = await explain('SELECT upper(ROW(1, 2)::pair) FROM orders');
    await connection.run('DROP CAST (pair AS text)');
    expect(plan).toMatchObject({ status: 'refused', reason: expect.stringContaining('pg_advisory_lock()') });
    await expectUntouched();
  });
});

describe('is refused before it is planned, since planning would run the function', () => {
  it.each<[string, string, readonly string[], string]>([
    ['an immutable function', 'UPDATE orders SET total = 0 WHERE immutable_lock()', [], 'pg_advisory_lock()'],
    [
      'a stable function that is estimated',
      'DELETE FROM orders WHERE id = 1 AND outer_lock(3)',
      [],
      'pg_advisory_lock()',
    ],
    ['a default', 'INSERT INTO with_default (a) VALUES (1)', [], 'pg_advisory_lock()'],
    ['a rule', 'INSERT INTO with_rule VALUES (1)', [], 'pg_advisory_lock()'],
    ['a domain of the column', 'INSERT INTO with_domain VALUES ($1)', ['5'], 'pg_advisory_lock()'],
    [
      'a function beside FOR UPDATE',
      'SELECT * FROM orders WHERE immutable_lock() FOR UPDATE',
      [],
      'pg_advisory_lock()',
    ],
  ])('%s', async (_, sql, values, reason) => {
    expect(await explain(sql, values)).toMatchObject({ status: 'refused', reason: expect.stringContaining(reason) });
    await expectUntouched();
  });
});

describe('is planned and never run', () => {
  it.each<[string, string, string]>([
    ['INSERT', "INSERT INTO audit VALUES ('a')", 'INSERT writes'],
    ['UPDATE with a sequence', "UPDATE orders SET total = nextval('counter')", 'UPDATE writes'],
    ['UPDATE with a volatile function', 'UPDATE orders SET total = writes(1)', 'UPDATE writes'],
    ['DELETE', 'DELETE FROM orders', 'DELETE writes'],
    ['MERGE', 'MERGE INTO orders o USING (SELECT 1 AS id) s ON o.id = s.id WHEN MATCHED THEN DELETE', 'MERGE writes'],
    [
      'a writing WITH',
      'WITH gone AS (DELETE FROM orders RETURNING *) SELECT * FROM gone',
      'its WITH clause holds DELETE',
    ],
    ['SELECT … FOR UPDATE', 'SELECT * FROM orders FOR UPDATE', 'FOR UPDATE or FOR SHARE locks rows'],
    ['SELECT … INTO', 'SELECT * INTO stolen FROM orders', 'SELECT … INTO makes a table'],
  ])('%s', async (_, sql, reason) => {
    expect(await explain(sql)).toMatchObject({ status: 'planned', reason: expect.stringContaining(reason) });
    await expectUntouched();
  });
});

describe('is run, and stopped by the time limit where it takes too long', () => {
  const limits = { statementMs: 400, lockMs: 100 };

  it.each([
    [
      'a recursive WITH without end',
      'WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n',
    ],
    ['a product of tables', 'SELECT count(*) FROM orders a, orders b, orders c WHERE a.total + b.total + c.total < 0'],
    ['rows without end', 'SELECT count(md5(i::text)) FROM generate_series(1, 1000000000) i'],
  ])('%s', async (_, sql) => {
    const startedAt = performance.now();
    expect(await explain(sql, [], limits)).toMatchObject({
      status: 'planned',
      reason: 'it ran for longer than 0.4 s and was stopped',
    });
    expect(performance.now() - startedAt).toBeLessThan(4_000);
    await expectUntouched();
  });

  it('a sort of a million rows', async () => {
    const startedAt = performance.now();
    const plan = await explain('SELECT i FROM generate_series(1, 1000000) i ORDER BY md5(i::text) LIMIT 1', [], limits);
    expect(['analyzed', 'planned']).toContain(plan.status);
    expect(performance.now() - startedAt).toBeLessThan(8_000);
    await expectUntouched();
  });

  it('what reads through harmless functions, operators, views and checks', async () => {
    const sql = 'SELECT add(total, 1), clock_timestamp(), total <&&> 1 FROM orders WHERE positive(id, 1)';
    // Its negator locks, so the operator is not run: without it, the statement is.
    expect(await explain(sql)).toMatchObject({ status: 'refused' });
    expect(await explain(sql.replace(', total <&&> 1', ''))).toMatchObject({ status: 'analyzed' });
    expect(await explain('SELECT a FROM with_domain')).toMatchObject({ status: 'analyzed' });
    expect(await explain('SELECT a FROM with_default')).toMatchObject({ status: 'analyzed' });
    await expectUntouched();
  });
});
