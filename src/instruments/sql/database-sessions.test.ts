import pg from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../../testing/test-database.ts';
import { watchSessions } from './database-sessions.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.drop());

it('counts the sessions of others: those that are there, work, and wait for a lock', async () => {
  const clients = Array.from({ length: 3 }, () => new pg.Client({ connectionString: database.url }));
  const [idle, holder, waiter] = clients;
  const watch = await watchSessions(database.url, new AbortController().signal);
  try {
    expect(await watch.sample()).toEqual({ connected: 0, active: 0, waitingForLocks: 0 });
    for (const client of clients) await client.connect();
    await idle?.query('CREATE TABLE stock (left_over int)');
    await holder?.query('BEGIN');
    await holder?.query('LOCK TABLE stock');
    const blocked = waiter?.query('SELECT * FROM stock');
    await expect.poll(() => watch.sample()).toEqual({ connected: 3, active: 1, waitingForLocks: 1 });
    await holder?.query('COMMIT');
    await blocked;
    await expect.poll(() => watch.sample()).toEqual({ connected: 3, active: 0, waitingForLocks: 0 });
    expect(watch.backendPid).toBeGreaterThan(0);
  } finally {
    await watch.close();
    for (const client of clients) await client.end();
  }
});
