import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import tls from 'node:tls';
import pg from 'pg';
import { describe, expect, test, vi } from 'vitest';
import { int32, message } from '../../testing/raw-postgres-client.ts';
import { createTestDatabase } from '../../testing/test-database.ts';
import { startWireTap } from './wire-tap.ts';
import { createSaslFilter } from './wire-upstream.ts';

const offer = (...names: readonly string[]) => message('R', int32(10), ...names, Buffer.from([0]));

describe('the offer of SCRAM over TLS', () => {
  test('loses its PLUS, however its bytes are cut, and what follows stays', () => {
    const bytes = Buffer.concat([offer('SCRAM-SHA-256-PLUS', 'SCRAM-SHA-256'), message('Z', Buffer.from('I'))]);
    const expected = Buffer.concat([offer('SCRAM-SHA-256'), message('Z', Buffer.from('I'))]);
    for (const length of [1, 3, 20, 1000]) {
      const filter = createSaslFilter();
      const out: Buffer[] = [];
      for (let at = 0; at < bytes.length; at += length) out.push(filter(bytes.subarray(at, at + length)));
      expect(Buffer.concat(out)).toEqual(expected);
    }
  });

  test.each([
    ['without PLUS', offer('SCRAM-SHA-256')],
    ['of nothing but PLUS', offer('SCRAM-SHA-256-PLUS')],
    ['that is an error', message('E', Buffer.from('SFATAL'), Buffer.from([0]))],
    ['that is a finished login', message('R', int32(0))],
  ])('%s passes as it is', (_, bytes) => {
    expect(createSaslFilter()(bytes)).toEqual(bytes);
  });
});

test('a server that never answers is left when the tap is closed', async () => {
  const sockets = new Set<net.Socket>();
  const silent = net.createServer((socket) => {
    sockets.add(socket);
    socket.resume().on('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
  const { port } = silent.address() as net.AddressInfo;
  const tap = await startWireTap({ upstream: { host: '127.0.0.1', port, tls: true } });
  const client = new pg.Client({ connectionString: `postgres://a:b@127.0.0.1:${tap.port}/c` });
  const connecting = client.connect();
  await vi.waitFor(() => expect(sockets.size).toBe(1));
  await tap.close();
  await expect(connecting).rejects.toThrow();
  await vi.waitFor(() => expect(sockets.size).toBe(0));
  await new Promise((resolve) => silent.close(resolve));
});

const openssl = spawnSync('openssl', ['version']).status === 0;

describe.skipIf(!openssl)('a server that wants TLS (skipped without openssl, which makes the certificate)', () => {
  test('is reached through the tap by a client that does not encrypt', async () => {
    const database = await createTestDatabase();
    const front = await startTlsFront(new URL(database.url));
    const tap = await startWireTap({ upstream: { host: '127.0.0.1', port: front.port, tls: true } });
    const url = new URL(database.url);
    url.port = String(tap.port);
    const client = new pg.Client({ connectionString: url.href });
    await client.connect();
    const heard: string[] = [];
    tap.onExecution(({ sql }) => heard.push(sql));
    await client.query('SELECT $1::int', [1]);
    expect((await client.query("SELECT repeat('x', 3000000) AS x")).rows[0].x).toHaveLength(3_000_000);
    expect(heard).toHaveLength(2);
    await client.end();
    await tap.close();
    const strict = await startWireTap({ upstream: { host: '127.0.0.1', port: front.port, tls: true, verify: true } });
    url.port = String(strict.port);
    await expect(new pg.Client({ connectionString: url.href }).connect()).rejects.toThrow();
    await strict.close();
    await front.close();
    await database.drop();
  });

  test('and one that refuses TLS ends the client instead of being spoken to in the clear', async () => {
    const plain = await createTestDatabase();
    const { port } = new URL(plain.url);
    const tap = await startWireTap({ upstream: { host: '127.0.0.1', port: Number(port), tls: true } });
    const url = new URL(plain.url);
    url.port = String(tap.port);
    await expect(new pg.Client({ connectionString: url.href }).connect()).rejects.toThrow();
    await tap.close();
    await plain.drop();
  });
});

/** Speaks TLS in front of a real server, and offers the login that is bound to TLS as such servers do. */
async function startTlsFront(upstream: URL): Promise<{ port: number; close(): Promise<void> }> {
  const secureContext = tls.createSecureContext(makeCertificate());
  const front = net.createServer((socket) => {
    socket.once('data', () => {
      socket.write('S');
      const secure = new tls.TLSSocket(socket, { isServer: true, secureContext });
      const server = net.connect(Number(upstream.port), upstream.hostname);
      secure.pipe(server);
      server.once('data', (first: Buffer) => {
        const isOffer = first[0] === 0x52 && first.readInt32BE(5) === 10;
        secure.write(isOffer ? offer('SCRAM-SHA-256-PLUS', 'SCRAM-SHA-256') : first);
        server.pipe(secure);
      });
      socket.on('error', () => server.destroy());
      secure.on('error', () => server.destroy());
      server.on('error', () => secure.destroy());
    });
  });
  await new Promise<void>((resolve) => front.listen(0, '127.0.0.1', resolve));
  const { port } = front.address() as net.AddressInfo;
  return { port, close: () => new Promise((resolve) => front.close(() => resolve())) };
}

function makeCertificate(): { key: string; cert: string } {
  const folder = mkdtempSync(join(tmpdir(), 'chokepoint-tls-'));
  const key = join(folder, 'key.pem');
  const cert = join(folder, 'cert.pem');
  const subject = ['-subj', '/CN=localhost', '-days', '2'];
  spawnSync('openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-keyout', key, '-out', cert, ...subject]);
  const pair = { key: readFileSync(key, 'utf8'), cert: readFileSync(cert, 'utf8') };
  rmSync(folder, { recursive: true });
  return pair;
}
