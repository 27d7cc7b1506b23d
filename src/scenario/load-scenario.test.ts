import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { endpointsOf } from '../model/flow.ts';
import { attached, createScenarioFolder, launched, oneFlow, type ScenarioFolder } from '../testing/scenario-folder.ts';
import { loadScenario } from './load-scenario.ts';

let shop: ScenarioFolder;
beforeAll(async () => {
  shop = await createScenarioFolder();
});
afterAll(() => shop.remove());

/** What every request has that says no more. */
const plainStep = {
  kind: 'request',
  query: [],
  headers: {},
  expect: { json: [], headers: [], contains: [] },
  captures: [],
  redirects: 0,
} as const;

describe('a whole scenario', () => {
  it('fills every default of the smallest one', async () => {
    const scenario = await shop.load(`${attached}${oneFlow}`, {}, 'small shop.yaml');
    expect(scenario).toMatchObject({
      name: 'small shop',
      file: join(shop.folder, 'small shop.yaml'),
      target: {
        cwd: shop.folder,
        url: 'http://127.0.0.1:3000',
        ready: '/',
        readyTimeoutMs: 30_000,
        runtime: 'node',
        env: {},
        allowHosts: [],
      },
      load: {
        model: { kind: 'closed', connections: 10 },
        warmupMs: 2000,
        rounds: { least: 6, most: 12 },
        sliceMs: 500,
        timeoutMs: 10_000,
        seed: 1,
        traceRequests: 5,
      },
      data: [],
      variants: [{ name: 'default', env: {}, headers: {} }],
      gate: { metric: 'p95', margin: 0.1, floorMs: 1, errors: 0.001, certain: false, findings: [] },
      audits: { ignore: [], options: {} },
    });
    expect(scenario.flows).toEqual([
      {
        name: 'GET /',
        weight: 1,
        steps: [{ ...plainStep, method: 'GET', url: '/', endpoint: 'GET /' }],
      },
    ]);
    expect([scenario.before, scenario.after]).toEqual([[], []]);
    expect('command' in scenario.target).toBe(false);
    expect('database' in scenario).toBe(false);
  });

  it('reads every key', async () => {
    await writeFile(join(shop.folder, 'schema.sql'), 'SELECT 1;');
    await writeFile(join(shop.folder, 'users.csv'), '\uFEFFid,name\r\n1,"O""Brien, Ada"\r\n2,Grace\r\n');
    await writeFile(join(shop.folder, 'items.json'), '[{"sku": "a", "stock": 3}, {"sku": "b", "stock": null}]');
    await mkdir(join(shop.folder, 'app'), { recursive: true });
    const scenario = await shop.load(`
name: orders
target:
  command: node "my server.js" --port=\${PORT}
  cwd: app
  url: http://127.0.0.1:\${PORT}/
  ready: /healthz
  readyTimeout: 1.5m
  runtime: go
  env: { NODE_ENV: production, VERSION: 1.10, FLAG: false, LISTEN: "\${PORT}" }
  allowHosts: [shop.example.com]
database:
  embedded: { setup: [schema.sql] }
  env: PGURL
load: { connections: 2, warmup: 0s, rounds: 1, slice: 50ms, timeout: 1s, seed: 7, traceRequests: 1 }
flows:
  - name: browse
    weight: 0.5
    steps:
      - post:
          url: /login
          name: log in
          headers: { X-Trace: "{{ id }}", Accept: text/html }
          json: { user: "{{ user.name }}", keep: true }
          expect: { status: 201 }
      - think: 200ms
      - get: /items/{{ item.sku }}?colour={{ colour }}
  - steps: [{ head: / }]
  - steps: [{ put: { url: /, body: "<a/>" } }, { head: / }]
  - steps: [{ head: / }]
data:
  - { as: user, path: users.csv, order: sequence }
  - { as: item, path: items.json }
  - { as: id, range: [1, 20000] }
  - { as: colour, values: [red, 007, true] }
variants:
  old: { env: { BATCH: "false" } }
  new: { env: { BATCH: on }, headers: { X-Flag: 1 } }
gate: { metric: p99, margin: 5%, floor: 0.5ms, errors: 0.7%, certain: true, require: [p99 < 1s], findings: [n-plus-one] }
audits:
  ignore: [{ audit: n-plus-one, endpoint: GET /export, reason: nightly job, until: 2028-02-29 }, { audit: x, reason: y }]
  options: { n-plus-one: { minRepeats: 3 } }
`);
    expect(scenario.target).toEqual({
      command: ['node', 'my server.js', '--port=${PORT}'],
      cwd: join(shop.folder, 'app'),
      url: 'http://127.0.0.1:${PORT}',
      ready: '/healthz',
      readyTimeoutMs: 90_000,
      runtime: 'go',
      env: { NODE_ENV: 'production', VERSION: '1.10', FLAG: 'false', LISTEN: '${PORT}' },
      allowHosts: ['shop.example.com'],
    });
    expect(scenario.database).toEqual({
      source: { kind: 'embedded', setup: [join(shop.folder, 'schema.sql')] },
      env: 'PGURL',
      scratch: true,
      isolate: false,
    });
    expect(scenario.load.model).toEqual({ kind: 'closed', connections: 2 });
    expect(scenario.load).toMatchObject({ warmupMs: 0, rounds: { least: 1, most: 1 }, sliceMs: 50, timeoutMs: 1000 });
    expect(scenario.flows.map(({ name, weight }) => [name, weight])).toEqual([
      ['browse', 0.5],
      ['HEAD /', 1],
      ['PUT /', 1],
      ['flow-4', 1],
    ]);
    expect(scenario.flows[0]?.steps).toEqual([
      {
        ...plainStep,
        method: 'POST',
        url: '/login',
        endpoint: 'log in',
        headers: { 'content-type': 'application/json', 'x-trace': '{{ id }}', accept: 'text/html' },
        body: { kind: 'json', text: '{"user":"{{ user.name }}","keep":true}' },
        expect: { json: [], headers: [], contains: [], statuses: [201] },
      },
      { kind: 'think', durationMs: 200 },
      {
        ...plainStep,
        method: 'GET',
        url: '/items/{{ item.sku }}?colour={{ colour }}',
        endpoint: 'GET /items/:item.sku',
      },
    ]);
    expect(endpointsOf(scenario)).toEqual(['log in', 'GET /items/:item.sku', 'HEAD /', 'PUT /']);
    expect(scenario.data).toEqual([
      {
        as: 'user',
        order: 'sequence',
        values: {
          kind: 'rows',
          rows: [
            { id: '1', name: 'O"Brien, Ada' },
            { id: '2', name: 'Grace' },
          ],
        },
      },
      {
        as: 'item',
        order: 'random',
        values: {
          kind: 'rows',
          rows: [
            { sku: 'a', stock: '3' },
            { sku: 'b', stock: '' },
          ],
        },
      },
      { as: 'id', order: 'random', values: { kind: 'range', from: 1, to: 20000 } },
      { as: 'colour', order: 'random', values: { kind: 'rows', rows: [{ '': 'red' }, { '': '007' }, { '': 'true' }] } },
    ]);
    expect(scenario.variants).toEqual([
      { name: 'old', env: { BATCH: 'false' }, headers: {} },
      { name: 'new', env: { BATCH: 'on' }, headers: { 'x-flag': '1' } },
    ]);
    expect(scenario.gate).toEqual({
      metric: 'p99',
      margin: 0.05,
      floorMs: 0.5,
      errors: 0.007,
      certain: true,
      require: [{ text: 'p99 < 1s', metric: 'p99', kind: 'absolute', operator: '<', limit: 1000 }],
      findings: [{ audit: 'n-plus-one', severity: 'low', grade: 'proven', scope: 'introduced' }],
    });
    expect(scenario.audits).toEqual({
      ignore: [
        { audit: 'n-plus-one', endpoint: 'GET /export', reason: 'nightly job', until: '2028-02-29' },
        { audit: 'x', reason: 'y' },
      ],
      options: { 'n-plus-one': { minRepeats: 3 } },
    });
  });

  it('is frozen to the bottom', async () => {
    const scenario = await shop.load(`${attached}${oneFlow}data: [{ as: a, values: [{ b: 1 }] }]\n`);
    const loose: string[] = [];
    const visit = (value: unknown, path: string): void => {
      if (typeof value !== 'object' || value === null) return;
      if (!Object.isFrozen(value)) loose.push(path);
      for (const [key, child] of Object.entries(value)) visit(child, `${path}.${key}`);
    };
    visit(scenario, 'scenario');
    expect(loose).toEqual([]);
  });

  it('knows where each key and item stands', async () => {
    const scenario = await shop.load(`${launched}${oneFlow}variants:\n  before: {}\n  after:\n    env: { A: 1 }\n`);
    const at = (path: string) => [scenario.positions[path]?.line, scenario.positions[path]?.column];
    expect(at('target')).toEqual([1, 1]);
    expect(at('target.url')).toEqual([1, 31]);
    expect(at('flows.0.steps.0')).toEqual([2, 19]);
    expect(at('flows.0.steps.0.get')).toEqual([2, 21]);
    expect(at('variants.after.env')).toEqual([6, 5]);
    expect(scenario.positions['target.url']?.file).toBe(scenario.file);
  });

  it('takes an empty variant for one without changes', async () => {
    const scenario = await shop.load(`${launched}${oneFlow}variants:\n  before:\n  after: { env: { A: "1" } }\n`);
    expect(scenario.variants[0]).toEqual({ name: 'before', env: {}, headers: {} });
  });
});

describe('the command line', () => {
  it('may allow a host that the scenario does not name', async () => {
    const file = 'fixtures/invalid/host-not-allowed.yaml';
    const scenario = await loadScenario(file, {}, { allowHosts: ['SHOP.example.com'] });
    expect(scenario.target.url).toBe('https://shop.example.com');
  });
});
