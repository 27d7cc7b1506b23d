import { spawn, spawnSync } from 'node:child_process';
import net from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { describe, expect, test } from 'vitest';
import { maxHashedRows } from '../../model/queries.ts';
import { valueHash } from '../../model/value-hash.ts';
import {
  bind,
  closePortal,
  describeNamed,
  describePortal,
  execute,
  flush,
  int32,
  message,
  openRawClient,
  parse,
  query,
  sync,
} from '../../testing/raw-postgres-client.ts';
import { useTappedDatabase } from '../../testing/tapped-database.ts';
import { startWireTap } from './wire-tap.ts';

const tapped = useTappedDatabase(
  "CREATE TABLE people (id int PRIMARY KEY, name text); INSERT INTO people SELECT n, 'name ' || n FROM generate_series(1, 100) n",
);

async function withClient(use: (client: pg.Client) => Promise<void>): Promise<void> {
  const client = new pg.Client({ connectionString: tapped.url });
  await client.connect();
  try {
    await use(client);
    await tapped.tap.idle(0);
  } finally {
    await client.end();
  }
}

/** Resolves when a backend of our database has begun to execute `pg_sleep`. */
async function untilAsleep(): Promise<void> {
  const observer = new pg.Client({ connectionString: tapped.database.url });
  await observer.connect();
  try {
    const sql = "SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event = 'PgSleep'";
    while ((await observer.query(sql)).rowCount === 0) await delay(10);
  } finally {
    await observer.end();
  }
}

const texts = () => tapped.heard.map(({ sql }) => sql);

