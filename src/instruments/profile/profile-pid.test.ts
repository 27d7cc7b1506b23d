import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, expect, test } from 'vitest';
import { functionCosts } from '../../model/profile.ts';
import { profilePid } from './profile-pid.ts';

const onLinux = test.skipIf(process.platform !== 'linux');
const signal = new AbortController().signal;
const burn = `
function burnCpu(ms) {
  const end = performance.now() + ms;
  let sum = 0;
  while (performance.now() < end) for (let i = 0; i < 1000; i++) sum += Math.sqrt(i * sum);
}
setInterval(() => burnCpu(20), 25);
console.log('up');`;
let child: ChildProcess | undefined;

afterEach(async () => {
  if (!child || child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGKILL');
  await ended;
});

/** A port of its own for each inspector: tests run side by side. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' && address ? address.port : 0;
}

async function launch(command: string, args: readonly string[]): Promise<number> {
  child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  if (child.stdout) await once(child.stdout, 'data');
  return child.pid ?? 0;
}

const opens = (port: number) =>
  fetch(`http://127.0.0.1:${port}/json/list`)
    .then(() => true)
    .catch(() => false);

onLinux('a running process is profiled, twice, and its inspector is closed again', async () => {
  const port = await freePort();
  const pid = await launch(process.execPath, [`--inspect-port=${port}`, '--input-type=module', '-e', burn]);
  for (let time = 0; time < 2; time++) {
    const profile = await profilePid(pid, 300, signal, port);
    const [hottest] = functionCosts({ profile, requests: 1 });
    expect(hottest?.frame).toMatchObject({ name: 'burnCpu', line: 2 });
    expect(hottest?.selfShare).toBeGreaterThan(0.6);
    await sleep(200);
    expect(await opens(port)).toBe(false);
    expect(child?.exitCode).toBeNull();
  }
});

onLinux('an inspector that was open before stays open', async () => {
  const port = await freePort();
  const pid = await launch(process.execPath, [`--inspect=${port}`, '-e', burn]);
  await profilePid(pid, 100, signal, port);
  await sleep(150);
  expect(await opens(port)).toBe(true);
  await expect(profilePid(pid + 1, 100, signal, port)).rejects.toThrow(`the inspector of process ${pid}, not of`);
});

onLinux('a process that is not Node is refused and lives on', async () => {
  const pid = await launch('/bin/sh', ['-c', 'echo up; sleep 30']);
  await expect(profilePid(pid, 100, signal, await freePort())).rejects.toThrow('is not a Node process');
  await sleep(50);
  expect(child?.signalCode).toBeNull();
});

onLinux('a process that is gone, and one that dies within the window, are failures', async () => {
  const port = await freePort();
  const pid = await launch(process.execPath, [`--inspect-port=${port}`, '-e', burn]);
  const profiling = profilePid(pid, 60_000, signal, port);
  setTimeout(() => child?.kill('SIGKILL'), 600);
  await expect(profiling).rejects.toMatchObject({ code: 'profile-failed' });
  await expect(profilePid(pid, 100, signal, port)).rejects.toThrow(`there is no process ${pid}`);
});

onLinux('interrupted, it closes the inspector and says so', async () => {
  const port = await freePort();
  const pid = await launch(process.execPath, [`--inspect-port=${port}`, '-e', burn]);
  await expect(profilePid(pid, 60_000, AbortSignal.timeout(500), port)).rejects.toMatchObject({ code: 'interrupted' });
  await sleep(200);
  expect(await opens(port)).toBe(false);
});
