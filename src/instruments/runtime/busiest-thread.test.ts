import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, test } from 'vitest';
import { busiestThreadMs, parseThreadStat, threadTimes } from './busiest-thread.ts';
import { machineTimes, parseMachineTimes } from './machine-cpu.ts';

const onLinux = test.skipIf(process.platform !== 'linux');

onLinux('the busiest thread is the one that computes, not all of them together', async () => {
  const burn = 'const end = Date.now() + 400; while (Date.now() < end);';
  const script = `
    const { Worker } = require('node:worker_threads');
    process.stdin.once('data', () => {
      let left = 2;
      for (let index = 0; index < 2; index++) {
        const worker = new Worker(${JSON.stringify(`${burn} require('node:worker_threads').parentPort.postMessage(1); setInterval(() => 1, 1000);`)}, { eval: true });
        worker.on('message', () => --left === 0 && console.log('burnt'));
      }
    }).on('end', () => process.exit());
    console.log('ready');`;
  const child = spawn(process.execPath, ['-e', script], { stdio: ['pipe', 'pipe', 'inherit'] });
  try {
    await once(child.stdout, 'data');
    const before = await threadTimes(child.pid ?? 0);
    child.stdin.write('go\n');
    await once(child.stdout, 'data');
    const after = await threadTimes(child.pid ?? 0);
    if (!before || !after) throw new Error('the process is there');
    const total = [...after].reduce((sum, [thread, cpuMs]) => sum + cpuMs - (before.get(thread) ?? 0), 0);
    const busiest = busiestThreadMs(before, after);
    expect(busiest).toBeGreaterThan(50);
    expect(busiest).toBeLessThan(0.8 * total);
  } finally {
    const exited = once(child, 'exit');
    child.stdin.end();
    await exited;
  }
});

test('a process that is gone has no threads', async () => {
  const child = spawn(process.execPath, ['-e', '']);
  await once(child, 'exit');
  expect(await threadTimes(child.pid ?? 0)).toBeUndefined();
});

test('only the own time of a thread counts', () => {
  expect(parseThreadStat('7 (a) R 1 (b\n) S 42 1 1 0 -1 4194560 100 0 0 0 10 20 3 4 20 0 1')).toBe(300);
  expect(parseThreadStat('')).toBeUndefined();
});

test('the machine is busy with everything but idling and waiting for a disk', () => {
  expect(parseMachineTimes('cpu  10 20 30 400 50 6 7 8 9 10\ncpu0 1 2 3 4\n')).toEqual({ total: 531, busy: 81 });
  expect(parseMachineTimes('intr 1 2 3')).toBeUndefined();
});

onLinux('the machine has such times', async () => {
  expect((await machineTimes())?.total).toBeGreaterThan(0);
});