describe('through node-postgres', () => {
  test('a simple query is heard with its rows, columns and times', () =>
    withClient(async (client) => {
      const before = performance.now();
      const { rows } = await client.query('SELECT id, name, 1 AS one FROM people WHERE id <= 3 ORDER BY id');
      expect(rows).toHaveLength(3);
      const [execution] = tapped.heard;
      expect(tapped.heard).toHaveLength(1);
      expect(execution).toMatchObject({ connection: 0, rows: 3, parameters: [], inTransaction: false });
      expect(execution?.columns.map(({ name }) => name)).toEqual(['id', 'name', 'one']);
      expect(execution?.columns[0]?.valueHashes).toEqual(['1', '2', '3'].map(valueHash));
      expect(execution?.columns[0]).toMatchObject({ columnNumber: 1, typeOid: 23 });
      expect(execution?.columns[2]).toMatchObject({ tableOid: 0 });
      expect(execution?.startedAt).toBeGreaterThanOrEqual(before);
      expect(execution?.endedAt).toBeLessThanOrEqual(performance.now());
      expect(execution?.durationMs).toBeGreaterThan(0);
      expect(execution).not.toHaveProperty('error');
    }));

  test('bound values are heard as text, NULL as null', () =>
    withClient(async (client) => {
      await client.query('SELECT $1::int + 1, $2::text, $3::bool, $4::int[]', [41, null, true, [1, 2]]);
      expect(tapped.heard[0]?.parameters).toEqual(['41', null, 'true', '{"1","2"}']);
      expect(tapped.heard[0]?.columns[0]?.valueHashes).toEqual([valueHash('42')]);
      expect(tapped.heard[0]?.columns[1]?.valueHashes).toEqual(['']);
    }));

  test('a named statement is parsed once and heard each time', () =>
    withClient(async (client) => {
      for (const id of [1, 2, 3]) {
        await client.query({ name: 'by-id', text: 'SELECT name FROM people WHERE id = $1', values: [id] });
      }
      expect(tapped.heard.map(({ parameters }) => parameters)).toEqual([['1'], ['2'], ['3']]);
      expect(new Set(texts())).toEqual(new Set(['SELECT name FROM people WHERE id = $1']));
      expect(tapped.heard[2]?.columns[0]?.valueHashes).toEqual([valueHash('name 3')]);
    }));

  test('several statements in one Query are one execution each', () =>
    withClient(async (client) => {
      await client.query("SELECT 1; SELECT ';'; UPDATE people SET name = name WHERE id < 5");
      expect(texts()).toEqual(['SELECT 1', "SELECT ';'", 'UPDATE people SET name = name WHERE id < 5']);
      expect(tapped.heard.map(({ rows }) => rows)).toEqual([1, 1, 4]);
      expect(tapped.heard[1]?.startedAt).toBeGreaterThanOrEqual(tapped.heard[0]?.endedAt ?? Number.NaN);
    }));

  test('an empty Query is one execution', () =>
    withClient(async (client) => {
      await client.query('');
      expect(texts()).toEqual(['']);
    }));

  test('errors carry their SQLSTATE, and the connection goes on', () =>
    withClient(async (client) => {
      await expect(client.query('SELECT 1; SELECT 1/0; SELECT 2')).rejects.toThrow('division by zero');
      await expect(client.query('SELECT $1::int / 0', [1])).rejects.toThrow('division by zero');
      await expect(client.query('SELEC $1', [1])).rejects.toThrow('syntax');
      await expect(client.query('SELECT $1::int', ['x'])).rejects.toThrow('invalid input');
      await client.query('SELECT 3');
      expect(tapped.heard.map(({ sql, error }) => [sql, error])).toEqual([
        ['SELECT 1', undefined],
        ['SELECT 1/0', '22012'],
        ['SELECT $1::int / 0', '22012'],
        ['SELEC $1', '42601'],
        ['SELECT $1::int', '22P02'],
        ['SELECT 3', undefined],
      ]);
    }));

  test('a transaction is known from its first statement to its last', () =>
    withClient(async (client) => {
      await client.query('BEGIN');
      await client.query('SELECT $1::int', [1]);
      await client.query('COMMIT');
      await client.query('SELECT 2');
      expect(tapped.heard.map(({ sql, inTransaction }) => [sql, inTransaction])).toEqual([
        ['BEGIN', false],
        ['SELECT $1::int', true],
        ['COMMIT', true],
        ['SELECT 2', false],
      ]);
    }));

  test('a transaction that has failed is one until it is rolled back', () =>
    withClient(async (client) => {
      await client.query('BEGIN');
      await expect(client.query('SELECT 1/0')).rejects.toThrow();
      await expect(client.query('SELECT $1::int', [1])).rejects.toThrow('aborted');
      await client.query('ROLLBACK');
      await client.query('SELECT 2');
      expect(tapped.heard.map(({ error, inTransaction }) => [error, inTransaction])).toEqual([
        [undefined, false],
        ['22012', true],
        ['25P02', true],
        [undefined, true],
        [undefined, false],
      ]);
    }));

  test('each execution names the backend that the client was told of', () =>
    withClient(async (client) => {
      await client.query('SELECT 1');
      expect(tapped.heard[0]?.backendPid).toBe((client as unknown as { processID: number }).processID);
    }));

  test('the types of bound values are those of the server, where the client leaves them to it', () =>
    withClient(async (client) => {
      await client.query('SELECT id FROM people WHERE id = $1 AND name = $2', [1, 'x']);
      const raw = await openRawClient(tapped.url);
      raw.send(parse('t', 'SELECT id FROM people WHERE id = $1 AND name = $2'), describeNamed('t'), sync());
      await raw.until('Z');
      raw.send(bind('', 't', '1', 'x'), execute(''), sync());
      await raw.until('Z');
      raw.end();
      expect(tapped.heard.map(({ parameterTypes }) => parameterTypes)).toEqual([[], [23, 25]]);
    }));

  test('a cursor that is fetched in parts is one execution', () =>
    withClient(async (client) => {
      const config = { text: 'SELECT id FROM people ORDER BY id', rows: 30 };
      await client.query(config);
      expect(tapped.heard).toHaveLength(1);
      expect(tapped.heard[0]).toMatchObject({ rows: 100 });
      expect(tapped.heard[0]?.columns[0]?.valueHashes).toHaveLength(100);
    }));

  test('equal results have equal hashes, others have not', () =>
    withClient(async (client) => {
      for (const id of [1, 1, 2]) await client.query('SELECT name FROM people WHERE id = $1', [id]);
      const [first, second, third] = tapped.heard.map(({ resultHash }) => resultHash);
      expect(first).toMatch(/^[0-9a-f]{40}$/);
      expect(second).toBe(first);
      expect(third).not.toBe(first);
    }));

  test('notices, notifications and changed settings in between disturb nothing', () =>
    withClient(async (client) => {
      await client.query('LISTEN news');
      await client.query("DO $$ BEGIN RAISE NOTICE 'hello'; END $$");
      await client.query("SET application_name = 'x'");
      await client.query("NOTIFY news, 'today'");
      await client.query('SELECT 1');
      expect(tapped.heard).toHaveLength(5);
      expect(tapped.tap.stats).toEqual({ connections: 1, unreadable: 0, idledOut: 0 });
    }));

  test('connections are numbered, and each statement belongs to its own', async () => {
    const pool = new pg.Pool({ connectionString: tapped.url, max: 8 });
    await Promise.all(
      Array.from({ length: 200 }, (_, id) => pool.query(`SELECT ${id}, pg_sleep(0.001), $1::int AS id`, [id])),
    );
    await tapped.tap.idle(0);
    await pool.end();
    expect(tapped.heard).toHaveLength(200);
    expect(new Set(tapped.heard.map(({ connection }) => connection))).toEqual(new Set([0, 1, 2, 3, 4, 5, 6, 7]));
    for (const { sql, columns, parameters } of tapped.heard) {
      expect(sql).toContain(`SELECT ${parameters[0]},`);
      expect(columns[2]?.valueHashes).toEqual([valueHash(parameters[0] ?? null)]);
    }
  });

  test('200,000 rows pass; the first of them are hashed', () =>
    withClient(async (client) => {
      const config = { text: "SELECT n, repeat('x', 100) FROM generate_series(1, 200000) n" };
      const { rows } = await client.query(config);
      expect(rows).toHaveLength(200_000);
      expect(tapped.heard[0]?.rows).toBe(200_000);
      expect(tapped.heard[0]?.bytes).toBeGreaterThan(200_000 * 100);
      expect(tapped.heard[0]?.columns[0]?.valueHashes).toHaveLength(maxHashedRows);
    }));

  test('a row of 20 MB and a value of 3 MB pass whole', () =>
    withClient(async (client) => {
      const { rows } = await client.query("SELECT 7 AS id, repeat('x', 20000000) AS big");
      expect(rows[0].big).toHaveLength(20_000_000);
      expect(tapped.heard[0]?.bytes).toBeGreaterThan(20_000_000);
      expect(tapped.heard[0]?.columns.map(({ valueHashes }) => valueHashes[0])).toEqual([valueHash('7'), '']);
      await client.query('SELECT length($2), $1::int', [1, 'y'.repeat(3_000_000)]);
      expect(tapped.heard[1]?.parameters).toEqual(['1', '…']);
      expect(tapped.heard[1]?.rows).toBe(1);
    }));

  test('a running statement is cancelled through the tap', () =>
    withClient(async (client) => {
      const { processID, secretKey } = client as unknown as { processID: number; secretKey: number };
      const sleeping = client.query('SELECT pg_sleep(20)');
      // A server that is asked to cancel before the statement has begun cancels nothing.
      await untilAsleep();
      const cancelling = net.connect(tapped.tap.port, tapped.tap.host);
      cancelling.end(Buffer.concat([int32(16), int32(80877102), int32(processID), int32(secretKey)]));
      await expect(sleeping).rejects.toThrow('canceling statement');
      expect(tapped.heard[0]).toMatchObject({ sql: 'SELECT pg_sleep(20)', error: '57014' });
      expect(tapped.tap.stats.connections).toBe(1);
    }));

  test('binary results have the hashes of their text', () =>
    withClient(async (client) => {
      const text = `SELECT 1::int2, -70000::int4, 9007199254740993::int8, true, 'é'::text, 'v'::varchar, 'ab'::name,
        '6f1c1b5e-0b5a-4c38-9d0e-1a2b3c4d5e6f'::uuid, '{"a": 1}'::jsonb, '[1]'::json, '\\xdead'::bytea, 3.5::float8,
        0.1::float4, 1::oid, '2024-02-29'::date, '1999-12-31 23:59:59.000001'::timestamp,
        '0001-01-01 00:00:00+00'::timestamptz, 12345678.9000::numeric, -0.00001::numeric, 'NaN'::numeric, 0::numeric,
        10000::numeric, '{1,NULL,3}'::int[], '{a,"b c","",NULL,"nu\\"ll"}'::text[], '{}'::int8[], NULL::int`;
      await client.query("SET timezone = 'UTC'");
      await client.query({ text, values: [] });
      const binary = { text, values: [], binary: true };
      await client.query(binary);
      const [, asText, asBinary] = tapped.heard.map(({ columns }) => columns.map(({ valueHashes }) => valueHashes));
      expect(asBinary).toEqual(asText);
    }));
});

