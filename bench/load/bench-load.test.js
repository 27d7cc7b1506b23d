import { describe, expect, test } from 'vitest';
import { startBench } from '../started-bench.js';
import { closedTruth, compare, openTruth } from './truth.js';

describe('the truth', () => {
  test('of a closed model is what the server did, stalled requests included', () => {
    const { p50, p99 } = closedTruth({ timesUs: [3000, 1000, 2000], stalledUs: [2_000_000] });
    expect(p50).toBe(2500);
    expect(p99).toBeCloseTo(3000 + 0.97 * 1_997_000, 3);
  });

  test('of an open model without a stall is what the server did', () => {
    expect(openTruth({ timesUs: [1000, 2000, 3000], stalledUs: [] }, 300, 3).p50).toBe(2000);
  });

  test('of an open model counts a stall for all that came due in it, whenever the server saw them', () => {
    // A third of 600 requests waits, evenly between 0 and 2 s; ten of them were seen while the server stalled.
    const seen = { timesUs: [1000], stalledUs: Array.from({ length: 10 }, () => 2_000_000) };
    const { p50, p95, p99 } = openTruth({ ...seen, stall: { fromMs: 2000, toMs: 4000 } }, 100, 600);
    expect(p50).toBe(1000);
    expect(p95 / 1000).toBeCloseTo(1700, -2);
    expect(p99 / 1000).toBeCloseTo(1940, -2);
  });

  test('tolerates the larger of a share and a time', () => {
    expect(compare('p50', 1490, 1000).isWithin).toBe(true);
    expect(compare('p50', 1510, 1000).isWithin).toBe(false);
    expect(compare('p95', 104_000, 100_000).isWithin).toBe(true);
    expect(compare('p99', 88_000, 100_000)).toMatchObject({ errorUs: -12_000, ratio: 1.2, isWithin: false });
  });
});

describe('the benchmark', () => {
  test('runs in a short form, prints ratios and leaves no process behind', async () => {
    const bench = run('--quick', '--only', 'flat');
    const { status, output } = await bench.ended;
    expect(output).toMatch(/chokepoint, flat +\| [\d.]+ +\| [\d,]+ +\| [\d.]+ /);
    expect(output).toMatch(/autocannon, flat .* 1\.00 /);
    expect(status).toBe(0);
    expect(() => process.kill(-bench.pid, 0)).toThrow('ESRCH');
  });

  test('names the parts that there are when it is asked for another', async () => {
    const { status, output } = await run('--only', 'speed').ended;
    expect(status).toBe(2);
    expect(output).toContain('there is no part speed: --only takes flat, flow, accuracy, memory');
  });
});

function run(...args) {
  return startBench(new URL('bench-load.js', import.meta.url), ...args);
}
