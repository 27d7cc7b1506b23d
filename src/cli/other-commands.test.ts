import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { AuditText } from '../model/audit.ts';
import type { CheckResult } from '../model/check.ts';
import type { PlansArtifact } from '../model/plans.ts';
import type { QueryLogReport } from '../model/query-log.ts';
import type { Run } from '../model/run.ts';
import { createSandbox, type Sandbox } from '../testing/command-line.ts';
import { createTestDatabase, type TestDatabase } from '../testing/test-database.ts';

let sandbox: Sandbox;
beforeAll(async () => {
  sandbox = await createSandbox();
});
afterAll(async () => {
  expect(await sandbox.leftovers()).toEqual([]);
  await sandbox.remove();
});

const logs = readdirSync('fixtures/logs').filter((name) => /\.(log|csv)$/.test(name));

describe.concurrent('queries', () => {
  test('reads every recorded log, whatever its format', async () => {
    const paths = logs.map((name) => resolve('fixtures/logs', name));
    const { code, stdout, stderr } = await sandbox.run(['queries', '--json', ...paths]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const { coverage } = JSON.parse(stdout) as QueryLogReport;
    expect(coverage.formats.toSorted()).toEqual(['csvlog', 'jsonlog', 'stderr']);
    expect(coverage.files).toHaveLength(logs.length);
  });

  test('reads standard input, and prints no more statements than asked for', async () => {
    const input = await readFile('fixtures/logs/pg18-jsonlog.log');
    const { code, stdout } = await sandbox.run(['queries', '-', '--top', '2'], { input });
    expect(code).toBe(0);
    expect(stdout).toMatch(/and \d+ more statements/);
  });

  test.each<[string, string, string | Uint8Array | undefined, string, string]>([
    ['an empty log', 'empty.log', '', 'empty.log is empty [log-empty]', 'is logging on?'],
    [
      'a binary log',
      'binary.log',
      Uint8Array.from({ length: 4096 }, (_, index) => index),
      'binary.log is not a text file [log-binary]',
      'decompress',
    ],
    [
      'a compressed log',
      'old.log.bz2',
      Buffer.from('BZh91AY'),
      'old.log.bz2 is compressed with bzip2',
      'decompress it',
    ],
    [
      'a log of something else',
      'web.log',
      'GET / 200\nGET /a 404\n',
      'web.log has no statement in its 2 lines',
      'set log',
    ],
    [
      'a log that does not exist',
      'no.log',
      undefined,
      'no.log cannot be read: there is no such file',
      'give a Postgre',
    ],
    [
      'a folder',
      'folder',
      undefined,
      'folder cannot be read: there is no log in it [log-unreadable]',
      'give a PostgreSQL log',
    ],
  ])('refuses %s with code 2', async (_name, file, content, message, hint) => {
    if (file === 'folder') await mkdir(join(sandbox.folder, file), { recursive: true });
    const { code, stdout, stderr } = await sandbox.run(
      ['queries', file],
      content === undefined ? {} : { files: { [file]: content } },
    );
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    const [first = '', second = '', ...rest] = stderr.split('\n');
    expect(first).toContain(`error: ${message}`);
    expect(second).toContain(hint);
    expect(rest).toEqual(['']);
  });

  test('refuses an empty standard input too', async () => {
    const { code, stderr } = await sandbox.run(['queries', '-'], { input: '' });
    expect(code).toBe(2);
    expect(stderr).toContain('standard input is empty [log-empty]');
  });
});

describe.concurrent('audits', () => {
  test('lists all of them, or explains one', async () => {
    const json = await sandbox.run(['audits', '--json']);
    const texts = JSON.parse(json.stdout) as readonly AuditText[];
    expect(texts.map(({ id }) => id)).toContain('n-plus-one');
    const list = await sandbox.run(['audits']);
    for (const { id } of texts) expect(list.stdout).toContain(id);
    const one = await sandbox.run(['audits', 'n-plus-one']);
    expect(one.code).toBe(0);
    expect(one.stdout).toContain('dataloader');
  });
});

describe('explain --sql', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await createTestDatabase();
  });
  afterAll(() => database.drop());

  test('shows the plan, with the server of DATABASE_URL', async () => {
    const args = ['explain', '--sql', 'SELECT count(*) FROM generate_series(1, $1) AS n', '--param', '1000'];
    const env = { DATABASE_URL: database.url };
    const { code, stdout, stderr } = await sandbox.run(args, { env });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toContain('Aggregate');
    const json = await sandbox.run([...args, '--json'], { env });
    expect((JSON.parse(json.stdout) as PlansArtifact).statements).toMatchObject([{ status: 'analyzed' }]);
  });

  test('only plans a write', async () => {
    const { code, stdout } = await sandbox.run([
      'explain',
      '--sql',
      'DELETE FROM pg_class',
      '--database',
      database.url,
    ]);
    expect(code).toBe(0);
    expect(stdout).toContain('planned, not executed: DELETE writes');
  });

  test.each([
    ['two statements', 'SELECT 1; DROP TABLE x'],
    ['what is no SQL', 'SELEKT 1'],
  ])('refuses %s with code 2', async (_name, sql) => {
    const { code, stdout, stderr } = await sandbox.run(['explain', '--sql', sql, '--database', database.url]);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(/^error: the statement is not run: .+ \[statement-refused\]\n {2}\S.*\n$/);
  });
});

