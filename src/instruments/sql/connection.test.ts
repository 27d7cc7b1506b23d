import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { inspect } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../../testing/test-database.ts';
import { connect, describeRefusal, withConnection } from './connection.ts';

const never = new AbortController().signal;
let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.drop());

function urlWith(change: (url: URL) => void): string {
  const url = new URL(database.url);
  change(url);
  return url.href;
}

it('says that nothing listens at the port', async () => {
  const url = urlWith((changed) => {
    changed.port = '1';
  });
  await expect(connect(url, never)).rejects.toMatchObject({
    code: 'database-refused',
    message: expect.stringContaining('127.0.0.1:1'),
    exitCode: 4,
  });
});

it('says that the host is unknown', async () => {
  const url = urlWith((changed) => {
    changed.hostname = 'no-such-host.invalid';
  });
  await expect(connect(url, never)).rejects.toMatchObject({ code: 'database-refused' });
});

it('takes a server that is no PostgreSQL for one that refuses', async () => {
  const server = createServer((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  try {
    const url = `postgres://a:b@127.0.0.1:${port}/c`;
    await expect(connect(url, never)).rejects.toMatchObject({ code: 'database-refused' });
  } finally {
    server.close();
  }
});

it('tells a wrong password without repeating it', async () => {
  const url = urlWith((changed) => {
    changed.password = 'hunter2';
  });
  const failure = await connect(url, never).catch((error: unknown) => error as Error);
  expect(failure).toMatchObject({ code: 'database-login' });
  expect(String(failure)).not.toContain('hunter2');
});

it('tells a missing password, a missing user and a missing database', async () => {
  for (const change of [
    (url: URL) => {
      url.password = '';
    },
    (url: URL) => {
      url.username = 'nobody_here';
    },
    (url: URL) => {
      url.pathname = '/no_such_database';
    },
  ]) {
    await expect(connect(urlWith(change), never)).rejects.toMatchObject({ code: 'database-login' });
  }
});

it('tells that the right to connect is missing', async () => {
  const role = `visitor_${new URL(database.url).pathname.slice(1)}`;
  await withConnection(database.url, never, async (connection) => {
    await connection.run(`CREATE ROLE ${role} LOGIN PASSWORD 'visitor'`);
    await connection.run(`REVOKE CONNECT ON DATABASE ${new URL(database.url).pathname.slice(1)} FROM PUBLIC`);
    try {
      const url = urlWith((changed) => {
        changed.username = role;
        changed.password = 'visitor';
      });
      await expect(connect(url, never)).rejects.toMatchObject({ code: 'database-rights' });
    } finally {
      await connection.run(`DROP ROLE ${role}`);
    }
  });
});

it('tells a url that is none', async () => {
  await expect(connect('localhost/app', never)).rejects.toMatchObject({ code: 'usage', exitCode: 2 });
});

it('tells a url that is none, and a certificate that is missing, without the password', async () => {
  for (const [url, message] of [
    ['postgres://app:hunter2@:x', 'the database url is not a url'],
    ['postgres://app:hunter2@db/app?sslrootcert=/no/such.pem', 'a file that cannot be read: /no/such.pem'],
  ] as const) {
    const failure = await connect(url, never).catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: 'usage', message: expect.stringContaining(message) });
    expect(inspect(failure, { depth: 9 })).not.toContain('hunter2');
  }
});

it('tags its statements, declares types and refuses two statements in one text', async () => {
  await withConnection(database.url, never, async (connection) => {
    const [activity] = await connection.run('SELECT query FROM pg_stat_activity WHERE pid = pg_backend_pid()');
    expect(activity?.[0]).toMatch(/^\/\* chokepoint \*\/ SELECT query/);
    await expect(connection.run('SELECT $1 + $2', ['2', '3'])).rejects.toThrow(/unique/);
    expect(await connection.run('SELECT $1 + $2, NULL', ['2', '3'], [23, 23])).toEqual([['5', null]]);
    await expect(connection.run('SELECT 1; SELECT 2')).rejects.toThrow(/multiple commands/);
    expect(await connection.time({ sql: 'SELECT generate_series(1, 1000)', values: [], types: [] })).toBeGreaterThan(0);
    expect(await connection.run('SELECT 1')).toEqual([['1']]);
  });
});

