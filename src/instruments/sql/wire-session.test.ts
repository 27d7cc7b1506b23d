import net from 'node:net';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createRandom } from '../../model/random.ts';
import {
  bind,
  describePortal,
  execute,
  int16,
  int32,
  message,
  openRawClient,
  parse,
  query,
  sync,
} from '../../testing/raw-postgres-client.ts';
import { createTestDatabase } from '../../testing/test-database.ts';
import { loadParser } from './statement.ts';
import type { ConnectionExecution } from './wire-execution.ts';
import { WireError } from './wire-messages.ts';
import { createWireSession } from './wire-session.ts';

interface Passed {
  readonly from: 'client' | 'server';
  readonly bytes: Buffer;
}

/** What passed on each connection of a real conversation, in order, behind the startup packet. */
let conversations: readonly (readonly Passed[])[];

beforeAll(async () => {
  await loadParser();
  const database = await createTestDatabase();
  const { hostname, port } = new URL(database.url);
  const recorded: Passed[][] = [];
  const proxy = net.createServer((client) => {
    const passed: Passed[] = [];
    recorded.push(passed);
    const server = net.connect(Number(port), hostname);
    let started = false;
    client.on('data', (bytes) => {
      if (started) passed.push({ from: 'client', bytes });
      started = true;
      server.write(bytes);
    });
    server.on('data', (bytes) => {
      passed.push({ from: 'server', bytes });
      client.write(bytes);
    });
    client.on('close', () => server.destroy()).on('error', () => server.destroy());
    server.on('close', () => client.destroy()).on('error', () => client.destroy());
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  const url = new URL(database.url);
  url.port = String((proxy.address() as net.AddressInfo).port);
  await converse(url.href);
  await new Promise((resolve) => proxy.close(resolve));
  await database.drop();
  conversations = recorded;
});

async function converse(url: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query('CREATE TABLE t (a int, b text); INSERT INTO t SELECT n, n::text FROM generate_series(1, 300) n');
  await client.query({ name: 'named', text: 'SELECT * FROM t WHERE a < $1', values: [50] });
  await client.query({ name: 'named', text: 'SELECT * FROM t WHERE a < $1', values: [20] });
  await client.query('BEGIN');
  await expect(client.query('SELECT 1 / $1::int', [0])).rejects.toThrow();
  await client.query('ROLLBACK');
  await client.query("SELECT repeat('x', 100000) AS big, NULL AS nothing");
  await client.end();
  const raw = await openRawClient(url);
  raw.send(parse('', 'SELECT a FROM t'), bind('p', ''), describePortal('p'), execute('p', 7), execute('p', 7), sync());
  await raw.until('Z');
  raw.send(query('COPY t FROM STDIN'));
  await raw.until('G');
  raw.send(message('d', Buffer.from('7\tseven\n')), message('c'));
  await raw.until('Z');
  raw.send(query('COPY t TO STDOUT'));
  await raw.until('Z');
  raw.end();
}

function replay(passed: readonly Passed[], pieceLength: () => number): readonly ConnectionExecution[] {
  const session = createWireSession(() => 0);
  const executions: ConnectionExecution[] = [];
  for (const { from, bytes } of passed) {
    for (let position = 0; position < bytes.length; ) {
      const piece = bytes.subarray(position, position + pieceLength());
      position += piece.length;
      if (from === 'client') session.fromClient(piece);
      else executions.push(...session.fromServer(piece));
    }
  }
  expect(session.outstanding()).toBe(false);
  return executions;
}

afterAll(() => {
  conversations = [];
});

test('the same bytes give the same executions however they are cut', () => {
  const whole = conversations.map((passed) => replay(passed, () => Number.POSITIVE_INFINITY));
  expect(whole.map(({ length }) => length)).toEqual([8, 3]);
  expect(whole.flat().map(({ rows }) => rows)).toEqual([0, 300, 49, 19, 0, 0, 0, 1, 14, 1, 301]);
  const random = createRandom(1);
  const lengths = [() => 1, () => 2, () => 5, () => 4096, ...Array.from({ length: 8 }, () => between(random))];
  for (const length of lengths) {
    expect(conversations.map((passed) => replay(passed, length))).toEqual(whole);
  }
});

function between(random: () => number): () => number {
  return () => 1 + Math.floor(random() ** 3 * 2000);
}

test('damaged bytes are refused with one kind of error, and nothing else happens', () => {
  const random = createRandom(7);
  let refused = 0;
  for (let round = 0; round < 400; round++) {
    const passed = conversations[round % conversations.length] ?? [];
    const damaged = passed.map(({ from, bytes }) => {
      const copy = Buffer.from(bytes.subarray(0, 5000));
      if (random() < 0.3) copy[Math.floor(random() * copy.length)] = Math.floor(random() * 256);
      return { from, bytes: copy };
    });
    try {
      replayDamaged(damaged);
    } catch (error) {
      expect(error).toBeInstanceOf(WireError);
      refused += 1;
    }
  }
  expect(refused).toBeGreaterThan(100);
});

function replayDamaged(passed: readonly Passed[]): void {
  const session = createWireSession(() => 0);
  for (const { from, bytes } of passed) {
    if (from === 'client') session.fromClient(bytes);
    else session.fromServer(bytes);
  }
}

test('noise in either direction is refused with that error too', () => {
  const random = createRandom(3);
  for (let round = 0; round < 300; round++) {
    const noise = Buffer.from(Array.from({ length: 400 }, () => Math.floor(random() * 256)));
    for (const feed of ['fromClient', 'fromServer'] as const) {
      const session = createWireSession(() => 0);
      try {
        session[feed](noise);
      } catch (error) {
        expect(error).toBeInstanceOf(WireError);
      }
    }
  }
});

test('a login with the longer key of protocol 3.2 and a negotiated version is understood', () => {
  const session = createWireSession(() => 0);
  session.fromServer(
    Buffer.concat([
      message('v', Buffer.from([0, 3, 0, 0, 0, 0, 0, 0])),
      message('R', Buffer.from([0, 0, 0, 0])),
      message('S', 'server_version', '18.0'),
      message('K', Buffer.alloc(4 + 32, 1)),
      message('Z', Buffer.from('I')),
    ]),
  );
  expect(session.outstanding()).toBe(false);
});

test('a row of 200 MB and a million rows leave nothing behind but their hashes', () => {
  const session = createWireSession(() => 0);
  session.fromServer(message('Z', Buffer.from('I')));
  session.fromClient(query('SELECT big'));
  const before = process.memoryUsage();
  const piece = Buffer.alloc(1 << 20);
  session.fromServer(Buffer.concat([Buffer.from('D'), int32(4 + 200 * piece.length)]));
  for (let count = 0; count < 200; count++) session.fromServer(piece);
  const rows = Buffer.concat(Array.from({ length: 1000 }, () => message('D', int16(1), int32(1), Buffer.from('7'))));
  for (let count = 0; count < 1000; count++) session.fromServer(rows);
  const after = process.memoryUsage();
  const [execution] = session.fromServer(message('C', 'SELECT 1000001'));
  expect(execution).toMatchObject({ rows: 1_000_001, bytes: 200 * piece.length + 7_000_000 });
  expect(after.arrayBuffers - before.arrayBuffers).toBeLessThan(30 << 20);
  expect(after.heapUsed - before.heapUsed).toBeLessThan(150 << 20);
});
