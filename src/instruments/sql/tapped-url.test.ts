import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { expect, test } from 'vitest';
import { createTestDatabase } from '../../testing/test-database.ts';
import { tappedUrl, upstreamOf } from './tapped-url.ts';
import { startWireTap } from './wire-tap.ts';

const tap = { host: '127.0.0.1', port: 7 } as const;

test.each([
  ['postgres://a:b@db:6543/app', { host: 'db', port: 6543, tls: false, verify: false }],
  ['postgres://a:b@db/app?sslmode=disable', { host: 'db', port: 5432, tls: false }],
  ['postgres://a:b@db/app?sslmode=require', { tls: true, verify: false }],
  ['postgres://a:b@db/app?sslmode=verify-full', { tls: true, verify: true }],
  ['postgres://a:b@db/app?ssl=true', { tls: true, verify: false }],
  ['postgres://a:b@[::1]:5433/app', { host: '::1', port: 5433 }],
  ['postgres://a:b@x/app?host=/run/postgresql&port=5433', { host: '/run/postgresql', port: 5433 }],
  ['postgres://a:b@%2Frun%2Fpostgresql/app', { host: '/run/postgresql', port: 5432 }],
  ['postgres:///app', { host: 'localhost' }],
])('the server of %s is found', async (url, upstream) => {
  expect(await upstreamOf(url)).toMatchObject(upstream);
});

test('certificates are read, and one that is missing is told', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'chokepoint-ca-'));
  try {
    const path = join(folder, 'ca.pem');
    writeFileSync(path, 'PEM');
    const url = `postgres://db/app?sslmode=verify-full&sslrootcert=${path}`;
    expect(await upstreamOf(url)).toMatchObject({ tls: true, verify: true, identity: { ca: 'PEM' } });
    await expect(upstreamOf(`${url}.missing`)).rejects.toThrow('ENOENT');
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test.each([
  ['postgres://a:p%40ss@db:6543/app', 'postgres://a:p%40ss@127.0.0.1:7/app'],
  ['postgres://a:b@db/app?sslmode=disable&application_name=x', 'application_name=x&sslmode=disable'],
  ['postgres://a:b@db/app?sslmode=require&channel_binding=require', '127.0.0.1:7/app?sslmode=disable'],
  ['postgres://a:b@db/app?ssl=true&sslrootcert=/ca.pem', 'postgres://a:b@127.0.0.1:7/app'],
  ['postgres://a:b@x/app?host=/run/postgresql&port=5433', 'postgres://a:b@127.0.0.1:7/app'],
])('%s leads through the tap', (url, part) => {
  const tapped = tappedUrl(url, tap);
  expect(tapped).toContain(part);
  expect(tapped).not.toMatch(/run|require|ssl=|rootcert/);
});

test('a server behind a Unix socket is heard', async () => {
  const database = await createTestDatabase();
  const { port, hostname, pathname, username, password } = new URL(database.url);
  const folder = mkdtempSync(join(tmpdir(), 'chokepoint-socket-'));
  const front = net.createServer((socket) => {
    const server = net.connect(Number(port), hostname);
    socket.pipe(server).pipe(socket);
    for (const side of [socket, server]) side.on('error', () => socket.destroy());
  });
  await new Promise<void>((resolve) => front.listen(join(folder, '.s.PGSQL.5432'), resolve));
  const url = `postgres://${username}:${password}@x${pathname}?host=${folder}`;
  const through = await startWireTap({ upstream: await upstreamOf(url) });
  try {
    const heard: string[] = [];
    through.onExecution(({ sql }) => heard.push(sql));
    const client = new pg.Client({ connectionString: tappedUrl(url, through) });
    await client.connect();
    await client.query('SELECT 1');
    await client.end();
    expect(heard).toEqual(['SELECT 1']);
  } finally {
    await through.close();
    await new Promise((resolve) => front.close(resolve));
    rmSync(folder, { recursive: true });
    await database.drop();
  }
});
