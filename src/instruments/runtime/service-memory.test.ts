import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, test } from 'vitest';
import { parseResidentBytes, processTreeRssBytes } from './service-memory.ts';

const onLinux = test.skipIf(process.platform !== 'linux');

onLinux('the memory of a process is that of its children too, as long as they live', async () => {
  const script = `
    const { spawn } = require('node:child_process');
    const child = spawn(process.execPath, ['-e', 'globalThis.kept = Buffer.alloc(150e6, 1); process.stdin.resume(); console.log("big")'], { stdio: ['pipe', 'pipe', 'inherit'] });
    child.stdout.once('data', () => console.log('ready'));
    process.stdin.once('data', () => child.stdin.end()).on('end', () => process.exit());
    child.once('exit', () => console.log('alone'));`;
  const parent = spawn(process.execPath, ['-e', script], { stdio: ['pipe', 'pipe', 'inherit'] });
  try {
    await once(parent.stdout, 'data');
    const both = (await processTreeRssBytes(parent.pid ?? 0)) ?? 0;
    expect(both).toBeGreaterThan(180e6);
    parent.stdin.write('go\n');
    await once(parent.stdout, 'data');
    expect(await processTreeRssBytes(parent.pid ?? 0)).toBeLessThan(both - 140e6);
  } finally {
    const exited = once(parent, 'exit');
    parent.stdin.end();
    await exited;
  }
  expect(await processTreeRssBytes(parent.pid ?? 0)).toBeUndefined();
});

test('a process that has ended holds nothing', () => {
  expect(parseResidentBytes('Name:\tnode\nVmPeak:\t  99 kB\nVmRSS:\t   1234 kB\n')).toBe(1234 * 1024);
  expect(parseResidentBytes('Name:\tnode\nState:\tZ (zombie)\n')).toBe(0);
});
