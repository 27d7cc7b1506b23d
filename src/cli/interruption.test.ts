import { spawn } from 'node:child_process';
import { resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createSandbox, type RunningCommand, type Sandbox } from '../testing/command-line.ts';
import { createTestDatabase, type TestDatabase } from '../testing/test-database.ts';

/** Stopping a service that does not want to takes 5 s; everything else is quick, also on a machine that is busy. */
const someSecondsMs = 9000;

const service = (name: string) => resolve('fixtures/invalid/services', `${name}.js`);

const scenario = (server: string, more = '') => `
target: { command: "node ${server}", url: "http://127.0.0.1:\${PORT}", ready: /healthz }
flows: [{ steps: [{ get: /readings }] }]
${more}`;

const fast = 'load: { connections: 2, warmup: 100ms, rounds: 1, slice: 50ms, traceRequests: 3 }';
const long = 'load: { connections: 2, warmup: 1s, rounds: 3, slice: 2s, timeout: 1m }';
const embedded = 'database: { embedded: { setup: [setup.sql] } }';

interface Moment {
  readonly name: string;
  readonly command?: string;
  readonly files: Readonly<Record<string, string>>;
  readonly after: string;
  readonly delayMs: number;
}

const moments: readonly Moment[] = [
  {
    name: 'initdb',
    files: { 'x.yaml': scenario(service('ordinary'), embedded), 'setup.sql': '' },
    after: 'database',
    delayMs: 150,
  },
  {
    name: 'the start of PostgreSQL',
    files: { 'x.yaml': scenario(service('ordinary'), embedded), 'setup.sql': '' },
    after: 'database',
    delayMs: 900,
  },
  {
    name: 'seeding',
    files: { 'x.yaml': scenario(service('ordinary'), embedded), 'setup.sql': 'SELECT pg_sleep(60);' },
    after: 'database',
    delayMs: 4000,
  },
  {
    name: 'readiness',
    files: { 'x.yaml': scenario(service('never-ready'), long) },
    after: 'measure',
    delayMs: 400,
  },
  { name: 'the warm-up', files: { 'x.yaml': scenario(service('ordinary'), long) }, after: 'measure', delayMs: 800 },
  { name: 'a slice', files: { 'x.yaml': scenario(service('ordinary'), long) }, after: 'measure', delayMs: 2500 },
  {
    name: 'requests that are never answered',
    files: { 'x.yaml': scenario(service('hangs'), long) },
    after: 'measure',
    delayMs: 2500,
  },
  {
    name: 'the profile pass',
    files: { 'x.yaml': scenario(service('ordinary'), fast) },
    after: 'profile',
    delayMs: 900,
  },
  {
    name: 'the profile command',
    command: 'profile',
    files: { 'x.yaml': scenario(service('ordinary'), fast) },
    after: 'profile',
    delayMs: 900,
  },
  {
    name: 'the trace pass',
    files: { 'x.yaml': scenario(service('ordinary'), fast.replace('Requests: 3', 'Requests: 1000')) },
    after: 'trace',
    delayMs: 200,
  },
  { name: 'the report', files: { 'x.yaml': scenario(service('ordinary'), fast) }, after: 'report', delayMs: 0 },
  { name: 'the flame graph', files: { 'x.yaml': scenario(service('ordinary'), fast) }, after: 'report', delayMs: 250 },
];

/** Sends the signals, waits for the end, and expects that nothing is left of the command. */
async function expectInterrupted(
  sandbox: Sandbox,
  command: RunningCommand,
  signals: readonly NodeJS.Signals[],
  withinMs = someSecondsMs,
): Promise<void> {
  const startedAt = performance.now();
  for (const [index, signal] of signals.entries()) {
    if (index > 0) await delay(60);
    command.kill(signal);
  }
  const { code, stdout, stderr } = await command.result;
  expect({ code, stdout }, stderr).toEqual({ code: 130, stdout: '' });
  expect(performance.now() - startedAt).toBeLessThan(withinMs);
  expect(stderr).not.toMatch(/\n\s+at |defect|Warning/);
  expect(await sandbox.leftovers()).toEqual([]);
  expect(sandbox.runs()).toEqual([]);
}

const told = 'error: interrupted [interrupted]\n  everything that was started has been stopped; no run was written\n';

