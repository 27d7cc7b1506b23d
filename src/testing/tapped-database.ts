import pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest';
import { startWireTap, type WireExecution, type WireTap } from '../instruments/sql/wire-tap.ts';
import { createTestDatabase, type TestDatabase } from './test-database.ts';

/** What the tests of a file share; each test has a tap of its own. */
interface TappedDatabase {
  readonly database: TestDatabase;
  readonly tap: WireTap;
  /** Of the database, through the tap. */
  readonly url: string;
  /** The statements of the current test, in the order in which they ended. */
  readonly heard: readonly WireExecution[];
}

/** Registers hooks that give the tests of this file a database, set up by `sql`, and each of them a tap before it. */
export function useTappedDatabase(sql: string): TappedDatabase {
  let database: TestDatabase;
  let tap: WireTap;
  let heard: WireExecution[];

  beforeAll(async () => {
    database = await createTestDatabase();
    const client = new pg.Client({ connectionString: database.url });
    await client.connect();
    await client.query(sql);
    await client.end();
  });
  afterAll(() => database.drop());
  beforeEach(async () => {
    const { hostname, port } = new URL(database.url);
    tap = await startWireTap({ upstream: { host: hostname, port: Number(port) } });
    heard = [];
    tap.onExecution((execution) => heard.push(execution));
  });
  afterEach(() => tap.close());

  return {
    get database() {
      return database;
    },
    get tap() {
      return tap;
    },
    get url() {
      return Object.assign(new URL(database.url), { hostname: tap.host, port: String(tap.port) }).href;
    },
    get heard() {
      return heard;
    },
  };
}
