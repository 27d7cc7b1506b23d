import { expect, test } from 'vitest';
import { createTestDatabase } from '../../testing/test-database.ts';
import { timeToConnect } from './connect-time.ts';
import { withConnection } from './connection.ts';

const never = new AbortController().signal;

test('opening a connection is timed, and none stays open', async () => {
  const database = await createTestDatabase();
  try {
    expect(await timeToConnect(database.url, never)).toBeGreaterThan(0);
    const others = await withConnection(database.url, never, (connection) =>
      connection.run(
        'SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()',
      ),
    );
    expect(Number(others[0]?.[0])).toBeLessThanOrEqual(1);
  } finally {
    await database.drop();
  }
});

test('a server that is not there is the failure that it is elsewhere', async () => {
  await expect(timeToConnect('postgres://nobody@127.0.0.1:1/none', never)).rejects.toMatchObject({
    code: 'database-refused',
  });
});
