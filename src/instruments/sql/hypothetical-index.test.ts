import { spawn, spawnSync } from 'node:child_process';
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { freePort } from '../../target/free-port.ts';
import { withConnection } from './connection.ts';
import { explainSql } from './explain-sql.ts';
import { loadParser } from './statement.ts';

/** Debian's servers; the embedded one has no HypoPG. */
const servers = '/usr/lib/postgresql';
const version = (existsSync(servers) ? readdirSync(servers) : []).find((name) =>
  existsSync(`/usr/share/postgresql/${name}/extension/hypopg.control`),
);
const because = version === undefined ? ' (skipped: HypoPG is not installed)' : '';
const never = new AbortController().signal;

describe.skipIf(version === undefined)(`an index that only the planner knows${because}`, () => {
  const account = process.getuid?.() === 0 ? { uid: 65534, gid: 65534 } : {};
  const bin = (name: string) => join(servers, version ?? '', 'bin', name);
  let folder = '';
  let databaseUrl = '';
  let stop = async () => {};

  beforeAll(async () => {
    await loadParser();
    folder = mkdtempSync(join(tmpdir(), 'chokepoint-hypopg-'));
    if (account.uid) chownSync(folder, account.uid, account.gid);
    const data = join(folder, 'data');
    const options = { ...account, cwd: folder, env: { PATH: process.env.PATH ?? '', LC_ALL: 'C' } };
    const made = spawnSync(bin('initdb'), ['-D', data, '-U', 'app', '-A', 'trust', '-N'], options);
    if (made.status !== 0) throw new Error(String(made.stderr));
    const port = await freePort();
    const settings = [`port=${port}`, 'listen_addresses=127.0.0.1', 'unix_socket_directories=', 'fsync=off'];
    const args = ['-D', data, ...settings.flatMap((setting) => ['-c', setting])];
    const server = spawn(bin('postgres'), args, { ...options, stdio: 'ignore' });
    const ended = new Promise((resolve) => server.once('exit', resolve));
    stop = async () => {
      server.kill('SIGINT');
      await ended;
    };
    databaseUrl = `postgres://app@127.0.0.1:${port}/postgres`;
    await vi.waitFor(() => withConnection(databaseUrl, never, async () => {}), { timeout: 20_000, interval: 200 });
    await withConnection(databaseUrl, never, async (connection) => {
      for (const sql of [
        'CREATE TABLE jobs AS SELECT n AS id, n * 7919 % 5000 AS queue FROM generate_series(1, 60000) n',
        'ANALYZE jobs',
      ]) {
        await connection.run(sql);
      }
    });
  }, 60_000);
  afterAll(async () => {
    await stop();
    rmSync(folder, { recursive: true, force: true });
  });

  const trialsOf = async () => {
    const statements = [{ sql: 'SELECT * FROM jobs WHERE queue = $1', parameters: ['7'] }];
    return (await explainSql({ databaseUrl, statements, signal: never })).trials;
  };

  it('stays untried where the database has no HypoPG', async () => {
    expect(await trialsOf()).toMatchObject([{ status: 'untried' }]);
  });

  it('is estimated by cost, beside others who are connected, and leaves nothing', async () => {
    await withConnection(databaseUrl, never, async (connection) => {
      await connection.run('CREATE EXTENSION hypopg');
      const [trial] = await trialsOf();
      expect(trial).toMatchObject({
        ...{ status: 'estimated', used: true, columns: ['queue'] },
        ddl: 'CREATE INDEX CONCURRENTLY ON jobs (queue)',
      });
      if (trial?.status === 'estimated') expect(trial.costAfter).toBeLessThan(trial.costBefore / 5);
      expect(await connection.run(`SELECT FROM pg_class WHERE relkind = 'i' AND relname LIKE '%jobs%'`)).toEqual([]);
    });
  });
});
