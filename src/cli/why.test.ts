import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Run } from '../model/run.ts';
import { createSandbox, type Sandbox } from '../testing/command-line.ts';

let sandbox: Sandbox;

beforeAll(async () => {
  sandbox = await createSandbox();
});
afterAll(() => sandbox.remove());

/** Five rounds are the fewest that can tell; each has the ten requests of a side that p50 needs, on a busy machine too. */
const load =
  'load: { connections: 2, warmup: 200ms, rounds: 5, slice: 200ms, traceRequests: 5 }\ngate: { metric: p50 }\n';

/** Other tests share this machine: the verdict is to stand although the generator may lag. */
const runArguments = (path: string) => ['run', path, '--trust-anyway', '--quiet'];

const folderOf = (name: string) => sandbox.runs().find((run) => run.endsWith(name)) ?? '';

async function runOf(name: string): Promise<Run> {
  const path = join(sandbox.folder, '.chokepoint/runs', folderOf(name), 'run.json');
  return JSON.parse(await readFile(path, 'utf8')) as Run;
}

const widest = (text: string) => Math.max(...text.split('\n').map((line) => [...line].length));

test('a loop of statements that came in is named below the endpoint that it slowed down', {
  timeout: 180_000,
}, async () => {
  const app = resolve('fixtures/apps/n-plus-one');
  const scenario = `name: loop
target: { command: "node ${app}/server.js", url: "http://127.0.0.1:\${PORT}", ready: /healthz }
database: { embedded: { setup: ["${app}/setup.sql"] }, env: DATABASE_URL }
data: [{ as: page, range: [1, 100] }]
flows: [{ steps: [{ get: "/articles?page={{ page }}" }] }]
variants: { before: { env: { VARIANT: fixed } }, after: { env: { VARIANT: slow } } }
${load}`;
  const { code, stdout } = await sandbox.run(runArguments('loop.yaml'), { files: { 'loop.yaml': scenario } });
  expect(code).toBe(1);
  expect(stdout).toMatch(/GET \/articles .* REGRESSED/);
  const [, figure, text] = /\n {2}why {2}(\+[\d.]+ (?:ms|s)): ([\s\S]*?) times\n/.exec(stdout) ?? [];
  expect(figure).toBeDefined();
  expect(text?.replace(/\s+/g, ' ')).toBe(
    'statements per request 2 → 41: SELECT id, name FROM authors WHERE id = $1 ran 0 → 40',
  );
  expect(widest(stdout.split('\nNEXT\n')[0] ?? '')).toBeLessThanOrEqual(80);
  const { comparison } = await runOf('loop');
  expect(comparison?.counts).toEqual([{ name: 'queries', endpoint: 'GET /articles', before: 2, after: 41 }]);
  expect(comparison?.causes[0]).toMatchObject({ endpoint: 'GET /articles', kind: 'statements' });
  expect(comparison?.causes[0]?.explainsMs).toBeGreaterThan(0);
});

const server = `import { createServer } from 'node:http';
const isSlow = process.env.VARIANT === 'slow';
function rankAll() {
  const until = performance.now() + 15;
  let sum = 0;
  while (performance.now() < until) sum += Math.sqrt(sum + 1);
  return sum;
}
createServer((request, response) => {
  if (isSlow) response.setHeader('connection', 'close');
  response.end(isSlow ? 'x'.repeat(20_000) + rankAll() : 'x'.repeat(2000));
}).listen(Number(process.env.PORT), '127.0.0.1');
`;

test('without a database a function, the payload and lost keep-alive are named', { timeout: 180_000 }, async () => {
  const scenario = `name: busy
target: { command: node server.mjs, url: "http://127.0.0.1:\${PORT}" }
flows: [{ steps: [{ get: / }] }]
variants: { before: { env: { VARIANT: fixed } }, after: { env: { VARIANT: slow } } }
${load}`;
  await sandbox.run(runArguments('busy.yaml'), { files: { 'busy.yaml': scenario, 'server.mjs': server } });
  const { comparison } = await runOf('busy');
  expect(comparison?.verdict).toBe('REGRESSED');
  expect(comparison?.counts).toEqual([]);
  expect(comparison?.causes.map(({ kind }) => kind)).toEqual(['cpu', 'payload', 'connections']);
  expect(comparison?.causes.map(({ summary }) => summary)).toEqual([
    expect.stringMatching(/^rankAll \(server\.mjs\) is new and takes [\d.]+ ms of CPU per request$/),
    expect.stringMatching(/^responses grew: 2\S* → 20\S* kB$/),
    expect.stringMatching(/^keep-alive was lost/),
  ]);
  // A run beside itself: nothing changed, so there is nothing to explain.
  const folder = join('.chokepoint/runs', folderOf('busy'));
  const { stdout } = await sandbox.run(['compare', folder, folder]);
  expect(stdout).toMatch(/GET \/ /);
  expect(stdout).not.toContain('why');
});
