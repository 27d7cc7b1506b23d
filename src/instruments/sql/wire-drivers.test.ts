import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import postgres from 'postgres';
import { describe, expect, test } from 'vitest';
import {
  closeNamed,
  describeNamed,
  int16,
  int32,
  message,
  openRawClient,
  parse,
  query,
  sync,
} from '../../testing/raw-postgres-client.ts';
import { useTappedDatabase } from '../../testing/tapped-database.ts';

const tapped = useTappedDatabase(
  "CREATE TABLE people AS SELECT n AS id, 'name ' || n AS name FROM generate_series(1, 100) n",
);

const said = () => tapped.heard.map(({ sql, parameters, rows, error }) => ({ sql, parameters, rows, error }));
const statement = (sql: string, parameters: readonly (string | null)[] = [], rows = 1, error?: string) => ({
  ...{ sql, parameters, rows, error },
});

describe('node-postgres that sends without waiting for answers', () => {
  test('is heard in order, and an error costs the one statement', async () => {
    const client = new pg.Client({ connectionString: tapped.url, pipeline: true } as pg.ClientConfig);
    await client.connect();
    const values = [1, 2, 0, 4];
    const results = await Promise.allSettled(
      values.map((value) => client.query('SELECT 8 / $1::int AS eighth', [value])),
    );
    await tapped.tap.idle(0);
    await client.end();
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected', 'fulfilled']);
    expect(tapped.heard.map(({ parameters, error }) => [parameters[0], error])).toEqual([
      ['1', undefined],
      ['2', undefined],
      ['0', '22012'],
      ['4', undefined],
    ]);
    expect(tapped.tap.stats.unreadable).toBe(0);
  });
});

describe('postgres.js', () => {
  async function withSql(use: (sql: postgres.Sql) => Promise<unknown>): Promise<void> {
    const sql = postgres(tapped.url, { max: 1, fetch_types: false, onnotice: () => {} });
    try {
      await use(sql);
      await tapped.tap.idle(0);
    } finally {
      await sql.end();
    }
  }

  test('its prepared, pipelined, simple and failing statements are heard', () =>
    withSql(async (sql) => {
      const ids = [1, 2, 3];
      await Promise.all(ids.map((id) => sql`SELECT name FROM people WHERE id = ${id}`));
      await sql`SELECT 1 AS one`.simple();
      await expect(sql`SELECT 1 / ${0}::int AS broken`).rejects.toThrow('division by zero');
      await sql.unsafe('SELECT 2 AS two; SELECT 3 AS three').simple();
      expect(said()).toEqual([
        ...ids.map((id) => statement('SELECT name FROM people WHERE id = $1', [String(id)])),
        statement('SELECT 1 AS one'),
        statement('SELECT 1 / $1::int AS broken', ['0'], 0, '22012'),
        statement('SELECT 2 AS two'),
        statement('SELECT 3 AS three'),
      ]);
      expect(tapped.heard[1]).toMatchObject({ parameterTypes: [23], columns: [{ name: 'name' }] });
    }));

  test('a transaction, a cursor and rows that are copied', () =>
    withSql(async (sql) => {
      await sql.begin(async (inside) => {
        await inside`CREATE TEMP TABLE copied (a int)`;
        const writable = await inside`COPY copied FROM STDIN`.writable();
        await new Promise((resolve, reject) => {
          writable.on('finish', resolve).on('error', reject);
          writable.end('1\n2\n3\n');
        });
      });
      for await (const rows of sql`SELECT id FROM people ORDER BY id`.cursor(40))
        expect(rows.length).toBeGreaterThan(0);
      expect(said().map(({ sql: text, rows }) => [text, rows])).toEqual([
        ['begin ', 0],
        ['CREATE TEMP TABLE copied (a int)', 0],
        ['COPY copied FROM STDIN', 3],
        ['commit', 0],
        ['SELECT id FROM people ORDER BY id', 100],
      ]);
      expect(tapped.heard.map(({ inTransaction }) => inTransaction)).toEqual([false, true, true, true, false]);
    }));
});

