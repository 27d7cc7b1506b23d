import { type AddressInfo, createServer } from 'node:net';
import { resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createSandbox, type Sandbox } from '../testing/command-line.ts';

let sandbox: Sandbox;
beforeAll(async () => {
  sandbox = await createSandbox();
});
afterAll(() => sandbox.remove());

const scenario = (name: string) => resolve('fixtures/invalid/run-time', `${name}.yaml`);

const listener = createServer();
const takenPort = await new Promise<string>((done) => {
  listener.listen(0, '127.0.0.1', () => done(String((listener.address() as AddressInfo).port)));
});
afterAll(() => listener.close());

interface Failing {
  readonly name: string;
  readonly file: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly code: number;
  readonly at: string;
  readonly message: string;
  /** What the service said last. */
  readonly output?: string;
  readonly hint: string;
}

const failing: readonly Failing[] = [
  {
    name: 'a command that does not exist',
    file: 'command-not-found',
    code: 2,
    at: '3:3',
    message: 'the command "no-such-program" does not exist [command-not-found]',
    hint: 'check the name and the path',
  },
  {
    name: 'a service that exits at once',
    file: 'service-exited',
    code: 4,
    at: '3:3',
    message: 'the service ended before it was ready (exit code 3): node ../services/exits.js [service-exited]',
    output: 'Error: the licence file is missing',
    hint: 'run the command by itself',
  },
  {
    name: 'a service that never becomes ready',
    file: 'service-never-ready',
    code: 4,
    at: '5:3',
    message: 'the service was not ready within 5 s: http://127.0.0.1:',
    output: 'waiting for the migration lock',
    hint: 'raise target.readyTimeout',
  },
  ...['measure', 'profile', 'trace'].map((pass) => ({
    name: `a service that dies in the ${pass} pass`,
    file: 'service-died',
    env: { DIES_IN: pass },
    code: 4,
    at: '3:3',
    message: `the service died during the ${pass} pass (exit code 7) [service-died]`,
    output: 'FATAL: heap limit reached',
    hint: 'none was written',
  })),
  {
    name: 'a fixed port that is taken',
    file: 'port-taken',
    env: { TAKEN_PORT: takenPort },
    code: 4,
    at: '4:3',
    message: `port ${takenPort} is taken by another process (http://127.0.0.1:${takenPort}) [port-taken]`,
    hint: 'write ${PORT} in target.url',
  },
  {
    name: 'a url where nothing listens',
    file: 'target-unreachable',
    env: { CLOSED_PORT: '1' },
    code: 4,
    at: '3:3',
    message: 'nothing answers at http://127.0.0.1:1: ECONNREFUSED [target-unreachable]',
    hint: 'start the service first',
  },
  {
    name: 'a service that fails every request',
    file: 'requests-failing',
    code: 4,
    at: '7:19',
    message: 'every request of GET /orders failed: ',
    hint: '`chokepoint check` sends each request once',
  },
  {
    name: 'a service that answers no request, and does not stop when it is asked to',
    file: 'requests-hanging',
    code: 4,
    at: '7:19',
    message: 'every request of GET /orders failed: 2 timed out [requests-failing]',
    hint: '`chokepoint check` sends each request once',
  },
  {
    name: 'a setup script with a syntax error',
    file: 'database-setup',
    code: 4,
    at: 'broken.sql:3:45',
    message: 'failed: syntax error at or near "order" [database-setup]',
    hint: 'run it with psql',
  },
];

describe.concurrent('run', () => {
  test.each(failing)('$name is told at its place, with code $code', async (expected) => {
    const own = await createSandbox();
    try {
      const result = await own.run(['run', scenario(expected.file), '--quiet'], expected.env && { env: expected.env });
      expect({ code: result.code, stdout: result.stdout }).toEqual({ code: expected.code, stdout: '' });
      const [first = '', ...more] = result.stderr.trimEnd().split('\n');
      const place = expected.at.includes('.sql') ? expected.at : `${expected.file}.yaml:${expected.at}`;
      expect(first.startsWith(`${resolve('fixtures/invalid/run-time', place)}: error: `)).toBe(true);
      expect(first).toContain(expected.message);
      expect(more.slice(0, -1)).toEqual(expected.output === undefined ? [] : [`    | ${expected.output}`]);
      expect(more.at(-1)).toContain(expected.hint);
      expect(own.runs()).toEqual([]);
      expect(await own.leftovers()).toEqual([]);
    } finally {
      await own.remove();
    }
  });
});

test('a service that fails one request in twenty is measured, and its errors are told', async () => {
  const { code, stdout } = await sandbox.run(['run', scenario('requests-failing-sometimes')]);
  expect(code).toBe(0);
  expect(stdout).toMatch(/GET \/orders .* [3-7](\.\d+)? %\n/);
  expect(stdout.replace(/\s+/g, ' ')).toMatch(/TRUST not trusted .* % of the requests to GET \/orders failed/);
  expect(sandbox.runs()).toHaveLength(1);
  expect(await sandbox.leftovers()).toEqual([]);
});

describe.concurrent('check', () => {
  test.each([
    ['service-exited', {}, 'the service ended before it was ready (exit code 3)', 'run the command by itself'],
    ['requests-failing', {}, '/orders answers 500', 'expected status below 400'],
    ['port-taken', { TAKEN_PORT: takenPort }, `port ${takenPort} is taken`, 'write ${PORT} in target.url'],
  ])('of %s tells what will fail, with code 4', async (file, env, message, hint) => {
    const { code, stdout, stderr } = await sandbox.run(['check', scenario(file)], { env });
    expect({ code, stderr }).toEqual({ code: 4, stderr: '' });
    const told = stdout.replace(/\s+/g, ' ');
    expect(told).toContain(message);
    expect(told).toContain(hint);
  });
});