describe.concurrent('an interruption during', () => {
  test.each(moments)(
    '$name ends everything, with code 130',
    async ({ name, command = 'run', files, after, delayMs }) => {
      const sandbox = await createSandbox();
      try {
        const running = await sandbox.start([command, 'x.yaml'], { files });
        await running.said(after);
        await delay(delayMs);
        const signal = (['SIGINT', 'SIGTERM', 'SIGHUP'] as const)[name.length % 3] ?? 'SIGINT';
        await expectInterrupted(sandbox, running, [signal]);
        expect((await running.result).stderr.endsWith(told)).toBe(true);
      } finally {
        await sandbox.remove();
      }
    },
  );

  test.each(moments)(
    '$name and a second one end everything at once',
    async ({ command = 'run', files, after, delayMs }) => {
      const sandbox = await createSandbox();
      try {
        const running = await sandbox.start([command, 'x.yaml'], { files });
        await running.said(after);
        await delay(delayMs);
        await expectInterrupted(sandbox, running, ['SIGINT', 'SIGINT'], 4000);
      } finally {
        await sandbox.remove();
      }
    },
  );

  test('check ends everything', async () => {
    const sandbox = await createSandbox();
    try {
      const files = { 'x.yaml': scenario(service('never-ready')) };
      const running = await sandbox.start(['check', 'x.yaml'], { files });
      await expect
        .poll(sandbox.processes, { timeout: 20_000 })
        .toContainEqual(expect.stringContaining('never-ready.js'));
      await expectInterrupted(sandbox, running, ['SIGINT']);
    } finally {
      await sandbox.remove();
    }
  });

  test('queries of a standard input that does not end is heard', async () => {
    const sandbox = await createSandbox();
    try {
      const running = await sandbox.start(['queries', '-']);
      // More than a pipe holds: once it is taken, the command reads.
      await running.write('2026-01-01 00:00:00 UTC [1] LOG:  checkpoint starting: time\n'.repeat(10_000));
      await expectInterrupted(sandbox, running, ['SIGINT']);
      expect((await running.result).stderr).toBe(told);
    } finally {
      await sandbox.remove();
    }
  });
});

test('an interruption while a process is profiled lets that process go on', async () => {
  const sandbox = await createSandbox();
  const script = 'setInterval(() => { for (let i = 0; i < 1e6; i++); }, 10)';
  const target = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  target.stderr.on('data', (chunk: Buffer) => {
    said += chunk.toString();
  });
  try {
    const running = await sandbox.start(['profile', '--pid', String(target.pid), '--duration', '60']);
    await expect.poll(() => said, { timeout: 20_000 }).toContain('Debugger attached');
    await delay(500);
    await expectInterrupted(sandbox, running, ['SIGINT']);
    expect(target.exitCode).toBe(null);
    await expect.poll(() => said, { timeout: 5000 }).toMatch(/Debugger ending|disconnect/i);
  } finally {
    target.kill('SIGKILL');
    await sandbox.remove();
  }
});

describe('an interruption while an index is tried on a scratch copy', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await createTestDatabase();
    await query(`CREATE TABLE readings AS SELECT n AS id, n % 500 AS device_id, now() AS taken_at, 20::real AS celsius
      FROM generate_series(1, 400000) AS n`);
    await query('ANALYZE readings');
  });
  afterAll(() => database.drop());

  async function query(sql: string): Promise<number> {
    const client = new pg.Client({ connectionString: database.url });
    await client.connect();
    try {
      return (await client.query(sql)).rowCount ?? 0;
    } finally {
      await client.end();
    }
  }

  const scratchCopies = async () => query(`SELECT FROM pg_database WHERE datname LIKE 'chokepoint_scratch_%'`);

  async function scratchExists(): Promise<void> {
    const deadline = performance.now() + 20_000;
    while ((await scratchCopies()) === 0) {
      if (performance.now() > deadline) throw new Error('no scratch copy was made');
      await delay(5);
    }
  }

  test.each<readonly [string, readonly NodeJS.Signals[]]>([
    ['drops the copy', ['SIGINT']],
    ['twice drops the copy all the same', ['SIGINT', 'SIGINT']],
  ])('%s', async (_name, signals) => {
    const sandbox = await createSandbox();
    try {
      const args = ['--sql', 'SELECT * FROM readings WHERE device_id = $1', '--param', '7', '--scratch'];
      const running = await sandbox.start(['explain', ...args, '--database', database.url]);
      await scratchExists();
      await expectInterrupted(sandbox, running, signals);
      await expect.poll(scratchCopies, { timeout: 3000 }).toBe(0);
    } finally {
      await sandbox.remove();
    }
  });

  test('in the explain pass of a run drops the copy', async () => {
    const sandbox = await createSandbox();
    try {
      const server = resolve('fixtures/apps/missing-index/server.js');
      const more = `database: { url: "${database.url}", scratch: true }\n${fast}`;
      const files = { 'x.yaml': scenario(server, more).replace('/readings', '/devices/7/readings') };
      const running = await sandbox.start(['run', 'x.yaml'], { files });
      await scratchExists();
      await expectInterrupted(sandbox, running, ['SIGTERM']);
      await expect.poll(scratchCopies, { timeout: 3000 }).toBe(0);
    } finally {
      await sandbox.remove();
    }
  });
});
