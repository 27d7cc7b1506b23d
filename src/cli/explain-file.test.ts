import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { withConnection } from '../instruments/sql/connection.ts';
import type { PlansArtifact } from '../model/plans.ts';
import type { StatementRating } from '../model/statement-rating.ts';
import { createSandbox, type Sandbox } from '../testing/command-line.ts';
import { createTestDatabase, type TestDatabase } from '../testing/test-database.ts';

const never = new AbortController().signal;
let sandbox: Sandbox;
let database: TestDatabase;
beforeAll(async () => {
  sandbox = await createSandbox();
  database = await createTestDatabase();
  await withConnection(database.url, never, async (connection) => {
    for (const sql of [
      'CREATE TABLE orders (id int PRIMARY KEY, customer_id int, note text)',
      `INSERT INTO orders SELECT i, i % 20000, md5(i::text) FROM generate_series(1, 120000) i`,
      'CREATE TABLE audit (note text)',
      'CREATE SEQUENCE counter',
      `CREATE FUNCTION writes() RETURNS int LANGUAGE plpgsql AS $$ BEGIN INSERT INTO audit VALUES ('x'); RETURN 1; END $$`,
      'CREATE FUNCTION locks() RETURNS bool LANGUAGE sql STABLE AS $$ SELECT pg_try_advisory_lock(21) $$',
      'CREATE VIEW locking AS SELECT locks()',
      'ANALYZE',
    ]) {
      await connection.run(sql);
    }
  });
});
afterAll(async () => {
  await sandbox.remove();
  await database.drop();
});

interface Printed extends PlansArtifact {
  readonly ratings: readonly StatementRating[];
  readonly skipped?: readonly { readonly text: string; readonly line: number; readonly reason: string }[];
}

const explainFile = async (text: string, ...args: readonly string[]) =>
  sandbox.run(['explain', '--file', 'queries.sql', '--database', database.url, ...args], {
    files: { 'queries.sql': text },
  });

/** All that a statement could have changed or kept. */
async function footprint(): Promise<string> {
  return withConnection(database.url, never, async (connection) => {
    const rows = await connection.run(`SELECT (SELECT md5(string_agg(o::text, '' ORDER BY id)) FROM orders o),
      (SELECT count(*) FROM audit), (SELECT s::text FROM pg_sequences s), (SELECT count(*) FROM pg_class),
      (SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'
        AND database = (SELECT oid FROM pg_database WHERE datname = current_database())),
      (SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()
        AND application_name = 'chokepoint')`);
    return JSON.stringify(rows);
  });
}

