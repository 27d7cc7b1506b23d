import { afterAll, describe, expect, test } from 'vitest';
import type { CheckResult } from '../model/check.ts';
import { certificates } from '../testing/certificates.ts';
import { createSandbox } from '../testing/command-line.ts';

const service = `
const http = require('node:http');
let asked = 0;
http.createServer(({ url, method }, response) => {
  if (url === '/never' || (url === '/odd' && asked++ % 2 === 1)) return;
  if (method === 'POST') response.statusCode = 403;
  const answer = () => response.end('{"ok":true}');
  if (url === '/slow') setTimeout(answer, 40);
  else answer();
}).listen(process.env.PORT, '127.0.0.1');
`;

const secureService = `
const https = require('node:https');
const options = ${JSON.stringify(certificates.server)};
https.createServer(options, (_, response) => response.end('ok')).listen(process.env.PORT, '127.0.0.1');
`;

function scenarioOf(lines: string, protocol = 'http'): string {
  return `target: { command: node service.js, url: "${protocol}://127.0.0.1:\${PORT}", readyTimeout: 10s }\n${lines}`;
}

interface Faulty {
  readonly name: string;
  readonly lines: string;
  readonly protocol?: 'https';
  readonly code: number;
  readonly at: string;
  readonly message: string;
  readonly hint: string;
}

const faulty: readonly Faulty[] = [
  {
    name: 'unique rows that run out, long before the load would end',
    lines: `data: [{ as: id, order: unique, range: [1, 20] }]
load: { connections: 2, warmup: 0s, rounds: 1, slice: 10m }
flows: [{ steps: [{ get: "/orders/{{ id }}" }] }]`,
    code: 2,
    at: '2:8',
    message: 'the data "id" has 20 rows, and `order: unique` needed more [data-exhausted]',
    hint: 'give more rows',
  },
  {
    name: 'a rate that no machine can send',
    lines: `load: { rate: 250000/s, warmup: 1s, rounds: 1, slice: 10m, timeout: 1s }
flows: [{ steps: [{ get: /orders }] }]`,
    code: 2,
    at: '2:9',
    message: 'of the time, so this machine cannot send so many [rate-out-of-reach]',
    hint: 'lower the rate',
  },
  {
    name: 'a capture that finds nothing',
    lines: `load: { connections: 2, warmup: 200ms, rounds: 1, slice: 50ms }
flows: [{ steps: [{ get: { url: /a, capture: { json: $.token, as: token } } }, { get: "/b/{{ token }}" }] }]`,
    code: 4,
    at: '3:19',
    message: 'every request of GET /a failed: ',
    hint: '`chokepoint check` sends each request once',
  },
  {
    name: 'a certificate that does not verify',
    lines: `load: { connections: 2, warmup: 200ms, rounds: 1, slice: 50ms }
flows: [{ steps: [{ get: /a }] }]`,
    protocol: 'https',
    code: 4,
    at: '1:',
    message: 'the certificate of https://127.0.0.1:',
    hint: 'name its authority in target.tls.ca',
  },
  {
    name: 'a step of `before` that fails',
    lines: `load: { connections: 2, warmup: 200ms, rounds: 1, slice: 50ms }
before: [{ post: /login }]
flows: [{ steps: [{ get: /a }] }]`,
    code: 4,
    at: '3:10',
    message: 'every request of before: POST /login failed: status 403 [requests-failing]',
    hint: '`chokepoint check` sends each request once',
  },
];

describe.concurrent('run', () => {
  test.each(faulty)('$name is told at its place, once, and nothing is left behind', async (expected) => {
    const sandbox = await createSandbox();
    try {
      const files = {
        'load.yaml': scenarioOf(expected.lines, expected.protocol),
        'service.js': expected.protocol ? secureService : service,
      };
      const { code, stdout, stderr } = await sandbox.run(['run', 'load.yaml', '--quiet'], { files });
      const [first = '', ...more] = stderr.trimEnd().split('\n');
      expect(first).toContain(`load.yaml:${expected.at}`);
      expect(first).toContain(expected.message);
      expect(more).toHaveLength(1);
      expect(more[0]).toContain(expected.hint);
      expect({ code, stdout }).toEqual({ code: expected.code, stdout: '' });
      expect(sandbox.runs()).toEqual([]);
      expect(await sandbox.leftovers()).toEqual([]);
    } finally {
      await sandbox.remove();
    }
  });
});

const sandbox = await createSandbox();
afterAll(() => sandbox.remove());

test('a rate that cannot be reached is told, and the measurement is not trusted', async () => {
  const files = {
    'rate.yaml': scenarioOf(`load: { rate: 60/s, connections: 1, warmup: 200ms, rounds: 1, slice: 50ms }
flows: [{ steps: [{ get: /slow }] }]`),
    'service.js': service,
  };
  const { code, stdout, stderr } = await sandbox.run(['run', 'rate.yaml', '--quiet'], { files });
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  const told = stdout.replace(/\s+/g, ' ');
  expect(told).toContain('TRUST not trusted');
  expect(told).toMatch(/the rate was not reached: .* raise load\.connections/);
  expect(sandbox.runs()).toHaveLength(1);
  expect(await sandbox.leftovers()).toEqual([]);
});

test('a request that is not answered is told by check for itself, and the rest is tried all the same', async () => {
  const files = {
    'silent.yaml': scenarioOf(`load: { connections: 2, warmup: 200ms, rounds: 1, slice: 50ms }
flows:
  - steps: [{ get: { url: /never, timeout: 100ms } }]
  - steps: [{ get: { url: /a, expect: { contains: ok } } }]
after: [{ get: { url: /never, timeout: 100ms } }]`),
    'service.js': service,
  };
  const { code, stdout } = await sandbox.run(['check', 'silent.yaml', '--json'], { files });
  const failed = (JSON.parse(stdout) as readonly CheckResult[]).filter(({ status }) => status === 'failed');
  expect(code).toBe(4);
  expect(failed.map(({ name, message }) => `${name}: ${message}`)).toEqual([
    'GET /never (default): /never is not answered: no complete response within 0.1 s',
    expect.stringContaining('every request of after: GET /never failed: no complete response within 0.1 s'),
  ]);
  expect(stdout).toContain('/a answers 200');
});

test('a request that is not answered while statements are traced does not cost the whole run', async () => {
  const files = {
    'odd.yaml': scenarioOf(`load: { connections: 2, warmup: 0s, rounds: 1, slice: 50ms, traceRequests: 3 }
flows: [{ steps: [{ get: { url: /odd, timeout: 60ms } }] }]`),
    'service.js': service,
  };
  const { code, stdout, stderr } = await sandbox.run(['run', 'odd.yaml', '--quiet'], { files });
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout.replace(/\s+/g, ' ')).toMatch(/TRUST not trusted .* timed out/);
});