describe('through bare protocol messages', () => {
  test('pipelined statements before one Sync, with an error in the middle', async () => {
    const raw = await openRawClient(tapped.url);
    const one = (id: number) => [
      parse('', 'SELECT 10 / $1::int AS x'),
      bind('', '', String(id)),
      describePortal(''),
      execute(''),
    ];
    raw.send(...one(1), ...one(2), ...one(0), ...one(5), sync(), ...one(10), sync());
    await raw.until('Z', 2);
    raw.end();
    expect(tapped.heard.map(({ parameters, error }) => [parameters[0], error])).toEqual([
      ['1', undefined],
      ['2', undefined],
      ['0', '22012'],
      ['10', undefined],
    ]);
    expect(tapped.heard[3]?.columns[0]?.valueHashes).toEqual([valueHash('1')]);
  });

  test('a client that never describes again is still understood', async () => {
    const raw = await openRawClient(tapped.url);
    raw.send(parse('s', 'SELECT id FROM people WHERE id = $1'), describeNamed('s'), sync());
    await raw.until('Z');
    raw.send(bind('', 's', '5'), execute(''), sync());
    await raw.until('Z');
    raw.send(parse('', 'SELECT id FROM people WHERE id = $1'), bind('', '', '6'), execute(''), sync());
    await raw.until('Z');
    raw.end();
    expect(tapped.heard[0]).toMatchObject({ parameters: ['5'], parameterTypes: [23] });
    expect(tapped.heard[0]?.columns[0]?.valueHashes).toEqual([valueHash('5')]);
    expect(tapped.heard[1]).toMatchObject({ parameters: ['6'], parameterTypes: [], columns: [], rows: 1 });
  });

  test('what was sent behind an error, before the client knew of it, is skipped with its names', async () => {
    const raw = await openRawClient(tapped.url);
    raw.send(parse('s', 'SELECT 1 AS first'), sync());
    await raw.until('Z');
    raw.send(parse('', 'SELEC'), flush());
    await raw.until('E');
    raw.send(message('C', Buffer.from('S'), 's'), parse('s', 'SELECT 2 AS second'), query('SELECT 3'), sync());
    await raw.until('Z');
    raw.send(bind('', 's'), execute(''), sync());
    await raw.until('Z');
    raw.end();
    expect(tapped.heard.map(({ sql, error }) => [sql, error])).toEqual([
      ['SELEC', '42601'],
      ['SELECT 1 AS first', undefined],
    ]);
  });

  test('a portal that is abandoned after some rows is one execution with those rows', async () => {
    const raw = await openRawClient(tapped.url);
    const open = [parse('', 'SELECT id FROM people'), bind('p', ''), execute('p', 10), execute('p', 10)];
    raw.send(...open, closePortal('p'), sync());
    await raw.until('Z');
    raw.send(...open, sync());
    await raw.until('Z');
    raw.end();
    expect(tapped.heard.map(({ rows }) => rows)).toEqual([20, 20]);
  });

  test('rows copied in and out pass, with Sync ignored while they do', async () => {
    const raw = await openRawClient(tapped.url);
    raw.send(query('CREATE TEMP TABLE copied (a int)'));
    await raw.until('Z');
    raw.send(parse('', 'COPY copied FROM STDIN'), bind('', ''), execute(''), sync());
    await raw.until('G');
    raw.send(message('d', Buffer.from('1\n2\n')), message('d', Buffer.from('3\n')), message('c'), sync());
    await raw.until('Z');
    raw.send(query('COPY copied FROM STDIN'));
    await raw.until('G');
    raw.send(message('d', Buffer.from('x\n')), message('c'));
    await raw.until('Z');
    raw.send(query('COPY copied FROM STDIN'));
    await raw.until('G');
    raw.send(message('f', 'changed my mind'));
    await raw.until('Z');
    raw.send(query('COPY copied TO STDOUT; SELECT 1'));
    await raw.until('Z');
    raw.end();
    expect(tapped.heard.slice(1).map(({ sql, rows, error }) => [sql, rows, error])).toEqual([
      ['COPY copied FROM STDIN', 3, undefined],
      ['COPY copied FROM STDIN', 0, '22P02'],
      ['COPY copied FROM STDIN', 0, '57014'],
      ['COPY copied TO STDOUT', 3, undefined],
      ['SELECT 1', 1, undefined],
    ]);
    expect(tapped.heard[4]?.bytes).toBe(6);
    expect(tapped.tap.stats.unreadable).toBe(0);
  });

  test('statements prepared and cursors declared in SQL are used through the protocol', async () => {
    const raw = await openRawClient(tapped.url);
    raw.send(query('PREPARE by_sql AS SELECT 1'));
    await raw.until('Z');
    raw.send(bind('', 'by_sql'), execute(''), sync());
    await raw.until('Z');
    raw.end();
    expect(texts()).toEqual(['PREPARE by_sql AS SELECT 1', 'EXECUTE "by_sql"']);
  });

  test('bytes that are not the protocol are forwarded, and the tap lives on', async () => {
    const raw = await openRawClient(tapped.url);
    raw.send(Buffer.from('\xff garbage that no server understands', 'latin1'));
    await raw.until('E');
    raw.end();
    const http = net.connect(tapped.tap.port, tapped.tap.host);
    http.end('GET / HTTP/1.1\r\nhost: x\r\n\r\n');
    await new Promise((resolve) => http.resume().on('close', resolve));
    expect(tapped.tap.stats).toEqual({ connections: 1, unreadable: 1, idledOut: 0 });
    await withClient(async (client) => {
      await client.query('SELECT 1');
    });
    expect(texts()).toEqual(['SELECT 1']);
  });
});

