import { beforeAll, describe, expect, it } from 'vitest';
import { loadParser } from './statement.ts';
import { assessStatement } from './statement-safety.ts';

beforeAll(loadParser);

describe('a statement', () => {
  it.each([
    ['SELECT * FROM orders WHERE id = $1'],
    ['SELECT * FROM orders WHERE id = 1;'],
    ['VALUES (1), (2)'],
    ['TABLE orders'],
    ['WITH o AS (SELECT 1) SELECT lower(a), now(), random() FROM o'],
    ['SELECT \'pg_sleep(1); DROP TABLE orders\', "nextval" FROM orders -- ; DELETE'],
    ['SELECT a FROM t UNION ALL SELECT b FROM u'],
  ])('may be executed: %s', (sql) => {
    expect(assessStatement(sql).verdict).toBe('execute');
  });

  it.each([
    ['INSERT INTO t VALUES (1)', 'INSERT writes'],
    ['UPDATE t SET a = 1', 'UPDATE writes'],
    ['DELETE FROM t', 'DELETE writes'],
    ['SELECT * FROM t FOR UPDATE', 'FOR UPDATE or FOR SHARE locks rows'],
    ['SELECT * FROM (SELECT * FROM t FOR SHARE) u', 'FOR UPDATE or FOR SHARE locks rows'],
    ['SELECT * INTO u FROM t', 'SELECT … INTO makes a table'],
    ['WITH d AS (DELETE FROM t RETURNING *) SELECT * FROM d', 'its WITH clause holds DELETE, which writes'],
    [
      'SELECT * FROM (WITH d AS (INSERT INTO t VALUES (1) RETURNING *) SELECT * FROM d) x',
      'its WITH clause holds INSERT, which writes',
    ],
  ])('is only planned: %s', (sql, reason) => {
    expect(assessStatement(sql)).toMatchObject({ verdict: 'plan', reason });
  });

  it.each([
    ['', 'it cannot be parsed'],
    ['-- nothing', 'it cannot be parsed'],
    ['SELEC 1', 'it cannot be parsed'],
    ["SELECT 'unterminated", 'it cannot be parsed'],
    ['SELECT 1\0; DROP TABLE t', 'it cannot be parsed'],
    ['SELECT 1; COMMIT; UPDATE t SET a = 1', 'it holds 3 statements'],
    ['EXPLAIN ANALYZE DELETE FROM t', 'it is no SELECT'],
    ['DO $$ BEGIN DELETE FROM t; END $$', 'it is no SELECT'],
    ['CALL f()', 'it is no SELECT'],
    ['COPY t TO PROGRAM $$sh$$', 'it is no SELECT'],
    ['COMMIT', 'it is no SELECT'],
  ])('is refused: %s', (sql, reason) => {
    expect(assessStatement(sql)).toEqual({ verdict: 'refuse', reason });
  });

  it.each([
    'pg_advisory_lock(1)',
    'pg_try_advisory_xact_lock(1, 2)',
    'pg_catalog.pg_advisory_lock(1)',
    'PG_SLEEP(60)',
    '"pg_sleep"(60)',
    "pg_notify('a', 'b')",
    'pg_cancel_backend(1)',
    'pg_terminate_backend(1)',
    "nextval('s')",
    "setval('s', 1)",
    "set_config('a', 'b', false)",
    "pg_read_file('/etc/passwd')",
    "pg_ls_dir('/')",
    "lo_import('/etc/passwd')",
    "dblink('', 'select 1')",
    "dblink_exec('', 'delete from t')",
    'txid_current()',
    'pg_current_xact_id()',
    "query_to_xml('select pg_sleep(1)', true, true, '')",
    'pg_reload_conf()',
    'pg_stat_reset()',
    'pg_switch_wal()',
    "pg_create_physical_replication_slot('a')",
  ])('is refused wherever it calls %s', (call) => {
    for (const sql of [`SELECT ${call}`, `SELECT 1 FROM ${call} f`, `SELECT 1 FROM t WHERE (SELECT ${call}) IS NULL`]) {
      expect(assessStatement(sql)).toMatchObject({ verdict: 'refuse', reason: expect.stringContaining('it calls') });
    }
  });

  it('survives thousands of conditions, and is refused where they nest too deep to be parsed', () => {
    const nested = (depth: number) =>
      `SELECT 1 WHERE ${'(a = 1) AND '.repeat(2_000)} ${'('.repeat(depth)}1${')'.repeat(depth)} = 1`;
    expect(assessStatement(nested(150)).verdict).toBe('execute');
    expect(assessStatement(nested(500))).toEqual({ verdict: 'refuse', reason: 'it cannot be parsed' });
  });
});