describe('explain --file', () => {
  test('gives an overview, then each statement with its rating, and names what it skipped', async () => {
    const text = `\\timing on
SELECT * FROM orders WHERE id = 7;
-- reads everything in vain
SELECT * FROM orders WHERE customer_id = 77;
SELECT count(*) FROM orders WHERE lower(note) = 'x';
`;
    const { code, stdout, stderr } = await explainFile(text);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const overview = stdout.split('\n').slice(0, 3);
    expect(overview[0]).toMatch(/^1 {2}fine +\S+ \S+ +SELECT \* FROM orders WHERE id = /);
    expect(overview[1]).toMatch(/^2 {2}to mend +\S+ ms +SELECT \* FROM orders WHERE customer_id = /);
    expect(overview[2]).toMatch(/^3 {2}to mend +/);
    expect(stdout).toContain('line 1 skipped, a command of psql: \\timing on');
    expect(stdout).toContain('CREATE INDEX CONCURRENTLY ON orders (customer_id)');
    expect(stdout).toContain('Seq Scan on orders reads 120,000 rows to keep 0');
    expect(stdout).not.toContain('= 77');
  });

  test('is read from standard input too, and printed as JSON', async () => {
    const args = ['explain', '--file', '-', '--json', '--scratch', '--database', database.url];
    const input = 'SELECT * FROM orders WHERE customer_id = 77; SELECT * FROM orders WHERE customer_id = 78';
    const { code, stdout } = await sandbox.run(args, { input });
    expect(code).toBe(0);
    const printed = JSON.parse(stdout) as Printed;
    expect(printed.statements).toHaveLength(1);
    expect(printed.ratings).toMatchObject([
      { rating: 'faulty', index: 'CREATE INDEX CONCURRENTLY ON orders (customer_id)' },
    ]);
    expect(printed.trials).toMatchObject([{ status: 'tried', where: 'scratch-copy', used: true }]);
    expect(printed.skipped).toEqual([]);
  });

  test('tries indexes in a transaction, and leaves none', async () => {
    const before = await footprint();
    const { stdout } = await explainFile('SELECT * FROM orders WHERE customer_id = 77;', '--in-transaction', '--json');
    expect((JSON.parse(stdout) as Printed).trials).toMatchObject([
      { status: 'tried', where: 'transaction', used: true, writesUnknown: expect.any(String) },
    ]);
    expect(await footprint()).toBe(before);
  });

  test('runs nothing that is hostile, says why of each, and leaves no trace', async () => {
    const before = await footprint();
    const statements = [
      'UPDATE orders SET note = $$gone$$',
      'WITH gone AS (DELETE FROM orders RETURNING *) SELECT * FROM gone',
      'SELECT * FROM orders FOR UPDATE',
      'COMMIT',
      'DROP TABLE orders',
      'SELECT writes()',
      'SELECT locks()',
      'SELECT * FROM locking',
      "SELECT nextval('counter')",
      'SELECT pg_advisory_lock(1)',
      'SELECT pg_sleep(60)',
      'SELECT pg_terminate_backend(pid) FROM pg_stat_activity',
      "COPY orders TO PROGRAM 'cat'",
      'WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n',
      'SELECT count(*) FROM orders',
    ];
    const { code, stdout, stderr } = await explainFile(`${statements.join(';\n')};`, '--json');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const printed = JSON.parse(stdout) as Printed;
    const told = printed.statements.map((each) => `${each.status}: ${'reason' in each ? each.reason : 'run'}`);
    expect(told).toEqual([
      'planned: UPDATE writes',
      'planned: its WITH clause holds DELETE, which writes',
      'planned: FOR UPDATE or FOR SHARE locks rows',
      'refused: it is no SELECT',
      'refused: it is no SELECT',
      'refused: it calls public.writes(), which is volatile and may write',
      'refused: it calls pg_try_advisory_lock(), whose effect a ROLLBACK does not undo (in the function public.locks())',
      expect.stringContaining('(in the function public.locks())'),
      'refused: it calls nextval(), whose effect a ROLLBACK does not undo',
      'refused: it calls pg_advisory_lock(), whose effect a ROLLBACK does not undo',
      'refused: it calls pg_sleep(), whose effect a ROLLBACK does not undo',
      'refused: it calls pg_terminate_backend(), whose effect a ROLLBACK does not undo',
      'refused: it is no SELECT',
      'planned: it ran for longer than 5 s and was stopped',
      'analyzed: run',
    ]);
    expect(await footprint()).toBe(before);
  }, 60_000);

  test.each<[string, readonly string[], string]>([
    ['a file that does not exist', ['--file', 'no.sql'], 'there is no file no.sql'],
    ['a file without a statement', ['--file', 'empty.sql'], 'empty.sql holds no statement'],
    ['two sources', ['--file', 'empty.sql', '--sql', 'SELECT 1'], 'do not go together'],
    ['values for a file', ['--file', 'empty.sql', '--param', '1'], '--param goes with --sql only'],
  ])('refuses %s with code 2', async (_, args, message) => {
    const { code, stdout, stderr } = await sandbox.run(['explain', ...args, '--database', database.url], {
      files: { 'empty.sql': '-- nothing\n' },
    });
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain(message);
  });
});
