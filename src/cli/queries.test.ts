import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { gzipSync } from 'node:zlib';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, inject, test, vi } from 'vitest';
import type { QueryLogReport } from '../model/query-log.ts';
import { type EmbeddedPostgres, startEmbeddedPostgres } from '../target/embedded-postgres.ts';
import { createSandbox, type Sandbox } from '../testing/command-line.ts';

let sandbox: Sandbox;
beforeAll(async () => {
  sandbox = await createSandbox();
});
afterAll(() => sandbox.remove());

const log = (name: string) => resolve('fixtures/logs', name);

async function report(...args: readonly string[]): Promise<QueryLogReport> {
  const { code, stdout, stderr } = await sandbox.run(['queries', '--json', ...args]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return JSON.parse(stdout) as QueryLogReport;
}

describe('queries reads', () => {
  test.each([
    'pg18-stderr-rds.log',
    'pg18-stderr-azure.log',
    'cloudwatch-export.log',
    'cloudwatch-tail.log',
    'cloudwatch-events.json',
    'cloud-sql.json',
    'pg18-syslog.log',
    'syslog-5424.log',
    'heroku.log',
    'pg18-stderr-default.log.zst',
  ])('the N+1 out of %s', async (name) => {
    const { totals, nPlusOne, coverage } = await report(log(name));
    expect(totals).toMatchObject({ statements: 98, errors: 4, sessions: 3 });
    expect(nPlusOne[0]).toMatchObject({
      statement: { normalized: 'SELECT id, name FROM customers WHERE id = $1' },
      grade: 'likely',
      calls: 60,
    });
    expect(coverage.unrecognisedLines).toBe(0);
  });

  test('a compressed log from standard input', async () => {
    for (const input of [
      gzipSync(await readFile(log('pg18-csvlog.csv'))),
      await readFile(log('pg18-stderr-default.log.zst')),
    ]) {
      const { code, stdout } = await sandbox.run(['queries', '-', '--json'], { input });
      expect(code).toBe(0);
      expect((JSON.parse(stdout) as QueryLogReport).totals.statements).toBe(98);
    }
  });

  test('a log by the prefix that it is given', async () => {
    const input = '7 2026-01-01 00:00:00.250 UTCLOG:  duration: 1.000 ms  statement: SELECT 1\n';
    const { code, stdout } = await sandbox.run(['queries', '-', '--json', '--log-line-prefix', '%p %m'], { input });
    expect(code).toBe(0);
    expect((JSON.parse(stdout) as QueryLogReport).totals).toMatchObject({ sessions: 1, firstAt: 1_767_225_600_250 });
    const wrong = await sandbox.run(['queries', '-', '--log-line-prefix', '%m %y'], { input });
    expect(wrong).toMatchObject({ code: 2, stdout: '' });
    expect(wrong.stderr).toContain('"%y" in the line prefix');
  });

  test('plans of auto_explain: beside the log of statements they count once, alone they are the log', async () => {
    const beside = await report(log('pg18-stderr-auto-explain.log'));
    // The session that made the tables logs no statements, but auto_explain does, and of a text with two statements both.
    expect(beside.totals.statements).toBe(98 + 3 + 1);
    const lookUp = beside.statements.find(({ statement }) =>
      statement.normalized.startsWith('SELECT id, name FROM customers'),
    );
    expect(lookUp).toMatchObject({
      calls: 60,
      plan: { text: expect.stringMatching(/^(?:Index|Seq|Bitmap) .*actual time=/) },
    });
    const alone = await report(log('pg18-stderr-auto-explain-json.log'));
    const found = alone.statements.find(({ statement }) =>
      statement.normalized.startsWith('SELECT id, name FROM customers'),
    );
    expect(found).toMatchObject({ calls: 60, timedCalls: 60 });
    expect(JSON.parse(found?.plan?.text ?? '')).toMatchObject({ Plan: { 'Relation Name': 'customers' } });
    expect(JSON.stringify(beside)).not.toContain('secret-');
    const { stdout } = await sandbox.run(['queries', log('pg18-stderr-auto-explain.log')]);
    expect(stdout).toContain('PLANS IN THE LOG');
  });

  test('a damaged archive not at all, with the reason', async () => {
    const whole = gzipSync(await readFile(log('pg18-csvlog.csv')));
    const cut = whole.subarray(0, whole.length - 500);
    const { code, stdout, stderr } = await sandbox.run(['queries', 'cut.gz'], { files: { 'cut.gz': cut } });
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(
      /^error: cut\.gz is damaged: its gzip cannot be decompressed to the end \(.+\) \[log-damaged\]\n {2}copy it again/,
    );
  });

  test('neither nothing nor both', async () => {
    for (const args of [['queries'], ['queries', 'x.log', '--from-server', 'postgres://x']]) {
      const { code, stderr } = await sandbox.run(args);
      expect(code).toBe(2);
      expect(stderr).toContain('give logs, or a server by --from-server');
    }
  });
});

test('queries writes an HTML report in one file, which shows no literal', async () => {
  const { code, stderr } = await sandbox.run([
    'queries',
    log('pg18-stderr-auto-explain.log'),
    '--html',
    'queries.html',
  ]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: 'wrote queries.html\n' });
  const page = await readFile(join(sandbox.folder, 'queries.html'), 'utf8');
  for (const title of ['One query per row (N+1)', 'Where the time went', 'Plans', 'Errors', 'What was read']) {
    expect(page).toContain(`<h2>${title}</h2>`);
  }
  for (const secret of ['secret-1', 'secret name', 'theme', '名前']) expect(page).not.toContain(secret);
  const bad = await sandbox.run(['queries', log('pg18-csvlog.csv'), '--html', 'none/queries.html']);
  expect(bad.code).toBe(2);
  expect(bad.stderr).toContain('[output-unwritable]');
});

