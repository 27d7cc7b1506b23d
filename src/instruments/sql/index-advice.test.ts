import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../../testing/test-database.ts';
import { withConnection } from './connection.ts';
import { explainSql } from './explain-sql.ts';
import { describeStatement, loadParser } from './statement.ts';
import { measureWriteCost } from './write-cost.ts';

const never = new AbortController().signal;
let database: TestDatabase;
beforeAll(async () => {
  await loadParser();
  database = await createTestDatabase();
  await withConnection(database.url, never, async (connection) => {
    for (const sql of [
      'CREATE TABLE jobs (id int PRIMARY KEY, queue int NOT NULL, state text NOT NULL, owner int, done_at timestamp, payload text NOT NULL)',
      `INSERT INTO jobs SELECT n, n * 7919 % 500, CASE n % 50 WHEN 0 THEN 'open' ELSE 'done' END, n * 31 % 300,
        CASE WHEN n % 40 > 0 THEN now() END, repeat(md5(n::text), 4) FROM generate_series(1, 60000) n`,
      'CREATE TABLE small AS SELECT n AS id FROM generate_series(1, 50) n',
      'CREATE FUNCTION notes() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION $e$a trigger ran$e$; END $$',
      'CREATE TRIGGER notes BEFORE INSERT OR DELETE OR UPDATE ON jobs FOR EACH ROW EXECUTE FUNCTION notes()',
      'CREATE TABLE parts (job_id int REFERENCES jobs, note text)',
      'INSERT INTO parts SELECT n, md5(n::text) FROM generate_series(1, 3000) n',
      'VACUUM ANALYZE jobs',
      'ANALYZE small',
    ]) {
      await connection.run(sql);
    }
  });
});
afterAll(() => database.drop());

const trialsOf = async (
  statements: readonly (readonly [sql: string, ...parameters: readonly string[]])[],
  place: { readonly scratch?: boolean; readonly inTransaction?: boolean } = { scratch: true },
) => {
  const given = statements.map(([sql, ...parameters]) => ({ sql, parameters }));
  const plans = await explainSql({ databaseUrl: database.url, statements: given, signal: never, ...place });
  return statements.map(([sql]) =>
    plans.trials.filter(({ fingerprint }) => fingerprint === describeStatement(sql).fingerprint),
  );
};

