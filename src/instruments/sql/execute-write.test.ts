import { existsSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ExecutedWrite } from '../../model/plan-trials.ts';
import { createTestDatabase, type TestDatabase } from '../../testing/test-database.ts';
import { type Connection, withConnection } from './connection.ts';
import { executeWrite } from './execute-write.ts';
import { describeStatement, loadParser } from './statement.ts';

const never = new AbortController().signal;
let database: TestDatabase;

/** A table with a trigger before each INSERT, and the body of its function. */
function watched(name: string, body: string, more = ''): readonly string[] {
  return [
    `CREATE TABLE ${name} (id int PRIMARY KEY)`,
    `CREATE FUNCTION on_${name}() RETURNS trigger LANGUAGE plpgsql AS $body$ BEGIN ${body} RETURN NEW; END $body$`,
    `CREATE TRIGGER ${name}_trigger BEFORE INSERT ON ${name} FOR EACH ROW ${more} EXECUTE FUNCTION on_${name}()`,
  ];
}

const trace = `/tmp/chokepoint-trigger-${process.pid}`;

const setup = [
  'CREATE TABLE customers (id int PRIMARY KEY, name text)',
  'INSERT INTO customers SELECT n, n FROM generate_series(1, 1000) AS n',
  'CREATE TABLE orders (id int PRIMARY KEY, customer_id int REFERENCES customers)',
  'INSERT INTO orders SELECT n, 1 + n % 900 FROM generate_series(1, 100000) AS n',
  'CREATE TABLE lines (id int PRIMARY KEY, order_id int REFERENCES orders DEFERRABLE INITIALLY DEFERRED)',
  'CREATE TABLE notes (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, text text)',
  `CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
     INSERT INTO notes (text) SELECT NEW.name || count(*) FROM orders; PERFORM pg_notify('notes', NEW.name); RETURN NEW; END $$`,
  'CREATE TRIGGER noted AFTER UPDATE ON customers FOR EACH ROW EXECUTE FUNCTION note()',
  ...watched('locks', 'PERFORM pg_advisory_lock(77);'),
  ...watched('dynamic', `EXECUTE 'SELECT pg_advisory_' || 'lock(77)';`),
  ...watched('copies', `COPY (SELECT 1) TO '${trace}';`),
  ...watched('goes_on', 'BEGIN PERFORM 1; EXCEPTION WHEN query_canceled THEN NULL; END;'),
  ...watched('onwards', 'INSERT INTO locks VALUES (NEW.id);'),
  'CREATE FUNCTION takes_lock(int) RETURNS bool LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_advisory_lock($1); RETURN true; END $$',
  ...watched('conditional', '', 'WHEN (takes_lock(NEW.id))'),
  'CREATE TABLE defaulted (id int, held bool DEFAULT takes_lock(77))',
  'CREATE TABLE parents (id int PRIMARY KEY)',
  'INSERT INTO parents VALUES (1)',
  'CREATE TABLE children (id int REFERENCES parents ON DELETE CASCADE)',
  `CREATE FUNCTION on_children() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_advisory_lock(77); RETURN OLD; END $$`,
  'CREATE TRIGGER children_trigger BEFORE DELETE ON children FOR EACH ROW EXECUTE FUNCTION on_children()',
  'CREATE TABLE ruled (id int)',
  'CREATE RULE ruled_rule AS ON INSERT TO ruled DO ALSO SELECT pg_advisory_lock(77)',
  'ANALYZE',
];

const inDatabase = <T>(work: (connection: Connection) => Promise<T>) => withConnection(database.url, never, work);

const contents = () =>
  inDatabase((connection) =>
    connection.run(`SELECT (SELECT md5(string_agg(c::text, ' ' ORDER BY id)) FROM customers c),
      (SELECT count(*) FROM orders), (SELECT count(*) FROM notes), (SELECT count(*) FROM lines),
      (SELECT count(*) FROM pg_locks WHERE locktype = 'advisory')`),
  );

