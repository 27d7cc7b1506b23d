import { expect, test } from 'vitest';
import { startBench } from '../started-bench.js';

test('the benchmark of the tap runs in a short form and leaves no process behind', async () => {
  const bench = startBench(new URL('bench-tap.js', import.meta.url), '--quick');
  const { status, output } = await bench.ended;
  expect(output).toMatch(/bound value, one row +\| 200 +\| [\d.]+ +\| [\d.]+ /);
  expect(output).toMatch(/Results of 20,000 rows/);
  expect(status).toBe(0);
  expect(() => process.kill(-bench.pid, 0)).toThrow('ESRCH');
});