// Prisma's own engine is not an npm package; it is built upon tokio-postgres, whose messages these are.
test('a client that prepares by name, describes, and binds and asks in binary, as the engine of Prisma does', async () => {
  const raw = await openRawClient(tapped.url);
  const binary = (...values: readonly Buffer[]) => [
    ...[int16(1), int16(1), int16(values.length)],
    ...values.flatMap((value) => [int32(value.length), value]),
    ...[int16(1), int16(1)],
  ];
  raw.send(query('BEGIN'));
  await raw.until('Z');
  raw.send(parse('s0', 'SELECT id, name FROM people WHERE id = $1 OR name = $2'), describeNamed('s0'), sync());
  await raw.until('Z');
  for (const id of [7, 8]) {
    raw.send(message('B', '', 's0', ...binary(int32(id), Buffer.from('name 9'))), message('E', '', int32(0)), sync());
    await raw.until('Z');
  }
  raw.send(query('COMMIT'));
  await raw.until('Z');
  raw.send(closeNamed('s0'), sync());
  await raw.until('Z');
  raw.end();
  expect(said()).toEqual([
    statement('BEGIN', [], 0),
    statement('SELECT id, name FROM people WHERE id = $1 OR name = $2', ['7', 'name 9'], 2),
    statement('SELECT id, name FROM people WHERE id = $1 OR name = $2', ['8', 'name 9'], 2),
    statement('COMMIT', [], 0),
  ]);
  expect(tapped.heard[1]).toMatchObject({ parameterTypes: [23, 25], inTransaction: true });
});

/** Runs a program that gets the address of the tap, and gives what it wrote. */
function run(command: string, args: readonly string[], options: { cwd?: string; env?: NodeJS.ProcessEnv } = {}) {
  return new Promise<{ status: number | null; output: string }>((resolve) => {
    const child = spawn(command, args, {
      ...options,
      env: { ...process.env, ...options.env, DATABASE_URL: tapped.url },
    });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += chunk));
    child.on('close', (status) => resolve({ status, output }));
  });
}

const python = ['/usr/bin/python3', 'python3'].find(
  (program) => spawnSync(program, ['-c', 'import psycopg']).status === 0,
);

describe.skipIf(!python)('psycopg (skipped where Python does not have it)', () => {
  test('its plain, prepared, pipelined, copied and failing statements are heard', async () => {
    const script = `
import os, psycopg
with psycopg.connect(os.environ['DATABASE_URL'], autocommit=True) as connection:
    for number in range(7):
        connection.execute('SELECT name FROM people WHERE id = %s', (number + 1,))
    connection.execute('SELECT 1 AS one', binary=True)
    with connection.pipeline():
        for number in (1, 2):
            connection.execute('SELECT %s::int AS piped', (number,))
    try:
        connection.execute('SELECT 1 / 0')
    except psycopg.errors.DivisionByZero:
        pass
    with connection.cursor().copy('COPY (SELECT id FROM people WHERE id <= 3) TO STDOUT') as copy:
        assert len(list(copy.rows())) == 3
    with connection.transaction():
        connection.execute('SELECT 2 AS two')
`;
    const { status, output } = await run(python ?? '', ['-c', script]);
    expect({ status, output }).toEqual({ status: 0, output: '' });
    await tapped.tap.idle(0);
    const texts = tapped.heard.map(({ sql }) => sql);
    expect(texts.filter((sql) => sql === 'SELECT name FROM people WHERE id = $1')).toHaveLength(7);
    expect(tapped.heard.slice(0, 7).map(({ parameters, rows }) => [parameters[0], rows])).toEqual(
      [1, 2, 3, 4, 5, 6, 7].map((id) => [String(id), 1]),
    );
    expect(texts.slice(7)).toEqual([
      'SELECT 1 AS one',
      'SELECT $1::int AS piped',
      'SELECT $1::int AS piped',
      'SELECT 1 / 0',
      'COPY (SELECT id FROM people WHERE id <= 3) TO STDOUT',
      'BEGIN',
      'SELECT 2 AS two',
      'COMMIT',
    ]);
    expect(tapped.heard[10]?.error).toBe('22012');
    expect(tapped.heard[11]?.rows).toBe(3);
    expect(tapped.tap.stats.unreadable).toBe(0);
  });
});

interface PgxVersion {
  /** Where it lies, if it is there. */
  readonly folder: string;
  readonly path: string;
  /** The option that makes it use the simple protocol. */
  readonly simple: string;
  /** Files beside the program. */
  readonly files: Readonly<Record<string, string>>;
  readonly env: Readonly<Record<string, string>>;
}

const newestPgx = 'v5.12.0';

