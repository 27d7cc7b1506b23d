import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TableState } from '../../model/table-state.ts';
import { createTestDatabase, type TestDatabase } from '../../testing/test-database.ts';
import { type Connection, connect } from './connection.ts';
import { readTableStates } from './table-states.ts';

let database: TestDatabase;
let connection: Connection;
let orders: TableState | undefined;
beforeAll(async () => {
  database = await createTestDatabase();
  connection = await connect(database.url, new AbortController().signal);
  for (const sql of [
    'CREATE TABLE customers (id int PRIMARY KEY, email text UNIQUE)',
    'INSERT INTO customers SELECT n, n::text FROM generate_series(1, 1000) n',
    'CREATE TABLE orders (id int PRIMARY KEY, customer_id int REFERENCES customers, "at time" timestamp, note text)',
    `INSERT INTO orders SELECT n, n % 1000 + 1, now(), 'x' FROM generate_series(1, 2000) n`,
    'CREATE INDEX by_customer ON orders (customer_id)',
    'CREATE INDEX by_note ON orders (note)',
    'CREATE INDEX by_note_too ON orders (note)',
    'CREATE INDEX by_note_and_time ON orders (note, "at time")',
    'CREATE INDEX by_note_down ON orders (note DESC)',
    `CREATE INDEX by_new_note ON orders (note) WHERE id > 10`,
    'CREATE INDEX by_expression ON orders (lower(note))',
    'CREATE INDEX by_id ON orders (id)',
    'CREATE TABLE lines (order_id int REFERENCES orders, customer_id int REFERENCES customers)',
    'INSERT INTO lines SELECT n % 2000 + 1, n % 1000 + 1 FROM generate_series(1, 3000) n',
    'CREATE INDEX ON lines (order_id)',
    'CREATE SCHEMA "App"',
    'CREATE TABLE "App".logs (id int)',
    'ANALYZE customers',
    'ANALYZE orders',
    'ANALYZE lines',
    'SET enable_seqscan = off',
    `SELECT count(*) FROM orders WHERE lower(note) = 'x' AND customer_id > 0`,
  ]) {
    await connection.run(sql);
  }
  await connection.run('SELECT pg_stat_force_next_flush()').catch(() => undefined);
  [orders] = await readTableStates(connection, ['orders', 'orders', 'nowhere', 'pg_catalog.pg_class']);
});
afterAll(async () => {
  await connection.close();
  await database.drop();
});

const indexNamed = (name: string) => orders?.indexes.find((index) => index.name === name);

describe('the state of a table', () => {
  it('tells rows, and when it was analysed', async () => {
    expect(orders).toMatchObject({ table: 'orders', estimatedRows: 2_000 });
    const [logs] = await readTableStates(connection, ['App.logs']);
    expect(logs).toMatchObject({ table: 'App.logs', indexes: [], unindexedReferences: [] });
    expect(logs).not.toHaveProperty('analyzedAt');
    await expect
      .poll(async () => (await readTableStates(connection, ['orders']))[0]?.analyzedAt, { timeout: 5_000 })
      .toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
  });

  it('tells of each index what it is for, and leaves out tables of the server', async () => {
    expect(await readTableStates(connection, ['nowhere', 'pg_catalog.pg_class'])).toEqual([]);
    expect(indexNamed('orders_pkey')).toMatchObject({ keptFor: 'constraint', columns: ['id'] });
    expect(indexNamed('by_customer')).toMatchObject({ keptFor: 'foreign key' });
    expect(indexNamed('by_expression')).toMatchObject({ columns: [null] });
    expect(indexNamed('by_note')?.sizeBytes).toBeGreaterThan(8_000);
    expect(indexNamed('by_note')?.definition).toBe('CREATE INDEX by_note ON public.orders USING btree (note)');
    const [customers] = await readTableStates(connection, ['customers']);
    expect(customers?.indexes.map(({ keptFor }) => keptFor)).toEqual(['constraint', 'constraint']);
  });

  it('tells which index another covers: a copy, a beginning, and none that is partial or turned around', () => {
    const covered = Object.fromEntries(orders?.indexes.map(({ name, coveredBy }) => [name, coveredBy]) ?? []);
    expect(covered).toEqual({
      ...{ orders_pkey: undefined, by_customer: undefined, by_expression: undefined },
      ...{ by_note: 'by_note_and_time', by_note_too: 'by_note', by_note_and_time: undefined },
      ...{ by_note_down: undefined, by_new_note: undefined, by_id: 'orders_pkey' },
    });
  });

  it('tells the foreign keys to it that no index serves', async () => {
    expect(orders?.unindexedReferences).toEqual([]);
    const [customers] = await readTableStates(connection, ['customers']);
    expect(customers?.unindexedReferences).toEqual([
      {
        ...{ name: 'lines_customer_id_fkey', table: 'lines', columns: ['customer_id'], estimatedRows: 3_000 },
        ddl: 'CREATE INDEX CONCURRENTLY ON lines (customer_id)',
      },
    ]);
  });

  it('counts the uses of an index', async () => {
    await expect
      .poll(async () => (await readTableStates(connection, ['orders']))[0]?.indexes.some(({ scans }) => scans > 0), {
        timeout: 10_000,
      })
      .toBe(true);
  });
});
