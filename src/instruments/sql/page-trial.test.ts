import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { PageTrial } from '../../model/plan-trials.ts';
import type { Execution } from '../../model/queries.ts';
import { execution } from '../../testing/artifacts.ts';
import { createTestDatabase, type TestDatabase } from '../../testing/test-database.ts';
import { type Connection, connect } from './connection.ts';
import { tryNarrow } from './narrow-trial.ts';
import { literalsOf } from './normalized-text.ts';
import { tryPage } from './page-trial.ts';
import { describeStatement, loadParser } from './statement.ts';

let database: TestDatabase;
let connection: Connection;

beforeAll(async () => {
  await loadParser();
  database = await createTestDatabase();
  connection = await connect(database.url, new AbortController().signal);
  for (const sql of [
    'CREATE TABLE articles (id int PRIMARY KEY, day date NOT NULL, "Title" text, body text)',
    `INSERT INTO articles SELECT n, date '2026-01-01' + n % 300, 'it''s ' || n, repeat(md5(n::text), 20)
      FROM generate_series(1, 3000) n`,
    'CREATE INDEX ON articles (day, id)',
    'CREATE TABLE notes (id int, text text)',
    `INSERT INTO notes SELECT n, 'x' FROM generate_series(1, 3000) n`,
    'ANALYZE',
  ]) {
    await connection.run(sql);
  }
});

afterAll(async () => {
  await connection.close();
  await database.drop();
});

const choiceOf = (sql: string, parameters: readonly (string | null)[], more: Partial<Execution> = {}) => {
  const statement = { id: 0, example: sql, ...describeStatement(sql) };
  const literals = literalsOf(sql);
  const run = {
    ...execution(statement, { parameters, rows: 3000 }),
    ...(literals.length > 0 && { literals }),
    ...more,
  };
  return { statement, execution: run, constants: false, totalMs: 0 };
};

const tryOn = (sql: string, ...parameters: readonly (string | null)[]) =>
  tryPage(connection, choiceOf(sql, parameters));

type Tried = Extract<PageTrial, { status: 'tried' }>;

describe('a page in place of an OFFSET', () => {
  test('gives the same rows by the primary key', async () => {
    const trial = await tryOn('SELECT id, "Title" FROM articles ORDER BY id LIMIT $1 OFFSET $2', '20', '2500');
    expect(trial).toMatchObject({
      status: 'tried',
      kind: 'offset',
      offset: 2500,
      tableRows: 3000,
      key: ['id'],
      sql: 'SELECT id, "Title" FROM articles WHERE id > $1 ORDER BY id LIMIT $2',
      rows: 20,
      pageRows: 20,
      sameRows: true,
    });
    const { beforeMs, afterMs, firstPageMs, runs } = trial as Tried;
    expect(Math.min(beforeMs, afterMs, firstPageMs ?? 0)).toBeGreaterThan(0);
    expect(runs).toBeGreaterThanOrEqual(5);
  });

  test('keeps the condition, goes downwards, and adds the key that makes the order unique', async () => {
    const sql = `SELECT id FROM articles a WHERE "Title" LIKE $1 ORDER BY a.day DESC, a.id DESC LIMIT 10 OFFSET 1000`;
    expect(await tryOn(sql, "it's%")).toMatchObject({
      sql: 'SELECT id FROM articles AS a WHERE "Title" LIKE $1 AND (day, id) < ($2, $3) ORDER BY day DESC, id DESC LIMIT $4',
      key: ['day', 'id'],
      sameRows: true,
    });
    const byDay = await tryOn('SELECT id FROM articles ORDER BY day LIMIT 10 OFFSET 1000');
    expect(byDay).toMatchObject({ status: 'tried', key: ['day', 'id'] });
  });

  test.each([
    ['SELECT a.id FROM articles a JOIN notes n ON n.id = a.id ORDER BY a.id LIMIT 5 OFFSET 600', 'several tables'],
    ['SELECT id FROM articles ORDER BY "Title" LIMIT 5 OFFSET 600', 'Title may be NULL'],
    ['SELECT text FROM notes LIMIT 5 OFFSET 600', 'no unique key'],
    ['SELECT id FROM articles ORDER BY id LIMIT 5 OFFSET 9000', 'no row stands'],
    ['SELECT id FROM articles ORDER BY day, id DESC LIMIT 5 OFFSET 600', 'up by one column'],
  ])('%s is not tried: %s', async (sql, reason) => {
    expect(await tryOn(sql)).toMatchObject({ status: 'untried', reason: expect.stringContaining(reason) });
  });

  test.each(['SELECT id FROM articles ORDER BY id LIMIT 5 OFFSET 40', 'SELECT id FROM articles LIMIT 5'])(
    '%s has nothing to try',
    async (sql) => {
      expect(await tryPage(connection, choiceOf(sql, [], { rows: 5 }))).toBeUndefined();
    },
  );
});

test('a page in place of a whole result is its first hundred rows, with the condition for the next ones', async () => {
  expect(await tryOn('SELECT id, "Title" FROM articles WHERE id > $1', '0')).toMatchObject({
    ...{ status: 'tried', kind: 'whole', offset: 0, tableRows: 3000, key: ['id'], rows: 3000, pageRows: 100 },
    sql: 'SELECT id, "Title" FROM articles WHERE id > $1 AND id > $2 ORDER BY id LIMIT $3',
  });
});

test('what writes is not tried', async () => {
  expect(await tryOn('SELECT nextval($1), id FROM articles', 's')).toMatchObject({ status: 'untried' });
});

describe('a statement without some of its columns', () => {
  const narrow = (sql: string, columns: readonly string[], results: readonly string[]) => {
    const choice = choiceOf(sql, []);
    const described = results.map((name) => ({ name, tableOid: 0, columnNumber: 0, typeOid: 0, valueHashes: [] }));
    const { fingerprint } = choice.statement;
    return tryNarrow(
      connection,
      { ...choice, execution: { ...choice.execution, columns: described } },
      { fingerprint, columns },
    );
  };

  test('has the others of a star by their names', async () => {
    const trial = await narrow('SELECT * FROM articles ORDER BY body', ['body'], ['id', 'day', 'Title', 'body']);
    expect(trial).toMatchObject({
      status: 'tried',
      columns: ['body'],
      sql: 'SELECT id, day, "Title" FROM articles ORDER BY body',
    });
  });

  test('has the others as they were written', async () => {
    const sql = 'SELECT a.id, a.body AS text, length(n.text) FROM articles a JOIN notes n USING (id) LIMIT 600';
    expect(await narrow(sql, ['text'], ['id', 'text', 'length'])).toMatchObject({
      sql: 'SELECT a.id, length(n.text) FROM articles AS a JOIN notes AS n USING (id) LIMIT $1',
    });
  });

  test.each([
    ['SELECT DISTINCT id, body FROM articles', 'distinct'],
    ['SELECT a.*, n.* FROM articles a JOIN notes n USING (id)', 'several tables'],
    ['SELECT id, body FROM articles ORDER BY 2', 'counts its columns'],
    ['SELECT body FROM articles', 'no column would be left'],
    ['SELECT id, upper(body) AS body FROM articles ORDER BY body', 'ORDER BY'],
  ])('%s is not tried: %s', async (sql, reason) => {
    expect(await narrow(sql, ['body'], ['id', 'body'])).toMatchObject({
      status: 'none',
      reason: expect.stringContaining(reason),
    });
  });
});
