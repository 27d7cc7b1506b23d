import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, test } from 'vitest';
import { parseProcessStat, processTreeCpuMs } from './service-cpu.ts';

const onLinux = test.skipIf(process.platform !== 'linux');
/**
 * Of CPU time: by the clock it would be less where others want the same core. Asked for seldom, since asking takes time in
 * the kernel.
 */
const burn = (ms: number) =>
  `const from = process.cpuUsage().user; while (process.cpuUsage().user - from < ${ms * 1000}) for (let i = 0; i < 1e5; i++) Math.sqrt(i);`;

async function afterFirstOutput(script: string): Promise<{ cpuMs: number | undefined; end: () => Promise<unknown> }> {
  const child = spawn(process.execPath, ['-e', script], { stdio: ['pipe', 'pipe', 'inherit'] });
  await once(child.stdout, 'data');
  const cpuMs = await processTreeCpuMs(child.pid ?? 0);
  const exited = once(child, 'exit');
  // The script ends with its standard input: nothing outlives the test.
  const end = () => {
    child.stdin.end();
    return exited;
  };
  return { cpuMs, end };
}

const untilInputEnds = 'process.stdin.resume().on("end", () => process.exit()); console.log("burnt");';

onLinux('the CPU time of a process is what it burnt', async () => {
  const { cpuMs, end } = await afterFirstOutput(`${burn(300)}${untilInputEnds}`);
  await end();
  expect(cpuMs).toBeGreaterThan(150);
  expect(cpuMs).toBeLessThan(1500);
});

onLinux('living and ended children count', async () => {
  const living = `${burn(250)}process.stdin.resume().on('end', () => process.exit());console.log(1)`;
  const { cpuMs, end } = await afterFirstOutput(`
    const { spawn, spawnSync } = require('node:child_process');
    spawnSync(process.execPath, ['-e', ${JSON.stringify(burn(250))}]);
    const child = spawn(process.execPath, ['-e', ${JSON.stringify(living)}], { stdio: ['pipe', 'pipe', 'inherit'] });
    child.stdout.once('data', () => console.log('burnt'));
    process.stdin.resume().on('end', () => { child.on('exit', () => process.exit()); child.stdin.end(); });`);
  await end();
  expect(cpuMs).toBeGreaterThan(350);
});

test('a process that is gone has no CPU time', async () => {
  const child = spawn(process.execPath, ['-e', '']);
  await once(child, 'exit');
  expect(await processTreeCpuMs(child.pid ?? 0)).toBeUndefined();
});

test('a command name may hold spaces, parentheses and newlines', () => {
  const rest = 'S 42 1 1 0 -1 4194560 100 0 0 0 10 20 3 4 20 0 1 0 100 0';
  expect(parseProcessStat(`7 (a) R 1 (b\n) ${rest}`)).toEqual({ parentPid: 42, cpuMs: 370 });
  expect(parseProcessStat('')).toBeUndefined();
  expect(parseProcessStat('7 (cut) S 42 1')).toBeUndefined();
});