describe('starting, waiting and ending', () => {
  test('idle waits for what runs and for quiet after it', () =>
    withClient(async (client) => {
      const startedAt = performance.now();
      const running = client.query('SELECT pg_sleep(0.15)');
      await tapped.tap.idle(40);
      expect(performance.now() - startedAt).toBeGreaterThan(150 + 30);
      expect(tapped.heard).toHaveLength(1);
      await running;
    }));

  test('idle ends with the failure "interrupted" when its signal is aborted', () =>
    withClient(async (client) => {
      const running = client.query('SELECT pg_sleep(0.3)');
      await new Promise((resolve) => setTimeout(resolve, 50));
      await expect(tapped.tap.idle(0, AbortSignal.timeout(30))).rejects.toMatchObject({ code: 'interrupted' });
      await running;
    }));

  test('an encrypted connection is declined and the login goes on without', async () => {
    const client = net.connect(tapped.tap.port, tapped.tap.host);
    client.write(Buffer.concat([int32(8), int32(80877104), int32(8), int32(80877103)]));
    const answer = await new Promise<Buffer>((resolve) => {
      let got = Buffer.alloc(0);
      client.on('data', (chunk) => {
        got = Buffer.concat([got, chunk]);
        if (got.length === 2) resolve(got);
      });
    });
    expect(answer.toString()).toBe('NN');
    client.destroy();
  });

  test('a wrong password is refused by the server itself', async () => {
    const wrong = new URL(tapped.url);
    wrong.password = 'wrong';
    const client = new pg.Client({ connectionString: wrong.href });
    await expect(client.connect()).rejects.toMatchObject({ code: '28P01' });
    await tapped.tap.idle(0);
  });

  test('a database that is not there ends the client, not the tap', async () => {
    const lost = await startWireTap({ upstream: { host: '127.0.0.1', port: 1 } });
    const target = new URL(tapped.url);
    target.port = String(lost.port);
    const client = new pg.Client({ connectionString: target.href });
    await expect(client.connect()).rejects.toThrow();
    await lost.idle(0);
    await lost.close();
  });

  test('close ends the connections that are open', async () => {
    const client = new pg.Client({ connectionString: tapped.url });
    await client.connect();
    const ended = new Promise((resolve) => client.once('error', resolve).once('end', resolve));
    await tapped.tap.close();
    await ended;
    await expect(client.query('SELECT 1')).rejects.toThrow();
  });
});

