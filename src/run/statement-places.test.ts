import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { type StatementWatch, watchStatements } from '../instruments/profile/call-sites/sent-statements.ts';
import { createTraceRecorder } from '../instruments/sql/trace-recorder.ts';
import { startWireTap, type WireTap } from '../instruments/sql/wire-tap.ts';
import type { Execution, QueriesArtifact } from '../model/queries.ts';
import { createTestDatabase, type TestDatabase } from '../testing/test-database.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const never = new AbortController().signal;
let folder: string;
let database: TestDatabase;
let tap: WireTap;
let tappedUrl: string;
let watch: StatementWatch;
let child: ChildProcess | undefined;

beforeAll(async () => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'chokepoint places ')));
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
  database = await createTestDatabase();
  const client = new pg.Client({ connectionString: database.url });
  await client.connect();
  await client.query("CREATE TABLE people AS SELECT n AS id, 'name ' || n AS name FROM generate_series(1, 20) n");
  await client.end();
});

afterEach(async () => {
  if (child && child.exitCode === null && child.signalCode === null) {
    const ended = once(child, 'exit');
    child.kill('SIGKILL');
    await ended;
  }
  await tap?.close();
  await watch?.close();
});

afterAll(async () => {
  rmSync(folder, { recursive: true, force: true });
  await database.drop();
});

