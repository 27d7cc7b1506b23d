import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { TargetSpec } from '../model/scenario.ts';
import { freePort } from './free-port.ts';
import { type LaunchOptions, launchService } from './service.ts';

const never = new AbortController().signal;

const answering = `
  const server = require('node:http').createServer((request, response) => {
    response.statusCode = request.url === '/broken' ? 500 : 200;
    response.end(process.env.GREETING ?? '');
  });
  server.listen(Number(process.env.PORT), '127.0.0.1');
`;

function options(script: string, target: Partial<TargetSpec> = {}, rest: Partial<LaunchOptions> = {}): LaunchOptions {
  return {
    target: {
      command: [process.execPath, '-e', script],
      cwd: tmpdir(),
      url: 'http://127.0.0.1:${PORT}',
      ready: '/',
      readyTimeoutMs: 10_000,
      runtime: 'node',
      env: {},
      allowHosts: [],
      ...target,
    },
    env: {},
    positions: { 'target.command': { file: 'scenario.yaml', line: 3, column: 5 } },
    signal: never,
    ...rest,
  };
}

const isAlive = (pid: number) => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

test('a service is started on a free port with its environment, and is gone after stop', async () => {
  const service = await launchService(options(answering, {}, { env: { GREETING: 'hello' } }));
  expect(await (await fetch(service.url)).text()).toBe('hello');
  await service.stop();
  expect(isAlive(service.pid ?? 0)).toBe(false);
  await expect(fetch(service.url)).rejects.toThrow();
});

test('two services of one scenario run side by side on different ports', async () => {
  const [a, b] = await Promise.all([launchService(options(answering)), launchService(options(answering))]);
  expect(a.url).not.toBe(b.url);
  await Promise.all([a.stop(), b.stop()]);
});

test('a service that ignores SIGTERM and its children are killed', async () => {
  const stubborn = `process.on('SIGTERM', () => {});
    const child = require('node:child_process').spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)']);
    process.env.GREETING = String(child.pid); ${answering}`;
  const service = await launchService(options(stubborn));
  const child = Number(await (await fetch(service.url)).text());
  expect(isAlive(child)).toBe(true);
  await service.stop();
  expect(isAlive(service.pid ?? 0)).toBe(false);
  await expect.poll(() => isAlive(child)).toBe(false);
});

test('a command that does not exist is named with its place in the file', async () => {
  await expect(launchService(options('', { command: ['no-such-program', 'x'] }))).rejects.toMatchObject({
    code: 'command-not-found',
    at: { file: 'scenario.yaml', line: 3, column: 5 },
    message: expect.stringContaining('no-such-program'),
  });
});

test('a program that is there and not executable is told apart from one that is not there', async () => {
  await expect(launchService(options('', { command: ['/dev/null'] }))).rejects.toMatchObject({
    code: 'command-not-found',
    message: 'the command "/dev/null" cannot be run: it is not executable',
  });
});

test('a folder of PATH that may not be entered does not hide that the program is nowhere', async () => {
  const closed = await mkdtemp(join(tmpdir(), 'chokepoint-closed-'));
  const { PATH = '' } = process.env;
  try {
    await chmod(closed, 0);
    process.env.PATH = `${closed}:${PATH}`;
    await expect(launchService(options('', { command: ['no-such-program'] }))).rejects.toMatchObject({
      message: 'the command "no-such-program" does not exist',
    });
  } finally {
    process.env.PATH = PATH;
    await rm(closed, { recursive: true });
  }
});

test('a working folder that does not exist is not mistaken for a missing command', async () => {
  await expect(launchService(options(answering, { cwd: '/no/such/folder' }))).rejects.toMatchObject({
    code: 'scenario-invalid-value',
    message: expect.stringContaining('/no/such/folder'),
  });
});

test('a service that exits at once shows its exit code and its last output', async () => {
  await expect(launchService(options('console.error("no configuration"); process.exit(3)'))).rejects.toMatchObject({
    code: 'service-exited',
    message: expect.stringMatching(/exit code 3[\s\S]*\| no configuration/),
  });
});

test('a service that never becomes ready is stopped and its last answer named', async () => {
  await expect(launchService(options(answering, { ready: '/broken', readyTimeoutMs: 700 }))).rejects.toMatchObject({
    code: 'service-never-ready',
    message: expect.stringContaining('answers 500'),
  });
});

test('a service that dies while a pass works rejects that pass', async () => {
  const service = await launchService(options(`${answering} setTimeout(() => process.exit(7), 600);`));
  const untilAborted = (signal: AbortSignal) =>
    new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
  await expect(service.during('measure', never, untilAborted)).rejects.toMatchObject({
    code: 'service-died',
    message: expect.stringMatching(/measure pass \(exit code 7\)/),
    at: { line: 3 },
  });
  await service.stop();
});

test('a pass that fails because the service is gone is told as the death of the service', async () => {
  const service = await launchService(options(`${answering} process.on('SIGUSR2', () => process.exit(7));`));
  const failing = async () => {
    process.kill(service.pid ?? 0, 'SIGUSR2');
    throw new Error('ECONNRESET');
  };
  await expect(service.during('trace', never, failing)).rejects.toMatchObject({ code: 'service-died' });
  await service.stop();
});

test('a pass that fails by itself fails as it did', async () => {
  const service = await launchService(options(answering));
  await expect(service.during('trace', never, () => Promise.reject(new Error('mine')))).rejects.toThrow('mine');
  await service.stop();
});

test('a descendant that left the group and holds the output open is not waited for', async () => {
  const leaving = `const { spawn } = require('node:child_process');
    spawn(process.execPath, ['-e', 'setTimeout(() => {}, 3000)'], { stdio: 'inherit', detached: true }).unref();
    process.exit(3);`;
  const startedAt = performance.now();
  await expect(launchService(options(leaving))).rejects.toMatchObject({ code: 'service-exited' });
  expect(performance.now() - startedAt).toBeLessThan(2500);
});

test('a fixed port that something listens on is refused before the service is started', async () => {
  const port = await freePort();
  const other = createServer().listen(port, '127.0.0.1');
  await expect(launchService(options(answering, { url: `http://127.0.0.1:${port}` }))).rejects.toMatchObject({
    code: 'port-taken',
  });
  other.close();
});

test('a service is told a fixed port as PORT too', async () => {
  const port = await freePort();
  const service = await launchService(options(answering, { url: `http://127.0.0.1:${port}` }));
  expect(new URL(service.url).port).toBe(String(port));
  await service.stop();
});

test('an interruption while the service starts ends it', async () => {
  const controller = new AbortController();
  setTimeout(() => controller.abort(), 200);
  await expect(
    launchService(options('setInterval(() => {}, 1000)', {}, { signal: controller.signal })),
  ).rejects.toMatchObject({
    code: 'interrupted',
  });
});

test('without a command the service that listens is used, and its absence is named', async () => {
  const { command, ...attached } = options('').target;
  expect(command).toBeDefined();
  const port = await freePort();
  const target = { ...attached, url: `http://127.0.0.1:${port}` };
  await expect(launchService({ ...options(''), target })).rejects.toMatchObject({ code: 'target-unreachable' });
  const server = createServer((_, response) => response.end('here')).listen(port, '127.0.0.1');
  const service = await launchService({ ...options(''), target });
  expect(service.pid).toBeUndefined();
  await service.stop();
  expect(await (await fetch(service.url)).text()).toBe('here');
  server.close();
});
