import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';

const folder = mkdtempSync(join(tmpdir(), 'chokepoint-keeper-test-'));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    // Ended, and nobody has asked for it: not every container has a process that does.
    const stat = `/proc/${pid}/stat`;
    return !existsSync(stat) || !/\) Z /.test(readFileSync(stat, 'utf8'));
  } catch {
    return false;
  }
}

/** Guards processes and folders, releases some of them, tells their ids, and waits to be killed. */
const guarding = (kept: string, released: string) => `
  const { spawn } = require('node:child_process');
  (async () => {
    const { guardFolder, guardProcess } = await import(${JSON.stringify(join(import.meta.dirname, '../../dist/target/lifeline.js'))});
    const start = () => spawn('sleep', ['60'], { detached: true, stdio: 'ignore' });
    const [killed, ended, freed] = [start(), start(), start()];
    guardProcess(killed.pid);
    guardProcess(ended.pid, 'SIGTERM');
    guardProcess(freed.pid)();
    guardFolder(${JSON.stringify(kept)});
    guardFolder(${JSON.stringify(released)})();
    console.log(killed.pid, ended.pid, freed.pid);
    setInterval(() => undefined, 1000);
  })();
`;

test.skipIf(process.platform === 'win32')('what is guarded does not outlive a process that is killed', async () => {
  const [kept, released] = [join(folder, 'kept, with spaces'), join(folder, 'released')];
  for (const each of [kept, released]) mkdirSync(each);
  const child = spawn(process.execPath, ['-e', guarding(kept, released)], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [told] = (await once(child.stdout, 'data')) as [Buffer];
  const [killed = 0, ended = 0, freed = 0] = told.toString().trim().split(' ').map(Number);
  try {
    expect([killed, ended, freed].map(isAlive)).toEqual([true, true, true]);
    child.kill('SIGKILL');
    await expect
      .poll(() => [killed, ended, existsSync(kept)].map((each) => (typeof each === 'number' ? isAlive(each) : each)), {
        timeout: 10_000,
      })
      .toEqual([false, false, false]);
    expect([isAlive(freed), existsSync(released)]).toEqual([true, true]);
  } finally {
    process.kill(freed, 'SIGKILL');
  }
});
