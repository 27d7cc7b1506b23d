import { resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { CapacityResult } from '../model/capacity.ts';
import { createSandbox, type Sandbox } from '../testing/command-line.ts';

const scenario = `
target: { command: "node ${resolve('fixtures/services/capacity.js')}", url: "http://127.0.0.1:\${PORT}", ready: /healthz, env: { MODE: pool } }
load: { warmup: 100ms }
flows: [{ steps: [{ get: / }] }]
`;
const files = { 'x.yaml': scenario };

let sandbox: Sandbox;
beforeAll(async () => {
  sandbox = await createSandbox();
});
afterAll(async () => {
  expect(await sandbox.leftovers()).toEqual([]);
  await sandbox.remove();
});

describe.concurrent('capacity', () => {
  test.each<[string, readonly string[], string]>([
    ['an objective without a unit', ['--objective', 'p95 < 250'], 'such as "p95 < 250ms"'],
    ['an objective that is no latency', ['--objective', 'errors < 1%'], 'p50, p90, p95 or p99 below a duration'],
    ['a step that is too short', ['--step', '100ms'], 'a duration from 1s to 1m'],
    ['no connections', ['--max-connections', '0'], 'a whole number from 1 to 10000'],
    ['a variant that does not exist', ['--variant', 'defualt'], 'did you mean "default"?'],
  ])('refuses %s with code 2', async (_name, args, message) => {
    const { code, stdout, stderr } = await sandbox.run(['capacity', 'x.yaml', ...args], { files });
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain(message);
  });

  test('prints JSON, ends at the most connections, and says that no knee was reached', async () => {
    const args = ['capacity', 'x.yaml', '--json', '--quiet', '--step', '1s', '--max-connections', '2'];
    const { code, stdout, stderr } = await sandbox.run(args, { files });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const result = JSON.parse(stdout) as CapacityResult;
    expect(result).toMatchObject({ schemaVersion: 1, end: 'most-connections', limit: { kind: 'not-established' } });
    expect(result.steps.map(({ connections }) => connections)).toEqual([1, 2]);
    expect(result.knee).toBeUndefined();
  });

  test('an objective that one connection misses leaves nothing to be found, and says so', async () => {
    const args = ['capacity', 'x.yaml', '--quiet', '--step', '1s', '--objective', 'p50 < 5ms'];
    const { code, stdout } = await sandbox.run(args, { files });
    expect(code).toBe(0);
    expect(stdout.replace(/\n/g, ' ')).toMatch(/^no knee found: .* the objective is missed with one connection/);
    for (const line of stdout.split('\n')) expect(line.length).toBeLessThanOrEqual(80);
  });
});

test('an interruption ends the service, with code 130', async () => {
  const running = await sandbox.start(['capacity', 'x.yaml'], { files });
  await running.said('measure');
  await delay(2000);
  running.kill('SIGINT');
  const { code, stdout, stderr } = await running.result;
  expect({ code, stdout }, stderr).toEqual({ code: 130, stdout: '' });
  expect(await sandbox.leftovers()).toEqual([]);
});
