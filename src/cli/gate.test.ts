import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Run } from '../model/run.ts';
import { createSandbox, type Sandbox } from '../testing/command-line.ts';

/** Answers after a busy wait of two milliseconds. */
const server = `require('node:http').createServer((_, response) => {
  const until = performance.now() + 2;
  while (performance.now() < until);
  response.end('ok');
}).listen(process.env.PORT, '127.0.0.1');
`;
const scenario = (require: string, more = '') => `name: shop
target: { command: node server.cjs, url: "http://127.0.0.1:\${PORT}" }
load: { connections: 1, warmup: 50ms, rounds: 2, slice: 60ms, traceRequests: 1 }
flows: [{ steps: [{ get: /a }] }]
gate: { require: [${require}] }
${more}`;

let sandbox: Sandbox;
beforeAll(async () => {
  sandbox = await createSandbox();
});
afterAll(async () => {
  expect(await sandbox.leftovers()).toEqual([]);
  await sandbox.remove();
});

test('a broken rule ends a run with 1, and is the first line of its report, then and later', async () => {
  const files = { 'x.yaml': scenario('errors < 1%, bytes of GET /a < 1B'), 'server.cjs': server };
  const { code, stdout, stderr } = await sandbox.run(['run', 'x.yaml'], { files });
  expect(code, stderr).toBe(1);
  const first = /^gate failed \(exit code 1\): the gate requires "bytes of GET \/a < 1B", but bytes/;
  expect(stdout).toMatch(first);
  expect(stdout).toMatch(/GATE +✓ holds +errors < 1%\n/);
  expect(stdout).toMatch(/ ✗ broken +bytes of GET \/a < 1B\n/);
  expect(stderr).toMatch(/gate: the gate requires .* \(exit code 1\)\n$/);

  const [name = ''] = sandbox.runs();
  const again = await sandbox.run(['report', `.chokepoint/runs/${name}`]);
  expect(again.stdout).toMatch(first);
  const json = await sandbox.run(['report', `.chokepoint/runs/${name}`, '--format', 'json']);
  const { decision, scenario: kept } = JSON.parse(json.stdout) as Run;
  expect(decision.rules.map(({ status }) => status)).toEqual(['holds', 'broken']);
  expect(kept.gate.require[1]).toMatchObject({ metric: 'bytes', endpoint: 'GET /a', operator: '<', limit: 1 });
});

test('a rule about a change is refused where there is nothing to compare with, before anything is started', async () => {
  const files = { 'y.yaml': scenario('p95 <= -20%'), 'server.cjs': server };
  const { code, stdout, stderr } = await sandbox.run(['run', 'y.yaml'], { files });
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  expect(stderr).toMatch(/^y\.yaml:5:19: error: gate\.require\.0: "p95 <= -20%" is about a change/);
  const checked = await sandbox.run(['check', 'y.yaml']);
  expect(checked.code).toBe(4);
  expect(checked.stdout.replace(/\s+/g, ' ')).toContain('"p95 <= -20%" is about a change, and there is one variant');
});