const psql = spawnSync('psql', ['--version']).status === 0;

describe.skipIf(!psql)('through psql (skipped where it is not installed)', () => {
  const run = (args: readonly string[], input = '') =>
    new Promise<string>((resolve) => {
      const child = spawn('psql', ['-X', '-A', '-t', '-v', 'ON_ERROR_STOP=1', ...args, tapped.url]);
      let output = '';
      for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += chunk));
      child.on('close', () => resolve(output));
      child.stdin.end(input);
    });

  test('it logs in as it does by default and its statements are heard', async () => {
    expect((await run(['-c', 'SELECT 41 + 1'])).trim()).toBe('42');
    expect(texts()).toEqual(['SELECT 41 + 1']);
  });

  test('it copies 50,000 rows in, and 1,000 out', async () => {
    const rows = Array.from({ length: 50_000 }, (_, n) => `${n}\n`).join('');
    await run(['-c', 'CREATE TABLE psql_copy (a int)']);
    await run(['-c', 'COPY psql_copy FROM STDIN'], rows);
    const out = await run(['-c', 'COPY (SELECT a FROM psql_copy ORDER BY a LIMIT 1000) TO STDOUT']);
    expect(out.trim().split('\n')).toHaveLength(1000);
    expect(tapped.heard.map((execution) => execution.rows)).toEqual([0, 50_000, 1000]);
  });

  test('its cancel key is passed on', async () => {
    const child = spawn('psql', ['-X', '-c', 'SELECT pg_sleep(20)', tapped.url]);
    let errors = '';
    child.stderr.on('data', (chunk) => (errors += chunk));
    const closed = new Promise((resolve) => child.on('close', resolve));
    await untilAsleep();
    child.kill('SIGINT');
    await closed;
    expect(errors).toContain('canceling statement');
    expect(tapped.heard[0]?.error).toBe('57014');
  });
});
