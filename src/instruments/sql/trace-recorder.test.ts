import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { parametersKey, repeatedStatements, valuesOf } from '../../model/queries.ts';
import { valueHash } from '../../model/value-hash.ts';
import { createTestDatabase, type TestDatabase } from '../../testing/test-database.ts';
import { createTraceRecorder } from './trace-recorder.ts';
import { startWireTap, type WireTap } from './wire-tap.ts';

let database: TestDatabase;
let tap: WireTap;
let pool: pg.Pool;
let server: http.Server;
let base: string;
const never = new AbortController().signal;

beforeAll(async () => {
  database = await createTestDatabase();
  const { hostname, port } = new URL(database.url);
  tap = await startWireTap({ upstream: { host: hostname, port: Number(port) } });
  const url = new URL(database.url);
  url.port = String(tap.port);
  pool = new pg.Pool({ connectionString: url.href, max: 3 });
  await pool.query('CREATE TABLE orders AS SELECT n AS id, n % 7 + 100 AS customer_id FROM generate_series(1, 20) n');
  await pool.query("CREATE TABLE customers AS SELECT n AS id, 'it''s ' || n AS name FROM generate_series(100, 110) n");
  server = http.createServer((request, response) => {
    handle(request.url ?? '').then(
      () => response.end('done'),
      () => response.writeHead(500).end(),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterAll(async () => {
  await new Promise((resolve) => server.close(resolve));
  await pool.end();
  await tap.close();
  await database.drop();
});

async function handle(path: string): Promise<void> {
  if (path === '/orders') {
    const orders = await pool.query('SELECT id, customer_id FROM orders ORDER BY id LIMIT 10');
    for (const { customer_id } of orders.rows) {
      await pool.query('SELECT id, name FROM customers WHERE id = $1', [customer_id]);
    }
  } else if (path === '/literals') {
    for (const id of [101, 102, 103])
      await pool.query(`SELECT name FROM customers WHERE id = ${id} AND name <> 'it''s'`);
  } else if (path === '/broken') {
    await pool.query('SELECT nothing FROM nowhere');
  }
}

const send = (path: string) => async () => {
  const response = await fetch(base + path);
  await response.text();
  return { status: response.status };
};

const meta = (path: string) => ({ endpoint: `GET ${path}`, method: 'GET', url: path });

test('whatever the database hears belongs to the request, with the parent of its loop', async () => {
  const recorder = createTraceRecorder(tap);
  await recorder.record(meta('/orders'), send('/orders'), never);
  const artifact = recorder.artifact();
  const [request] = artifact.requests;
  expect(request).toMatchObject({ endpoint: 'GET /orders', status: 200 });
  expect(request?.executions).toHaveLength(11);
  const [parent, ...loop] = request?.executions ?? [];
  const hashes = parent?.columns.find(({ name }) => name === 'customer_id')?.valueHashes;
  expect(loop.map(({ parameters }) => valueHash(parameters[0] ?? null))).toEqual(hashes);
  expect(parent?.startMs).toBeGreaterThan(0);
  expect(loop.at(-1)?.startMs).toBeLessThan(request?.durationMs ?? 0);
  expect(repeatedStatements(artifact)[0]).toMatchObject({
    distinctParameters: 7,
    statement: { tables: ['customers'] },
  });
  expect(artifact.coverage).toMatchObject({ executions: 11, unattributed: 0 });
});

test('constants written into the text tell its executions apart', async () => {
  const recorder = createTraceRecorder(tap);
  await recorder.record(meta('/literals'), send('/literals'), never);
  const { requests, statements } = recorder.artifact();
  const executions = requests[0]?.executions ?? [];
  expect(statements).toHaveLength(1);
  expect(statements[0]?.normalized).toBe('SELECT name FROM customers WHERE id = $1 AND name <> $2');
  expect(executions.map(valuesOf)).toEqual(['101', '102', '103'].map((id) => [id, "it's"]));
  expect(new Set(executions.map(parametersKey)).size).toBe(3);
});

/** A statement that the service runs once its whole answer has arrived. */
const sendThenWork = async () => {
  const response = await send('/nothing')();
  setTimeout(() => void pool.query("INSERT INTO orders VALUES (21, 100) RETURNING 'log'"), 10);
  return response;
};

test('what the service does after it has answered still belongs to the request, but not to its duration', async () => {
  const recorder = createTraceRecorder(tap);
  await recorder.record(meta('/later'), sendThenWork, never);
  await recorder.record(meta('/nothing'), send('/nothing'), never);
  const [later, nothing] = recorder.artifact().requests;
  expect(later?.executions).toHaveLength(1);
  expect(later?.executions[0]?.startMs).toBeGreaterThan(later?.durationMs ?? 0);
  expect(nothing?.executions).toEqual([]);
});

test('a machine that stands still for a moment is not taken for a quiet database', async () => {
  const recorder = createTraceRecorder(tap);
  const sendThenStall = async () => {
    const response = await sendThenWork();
    const endsAt = performance.now() + 80;
    setTimeout(() => {
      while (performance.now() < endsAt);
    }, 1);
    return response;
  };
  await recorder.record(meta('/later'), sendThenStall, never);
  expect(recorder.artifact().requests[0]?.executions).toHaveLength(1);
});

test('what falls between two requests is counted and belongs to none', async () => {
  const recorder = createTraceRecorder(tap);
  await pool.query('SELECT 0');
  await recorder.record(meta('/nothing'), send('/nothing'), never);
  await pool.query('SELECT 1');
  await recorder.record(meta('/nothing'), send('/nothing'), never);
  const { coverage, requests } = recorder.artifact();
  expect(coverage).toMatchObject({ executions: 1, unattributed: 1 });
  expect(requests.flatMap(({ executions }) => executions)).toEqual([]);
});

test('a connection that takes the place of one that idled out is not counted, one that is needless or gone again is', async () => {
  const { hostname, port } = new URL(database.url);
  const tap = await startWireTap({ upstream: { host: hostname, port: Number(port) } });
  const recorder = createTraceRecorder(tap);
  const url = new URL(database.url);
  url.port = String(tap.port);
  const idling = new pg.Pool({ connectionString: url.href, max: 2, idleTimeoutMillis: 1200 });
  const opened = async (ask: () => Promise<unknown>) => {
    await recorder.record(meta('/opens'), async () => ask().then(() => ({ status: 200 })), never);
    return recorder.artifact().requests.at(-1)?.connectionsOpened;
  };
  const two = () => Promise.all([1, 2].map((n) => idling.query('SELECT pg_sleep(0.05), $1::int', [n])));
  const oneForItself = async () => {
    const client = new pg.Client(url.href);
    await client.connect();
    await client.query('SELECT 1');
    await client.end();
  };
  expect(await opened(two)).toBe(2);
  await sleep(1600);
  expect(tap.sessions().open).toBe(0);
  // Two have idled out: what is closed at once takes the place of neither.
  expect(await opened(oneForItself)).toBe(1);
  expect(await opened(two)).toBe(0);
  expect(await opened(two)).toBe(0);
  // Both are open and neither is used.
  expect(await opened(oneForItself)).toBe(1);
  await idling.end();
  await tap.close();
});

test('failed statements and failed requests are told', async () => {
  const recorder = createTraceRecorder(tap);
  await recorder.record(meta('/broken'), send('/broken'), never);
  expect(recorder.artifact().requests[0]).toMatchObject({ status: 500, executions: [{ error: '42P01', rows: 0 }] });
  const refused = () => Promise.reject(new Error('refused'));
  await expect(recorder.record(meta('/x'), refused, never)).rejects.toThrow('refused');
  await recorder.record(meta('/nothing'), send('/nothing'), never);
  expect(recorder.artifact().requests).toHaveLength(2);
});

test('two requests at a time are a defect, not a mixture', async () => {
  const recorder = createTraceRecorder(tap);
  const slow = recorder.record(meta('/nothing'), () => sleep(100, { status: 200 }), never);
  await expect(recorder.record(meta('/nothing'), send('/nothing'), never)).rejects.toThrow('one at a time');
  await slow;
});

test('an interruption ends the wait for quiet', async () => {
  const recorder = createTraceRecorder(tap);
  const running = pool.query('SELECT pg_sleep(0.5)');
  await sleep(50);
  const recording = recorder.record(meta('/nothing'), send('/nothing'), AbortSignal.timeout(50));
  await expect(recording).rejects.toMatchObject({ code: 'interrupted' });
  await running;
});
