import { describe, expect, test } from 'vitest';
import { startBench } from '../started-bench.js';

const run = (...args) => startBench(new URL('bench-diagnosis.js', import.meta.url), ...args).ended;

describe('the benchmark of the diagnosis', () => {
  test('finds the fault of an app and measures its fix, in its short form', async () => {
    const { status, output } = await run('--quick', '--only', 'missing-index');
    expect(output).toMatch(/\| missing-index \| yes +\| proven \| nothing +\| [\d.]+ ms +\| [\d.]+ ms/);
    expect(output).toContain('every slow app is found: met');
    expect(status).toBe(0);
  }, 120_000);

  test('names the apps that there are when it is asked for another', async () => {
    const { status, output } = await run('--only', 'slow-coffee');
    expect(output).toContain('there is no app slow-coffee: --only takes ');
    expect(output).toContain('cpu-hotspot, duplicate-query');
    expect(status).toBe(2);
  });
});
