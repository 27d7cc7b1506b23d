import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { type EmbeddedPostgres, startEmbeddedPostgres } from '../../target/embedded-postgres.ts';
import { logEverything, restoreSettings } from './log-everything.ts';
import { createLogSource } from './log-source.ts';
import { loggedShare, openServerLog } from './server-log.ts';
import type { StatementSource } from './statement-source.ts';
import { openStatistics } from './statement-statistics.ts';
import { createStatisticsSource } from './statistics-source.ts';

const never = new AbortController().signal;
const meta = { endpoint: 'GET /', method: 'GET', url: '/' };
let server: EmbeddedPostgres;
let url: string;
let strangerUrl: string;
let journal: string;
let pool: pg.Pool;

/** A server of its own: the others of the test run log nothing, and do not load the statistics. */
beforeAll(async () => {
  server = await startEmbeddedPostgres(never, {
    ...{
      logging_collector: 'on',
      log_destination: 'stderr,csvlog',
      log_rotation_size: '0',
      log_parameter_max_length: '-1',
    },
    ...{ shared_preload_libraries: 'pg_stat_statements' },
  });
  await admin('CREATE DATABASE app');
  url = server.urlOf('app');
  pool = new pg.Pool({ connectionString: url, max: 2 });
  // The server may be gone before the last of its clients.
  pool.on('error', () => {});
  await pool.query("CREATE TABLE people AS SELECT n AS id, 'it''s, ' || n AS name FROM generate_series(1, 30) n");
  await pool.query("CREATE ROLE stranger LOGIN PASSWORD 'knocking'");
  strangerUrl = Object.assign(new URL(url), { username: 'stranger', password: 'knocking' }).href;
  journal = mkdtempSync(join(tmpdir(), 'chokepoint-journal-'));
});

afterEach(async () => {
  await admin('ALTER SYSTEM RESET log_min_duration_statement');
  await admin('SELECT pg_reload_conf()');
});

afterAll(async () => {
  await pool.end();
  await server.stop();
  rmSync(journal, { recursive: true });
});

async function admin(sql: string): Promise<readonly Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: server.adminUrl });
  await client.connect();
  try {
    return (await client.query(sql)).rows;
  } finally {
    await client.end();
  }
}

const setting = async () => (await admin('SHOW log_min_duration_statement'))[0]?.log_min_duration_statement;

async function untilSetting(value: string): Promise<void> {
  await expect.poll(setting, { timeout: 5000 }).toBe(value);
}

/** A request that reads a list and then each of its rows. */
const lazy = async () => {
  const { rows } = await pool.query('SELECT id FROM people ORDER BY id LIMIT 5');
  for (const { id } of rows) await pool.query('SELECT name FROM people WHERE id = $1', [id]);
  return { status: 200 };
};

async function recordedBy(source: StatementSource, sends: readonly (() => Promise<{ status: number }>)[]) {
  for (const send of sends) await source.record(meta, send, never);
  return source.artifact();
}

function opened<T extends object>(result: T | { readonly reason: string }): T {
  if ('reason' in result) throw new Error(result.reason);
  return result;
}

describe('the log of a server', () => {
  test('that holds slow statements only, or none, is no source, and says why', async () => {
    expect(await openServerLog(url, never)).toEqual({ reason: expect.stringContaining('is -1') });
    await admin("ALTER SYSTEM SET log_min_duration_statement = '250ms'");
    await admin('SELECT pg_reload_conf()');
    await untilSetting('250ms');
    expect(await openServerLog(url, never)).toEqual({ reason: expect.stringContaining('250 ms and longer') });
  });

  test('is told to be a sample where the server logs one', () => {
    const off = { log_min_duration_statement: '-1' };
    expect(loggedShare({ ...off, log_min_duration_sample: '0', log_statement_sample_rate: '0.2' })).toEqual({
      share: 0.2,
    });
    expect(loggedShare({ ...off, log_transaction_sample_rate: '0.5' })).toEqual({ share: 0.5 });
    expect(loggedShare({ log_min_duration_statement: '0' })).toEqual({ share: 1 });
    expect(loggedShare({ ...off, log_statement: 'all', log_duration: 'on' })).toEqual({ share: 1 });
  });

  test('gives single requests their statements with values and order, also those of simple queries', async () => {
    const logging = opened(await logEverything(url, journal, never));
    const source = await createLogSource(opened(await openServerLog(url, never)));
    const elsewhere = async () => {
      await admin('SELECT 7 AS elsewhere');
      await pool.query("SELECT name FROM people WHERE name = 'it''s, 3'");
      return { status: 200 };
    };
    const artifact = await recordedBy(source, [lazy, elsewhere]);
    await source.close();
    await logging.restore();
    expect(artifact.source).toBe('server-log');
    const texts = artifact.requests.map(({ executions }) =>
      executions.map(({ statement, parameters }) => [artifact.statements[statement]?.normalized, parameters]),
    );
    expect(texts).toEqual([
      [
        ['SELECT id FROM people ORDER BY id LIMIT $1', []],
        ...[1, 2, 3, 4, 5].map((id) => ['SELECT name FROM people WHERE id = $1', [String(id)]]),
      ],
      [['SELECT name FROM people WHERE name = $1', []]],
    ]);
    expect(artifact.coverage).toMatchObject({ executions: 7, unattributed: 0, attribution: 'time' });
    expect(artifact.coverage).not.toHaveProperty('sampledShare');
  });

  test('keeps apart what others run at the same time, where statements carry the trace', async () => {
    const logging = opened(await logEverything(url, journal, never));
    const source = await createLogSource(opened(await openServerLog(url, never)));
    await source.record(
      meta,
      async (traceparent) => {
        await pool.query(`SELECT 1 AS own /*traceparent='${traceparent}'*/`);
        await pool.query("SELECT 2 AS other /*traceparent='00-00000000000000000000000000000001-0000000000000002-01'*/");
        return { status: 200 };
      },
      never,
    );
    const { requests, statements, coverage } = source.artifact();
    await source.close();
    await logging.restore();
    expect(requests[0]?.executions.map(({ statement }) => statements[statement]?.normalized)).toEqual([
      'SELECT $1 AS own',
    ]);
    expect(coverage).toMatchObject({ executions: 2, unattributed: 1, attribution: 'traceparent' });
  });

  test('is closed to a user without rights, with that reason', async () => {
    await admin("ALTER SYSTEM SET log_min_duration_statement = '0'");
    await admin('SELECT pg_reload_conf()');
    await untilSetting('0');
    expect(await openServerLog(strangerUrl, never)).toEqual({ reason: expect.stringContaining('permission denied') });
  });
});

