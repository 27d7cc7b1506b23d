import { chmodSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { startEmbeddedPostgres } from './embedded-postgres.ts';

/** A temporary folder of these tests alone, since others start servers at the same time. */
beforeAll(() => {
  const own = mkdtempSync(join(tmpdir(), 'embedded-postgres-'));
  chmodSync(own, 0o1777);
  vi.stubEnv('TMPDIR', own);
});

afterAll(() => {
  rmSync(tmpdir(), { recursive: true });
  vi.unstubAllEnvs();
});

const folders = () => readdirSync(tmpdir()).filter((name) => name.startsWith('chokepoint-pg-'));

test('a server starts on a free port, answers, and leaves neither process nor folder behind', async () => {
  const before = new Set(folders());
  const server = await startEmbeddedPostgres(new AbortController().signal, { log_min_duration_statement: '0' });
  const client = new pg.Client({ connectionString: server.adminUrl });
  await client.connect();
  const { rows } = await client.query(
    "SELECT current_setting('data_directory') AS folder, current_setting('log_min_duration_statement') AS logged",
  );
  await client.end();
  expect(rows[0].logged).toBe('0');
  expect(existsSync(rows[0].folder)).toBe(true);
  await server.stop();
  await expect(new pg.Client({ connectionString: server.adminUrl }).connect()).rejects.toThrow(/ECONNREFUSED/);
  expect(existsSync(rows[0].folder)).toBe(false);
  expect(folders().filter((name) => !before.has(name))).toEqual([]);
});

test('an interruption while it starts leaves nothing behind', async () => {
  const before = new Set(folders());
  const controller = new AbortController();
  setTimeout(() => controller.abort(), 150);
  await expect(startEmbeddedPostgres(controller.signal)).rejects.toMatchObject({ code: 'interrupted' });
  expect(folders().filter((name) => !before.has(name))).toEqual([]);
});

test('a setting that the server refuses is reported with what it printed', async () => {
  await expect(startEmbeddedPostgres(new AbortController().signal, { work_mem: 'plenty' })).rejects.toMatchObject({
    code: 'embedded-postgres-failed',
    message: expect.stringContaining('work_mem'),
  });
});