/** As a module that was downloaded before, and as Debian packages it; a test fetches nothing. */
const pgxVersions: readonly PgxVersion[] = [
  {
    folder: `${goCommand('env', 'GOMODCACHE')}/github.com/jackc/pgx/v5@${newestPgx}`,
    path: 'github.com/jackc/pgx/v5',
    simple: 'pgx.QueryExecModeSimpleProtocol',
    files: { 'go.mod': `module tapped\n\ngo 1.25.0\n\nrequire github.com/jackc/pgx/v5 ${newestPgx}\n` },
    env: { GOFLAGS: '-mod=mod', GOPROXY: 'off', GONOSUMDB: '*', GONOSUMCHECK: '1', GOTOOLCHAIN: 'local' },
  },
  {
    folder: goCommand('version') === '' ? '' : '/usr/share/gocode/src/github.com/jackc/pgx',
    path: 'github.com/jackc/pgx/v4',
    simple: 'pgx.QuerySimpleProtocol(true)',
    files: {},
    env: { GO111MODULE: 'off', GOPATH: '/usr/share/gocode', GOTOOLCHAIN: 'local' },
  },
];

function goCommand(...args: readonly string[]): string {
  return spawnSync('go', args, { encoding: 'utf8' }).stdout?.trim() ?? '';
}

function buildPgxClient(folder: string, { path, simple, files, env }: PgxVersion): string {
  const program = goProgram.replace('PATH', path).replace('SIMPLE', simple);
  for (const [name, text] of Object.entries({ ...files, 'main.go': program })) writeFileSync(join(folder, name), text);
  const options = { cwd: folder, env: { ...process.env, ...env }, encoding: 'utf8' } as const;
  const { status, stderr } = spawnSync('go', ['build', '-o', 'client', '.'], options);
  if (status !== 0) throw new Error(stderr);
  return join(folder, 'client');
}

const goProgram = `package main

import (
	"context"
	"os"

	"PATH"
)

func must(err error) {
	if err != nil {
		panic(err)
	}
}

func main() {
	ctx := context.Background()
	connection, err := pgx.Connect(ctx, os.Getenv("DATABASE_URL"))
	must(err)
	defer connection.Close(ctx)
	var name string
	for id := 1; id <= 3; id++ {
		must(connection.QueryRow(ctx, "SELECT name FROM people WHERE id = $1", id).Scan(&name))
	}
	must(connection.QueryRow(ctx, "SELECT 'simple ' || $1", SIMPLE, "x").Scan(&name))
	batch := &pgx.Batch{}
	for number := 1; number <= 2; number++ {
		batch.Queue("SELECT $1::int AS batched", number)
	}
	must(connection.SendBatch(ctx, batch).Close())
	if _, err = connection.Exec(ctx, "SELECT 1 / 0"); err == nil {
		panic("no error")
	}
	_, err = connection.Exec(ctx, "CREATE TEMP TABLE copied (a int)")
	must(err)
	count, err := connection.CopyFrom(ctx, pgx.Identifier{"copied"}, []string{"a"}, pgx.CopyFromRows([][]any{{1}, {2}, {3}}))
	must(err)
	if count != 3 {
		panic("not copied")
	}
}
`;

const installedPgx = pgxVersions.filter(({ folder }) => existsSync(folder));

test.skipIf(installedPgx.length === 0).each(installedPgx.length > 0 ? installedPgx : pgxVersions)(
  'the prepared, simple, batched, failing and copied statements of $path are heard (skipped where Go does not have it)',
  async (pgx) => {
    const folder = mkdtempSync(join(tmpdir(), 'chokepoint-pgx-'));
    try {
      const client = buildPgxClient(folder, pgx);
      expect(await run(client, [])).toEqual({ status: 0, output: '' });
      await tapped.tap.idle(0);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
    const counted = said().map(({ sql, parameters, rows, error }) => [sql, parameters[0], rows, error]);
    expect(counted).toEqual([
      ...[1, 2, 3].map((id) => ['SELECT name FROM people WHERE id = $1', String(id), 1, undefined]),
      [expect.stringMatching(/^SELECT 'simple ' \|\| +'x' *$/), undefined, 1, undefined],
      ...[1, 2].map((number) => ['SELECT $1::int AS batched', String(number), 1, undefined]),
      ['SELECT 1 / 0', undefined, 0, '22012'],
      ['CREATE TEMP TABLE copied (a int)', undefined, 0, undefined],
      [expect.stringMatching(/^copy "copied"/), undefined, 3, undefined],
    ]);
    expect(tapped.tap.stats.unreadable).toBe(0);
  },
);