describe('the statistics of a server', () => {
  test('that lacks them is no source, and those that hide the statements of others attribute none', async () => {
    expect(await openStatistics(url, never)).toEqual({
      reason: expect.stringContaining('does not have the extension'),
    });
    await pool.query('CREATE EXTENSION pg_stat_statements');
    const source = createStatisticsSource(opened(await openStatistics(strangerUrl, never)));
    const { requests, coverage } = await recordedBy(source, [lazy]);
    await source.close();
    expect(requests[0]?.counts).toEqual([]);
    expect(coverage).toMatchObject({ executions: 6, unattributed: 6 });
  });

  test('count the statements of single requests, and no others', async () => {
    const source = createStatisticsSource(opened(await openStatistics(url, never)));
    const silent = async () => ({ status: 200 });
    const artifact = await recordedBy(source, [lazy, silent, lazy]);
    await source.close();
    const counts = artifact.requests.map(({ executions, counts = [] }) => [
      executions.length,
      Object.fromEntries(
        counts.map(({ statement, calls, rows }) => [artifact.statements[statement]?.normalized, [calls, rows]]),
      ),
    ]);
    const ofLazy = {
      'SELECT id FROM people ORDER BY id LIMIT $1': [1, 5],
      'SELECT name FROM people WHERE id = $1': [5, 5],
    };
    expect(counts).toEqual([
      [0, ofLazy],
      [0, {}],
      [0, ofLazy],
    ]);
    expect(artifact.coverage).toMatchObject({ executions: 12, unattributed: 0 });
  });
});

describe('settings that were changed', () => {
  test('are what they were before, also where they had been set', async () => {
    const logging = opened(await logEverything(url, journal, never));
    expect(await setting()).toBe('0');
    await logging.restore();
    await untilSetting('-1');
    await admin("ALTER SYSTEM SET log_min_duration_statement = '500ms'");
    await admin('SELECT pg_reload_conf()');
    const again = opened(await logEverything(url, journal, never));
    expect(await setting()).toBe('0');
    await again.restore();
    await untilSetting('500ms');
    expect(readdirSync(journal)).toEqual([]);
  });

  test('may not be changed by everybody, and then nothing is left in the journal', async () => {
    expect(await logEverything(strangerUrl, journal, never)).toEqual({
      reason: expect.stringContaining('permission denied'),
    });
    expect(readdirSync(journal)).toEqual([]);
  });

  test('are put back by the next start where the process was killed between', async () => {
    const module = new URL('../../../dist/instruments/sql/log-everything.js', import.meta.url).href;
    const script = `import(process.argv[1]).then(({ logEverything }) =>
      logEverything(process.argv[2], process.argv[3], new AbortController().signal)).then(() => {
        console.log('changed');
        setInterval(() => {}, 1000);
      });`;
    const child = spawn(process.execPath, ['-e', script, module, url, journal], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await once(child.stdout, 'data');
    expect(await setting()).toBe('0');
    expect(await restoreSettings(url, journal)).toEqual([]);
    expect(await logEverything(url, journal, never)).toEqual({
      reason: expect.stringContaining(`process ${child.pid} has changed its logging`),
    });
    const ended = once(child, 'exit');
    child.kill('SIGKILL');
    await ended;
    expect(await setting()).toBe('0');
    expect(await restoreSettings(url, journal)).toEqual(['log_min_duration_statement']);
    await untilSetting('-1');
    expect(readdirSync(journal)).toEqual([]);
  });
});