describe.concurrent('profile', () => {
  test('draws the flame graph of a .cpuprofile file', async () => {
    const script = 'function hot() { let s = 0; for (let i = 0; i < 3e8; i++) s += i; return s } hot()';
    spawnSync(process.execPath, ['--cpu-prof', '--cpu-prof-name=x.cpuprofile', '-e', script], { cwd: sandbox.folder });
    const { code, stdout, stderr } = await sandbox.run(['profile', 'x.cpuprofile', '-o', 'new/flame.html']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: 'flame graph: new/flame.html\n' });
    expect(stdout).toContain('hot');
    expect(await readFile(join(sandbox.folder, 'new/flame.html'), 'utf8')).toContain('hot');
  });

  test('of two .cpuprofile files tells what differs, and writes nothing', async () => {
    const record = (name: string, rounds: number) => {
      const script = `function cold() { let s = 0; for (let i = 0; i < 2e8; i++) s += i; return s }
        function hot() { let s = 0; for (let i = 0; i < ${rounds}; i++) s += i; return s }
        cold(); hot()`;
      spawnSync(process.execPath, ['--cpu-prof', `--cpu-prof-name=${name}`, '-e', script], { cwd: sandbox.folder });
    };
    record('a.cpuprofile', 1);
    record('b.cpuprofile', 6e8);
    const { code, stdout, stderr } = await sandbox.run(['profile', 'a.cpuprofile', 'b.cpuprofile']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/^a\.cpuprofile → b\.cpuprofile\n/);
    expect(stdout).toMatch(/shares are\s+compared/);
    expect(stdout).toMatch(/\+[\d.]+ points +hot\b/);
    expect(stdout).toMatch(/−[\d.]+ points +cold\b/);
    expect(existsSync(join(sandbox.folder, 'flame.html'))).toBe(false);
  });

  test('of a file that is none is refused with code 2', async () => {
    const files = { 'x.json': '{"nodes": 3}' };
    const { code, stderr } = await sandbox.run(['profile', 'x.json'], { files });
    expect(code).toBe(2);
    expect(stderr).toMatch(/^error: x\.json is not a CPU profile: .+ \[profile-unreadable\]\n/);
  });

  test('that cannot be written is told with code 2', async () => {
    const files = { 'small.cpuprofile': smallProfile, file: '' };
    const { code, stderr } = await sandbox.run(['profile', 'small.cpuprofile', '-o', 'file/flame.html'], { files });
    expect(code).toBe(2);
    expect(stderr).toMatch(/^error: file\/flame\.html cannot be written: .+ \[output-unwritable\]\n/);
  });

  test('of a process that is not there is told with code 4', async () => {
    const { code, stderr } = await sandbox.run(['profile', '--pid', '999999999']);
    expect(code).toBe(4);
    expect(stderr).toMatch(/^error: the service could not be profiled: .+\n {2}\S.*\n$/);
  });
});

