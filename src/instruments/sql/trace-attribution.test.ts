import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../../testing/test-database.ts';
import { createTraceRecorder } from './trace-recorder.ts';
import { startWireTap, type WireTap } from './wire-tap.ts';

let database: TestDatabase;
let tap: WireTap;
let pool: pg.Pool;
let background: pg.Client;
const never = new AbortController().signal;
const meta = { endpoint: 'GET /', method: 'GET', url: '/' };

beforeAll(async () => {
  database = await createTestDatabase();
  const { hostname, port } = new URL(database.url);
  tap = await startWireTap({ upstream: { host: hostname, port: Number(port) } });
  const connectionString = Object.assign(new URL(database.url), { port: String(tap.port) }).href;
  pool = new pg.Pool({ connectionString, max: 3 });
  background = new pg.Client({ connectionString });
  await background.connect();
});

afterAll(async () => {
  await pool.end();
  await background.end();
  await tap.close();
  await database.drop();
});

const other = "'00-00000000000000000000000000000001-0000000000000002-01'";

test('statements that carry the trace of a request are its own, and those of another trace are not', async () => {
  const recorder = createTraceRecorder(tap);
  await recorder.record(
    meta,
    async (traceparent) => {
      await pool.query(`SELECT 1 /*traceparent='${traceparent}',route='%2F'*/`);
      await background.query(`SELECT 2 /*traceparent=${other}*/`);
      await pool.query('SELECT count(*) FROM pg_class');
      return { status: 200 };
    },
    never,
  );
  const { requests, coverage, statements } = recorder.artifact();
  const [request] = requests;
  expect(request?.executions.map(({ statement }) => statements[statement]?.normalized)).toEqual([
    'SELECT $1',
    'SELECT count(*) FROM pg_class',
  ]);
  expect(request?.executions[0]?.tags).toMatchObject({ route: '/' });
  expect(coverage).toMatchObject({ executions: 3, unattributed: 1, attribution: 'traceparent' });
});

test('a service that begins traces of its own is told by time', async () => {
  const recorder = createTraceRecorder(tap);
  await recorder.record(
    meta,
    async () => {
      await pool.query(`SELECT 1 /*traceparent=${other}*/`);
      return { status: 200 };
    },
    never,
  );
  expect(recorder.artifact()).toMatchObject({
    requests: [{ executions: [{ tags: { traceparent: other.slice(1, -1) } }] }],
    coverage: { unattributed: 0, attribution: 'time' },
  });
});

test('a comment that names file and line gives the place', async () => {
  const recorder = createTraceRecorder(tap);
  await recorder.record(
    meta,
    async () => {
      await pool.query("SELECT 1 /*file='app%2FOrder.php',line='12'*/");
      return { status: 200 };
    },
    never,
  );
  expect(recorder.artifact().requests[0]?.executions[0]?.place).toEqual({ file: 'app/Order.php', line: 12 });
});

test('connections that a request opens are counted, and those of a pool that it finds open are not', async () => {
  const recorder = createTraceRecorder(tap);
  const connectionString = Object.assign(new URL(database.url), { port: String(tap.port) }).href;
  await recorder.record(
    meta,
    async () => {
      const client = new pg.Client({ connectionString });
      await client.connect();
      await client.query('SELECT 1');
      await client.end();
      return { status: 200 };
    },
    never,
  );
  await recorder.record(
    meta,
    async () => {
      await pool.query('SELECT 1');
      await sleep(1);
      return { status: 200 };
    },
    never,
  );
  expect(recorder.artifact().requests.map(({ connectionsOpened }) => connectionsOpened)).toEqual([1, 0]);
});
