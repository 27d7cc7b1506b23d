import { randomBytes } from 'node:crypto';
import { resolve } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import type { Run } from '../model/run.ts';
import { createSandbox, type Sandbox } from '../testing/command-line.ts';
import { createTestDatabase, type TestDatabase } from '../testing/test-database.ts';

const scenario = (name: string) => resolve('fixtures/invalid/run-time', `${name}.yaml`);
const reader = `reader_${randomBytes(4).toString('hex')}`;
const stranger = `stranger_${randomBytes(4).toString('hex')}`;

let sandbox: Sandbox;
let database: TestDatabase;
beforeAll(async () => {
  sandbox = await createSandbox();
  database = await createTestDatabase();
  const name = new URL(database.url).pathname.slice(1);
  await query(database.url, [
    `CREATE TABLE readings AS SELECT n AS id, n % 500 AS device_id, now() AS taken_at, 20::real AS celsius
     FROM generate_series(1, 50000) AS n`,
    'ANALYZE readings',
    `CREATE ROLE ${reader} LOGIN PASSWORD 'reading'`,
    `CREATE ROLE ${stranger} LOGIN PASSWORD 'knocking'`,
    `GRANT SELECT ON readings TO ${reader}`,
    `REVOKE CONNECT ON DATABASE ${name} FROM PUBLIC`,
    `GRANT CONNECT ON DATABASE ${name} TO ${reader}`,
  ]);
});
afterAll(async () => {
  await sandbox.remove();
  await query(database.url, [`DROP OWNED BY ${reader}`]);
  await database.drop();
  await query(inject('adminUrl'), [`DROP ROLE ${reader}`, `DROP ROLE ${stranger}`]);
});

async function query(url: string, statements: readonly string[]): Promise<readonly Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    let rows: readonly Record<string, unknown>[] = [];
    for (const sql of statements) rows = (await client.query(sql)).rows;
    return rows;
  } finally {
    await client.end();
  }
}

function changed(url: string, change: Partial<Pick<URL, 'username' | 'password' | 'pathname' | 'port'>>): string {
  return Object.assign(new URL(url), change).href;
}

describe.concurrent('a database that', () => {
  test.each<[string, () => string, string, string]>([
    [
      'refuses the connection',
      () => changed(database.url, { port: '1' }),
      'the database at 127.0.0.1:1 refuses the connection: connect ECONNREFUSED 127.0.0.1:1 [database-refused]',
      'is it running',
    ],
    [
      'has another password',
      () => changed(database.url, { password: 'opensesame' }),
      'does not let us in: password authentication failed for user "postgres" [database-login]',
      'check the user, the password and the database name',
    ],
    [
      'wants a password',
      () => changed(database.url, { password: '' }),
      'does not let us in: SASL',
      'check the user, the password',
    ],
    [
      'does not exist',
      () => changed(database.url, { pathname: '/nowhere' }),
      'does not let us in: database "nowhere" does not exist [database-login]',
      'check the user',
    ],
    [
      'lets this user not in',
      () => changed(database.url, { username: stranger, password: 'knocking' }),
      'the database user may not connect to 127.0.0.1:',
      'grant it, or use another user',
    ],
  ])('%s is told at the place of its url, before anything is started', async (_name, url, message, hint) => {
    const path = scenario('database');
    const env = { DATABASE_URL: url() };
    const { code, stdout, stderr } = await sandbox.run(['run', path, '--quiet'], { env });
    expect({ code, stdout }).toEqual({ code: 4, stdout: '' });
    const [first = '', second = '', ...rest] = stderr.split('\n');
    expect(first.startsWith(`${path}:6:3: error: `)).toBe(true);
    expect(first).toContain(message);
    expect(second).toContain(hint);
    expect(rest).toEqual(['']);
    expect(stderr).not.toContain('opensesame');
    expect(stderr).not.toContain('knocking');
  });

  test('refuses is told by check too, with code 4', async () => {
    const env = { DATABASE_URL: changed(database.url, { port: '1' }) };
    const { code, stdout } = await sandbox.run(['check', scenario('database')], { env });
    expect(code).toBe(4);
    expect(stdout).toContain('refuses the connection');
  });

  test('is named by no url is told by explain with code 2', async () => {
    const { code, stderr } = await sandbox.run(['explain', '--sql', 'SELECT 1', '--database', 'nowhere']);
    expect(code).toBe(2);
    expect(stderr).toContain('the database url is not a url');
  });
});

test('a user who may read and nothing else gets a whole run, with the index untried and the reason for it', async () => {
  const env = { DATABASE_URL: changed(database.url, { username: reader, password: 'reading' }) };
  const { code, stdout } = await sandbox.run(['run', scenario('database-rights'), '--json', '--quiet'], { env });
  expect(code).toBe(0);
  const run = JSON.parse(stdout) as Run;
  const outcome = run.variants.default?.outcomes['missing-index'];
  const [finding] = outcome?.status === 'fail' ? outcome.findings : [];
  expect(finding).toMatchObject({ grade: 'likely' });
  expect(JSON.stringify(finding)).toContain('CREATE INDEX CONCURRENTLY ON readings (device_id');
  expect(JSON.stringify(finding)).toContain('the database user may not create databases');

  const checked = await sandbox.run(['check', scenario('database-rights')], { env });
  expect(checked.code).toBe(0);
  expect(checked.stdout).toContain('the user may not create databases');
});

test('a statement that the user may not run is told with its reason', async () => {
  const url = changed(database.url, { username: reader, password: 'reading' });
  await query(database.url, ['CREATE TABLE IF NOT EXISTS secrets (id int)']);
  const { code, stderr } = await sandbox.run(['explain', '--sql', 'SELECT * FROM secrets', '--database', url]);
  expect(code).toBe(2);
  expect(stderr).toContain('permission denied for table secrets');
});

test('nothing is left of any of them, neither here nor on the server', async () => {
  expect(await sandbox.leftovers()).toEqual([]);
  expect(sandbox.runs()).toHaveLength(1);
  const databases = await query(inject('adminUrl'), [
    `SELECT datname FROM pg_database WHERE datname LIKE 'chokepoint%'`,
  ]);
  expect(databases).toEqual([]);
});
