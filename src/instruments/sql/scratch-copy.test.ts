import net from 'node:net';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../../testing/test-database.ts';
import { connect, withConnection } from './connection.ts';
import { withScratchCopy } from './scratch-copy.ts';

const never = new AbortController().signal;
let database: TestDatabase;
beforeEach(async () => {
  database = await createTestDatabase();
  await withConnection(database.url, never, async (connection) => {
    await connection.run('CREATE TABLE t AS SELECT generate_series(1, 100) AS id');
  });
});
afterEach(() => database.drop());

/** Other test files make copies as well: only those that `names` lists count. */
async function existing(names: readonly string[]): Promise<readonly string[]> {
  return withConnection(database.url, never, async (connection) => {
    const rows = await connection.run('SELECT datname FROM pg_database');
    return rows.flatMap(([name]) => (name && names.includes(name) ? [name] : []));
  });
}

const nameOf = async (copy: { run(sql: string): Promise<readonly (readonly (string | null)[])[]> }) =>
  (await copy.run('SELECT current_database()'))[0]?.[0] ?? '';

it('has the rows and the settings of the database, may be altered, and is gone afterwards', async () => {
  const source = new URL(database.url).pathname.slice(1);
  await withConnection(database.url, never, async (connection) => {
    await connection.run(`ALTER DATABASE ${source} SET search_path = app, "$user", public`);
    await connection.run(`ALTER DATABASE ${source} SET random_page_cost = '1.25'`);
  });
  const result = await withScratchCopy(database.url, never, async (copy) => {
    const name = await nameOf(copy);
    expect(await existing([name])).toEqual([name]);
    expect(await copy.run(`SELECT current_setting('random_page_cost'), current_setting('search_path')`)).toEqual([
      ['1.25', 'app, "$user", public'],
    ]);
    await copy.run('DELETE FROM t WHERE id > 10');
    expect(await copy.run('SELECT count(*) FROM t')).toEqual([['10']]);
    return name;
  });
  expect(result).toMatchObject({ status: 'made', value: expect.stringMatching(/^chokepoint_scratch_[\da-f]{12}$/) });
  if (result.status === 'made') expect(await existing([result.value])).toEqual([]);
  await withConnection(database.url, never, async (connection) => {
    expect(await connection.run('SELECT count(*) FROM t')).toEqual([['100']]);
  });
});

it('is gone after its work failed', async () => {
  let name = '';
  const failing = withScratchCopy(database.url, never, async (copy) => {
    name = await nameOf(copy);
    throw new Error('work failed');
  });
  await expect(failing).rejects.toThrow('work failed');
  expect(await existing([name])).toEqual([]);
});

it('is gone after an abort in the middle of a statement', async () => {
  const abort = new AbortController();
  let name = '';
  const aborted = withScratchCopy(database.url, abort.signal, async (copy) => {
    name = await nameOf(copy);
    setTimeout(() => abort.abort(), 50);
    await copy.run('SELECT pg_sleep(30)');
  });
  await expect(aborted).rejects.toMatchObject({ code: 'interrupted' });
  expect(name).not.toBe('');
  expect(await existing([name])).toEqual([]);
});

it('is not made beside other sessions, and says so', async () => {
  const other = await connect(database.url, never);
  try {
    expect(await withScratchCopy(database.url, never, async () => 1)).toEqual({
      status: 'refused',
      reason: 'others are connected to the database, and PostgreSQL copies no database that is in use',
    });
  } finally {
    await other.close();
  }
}, 20_000);

it('is not made without the right to make databases, and says so', async () => {
  const role = `no_create_${new URL(database.url).pathname.slice(1)}`;
  await withConnection(database.url, never, (connection) => connection.run(`CREATE ROLE ${role} LOGIN PASSWORD 'x'`));
  try {
    const url = new URL(database.url);
    url.username = role;
    url.password = 'x';
    expect(await withScratchCopy(url.href, never, async () => 1)).toEqual({
      status: 'refused',
      reason: 'the database user may not create databases (or copy this one)',
    });
  } finally {
    await withConnection(database.url, never, (connection) => connection.run(`DROP ROLE ${role}`));
  }
});

it('is made by an owner who may not change all settings of the database', async () => {
  const source = new URL(database.url).pathname.slice(1);
  const role = `owner_${source}`;
  await withConnection(database.url, never, async (connection) => {
    await connection.run(`CREATE ROLE ${role} LOGIN CREATEDB PASSWORD 'x'`);
    await connection.run(`ALTER DATABASE ${source} OWNER TO ${role}`);
    await connection.run(`ALTER DATABASE ${source} SET log_min_duration_statement = '1s'`);
    await connection.run(`ALTER DATABASE ${source} SET app.tenant = '7'`);
  });
  const url = new URL(database.url);
  url.username = role;
  url.password = 'x';
  try {
    const result = await withScratchCopy(url.href, never, (copy) => copy.run(`SELECT current_setting('app.tenant')`));
    expect(result).toEqual({ status: 'made', value: [['7']] });
  } finally {
    await database.drop();
    database = await createTestDatabase();
    await withConnection(database.url, never, (connection) => connection.run(`DROP ROLE ${role}`));
  }
});

it('is not made where the server lets us into one database only, and says so', async () => {
  const { hostname, port } = new URL(database.url);
  const noDatabase = Buffer.from('SFATAL\0C3D000\0Mno such database\0\0');
  const head = Buffer.alloc(5, 'E');
  head.writeInt32BE(noDatabase.length + 4, 1);
  const front = net.createServer((socket) => {
    socket.on('error', () => socket.destroy());
    socket.once('data', (startup) => {
      if (/database\0(?:postgres|template1)\0/.test(startup.toString())) {
        socket.end(Buffer.concat([head, noDatabase]));
        return;
      }
      const server = net.connect(Number(port), hostname);
      server.write(startup);
      socket.pipe(server).pipe(socket);
    });
  });
  await new Promise<void>((resolve) => front.listen(0, '127.0.0.1', resolve));
  const url = new URL(database.url);
  url.port = String((front.address() as net.AddressInfo).port);
  try {
    expect(await withScratchCopy(url.href, never, async () => 1)).toMatchObject({
      status: 'refused',
      reason: expect.stringMatching(/^no database but its own lets us in.*no such database/),
    });
  } finally {
    await new Promise((resolve) => front.close(resolve));
  }
});