const smallProfile = JSON.stringify({
  nodes: [
    { id: 1, callFrame: { functionName: '(root)', url: '', lineNumber: -1, columnNumber: -1 }, children: [2] },
    { id: 2, callFrame: { functionName: 'hot', url: 'file:///a.js', lineNumber: 0, columnNumber: 0 } },
  ],
  startTime: 0,
  endTime: 2000,
  samples: [2, 2],
  timeDeltas: [1000, 1000],
});

describe('a service that runs already', () => {
  const server = createServer((_request, response) => response.end('{}'));
  let scenario: string;
  let database: TestDatabase;
  beforeAll(async () => {
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    database = await createTestDatabase();
    scenario = join(sandbox.folder, 'attached.yaml');
    await writeFile(
      scenario,
      `target: { url: "http://127.0.0.1:${(server.address() as AddressInfo).port}" }
database: { url: "${database.url}" }
load: { connections: 1, warmup: 50ms, rounds: 1, slice: 50ms, traceRequests: 1 }
flows: [{ steps: [{ get: / }] }]
`,
    );
  });
  afterAll(async () => {
    server.closeAllConnections();
    server.close();
    await database.drop();
  });

  test('is measured, and the report says why there is neither profile nor trace', async () => {
    const { code, stdout } = await sandbox.run(['run', 'attached.yaml']);
    expect(code).toBe(0);
    const text = stdout.replace(/\s+/g, ' ');
    expect(text).toMatch(/SKIPPED cpu-hotspot: the service was not started by chokepoint/);
    expect(text).toMatch(/SKIPPED the service was not started by chokepoint.*: n-plus-one, .*, unused-index /);
    const html = await readFile(
      join(sandbox.folder, '.chokepoint/runs', sandbox.runs()[0] ?? '', 'report.html'),
      'utf8',
    );
    expect(html).toContain('the service was not started by chokepoint');
    const json = await sandbox.run(['report', join('.chokepoint/runs', sandbox.runs()[0] ?? ''), '-f', 'json']);
    const { artifacts } = (JSON.parse(json.stdout) as Run).variants.default ?? {};
    expect(artifacts).toMatchObject({
      load: { status: 'gathered' },
      http: { status: 'gathered' },
      profile: { status: 'missing', reason: expect.stringContaining('not started by chokepoint') },
      queries: { status: 'missing', reason: expect.stringContaining('not started by chokepoint') },
      plans: { status: 'missing', reason: expect.stringContaining('not started by chokepoint') },
    });
    expect(server.listening).toBe(true);
  });

  test('is found fit by check, with what will be skipped', async () => {
    const { code, stdout, stderr } = await sandbox.run(['check', 'attached.yaml', '--json']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const results = JSON.parse(stdout) as readonly CheckResult[];
    expect(results.filter(({ status }) => status === 'failed')).toEqual([]);
    expect(results.map(({ message }) => message).join('\n')).toContain('the service is not started by chokepoint');
  });

  test('cannot be profiled by the profile command, which says why', async () => {
    const { code, stderr } = await sandbox.run(['profile', 'attached.yaml', '--quiet']);
    expect(code).toBe(4);
    expect(stderr).toContain('the service was not started by chokepoint');
  });
});

test('check of a service that is started finds everything there', async () => {
  const { code, stdout, stderr } = await sandbox.run(['check', resolve('fixtures/apps/n-plus-one/scenario.yaml')]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout).toContain('PostgreSQL 18');
  expect(stdout).toContain('/articles?page=');
  expect(stdout).toMatch(/profiler \(slow\)\s.*1 thread attached/);
});
