import { readFile } from 'node:fs/promises';
import { createServer as createHttpServer } from 'node:http';
import { type AddressInfo, createServer } from 'node:net';
import { join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { LoadArtifact } from '../model/load.ts';
import type { Run } from '../model/run.ts';
import { createSandbox, type Sandbox } from '../testing/command-line.ts';
import { createTestDatabase, type TestDatabase } from '../testing/test-database.ts';

let sandbox: Sandbox;
beforeAll(async () => {
  sandbox = await createSandbox();
});
afterAll(() => sandbox.remove());

const short = 'load: { connections: 2, warmup: 50ms, rounds: 2, slice: 50ms, traceRequests: 1 }\n';
const oneFlow = 'flows: [{ steps: [{ get: / }] }]\n';
const service = `
import { createServer } from 'node:http';
createServer((_, response) => response.end(process.argv[2] ?? 'plain')).listen(Number(process.env.PORT), '127.0.0.1');
`;

async function runScenario(yaml: string) {
  const { code, stdout, stderr } = await sandbox.run(['run', 'x.yaml', '--quiet', '--json'], {
    files: { 'service.mjs': service, 'x.yaml': yaml },
  });
  if (code !== 0) throw new Error(stderr);
  const run = JSON.parse(stdout) as Run;
  const load = async (variant: string) => {
    const file = join(sandbox.folder, '.chokepoint/runs', run.id, 'artifacts', variant, 'load.json');
    return JSON.parse(await readFile(file, 'utf8')) as LoadArtifact;
  };
  return { run, load };
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const { port } = server.address() as AddressInfo;
  await new Promise((done) => server.close(done));
  return port;
}

describe('two variants at one port', () => {
  const atPort = (port: number, load = short) => `
target: { command: node service.mjs, url: "http://127.0.0.1:${port}", env: { PORT: "${port}" } }
${load}${oneFlow}variants: { before: {}, after: { command: node service.mjs after } }
`;

  test('are measured in blocks, in an order that the run records', async () => {
    const { run, load } = await runScenario(atPort(await freePort()));
    expect(run.comparison?.design).toBe('blocks');
    const [before, after] = [await load('before'), await load('after')];
    expect(before).toMatchObject({ design: 'blocks', seed: 1 });
    expect(before.rounds).toHaveLength(2);
    expect(before.starters).toHaveLength(2);
    expect(after.starters).toEqual(before.starters);
    for (const { durationMs } of [...before.rounds, ...after.rounds]) expect(durationMs).toBeGreaterThan(380);
    const report = await sandbox.run(['report', join('.chokepoint/runs', run.id)]);
    expect(report.stdout.replace(/\s+/g, ' ')).toContain('were up one after the other in each round, in random order');
    expect(await sandbox.leftovers()).toEqual([]);
  });

  test('cannot be measured in slices, which check says as well', async () => {
    const yaml = atPort(await freePort(), short.replace('rounds: 2', 'rounds: 2, design: sliced'));
    for (const command of ['run', 'check']) {
      const { code, stdout, stderr } = await sandbox.run([command, 'x.yaml'], {
        files: { 'service.mjs': service, 'x.yaml': yaml },
      });
      expect(code).toBe(command === 'run' ? 2 : 4);
      expect((stdout + stderr).replace(/\s+/g, ' ')).toContain('load.design: two variants would listen at one address');
    }
  });
});

test('check says how many rounds there may be, and how long they take', async () => {
  const yaml = `target: { command: node service.mjs, url: "http://127.0.0.1:\${PORT}" }
load: { warmup: 2s, design: blocks }
${oneFlow}variants: { before: {}, after: {} }\n`;
  const { code, stdout } = await sandbox.run(['check', 'x.yaml', '--json'], {
    files: { 'service.mjs': service, 'x.yaml': yaml },
  });
  expect(code).toBe(0);
  expect(stdout).toContain('10 connections, 6 to 12 rounds of one block each: 72 to 144 s of load');
});

describe('a canary', () => {
  const canary = createHttpServer((_request, response) => response.end('canary'));
  beforeAll(() => new Promise<void>((done) => canary.listen(0, '127.0.0.1', done)));
  afterAll(() => {
    canary.closeAllConnections();
    canary.close();
  });

  test('is measured beside a variant that is started, and the report says why it has no profile', async () => {
    const { port } = canary.address() as AddressInfo;
    const { run, load } = await runScenario(`
target: { command: node service.mjs, url: "http://127.0.0.1:\${PORT}" }
${short}${oneFlow}variants: { stable: {}, canary: { url: "http://127.0.0.1:${port}" } }
`);
    expect(run.comparison?.design).toBe('sliced');
    expect(run.variants.stable?.artifacts.profile).toMatchObject({ status: 'gathered' });
    expect(run.variants.canary?.artifacts).toMatchObject({
      load: { status: 'gathered' },
      profile: { status: 'missing', reason: expect.stringContaining('not started by chokepoint') },
    });
    const [stable, other] = [await load('stable'), await load('canary')];
    expect(other.rounds[0]).not.toHaveProperty('serviceRssBytes');
    if (process.platform === 'linux') {
      for (const { serviceRssBytes } of stable.rounds) expect(serviceRssBytes).toBeGreaterThan(20e6);
      const memory = run.variants.stable?.metrics.find(({ name }) => name === 'memory');
      expect(memory).toMatchObject({ endpoint: '(all)', unit: 'MB' });
    }
    expect(canary.listening).toBe(true);
  });

  test('that is not there fails at its own key', async () => {
    const closed = await freePort();
    const { code, stderr } = await sandbox.run(['run', 'x.yaml', '--quiet'], {
      files: {
        'service.mjs': service,
        'x.yaml': `target: { command: node service.mjs, url: "http://127.0.0.1:\${PORT}" }\n${short}${oneFlow}variants:\n  stable: {}\n  canary: { url: "http://127.0.0.1:${closed}" }\n`,
      },
    });
    expect(code).toBe(4);
    expect(stderr).toContain('x.yaml:6:');
    expect(stderr).toContain(`nothing answers at http://127.0.0.1:${closed}`);
    expect(await sandbox.leftovers()).toEqual([]);
  });
});

describe('isolated variants', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await createTestDatabase();
  });
  beforeEach(() => query('DROP TABLE IF EXISTS visits', 'CREATE TABLE visits (id serial)'));
  afterAll(() => database.drop());

  async function query(...statements: readonly string[]): Promise<readonly Record<string, unknown>[]> {
    const client = new pg.Client({ connectionString: database.url });
    await client.connect();
    try {
      let rows: readonly Record<string, unknown>[] = [];
      for (const sql of statements) rows = (await client.query(sql)).rows;
      return rows;
    } finally {
      await client.end();
    }
  }

  const yaml = (load = short) => `
target: { command: "node ${resolve('fixtures/services/visits.js')}", url: "http://127.0.0.1:\${PORT}" }
database: { url: "${database.url}", scratch: true, isolate: true }
${load}flows: [{ steps: [{ get: { url: /visits, expect: { contains: chokepoint_own_ } } }] }]
variants: { own-a: {}, own-b: {} }
`;
  const copies = async () => (await query(`SELECT FROM pg_database WHERE datname LIKE 'chokepoint\\_own\\_%'`)).length;

  test('write each to a copy of its own, of which nothing is left', async () => {
    const { run } = await runScenario(yaml());
    expect(run.variants['own-a']?.artifacts).toMatchObject({
      queries: { status: 'gathered' },
      plans: { status: 'gathered' },
    });
    expect(await query('SELECT count(*)::int FROM visits')).toEqual([{ count: 0 }]);
    expect(await copies()).toBe(0);
  });

  test('leave no copy behind when they are interrupted', async () => {
    const endless = short.replace('slice: 50ms', 'slice: 10m');
    const running = await sandbox.start(['run', 'x.yaml'], { files: { 'x.yaml': yaml(endless) } });
    await running.said('measure');
    await delay(300);
    expect(await copies()).toBe(2);
    running.kill('SIGINT');
    expect((await running.result).code).toBe(130);
    expect(await copies()).toBe(0);
  });

  test('leave no copy behind when the service fails, and none is made while others are connected', async () => {
    const failing = yaml().replace('contains: chokepoint_own_', 'contains: nowhere');
    const files = { 'x.yaml': failing };
    expect((await sandbox.run(['run', 'x.yaml', '--quiet'], { files })).code).toBe(4);
    expect(await copies()).toBe(0);
    const other = new pg.Client({ connectionString: database.url });
    await other.connect();
    try {
      const { code, stderr } = await sandbox.run(['run', 'x.yaml', '--quiet'], { files });
      expect(code).toBe(4);
      expect(stderr).toContain('the variants cannot be given copies of the database: others are connected');
    } finally {
      await other.end();
    }
    expect(await copies()).toBe(0);
  });
});