function file(name: string, text: string): string {
  const path = join(folder, name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
  return path;
}

/** Line of the first line of `text` that holds `mark`, counted from 1. */
const lineOf = (text: string, mark: string) => text.split('\n').findIndex((line) => line.includes(mark)) + 1;

const serve = (esm: boolean) => `
${esm ? "import http from 'node:http';" : "const http = require('node:http');"}
http.createServer((request, response) => {
  handle(request.url).then(() => response.end('done'), (error) => response.writeHead(500).end(error.stack));
}).listen(0, '127.0.0.1', function () { console.log('port ' + this.address().port); });
`;

/** Starts a service, sends it one request, and gives what was recorded of it. */
async function traced(path: string, { warmUp = false } = {}): Promise<QueriesArtifact> {
  const { hostname, port } = new URL(database.url);
  tap = await startWireTap({ upstream: { host: hostname, port: Number(port) } });
  tappedUrl = Object.assign(new URL(database.url), { port: String(tap.port) }).href;
  watch = await watchStatements({ nodeOptions: '' });
  const env = { ...process.env, ...watch.env, DATABASE_URL: tappedUrl };
  const started = spawn(process.execPath, [path], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  child = started;
  let output = '';
  let errors = '';
  started.stderr.on('data', (chunk) => (errors += chunk));
  const servicePort = await new Promise<string>((resolve, reject) => {
    started.stdout.on('data', (chunk) => {
      output += chunk;
      const found = /port (\d+)/.exec(output);
      if (found?.[1]) resolve(found[1]);
    });
    started.once('exit', () => reject(new Error(errors)));
  });
  const recorder = createTraceRecorder(tap, { takeSent: watch.take });
  const send = async () => {
    const response = await fetch(`http://127.0.0.1:${servicePort}/`);
    const text = await response.text();
    if (response.status !== 200) throw new Error(text);
    return { status: response.status };
  };
  if (warmUp) await send();
  await recorder.record({ endpoint: 'GET /', method: 'GET', url: '/' }, send, never);
  expect(errors).toBe('');
  return recorder.artifact();
}

const executionsOf = ({ requests }: QueriesArtifact): readonly Execution[] => requests[0]?.executions ?? [];
const placesIn = (queries: QueriesArtifact) =>
  executionsOf(queries).map(({ place }) => place && { file: place.file, line: place.line, name: place.name });

describe('node-postgres', () => {
  const body = `
const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL, max: 2 });
async function findPeople() {
  const { rows } = await pool.query('SELECT id FROM people ORDER BY id LIMIT 6'); // the list
  return rows;
}
async function loadOne(id) {
  await new Promise((resolve) => setImmediate(resolve));
  return pool.query('SELECT name FROM people WHERE id = $1', [id]); // the loop
}
function withCallback() {
  return new Promise((resolve, reject) => {
    pool.query('SELECT 1 AS callback', (error) => (error ? reject(error) : resolve())); // the callback
  });
}
async function handle() {
  const people = await findPeople();
  await Promise.all(people.map(({ id }) => loadOne(id)));
  await withCallback();
  const client = await pool.connect();
  await client.query('BEGIN'); // begin
  await client.query({ name: 'named', text: 'SELECT $1::int AS named', values: [1] }); // named
  client.release();
}
`;
  test.each<[string, string, string]>([
    ['CommonJS', 'pg.cjs', `const pg = require('pg');${body}${serve(false)}`],
    ['an ES module', 'pg.mjs', `import pg from 'pg';${body}${serve(true)}`],
  ])('in %s: pools, callbacks and loops that wait for a connection', async (_, name, text) => {
    const path = file(name, text);
    const queries = await traced(path);
    const at = (mark: string, of: string | undefined) => ({ file: path, line: lineOf(text, mark), name: of });
    expect(placesIn(queries)).toEqual([
      at('// the list', 'findPeople'),
      ...Array.from({ length: 6 }, () => at('// the loop', 'loadOne')),
      at('// the callback', undefined),
      at('// begin', 'handle'),
      at('// named', 'handle'),
    ]);
    expect(queries.coverage).toMatchObject({ executions: 10, unattributed: 0, placed: 10 });
    expect(queries.requests[0]?.connectionsOpened).toBe(2);
  });

  test('in TypeScript: the line of the source, by its source map', async () => {
    const source = `import pg from 'pg';
import http from 'node:http';
interface Row { readonly id: number }

enum Wanted { First = 1 }

const client = new pg.Client({ connectionString: process.env.DATABASE_URL });
await client.connect();
async function load(row: Row): Promise<unknown> {
  return client.query('SELECT $1::int AS mapped', [row.id as Wanted]); // the statement
}
http.createServer((_request, response) => {
  load({ id: Wanted.First }).then(() => response.end());
}).listen(0, '127.0.0.1', function (this: http.Server) { console.log('port ' + (this.address() as { port: number }).port); });
`;
    const path = file('src/mapped.mts', source);
    const tsc = join(root, 'node_modules/typescript/bin/tsc');
    const options = [
      '--module',
      'nodenext',
      '--target',
      'es2023',
      '--types',
      'node',
      '--skipLibCheck',
      '--ignoreConfig',
    ];
    execFileSync(
      process.execPath,
      [tsc, path, ...options, '--sourceMap', '--rootDir', join(folder, 'src'), '--outDir', join(folder, 'dist')],
      { cwd: folder },
    );
    const built = join(folder, 'dist/mapped.mjs');
    expect(existsSync(`${built}.map`)).toBe(true);
    expect(placesIn(await traced(built))).toEqual([
      { file: path, line: lineOf(source, '// the statement'), name: 'load' },
    ]);
  });

  test('a library that sends a statement when it is awaited: the line that awaits it', async () => {
    file(
      'lib/node_modules/lazy/index.mjs',
      `export const lazy = (pool, sql, value) => ({
  then: (...listeners) => pool.query(sql, [value]).then(...listeners),
});`,
    );
    const text = `import pg from 'pg';
import { lazy } from './lib/node_modules/lazy/index.mjs';
const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL });
async function handle() {
  await lazy(pool, 'SELECT $1::int AS awaited', 1); // awaited
  await Promise.all(
    [1, 2].map((id) => lazy(pool, 'SELECT $1::int AS together FROM people', id)), // together
  );
}
${serve(true)}`;
    const path = file('lazy.mjs', text);
    const lines = placesIn(await traced(path, { warmUp: true })).map((place) => place?.line);
    expect(lines.at(0)).toBe(lineOf(text, '// awaited'));
    const [from, to] = [lineOf(text, 'Promise.all'), lineOf(text, '// together')];
    for (const line of lines.slice(1)) {
      expect(line).toBeGreaterThanOrEqual(from);
      expect(line).toBeLessThanOrEqual(to);
    }
    expect(lines).toHaveLength(3);
  });

  test('a loader that collects what is asked for in a tick: the line that asked; several lines, or a queue: none', async () => {
    file(
      'lib/node_modules/loader/index.mjs',
      `let asked = [];
export const load = (pool, id) => new Promise((resolve, reject) => {
  asked.push({ id, resolve, reject });
  if (asked.length === 1) process.nextTick(() => send(pool));
});
function send(pool) {
  const batch = asked;
  asked = [];
  pool.query('SELECT id FROM people WHERE id = ANY($1)', [batch.map(({ id }) => id)])
    .then(({ rows }) => batch.forEach(({ resolve }) => resolve(rows)), (error) => batch[0].reject(error));
}
let sqls = [];
export const ask = (pool, sql) => new Promise((resolve) => {
  sqls.push({ sql, resolve });
  if (sqls.length === 1) process.nextTick(() => {
    for (const each of sqls) pool.query(each.sql).then(each.resolve);
    sqls = [];
  });
});
const jobs = [];
let wake;
export const push = (pool, id) => {
  jobs.push(id);
  if (wake) wake();
  else work(pool);
};
async function work(pool) {
  for (;;) {
    while (jobs.length > 0) await pool.query('SELECT $1::int AS job', [jobs.shift()]);
    await new Promise((resolve) => { wake = resolve; });
  }
}`,
    );
    const text = `import pg from 'pg';
import { ask, load, push } from './lib/node_modules/loader/index.mjs';
const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL });
async function handle(url) {
  await Promise.all([1, 2].map((id) => load(pool, id))); // asked
  await Promise.all([
    ask(pool, 'SELECT 1 AS one'),
    ask(pool, 'SELECT 2 AS two'),
  ]);
  push(pool, 1);
  if (url === '/') await new Promise((resolve) => setTimeout(resolve, 100));
}
${serve(true)}`;
    const path = file('loader.mjs', text);
    const places = placesIn(await traced(path, { warmUp: true }));
    expect(places.map((place) => place?.line)).toEqual([
      lineOf(text, '// asked'),
      // Both were sent for the tick that the first of them began.
      undefined,
      undefined,
      undefined,
    ]);
  });

  test('a helper that sends every statement: the line that called it', async () => {
    const text = `import pg from 'pg';
const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL });
const query = async (sql, values) => (await pool.query(sql, values)).rows; // the helper
async function handle() {
  await query('SELECT id FROM people'); // first
  await query('SELECT name FROM people'); // second
  await query('SELECT count(*) FROM people'); // third
}
${serve(true)}`;
    const path = file('helper.mjs', text);
    expect(placesIn(await traced(path)).map((place) => place?.line)).toEqual(
      ['// first', '// second', '// third'].map((mark) => lineOf(text, mark)),
    );
  });
});

describe('postgres.js', () => {
  const body = `
const sql = postgres(process.env.DATABASE_URL, { max: 2, fetch_types: false });
async function handle() {
  const people = await sql\`SELECT id FROM people ORDER BY id LIMIT 4\`; // the list
  for (const { id } of people) {
    const only = sql\`WHERE id = \${id}\`;
    await sql\`SELECT name FROM people \${only}\`; // the loop
  }
  await sql.unsafe('SELECT 1 AS unsafe'); // unsafe
}
`;
  test.each<[string, string, string]>([
    ['CommonJS', 'postgres.cjs', `const postgres = require('postgres');${body}${serve(false)}`],
    ['an ES module', 'postgres.mjs', `import postgres from 'postgres';${body}${serve(true)}`],
  ])('in %s: where a query was written, not where it was sent', async (_, name, text) => {
    const path = file(name, text);
    const at = (mark: string) => ({ file: path, line: lineOf(text, mark), name: 'handle' });
    const queries = await traced(path);
    expect(placesIn(queries)).toEqual([
      at('// the list'),
      ...Array.from({ length: 4 }, () => at('// the loop')),
      at('// unsafe'),
    ]);
  });
});