describe('queries --from-server', { timeout: 180_000 }, () => {
  let server: EmbeddedPostgres;
  beforeAll(async () => {
    // A prefix that nobody could guess.
    const settings = { logging_collector: 'on', log_line_prefix: '%p %d %m', log_parameter_max_length: '64' };
    server = await startEmbeddedPostgres(new AbortController().signal, settings);
    await set({ log_min_duration_statement: '0' });
  });
  afterAll(() => server.stop());

  async function query(...statements: readonly (readonly [string, ...unknown[]])[]): Promise<void> {
    const client = new pg.Client({ connectionString: server.adminUrl });
    await client.connect();
    for (const [sql, ...values] of statements) await client.query(sql, values.length === 0 ? undefined : values);
    await client.end();
  }

  /** Changes settings of the server and waits until it has taken them. */
  async function set(settings: Readonly<Record<string, string>>): Promise<void> {
    const client = new pg.Client({ connectionString: server.adminUrl });
    await client.connect();
    for (const [name, value] of Object.entries(settings)) await client.query(`ALTER SYSTEM SET ${name} = '${value}'`);
    await client.query('SELECT pg_reload_conf()');
    for (const [name, value] of Object.entries(settings)) {
      await vi.waitFor(async () => {
        const { rows } = await client.query('SELECT setting FROM pg_settings WHERE name = $1', [name]);
        expect(rows[0].setting).toBe(value);
      }, 10_000);
    }
    await client.end();
  }

  const lookUps = Array.from({ length: 8 }, (_, id) => ['SELECT $1::int + 1 AS looked_up', id] as const);
  const page = [['SELECT oid FROM pg_class LIMIT 3'], ...lookUps] as const;

  test('refuses a server that collects no log', async () => {
    const { code, stdout, stderr } = await sandbox.run(['queries', '--from-server', inject('adminUrl')]);
    expect({ code, stdout }).toEqual({ code: 4, stdout: '' });
    expect(stderr).toMatch(/^error: the server keeps no log that can be read through it: logging_collector is off/);
  });

  test('reads the log, its settings, and nothing of its own reading', async () => {
    await query(...page, ...page);
    for (let reading = 0; reading < 2; reading++) {
      const { nPlusOne, statements, coverage, warnings } = await report('--from-server', server.adminUrl);
      expect(nPlusOne).toMatchObject([{ calls: 16, statement: { normalized: 'SELECT $1::int + $2 AS looked_up' } }]);
      expect(JSON.stringify(statements)).not.toContain('pg_read_binary_file');
      expect(coverage.formats).toEqual(['stderr']);
      expect(coverage.settings).toMatchObject({ sampled: false, values: { log_line_prefix: '%p %d %m' } });
      expect(warnings).toContainEqual(expect.stringContaining('cuts values after 64 bytes'));
    }
  });

  test.each(['csvlog', 'jsonlog'])('takes %s before plain text', async (format) => {
    await set({ log_destination: `stderr,${format}` });
    await query(...page);
    const { nPlusOne, coverage } = await report('--from-server', server.adminUrl);
    expect(coverage.formats).toEqual([format]);
    expect(nPlusOne).toMatchObject([{ calls: 8 }]);
  });

  test('tells a sample from the whole, and says which rights are missing', async () => {
    const sample = { log_min_duration_sample: '0', log_statement_sample_rate: '0.5', log_min_duration_statement: '-1' };
    await set({ log_destination: 'stderr', ...sample });
    await query(["CREATE ROLE reader LOGIN PASSWORD 'reader'"], ['CREATE ROLE app']);
    const { code, stdout } = await sandbox.run(['queries', '--from-server', server.adminUrl, '--html', 'server.html']);
    expect(code).toBe(0);
    expect(stdout.replace(/\s+/g, ' ')).toContain('a sample of its statements (log_statement_sample_rate 0.5');
    expect(await readFile(join(sandbox.folder, 'server.html'), 'utf8')).toContain('log_statement_sample_rate');

    const reader = new URL(server.adminUrl);
    reader.username = 'reader';
    reader.password = 'reader';
    const refused = async (may: string) => {
      const { code, stderr } = await sandbox.run(['queries', '--from-server', reader.href]);
      expect(code).toBe(4);
      expect(stderr).toContain(`the database user may not ${may}`);
      expect(stderr).toContain('pg_read_server_files');
    };
    await refused('ask for the current log file (pg_current_logfile)');
    await query(['GRANT pg_monitor TO reader']);
    await refused('read server files (pg_read_binary_file)');
    await query(
      ['GRANT pg_read_server_files TO reader'],
      ['GRANT EXECUTE ON FUNCTION pg_read_binary_file(text, bigint, bigint, boolean) TO reader'],
      ['ALTER ROLE app SET log_min_duration_statement = 0'],
    );
    const allowed = await report('--from-server', reader.href);
    expect(allowed.totals.statements).toBeGreaterThan(0);
    expect(allowed.coverage.settings?.sampled).toBe(true);
    expect(allowed.warnings).toContainEqual(expect.stringContaining('1 role or database has log settings'));
  });
});