const unindexed = {
  ...{ name: 'orders_customer_id_fkey', table: 'orders', columns: ['customer_id'], estimatedRows: 100_000 },
  ddl: 'CREATE INDEX CONCURRENTLY ON orders (customer_id)',
};

beforeAll(async () => {
  await loadParser();
  database = await createTestDatabase();
  await inDatabase(async (connection) => {
    for (const sql of setup) await connection.run(sql);
  });
});
afterAll(() => database.drop());

/** Executes it on the database itself, which no transaction of it may change. */
async function executed(sql: string, values: readonly (string | null)[] = []): Promise<ExecutedWrite> {
  const { fingerprint, kind } = describeStatement(sql);
  const before = await contents();
  const write = { fingerprint, sql, values, types: [], ...(kind === 'delete' && { deletedRows: 1 }) };
  const told = await inDatabase((connection) => executeWrite(connection, write, [unindexed]));
  expect(await contents()).toEqual(before);
  return told;
}

describe('a captured write', () => {
  it('is executed with its triggers, each with its calls and its time', async () => {
    const write = await executed('UPDATE customers SET name = $1 WHERE id <= $2', ['new', '3']);
    expect(write).toMatchObject({
      status: 'executed',
      rows: 'captured',
      runs: 3,
      triggers: [{ name: 'noted', table: 'customers', calls: 3 }],
    });
    if (write.status !== 'executed') return;
    expect(write.triggers[0]?.timeMs).toBeGreaterThan(write.executionMs / 2);
    expect(write.plan.type).toBe('Update');
  });

  it('is a DELETE of other rows where the captured ones are gone, tried with the index of the foreign key', async () => {
    const write = await executed('DELETE FROM customers WHERE id = $1', ['5000']);
    expect(write).toMatchObject({
      ...{ status: 'executed', rows: 'others' },
      triggers: [{ constraint: 'orders_customer_id_fkey', table: 'customers', calls: 1 }],
      references: [{ name: 'orders_customer_id_fkey' }],
    });
    if (write.status !== 'executed') return;
    expect(write.references?.[0]?.afterMs).toBeLessThan(write.executionMs / 2);
  });

  it('has constraints checked that would wait for the COMMIT', async () => {
    expect(await executed('INSERT INTO lines VALUES ($1, $2)', ['1', '5'])).toMatchObject({
      triggers: [{ constraint: 'lines_order_id_fkey' }],
    });
  });

  it('is not executed where it cannot succeed a second time', async () => {
    expect(await executed('INSERT INTO customers VALUES ($1, $2)', ['1', 'again'])).toMatchObject({
      status: 'none',
      reason: 'its key is taken: the trace has written it',
    });
  });

  it.each([
    ['locks', /pg_advisory_lock\(\), whose effect a ROLLBACK does not undo \(in the function public\.on_locks\(\)\)/],
    ['dynamic', /puts statements together when it runs/],
    ['copies', /may reach files of the server/],
    ['goes_on', /may go on past the time limit/],
    ['onwards', /pg_advisory_lock.*on_locks/],
    ['conditional', /pg_advisory_lock.*takes_lock/],
    ['defaulted', /pg_advisory_lock.*takes_lock/],
    ['ruled', /pg_advisory_lock.*a rule of ruled/],
  ])('is not executed where it may reach beyond the copy: %s', async (table, reason) => {
    expect(await executed(`INSERT INTO ${table} (id) VALUES ($1)`, ['1'])).toMatchObject({
      status: 'none',
      reason: expect.stringMatching(reason),
    });
    expect(existsSync(trace)).toBe(false);
  });

  it('nor where the action of a foreign key leads to such a trigger', async () => {
    expect(await executed('DELETE FROM parents WHERE id = $1', ['1'])).toMatchObject({
      status: 'none',
      reason: expect.stringMatching(/pg_advisory_lock.*on_children/),
    });
  });
});
