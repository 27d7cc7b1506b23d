import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { isStampede } from '../../model/bursts.ts';
import { createTestDatabase, type TestDatabase } from '../../testing/test-database.ts';
import { createBurstRecorder } from './burst-recorder.ts';
import { leftInTransaction, watchPool } from './pool-watch.ts';
import { describeStatement } from './statement.ts';
import { startWireTap, type WireTap } from './wire-tap.ts';

const never = new AbortController().signal;
let database: TestDatabase;
let tap: WireTap;
let pool: pg.Pool;

beforeAll(async () => {
  database = await createTestDatabase();
  const { hostname, port } = new URL(database.url);
  tap = await startWireTap({ upstream: { host: hostname, port: Number(port) } });
  const url = new URL(database.url);
  url.port = String(tap.port);
  pool = new pg.Pool({ connectionString: url.href, max: 2 });
  await pool.query('CREATE TABLE scores AS SELECT n AS points FROM generate_series(1, 10) n');
});

afterAll(async () => {
  await pool.end();
  await tap.close();
  await database.drop();
});

const sql = 'SELECT sum(points), pg_sleep(0.02) FROM scores WHERE points < $1';
const ask = async (value = 5) => {
  await pool.query(sql, [value]);
  return { status: 200 };
};
const of = { endpoint: 'GET /', when: 'start' } as const;

test('what every request asks runs as often as there are requests, also behind them', async () => {
  const burst = await createBurstRecorder(tap, 8).record(of, () => ask(), never);
  expect(burst).toMatchObject({
    ...{ ...of, atOnce: 8, alone: 2 },
    statements: [{ tables: ['scores'], runsAtOnce: 8, runsAlone: 2 }],
  });
  expect(burst?.statements[0]?.quickMs).toBeGreaterThan(5);
  expect(burst?.statements.some((each) => isStampede(each, burst))).toBe(false);
});

test('a cache that everybody fills is a stampede, and one that is filled once is none', async () => {
  let kept: { status: number } | undefined;
  const fillEach = async () => {
    kept ??= await ask();
    return kept;
  };
  let filling: Promise<{ status: number }> | undefined;
  const fillOnce = () => {
    filling ??= ask();
    return filling;
  };
  const each = await createBurstRecorder(tap, 8).record(of, fillEach, never);
  expect(each?.statements.map((statement) => isStampede(statement, each))).toEqual([true]);
  expect((await createBurstRecorder(tap, 8).record(of, fillOnce, never))?.statements).toEqual([]);
});

test('other values are another question, and requests that fail tell nothing', async () => {
  let next = 0;
  const burst = await createBurstRecorder(tap, 8).record(of, () => ask(next++), never);
  expect(burst?.statements).toEqual([]);
  const limited = async () => ({ status: next++ % 2 === 0 ? 200 : 429 });
  expect(await createBurstRecorder(tap, 8).record(of, limited, never)).toBeUndefined();
  const lost = () => Promise.reject(new Error('gone'));
  await expect(createBurstRecorder(tap, 8).record(of, lost, never)).rejects.toThrow('gone');
});

test('a pool is watched while it works: connections in a statement or a transaction are held', async () => {
  const watched = await watchPool(tap, async () => {
    await Promise.all(Array.from({ length: 20 }, () => ask()));
  });
  expect(watched.statements).toMatchObject([{ fingerprint: describeStatement(sql).fingerprint, executions: 20 }]);
  expect(watched.open.length).toBe(watched.held.length);
  expect(Math.max(...watched.open)).toBe(2);
  expect(watched.held).toContain(2);

  const client = await pool.connect();
  await client.query('BEGIN');
  await sleep(5);
  expect(await leftInTransaction(tap, never)).toBe(1);
  expect(tap.sessions()).toMatchObject({ open: 2, held: 1, inTransaction: 1 });
  await client.query('COMMIT');
  client.release();
  expect(await leftInTransaction(tap, never)).toBe(0);
});