describe('an index on a scratch copy', () => {
  it('is tried with what it costs the writes, though their triggers would refuse them', async () => {
    const [[trial] = []] = await trialsOf([['SELECT payload FROM jobs WHERE queue = $1', '7']]);
    expect(trial).toMatchObject({ status: 'tried', used: true, columns: ['queue'], where: 'scratch-copy' });
    if (trial?.status !== 'tried') return;
    const { insert, update } = trial.writes ?? {};
    expect(insert?.withWalBytes).toBeGreaterThan(insert?.withoutWalBytes ?? 0);
    // A thousand entries of a B-tree, each with its head: 60 to 100 bytes.
    expect((insert?.withWalBytes ?? 0) - (insert?.withoutWalBytes ?? 0)).toBeGreaterThan(50_000);
    expect((insert?.withWalBytes ?? 0) - (insert?.withoutWalBytes ?? 0)).toBeLessThan(200_000);
    expect(insert?.withMs).toBeGreaterThan(0);
    expect(update?.withWalBytes).toBeGreaterThan(update?.withoutWalBytes ?? 0);
  }, 30_000);

  it('is measured for the other statements that take it', async () => {
    const asks = 'SELECT payload FROM jobs WHERE owner = $1';
    const profits = 'SELECT max(owner) FROM jobs';
    const [[trial] = []] = await trialsOf([[asks, '7'], [profits]]);
    if (trial?.status !== 'tried') throw new Error('the index was not tried');
    expect(trial.others?.map(({ fingerprint }) => fingerprint)).toEqual([describeStatement(profits).fingerprint]);
    expect(trial.others?.[0]?.afterMs).toBeGreaterThan(0);
    expect(trial.others?.[0]?.beforeMs).toBeGreaterThan(0);
  }, 30_000);

  it('is partial where a constant of the program picks few rows', async () => {
    const sql = `SELECT payload FROM jobs WHERE state <> 'done' AND owner > $1`;
    const [[trial] = []] = await trialsOf([[sql, '1']]);
    expect(trial).toMatchObject({
      ...{ status: 'tried', used: true, columns: ['owner'], predicate: `state <> 'done'` },
      ddl: `CREATE INDEX CONCURRENTLY ON jobs (owner) WHERE state <> 'done'`,
    });
  }, 30_000);

  it('is not partial by what somebody typed once', async () => {
    const [[trial] = []] = await trialsOf([[`SELECT payload FROM jobs WHERE state = 'open' AND owner = 7`]]);
    expect(trial).toMatchObject({ status: 'tried', columns: ['state', 'owner'] });
    expect(trial).not.toHaveProperty('predicate');
  }, 30_000);

  it('carries columns along where that makes a wide read clearly faster', async () => {
    const [[trial] = []] = await trialsOf([['SELECT owner FROM jobs WHERE queue BETWEEN $1 AND $2', '1', '40']]);
    expect(trial).toMatchObject({ status: 'tried', used: true, columns: ['queue'] });
    // Whether it is worth its size is for the measurement to say.
    if (trial?.status === 'tried' && trial.include) {
      expect(trial.ddl).toBe('CREATE INDEX CONCURRENTLY ON jobs (queue) INCLUDE (owner)');
      expect(JSON.stringify(trial.planAfter)).toContain('Index Only Scan');
    }
  }, 30_000);

  it('leaves the database as it was', async () => {
    await withConnection(database.url, never, async (connection) => {
      expect(await connection.run(`SELECT relname FROM pg_class WHERE relname LIKE 'chokepoint%'`)).toEqual([]);
      expect(await connection.run(`SELECT count(*), sum(id) FROM jobs`)).toEqual([['60000', '1800030000']]);
      expect(await connection.run(`SELECT count(*) FROM pg_constraint WHERE contype = 'f'`)).toEqual([['1']]);
    });
  });
});

describe('an index in a transaction', () => {
  it('is built beside others who are connected, measured, and gone', async () => {
    await withConnection(database.url, never, async (other) => {
      await other.run('SELECT count(*) FROM jobs');
      const [[trial] = []] = await trialsOf([['SELECT payload FROM jobs WHERE queue = $1', '7']], {
        inTransaction: true,
      });
      expect(trial).toMatchObject({
        ...{ status: 'tried', used: true, where: 'transaction', columns: ['queue'] },
        writesUnknown: 'the index was tried in a transaction that writes nothing',
      });
      if (trial?.status !== 'tried') return;
      expect(trial.afterMs).toBeGreaterThan(0);
      expect(JSON.stringify(trial.planAfter)).toContain('chokepoint_candidate');
      expect(trial.sizeBytes).toBeGreaterThan(100_000);
      expect(await other.run(`SELECT relname FROM pg_class WHERE relname LIKE 'chokepoint%'`)).toEqual([]);
    });
  });

  it('is not built while a writer holds the table, and says so', async () => {
    await withConnection(database.url, never, async (writer) => {
      await writer.run('BEGIN');
      await writer.run('LOCK TABLE jobs IN ROW EXCLUSIVE MODE');
      const startedAt = performance.now();
      const [[trial] = []] = await trialsOf([['SELECT payload FROM jobs WHERE queue = $1', '7']], {
        inTransaction: true,
      });
      await writer.run('ROLLBACK');
      expect(trial).toMatchObject({ status: 'untried', reason: expect.stringContaining('it could not be built') });
      expect(performance.now() - startedAt).toBeLessThan(10_000);
    });
  }, 20_000);
});

