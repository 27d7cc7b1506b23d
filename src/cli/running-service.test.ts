import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { setUpDatabase } from '../instruments/sql/setup-database.ts';
import type { Run } from '../model/run.ts';
import { type EmbeddedPostgres, startEmbeddedPostgres } from '../target/embedded-postgres.ts';
import { freePort } from '../target/free-port.ts';
import { createSandbox, type Sandbox } from '../testing/command-line.ts';

const app = resolve('fixtures/apps/n-plus-one');
let server: EmbeddedPostgres;
let sandbox: Sandbox;
let service: ChildProcess;
let url: string;
let port: number;

/** A service that somebody else has started, on a server that can log and count, and does not log yet. */
beforeAll(async () => {
  sandbox = await createSandbox();
  server = await startEmbeddedPostgres(new AbortController().signal, {
    ...{ logging_collector: 'on', log_destination: 'csvlog', shared_preload_libraries: 'pg_stat_statements' },
  });
  url = server.urlOf('app');
  await setUpDatabase(server.adminUrl, url, [`${app}/setup.sql`], new AbortController().signal);
  port = await freePort();
  const env = { ...process.env, DATABASE_URL: url, PORT: String(port) };
  service = spawn(process.execPath, [`${app}/server.js`], { env, stdio: 'ignore' });
  await vi.waitFor(async () => expect((await fetch(`http://127.0.0.1:${port}/healthz`)).status).toBe(200), 20_000);
});

afterAll(async () => {
  const ended = once(service, 'exit');
  service.kill('SIGKILL');
  await ended;
  await server.stop();
  await sandbox.remove();
});

async function query(at: string, sql: string): Promise<readonly Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: at });
  await client.connect();
  try {
    return (await client.query(sql)).rows;
  } finally {
    await client.end();
  }
}

const setting = async () =>
  (await query(server.adminUrl, 'SHOW log_min_duration_statement'))[0]?.log_min_duration_statement;

const scenario = (more: string, traceRequests = 3) => ({
  'running.yaml': `
target: { url: "http://127.0.0.1:${port}", ready: /healthz }
database: { url: "${url}"${more} }
load: { connections: 2, warmup: 100ms, rounds: 1, slice: 100ms, traceRequests: ${traceRequests} }
data: [{ as: page, range: [1, 100] }]
flows: [{ steps: [{ get: "/articles?page={{ page }}" }] }]
`,
});

async function run(more: string): Promise<Run> {
  const { code, stdout, stderr } = await sandbox.run(['run', 'running.yaml', '--json'], {
    files: scenario(more),
    env: { XDG_STATE_HOME: sandbox.folder },
  });
  expect(stderr).not.toMatch(/error/i);
  expect(code).toBe(0);
  return JSON.parse(stdout) as Run;
}

describe('a service that runs already', () => {
  test('without any source has no statements, with every reason', async () => {
    const { variants } = await run('');
    expect(variants.default?.outcomes['n-plus-one']).toMatchObject({ status: 'skipped' });
    expect(variants.default?.artifacts.queries).toMatchObject({
      status: 'missing',
      reason: expect.stringMatching(/log_min_duration_statement is -1.*does not have the extension pg_stat_statements/),
    });
  });

  test('is traced by the log of its server where that may be switched on, and it is as before afterwards', async () => {
    const { variants } = await run(', capture: log');
    expect(variants.default?.statements).toMatchObject({
      ...{ source: 'server-log', requests: 3, executions: 3 * 41, unattributed: 0, attribution: 'time' },
    });
    expect(variants.default?.outcomes['n-plus-one']).toMatchObject({
      status: 'fail',
      findings: [{ grade: 'likely', summary: expect.stringContaining('40 statements per request') }],
    });
    expect(await setting()).toBe('-1');
  });

  test('is counted by its server where that has the statistics, one request at a time and under load', async () => {
    await query(url, 'CREATE EXTENSION pg_stat_statements');
    try {
      const { variants } = await run('');
      expect(variants.default?.statements).toMatchObject({ source: 'pg_stat_statements', executions: 3 * 41 });
      const [flow] = variants.default?.statements?.underLoad ?? [];
      expect(flow).toMatchObject({ traced: 41 });
      expect(flow?.calls).toBeCloseTo(41, 5);
      expect(variants.default?.outcomes['duplicate-query']).toMatchObject({ status: 'inconclusive' });
      expect(variants.default?.outcomes['n-plus-one']).toMatchObject({ findings: [{ grade: 'possible' }] });
    } finally {
      await query(url, 'DROP EXTENSION pg_stat_statements');
    }
  });

  test('has its server put back by the next start where chokepoint was killed while it was traced', async () => {
    const env = { XDG_STATE_HOME: sandbox.folder };
    const running = await sandbox.start(['run', 'running.yaml'], { files: scenario(', capture: log', 500), env });
    await running.said('trace');
    await expect.poll(setting, { timeout: 10_000 }).toBe('0');
    running.kill('SIGKILL');
    await running.result;
    expect(await setting()).toBe('0');
    const { stdout } = await sandbox.run(['check', 'running.yaml'], { env });
    expect(stdout).toContain('ready at');
    await expect.poll(setting, { timeout: 5000 }).toBe('-1');
  });

  test('has its server put back where the run is interrupted', async () => {
    const env = { XDG_STATE_HOME: sandbox.folder };
    const running = await sandbox.start(['run', 'running.yaml'], { files: scenario(', capture: log', 500), env });
    await running.said('trace');
    await expect.poll(setting, { timeout: 10_000 }).toBe('0');
    running.kill('SIGINT');
    expect((await running.result).code).toBe(130);
    await expect.poll(setting, { timeout: 5000 }).toBe('-1');
  });
});