it('does not repeat the value that the server complains about', async () => {
  await withConnection(database.url, never, async (connection) => {
    const error = await connection.run('SELECT $1::int', ['secret']).catch((reason: unknown) => reason);
    expect(describeRefusal(error)).toBe('the server refused it (SQLSTATE 22P02)');
    const raised = await connection
      .run(`DO $$ BEGIN RAISE 'no customer secret'; END $$`)
      .catch((reason: unknown) => reason);
    expect(describeRefusal(raised)).toBe('the server refused it (SQLSTATE P0001)');
    const missing = await connection.run('SELECT * FROM no_table').catch((reason: unknown) => reason);
    expect(describeRefusal(missing)).toContain('relation "no_table" does not exist');
  });
});

it('cancels the running statement on the server when it is aborted', async () => {
  const abort = new AbortController();
  const connection = await connect(database.url, abort.signal);
  const startedAt = performance.now();
  setTimeout(() => abort.abort(), 100);
  await expect(connection.run('SELECT pg_sleep(30)')).rejects.toMatchObject({ code: 'interrupted' });
  await expect(connection.run('SELECT 1')).rejects.toMatchObject({ code: 'interrupted' });
  await connection.close();
  expect(performance.now() - startedAt).toBeLessThan(5_000);
  await withConnection(database.url, never, async (other) => {
    expect(
      await other.run(
        `SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND query LIKE '%pg_sleep(30)' AND state = 'active'`,
      ),
    ).toEqual([]);
  });
});

it('takes a session that the server ended for a refusal', async () => {
  const connection = await connect(database.url, never);
  await expect(connection.run('SELECT pg_terminate_backend(pg_backend_pid())')).rejects.toMatchObject({
    code: 'database-refused',
  });
  await connection.close();
});

/** Speaks so much of the protocol that a client logs in (or not even that), and falls silent. */
async function silentServer({ login }: { readonly login: boolean }) {
  const sockets = new Set<Socket>();
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    sockets.add(socket);
    socket.on('error', () => socket.destroy());
    socket.on('close', () => sockets.delete(socket));
    // AuthenticationOk, BackendKeyData, ReadyForQuery
    socket.once('data', () => login && socket.write('5200000008000000004b0000000c00000001000000025a0000000549', 'hex'));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const close = () => {
    for (const socket of sockets) socket.destroy();
    server.close();
  };
  return { url: `postgres://a:b@127.0.0.1:${(server.address() as AddressInfo).port}/c`, sockets, close };
}

it('does not wait for a server that never answers the login once it is aborted', async () => {
  const server = await silentServer({ login: false });
  const startedAt = performance.now();
  const connecting = connect(server.url, AbortSignal.timeout(50));
  await expect(connecting).rejects.toMatchObject({ code: 'interrupted' });
  expect(performance.now() - startedAt).toBeLessThan(2_000);
  server.close();
});

it('leaves a server that heeds neither the cancellation nor the goodbye', async () => {
  const server = await silentServer({ login: true });
  const abort = new AbortController();
  const connection = await connect(server.url, abort.signal);
  const startedAt = performance.now();
  const running = connection.run('SELECT 1');
  abort.abort();
  await expect(running).rejects.toMatchObject({ code: 'interrupted' });
  await connection.close();
  const idle = await connect(server.url, never);
  await idle.close();
  expect(performance.now() - startedAt).toBeLessThan(8_000);
  server.close();
}, 15_000);

it('survives a server that cuts the connection on which it is asked to cancel', async () => {
  const server = await silentServer({ login: true });
  const abort = new AbortController();
  const connection = await connect(server.url, abort.signal);
  const running = connection.run('SELECT 1');
  abort.abort();
  setTimeout(server.close, 200);
  await expect(running).rejects.toMatchObject({ code: 'interrupted' });
  await connection.close();
});