describe('no index', () => {
  it.each([
    ['the table is small', 'SELECT * FROM small WHERE id = 7', 'its plan reads no table in vain'],
    ['the plan is good', 'SELECT * FROM jobs WHERE id = 7', 'its plan reads no table in vain'],
    ['an expression is compared', 'SELECT * FROM jobs WHERE lower(payload) = $$x$$', 'an expression is compared'],
    ['the order of a text is not enough', 'SELECT * FROM jobs WHERE payload LIKE $$%x%$$', 'LIKE needs an index'],
  ])('is tried, and the reason is told: %s', async (_, sql, reason) => {
    expect(await trialsOf([[sql]])).toMatchObject([[{ status: 'none', reason: expect.stringContaining(reason) }]]);
  });

  it('is tried where an event trigger would act on it', async () => {
    await withConnection(database.url, never, async (connection) => {
      await connection.run(
        'CREATE FUNCTION on_ddl() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN RAISE NOTICE $e$x$e$; END $$',
      );
      await connection.run('CREATE EVENT TRIGGER on_ddl ON ddl_command_end EXECUTE FUNCTION on_ddl()');
    });
    const sql = 'SELECT payload FROM jobs WHERE queue = $1';
    const trials = [
      await trialsOf([[sql, '7']], { scratch: true }),
      await trialsOf([[sql, '7']], { inTransaction: true }),
    ];
    await withConnection(database.url, never, (connection) => connection.run('DROP EVENT TRIGGER on_ddl'));
    const untried = { status: 'untried', reason: 'the event trigger on_ddl would act on each index' };
    expect(trials).toMatchObject([[[untried]], [[untried]]]);
  });
});

describe('the cost of writes', () => {
  const costOf = async (setup: readonly string[]) =>
    withConnection(database.url, never, async (connection) => {
      for (const sql of setup) await connection.run(sql);
      const cost = await measureWriteCost(connection, 'odd', 'odd_idx', ['a']);
      await connection.run('DROP TABLE odd CASCADE');
      return cost;
    });
  const table = ['CREATE TABLE odd AS SELECT n AS a FROM generate_series(1, 500) n', 'CREATE INDEX odd_idx ON odd (a)'];

  it('is told for a thousand rows also of a table that has fewer', async () => {
    const cost = await costOf(table);
    if ('reason' in cost) throw new Error(cost.reason);
    expect(cost.insert.withWalBytes - cost.insert.withoutWalBytes).toBeGreaterThan(50_000);
    expect(cost.update?.withWalBytes).toBeGreaterThan(cost.update?.withoutWalBytes ?? 0);
  });

  it('has no figure for updates that the table refuses', async () => {
    const cost = await costOf([
      'CREATE TABLE odd (a int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, b int GENERATED ALWAYS AS (1) STORED)',
      'INSERT INTO odd SELECT FROM generate_series(1, 500)',
      'CREATE INDEX odd_idx ON odd (a)',
    ]);
    expect(cost).toHaveProperty('insert');
    expect(cost).not.toHaveProperty('update');
  });

  it.each<[string, readonly string[], string]>([
    ['the table is empty', ['CREATE TABLE odd (a int)', 'CREATE INDEX odd_idx ON odd (a)'], 'the table is empty'],
    ['a rule would act', [...table, 'CREATE RULE r AS ON INSERT TO odd DO INSTEAD NOTHING'], 'the table has rules'],
    [
      'an expression of another index would lock',
      [
        ...table,
        'CREATE OR REPLACE FUNCTION locks(int) RETURNS int LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN PERFORM pg_advisory_lock(31); RETURN 1; END $$',
        'CREATE INDEX ON odd (locks(a))',
        'SELECT pg_advisory_unlock_all()',
      ],
      'it calls pg_advisory_lock()',
    ],
  ])('is not known where %s', async (_, setup, reason) => {
    expect(await costOf(setup)).toEqual({ reason: expect.stringContaining(reason) });
  });
});
