import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { WriteTrial } from '../../model/plan-trials.ts';
import { type ExecutionShape, execution, queriesOf, request, statement } from '../../testing/artifacts.ts';
import { createTestDatabase, type TestDatabase } from '../../testing/test-database.ts';
import { type Connection, withConnection } from './connection.ts';
import { describeStatement, loadParser } from './statement.ts';
import { tryWrites } from './try-writes.ts';

const never = new AbortController().signal;
let database: TestDatabase;
beforeAll(async () => {
  await loadParser();
  database = await createTestDatabase();
  await inDatabase(async (connection) => {
    for (const sql of [
      'CREATE TABLE items (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, sku text, quantity int, at timestamptz DEFAULT now())',
      'INSERT INTO items (sku, quantity) SELECT n, n FROM generate_series(1, 1000) AS n',
      'CREATE SCHEMA app',
      'CREATE TABLE app."Group" (id uuid DEFAULT gen_random_uuid() PRIMARY KEY, name text UNIQUE)',
      'CREATE TABLE watched (id int PRIMARY KEY)',
      `CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'`,
      'CREATE TRIGGER noted BEFORE INSERT ON watched FOR EACH ROW EXECUTE FUNCTION note()',
      'CREATE TABLE owners (id int PRIMARY KEY)',
      'CREATE TABLE owned (id int REFERENCES owners ON DELETE CASCADE)',
      'CREATE TRIGGER noted BEFORE DELETE ON owned FOR EACH ROW EXECUTE FUNCTION note()',
      `CREATE FUNCTION next_code() RETURNS text LANGUAGE sql AS $$ SELECT 'x' $$`,
      'CREATE TABLE coded (id int, code text DEFAULT next_code())',
      'ANALYZE',
    ]) {
      await connection.run(sql);
    }
  });
});
afterAll(() => database.drop());

const inDatabase = <T>(work: (connection: Connection) => Promise<T>) => withConnection(database.url, never, work);
const contents = () =>
  inDatabase((connection) =>
    connection.run(
      `SELECT (SELECT md5(string_agg(i::text, ' ' ORDER BY id)) FROM items i), (SELECT count(*) FROM app."Group"), (SELECT last_value FROM items_id_seq)`,
    ),
  );

async function tried(
  sql: string,
  rows: readonly (readonly (string | number)[])[],
  more: ExecutionShape & { readonly scratch?: boolean } = {},
): Promise<WriteTrial | undefined> {
  const { scratch = true, ...shape } = more;
  const of = statement(0, sql, describeStatement(sql));
  const loop = rows.map((parameters) => execution(of, { inTransaction: true, ...shape, parameters }));
  const place = { databaseUrl: database.url, scratch, signal: never, onProgress: () => undefined };
  const {
    writes: [trial],
  } = await tryWrites(queriesOf([of], [request(loop)]), [], place, () => 30_000);
  return trial;
}

const six = [1, 2, 3, 4, 5, 6];

describe('a loop of writes', () => {
  it.each<[string, readonly (readonly (string | number)[])[], string]>([
    [
      'INSERT INTO items (sku, quantity) VALUES ($1, $2)',
      six.map((n) => [`new ${n}, "odd"`, n]),
      'INSERT INTO items (sku, quantity) SELECT batch.sku, batch.quantity FROM unnest($1::text[], $2::integer[]) AS batch(sku, quantity)',
    ],
    [
      'INSERT INTO app."Group" (name) VALUES ($1) ON CONFLICT (name) DO NOTHING',
      six.map((n) => [`group ${n}`]),
      'INSERT INTO app."Group" (name) SELECT batch.name FROM unnest($1::text[]) AS batch(name) ON CONFLICT (name) DO NOTHING',
    ],
    [
      'UPDATE items SET quantity = quantity + $2 WHERE id = $1 AND sku <> $3',
      six.map((n) => [n, 10 * n, 'none']),
      'UPDATE items SET quantity = items.quantity + batch.v2 FROM unnest($1::bigint[], $2::integer[]) AS batch(id, v2) WHERE items.id = batch.id AND items.sku <> $3',
    ],
    ['DELETE FROM items WHERE id = $1', six.map((n) => [n]), 'DELETE FROM items WHERE id = ANY ($1::bigint[])'],
  ])('is tried beside one statement, on a copy: %s', async (sql, rows, one) => {
    const before = await contents();
    const trial = await tried(sql, rows);
    expect(trial).toMatchObject({ status: 'tried', repeats: 6, where: 'scratch-copy', sameRows: true });
    expect(trial?.status === 'tried' && trial.runs).toBeGreaterThanOrEqual(5);
    expect(trial?.status === 'tried' && trial.sql.replaceAll('batch (', 'batch(')).toBe(one);
    expect(await contents()).toEqual(before);
  });

  it('costs its commits too, where each write has its own', async () => {
    const sql = 'UPDATE items SET quantity = $2 WHERE id = $1';
    const trial = await tried(
      sql,
      six.map((n) => [n, n]),
      { inTransaction: false },
    );
    expect(trial).toMatchObject({ status: 'tried', sameRows: true });
  });

  it('is written, but not run, where no copy may be made', async () => {
    expect(
      await tried(
        'DELETE FROM items WHERE id = $1',
        six.map((n) => [n]),
        { scratch: false },
      ),
    ).toEqual({
      status: 'untried',
      fingerprint: expect.any(String),
      sql: 'DELETE FROM items WHERE id = ANY ($1::bigint[])',
      reason: 'no copy of this database may be made: database.scratch is not set',
    });
  });

  it.each([
    [
      'INSERT INTO watched (id) VALUES ($1)',
      'it reaches a table with triggers or rules, which may reach beyond a copy',
    ],
    ['DELETE FROM owners WHERE id = $1', 'it reaches a table with triggers or rules, which may reach beyond a copy'],
    ['INSERT INTO coded (id) VALUES ($1)', 'its table calls functions of its own, which may reach beyond a copy'],
    ['INSERT INTO items (quantity, sku) VALUES ($1, next_code())', expect.stringContaining('next_code()')],
  ])('is written, but not run, where that may reach beyond the copy: %s', async (sql, reason) => {
    expect(
      await tried(
        sql,
        six.map((n) => [n]),
      ),
    ).toMatchObject({ status: 'untried', reason });
  });

  it('is left as it is where one statement cannot do the same', async () => {
    const twice = [...six, 6].map((n, index) => [n, index]);
    expect(await tried('UPDATE items SET quantity = $2 WHERE id = $1', twice)).toMatchObject({
      status: 'none',
      reason: 'it writes some rows twice, and one statement writes each row once',
    });
    expect(
      await tried(
        'DELETE FROM nowhere WHERE id = $1',
        six.map((n) => [n]),
      ),
    ).toMatchObject({
      status: 'none',
      reason: expect.stringContaining('"nowhere" does not exist'),
    });
  });
});

it('without loops nothing is copied', async () => {
  expect(await tried('DELETE FROM items WHERE id = $1', [[1], [2]])).toBeUndefined();
});
